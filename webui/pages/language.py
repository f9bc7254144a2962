"""中文 / English: the language of the pages, for whoever reads them."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine.errors import Invalid
from engine.office import quiet
from webui import door
from webui.permissions import EVERYONE, permit
from webui.words import LANGUAGES

pages = Blueprint("language", __name__)


@pages.post("/language")
@permit(EVERYONE)
def choose() -> ResponseReturnValue:
    """Kept with the person (the mails follow it too) and with the browser; back to where one was."""
    form = door.posted()
    form.only({"language", "back"})
    chosen = form.one("language")
    if chosen not in LANGUAGES:
        raise Invalid("language", "沒有這個語言，請由選項中選擇。")
    if g.who is not None:
        with door.act() as db:
            quiet.prefer(db, chosen, who=g.who, at=g.at)
    return door.keep_language(door.go_to(door.own_path(form.one("back"))), chosen)
