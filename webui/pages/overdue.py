"""逾期清單: open work past its date, by unit. It shows work, never a ranking of people."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from webui import door
from webui.pages.inbox import banded
from webui.paging import page_of, words_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("overdue", __name__)


@pages.get("/overdue")
@permit(SIGNED_IN)
def overdue() -> ResponseReturnValue:
    unit = words_of(request, "unit")
    words = words_of(request)
    calendar = door.office().calendar
    with door.look() as db:
        units = desks.units_watched(db, door.who())
        by_unit = desks.overdue_by_unit(db, at=g.at, units=units)
        found = desks.overdue(db, at=g.at, units=units, unit_id=unit, words=words, page=page_of(request))
    return render_template(
        "overdue.html", page=found, rows=[banded(row, calendar) for row in found.rows], by_unit=by_unit, unit=unit,
        words=words, query={"unit": unit, "q": words}, whole_house=units is None,
    )  # fmt: skip
