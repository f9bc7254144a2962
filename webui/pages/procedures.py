"""作業流程: what is in force, how it is drawn, what runs on it. Read-only."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.cases import desks
from webui import charts, door
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("procedures", __name__)


@pages.get("/procedures")
@permit(SIGNED_IN)
def procedures() -> ResponseReturnValue:
    with door.look() as db:
        rows = desks.procedures(db)
    groups = (
        ("作業流程", [row for row in rows if not row["shared"]]),
        ("共用程序", [row for row in rows if row["shared"]]),
    )
    return render_template("procedures.html", groups=groups)


@pages.get("/procedures/<sop_id>")
@permit(SIGNED_IN)
def procedure(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        units = desks.units_watched(db, door.who())
        running = desks.open_cases(db, sop_id, units=sorted(units) if units is not None else None)
    return render_template(
        "procedure.html", row=found.row, sop=found.sop, versions=found.versions, cases=running,
        chart_of=charts.of_sop(found.sop),
    )  # fmt: skip
