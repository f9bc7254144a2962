"""異常: what could not go on, why, and what became of it. Tried again when mended, or set aside with a reason."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import incidents as verbs
from engine.cases.desks import incidents as desk
from engine.errors import Invalid
from engine.office import people
from webui import door
from webui.paging import page_of, words_of
from webui.permissions import permit

pages = Blueprint("incidents", __name__)


@pages.get("/admin/incidents")
@permit("resume")
def incidents() -> ResponseReturnValue:
    over = request.args.get("view") == "over"
    code = words_of(request, "code")
    with door.look() as db:
        found = desk.incidents(db, who=door.who(), over=over, code=code, page=page_of(request))
        counts = desk.counts(db)
    return render_template(
        "incidents.html", page=found, rows=found.rows, counts=counts, over=over, code=code,
        query={name: value for name, value in (("view", "over" if over else ""), ("code", code)) if value},
    )  # fmt: skip


@pages.get("/admin/incidents/<id:incident_id>")
@permit("resume")
def incident(incident_id: int) -> ResponseReturnValue:
    return _page(incident_id)


@pages.post("/admin/incidents/<id:incident_id>/retry")
@permit("resume")
def retry(incident_id: int) -> ResponseReturnValue:
    """The case goes on; what stopped it has been mended."""
    door.posted().only(())
    with door.act() as db:
        row, _ = desk.one(db, incident_id, who=door.who())
        cases.resume(db, row["case_id"] or 0, who=door.who(), at=g.at, office=door.office())
    return door.go("incidents.incidents", "resumed")


@pages.post("/admin/incidents/<id:incident_id>/aside")
@permit("resume")
def aside(incident_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    try:
        with door.act() as db:
            verbs.set_aside(db, incident_id, reason=form.one("reason"), who=door.who(), at=g.at)
    except Invalid as bad:
        return _page(incident_id, bad.fields, form.one("reason")), bad.status
    return door.go("incidents.incidents", "set-aside")


def _page(incident_id: int, wrong: dict[str, str] | None = None, reason: str = "") -> str:
    with door.look() as db:
        row, others = desk.one(db, incident_id, who=door.who())
    sees = people.in_control_office(door.who())
    return render_template("incident.html", one=row, others=others, wrong=wrong or {}, reason=reason, sees=sees)
