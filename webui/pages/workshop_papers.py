"""流程工坊: the papers of a draft: the table of amendments with its reasons, the minutes of its reviews."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from diagrams.sheet.paper import Paper
from engine.cases.desks.procedures import folder_of, procedure
from engine.errors import Missing
from engine.library import amendments, drafts, reviews
from engine.library.drafts import Draft
from engine.library.questions import QUESTIONS
from engine.office import people
from engine.store import Connection
from webui import amendment_sheet, door, papers
from webui.amendment_sheet import Compared
from webui.pages.procedure_papers import sent
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
        compared = _compared(db, draft)
        may, rows = drafts.may_write(db, draft, door.who()), _rows(db, draft, compared)
    return render_template(
        "workshop_changes.html", draft=draft, rows=rows, may_write=may, compared=compared.sentence,
        seen=amendments.mark(draft.reasons),
    )  # fmt: skip


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


@pages.get("/workshop/<sop_id>/changes.<kind>")
@permit(*AUDIENCE)
def changes_file(sop_id: str, kind: str) -> Response:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        compared = _compared(db, draft)
        rows = _rows(db, draft, compared)
    made = amendment_sheet.amendments(draft, rows, compared, at=g.at, language=door.language())
    return _sent(made, kind)


@pages.get("/workshop/<sop_id>/minutes/<id:draft_id>")
@permit(*AUDIENCE)
def minutes(sop_id: str, draft_id: int) -> ResponseReturnValue:
    """審查紀錄: who looked at it when, what they asked, what was answered, which questions they ticked."""
    with door.look() as db:
        found = _reviewed(db, sop_id, draft_id)
    questions = {one.id: one for one in QUESTIONS}
    compared = found.pop("compared")
    return render_template("workshop_minutes.html", questions=questions, compared=compared.sentence, **found)


@pages.get("/workshop/<sop_id>/minutes/<id:draft_id>.<kind>")
@permit(*AUDIENCE)
def minutes_file(sop_id: str, draft_id: int, kind: str) -> Response:
    with door.look() as db:
        found = _reviewed(db, sop_id, draft_id)
    return _sent(amendment_sheet.minutes(**found, at=g.at, language=door.language()), kind)


def _sent(made: Paper, kind: str) -> Response:
    if kind not in papers.KINDS:
        raise Missing("no_such_file", "沒有這種檔案。")
    return sent(papers.as_file(made, kind), f"{made.title}.{kind}", papers.KINDS[kind])


def _reviewed(db: Connection, sop_id: str, draft_id: int) -> dict[str, Any]:
    draft = drafts.latest(db, sop_id, draft_id)
    remarks, decisions = reviews.remarks(db, draft.id), reviews.decisions(db, draft.id)
    ids = [row["by"] for row in [*remarks, *decisions]] + [row["answered_by"] for row in remarks]
    unit = people.units(db).get(draft.unit or "")
    compared = _compared(db, draft)
    return {
        "draft": draft, "remarks": remarks, "decisions": decisions, "compared": compared,
        "names": people.names(db, [*ids, draft.author]), "called": amendments.names(draft.folder),
        "unit": unit.name if unit is not None else "", "rows": _rows(db, draft, compared),
    }  # fmt: skip


def _rows(db: Connection, draft: Draft, compared: Compared) -> list[amendments.Amendment]:
    units = {unit.id: unit.name for unit in people.units(db).values()}
    return list(amendments.amended(compared.folder, draft.folder, draft.reasons, units=units))


def _compared(db: Connection, draft: Draft) -> Compared:
    """The version the draft began from; of one that began from nothing the version in force, unless it is its own."""
    try:
        in_force = int(procedure(db, draft.sop_id).row["number"])
    except Missing:
        in_force = None
    number = draft.based_on or (in_force if in_force != draft.number else None)
    if number is None:
        return Compared()
    other = in_force if in_force not in (number, draft.number) else None
    try:
        return Compared(folder_of(db, draft.sop_id, number), number, draft.based_on is not None, other)
    except Missing:
        return Compared()
