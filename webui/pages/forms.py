"""表單登記: every official form with its number, names and version, and the steps that take it or hand it out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.library import forms_used
from webui import door
from webui.paging import page_of, words_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("forms", __name__)
_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    last: int
    total: int


@pages.get("/forms")
@permit(SIGNED_IN)
def forms() -> ResponseReturnValue:
    words = words_of(request)
    with door.look() as db:
        found = forms_used.listed(db, words)
    last = max(1, -(-len(found) // _A_PAGE))
    page = Page(min(page_of(request), last), last, len(found))
    shown = found[(page.number - 1) * _A_PAGE : page.number * _A_PAGE]
    return render_template("forms.html", forms=shown, page=page, words=words)
