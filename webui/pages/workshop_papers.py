"""流程工坊: the papers of a draft: the table of amendments with its reasons, the minutes of its reviews."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import folder_of
from engine.errors import Missing
from engine.library import amendments, drafts, reviews
from engine.library.drafts import Draft
from engine.library.folder import SopFolder
from engine.library.questions import QUESTIONS
from engine.office import people
from engine.store import Connection
from webui import amendment_sheet, door
from webui.pages.workshop import AUDIENCE, WRITERS
from webui.permissions import permit

pages = Blueprint("workshop_papers", __name__)
#: the reason of an element is posted under this name and its place in the table
REASON = "why-"


@pages.get("/workshop/<sop_id>/changes")
@permit(*AUDIENCE)
def changes(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        rows = _rows(db, draft)
        may = drafts.may_write(db, draft, door.who())
    return render_template(
        "workshop_changes.html", draft=draft, rows=rows, may_write=may, seen=amendments.mark(draft.reasons)
    )


@pages.post("/workshop/<sop_id>/changes")
@permit(*WRITERS)
def explain(sop_id: str) -> ResponseReturnValue:
    form = door.posted()
    names = [name for name in form.names() if name.startswith(REASON)]
    form.only(names)
    given = {name.removeprefix(REASON): form.one(name) for name in names}
    with door.act() as db:
        amendments.explain(db, sop_id, given, seen=form.one("seen"), who=door.who(), at=g.at)
    return door.go("workshop_papers.changes", "draft-saved", sop_id=sop_id)


@pages.get("/workshop/<sop_id>/changes.odt")
@permit(*AUDIENCE)
def changes_odt(sop_id: str) -> Response:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        rows = _rows(db, draft)
    return amendment_sheet.as_odt(draft.name, rows, at=g.at)


@pages.get("/workshop/<sop_id>/minutes/<id:draft_id>")
@permit(*AUDIENCE)
def minutes(sop_id: str, draft_id: int) -> ResponseReturnValue:
    """審查紀錄: who looked at it when, what they asked, what was answered, which questions they ticked."""
    with door.look() as db:
        draft = drafts.latest(db, sop_id, draft_id)
        remarks, decisions = reviews.remarks(db, draft.id), reviews.decisions(db, draft.id)
        ids = [row["by"] for row in [*remarks, *decisions]] + [row["answered_by"] for row in remarks]
        names = people.names(db, [*ids, draft.author])
        called = amendments.names(draft.folder)
        unit = people.units(db).get(draft.unit or "")
        rows = _rows(db, draft)
    return render_template(
        "workshop_minutes.html", draft=draft, remarks=remarks, decisions=decisions, names=names, called=called,
        unit=unit.name if unit is not None else "", rows=rows, questions={one.id: one for one in QUESTIONS},
    )  # fmt: skip


def _rows(db: Connection, draft: Draft) -> list[amendments.Amendment]:
    return list(amendments.amended(_base(db, draft), draft.folder, draft.reasons))


def _base(db: Connection, draft: Draft) -> SopFolder | None:
    """The version the draft began from; None of a new SOP."""
    if draft.based_on is None:
        return None
    try:
        return folder_of(db, draft.sop_id, draft.based_on)
    except Missing:
        return None
