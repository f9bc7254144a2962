"""待核定的職務與權限: what one person asked for somebody and another has to grant."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.office import people, staffing
from webui import door
from webui.permissions import permit

pages = Blueprint("nominations", __name__)


@pages.get("/admin/nominations")
@permit("decide_nomination")
def nominations() -> ResponseReturnValue:
    with door.look() as db:
        waiting = staffing.nominations(db)
        names = people.names(db, [one.asked_by for one in waiting])
        units = {one.id: one.name for one in people.units(db).values()}
        roles = people.roles(db)
    me = door.who()
    return render_template(
        "nominations.html", units=units, roles=roles, names=names,
        rows=[(one, not me.ids & {one.asked_by, one.person_id}) for one in waiting],
    )  # fmt: skip


@pages.post("/admin/nominations/<id:nomination_id>")
@permit("decide_nomination")
def decide(nomination_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"granted"})
    granted = form.one("granted") == "yes"
    with door.act() as db:
        staffing.decide(db, nomination_id, granted=granted, who=door.who(), at=g.at)
    return door.go("nominations.nominations", "nomination-granted" if granted else "nomination-refused")
