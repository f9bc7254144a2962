"""流程工坊: every SOP with its draft, a new one begun, and one SOP's page from its first draft to its publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases.operators import OPERATORS
from engine.errors import Invalid, Refusal
from engine.library import bench, drafts, reviews, rule_levels, yearly
from engine.library import missed as backlog
from engine.library.folder import SHARED
from engine.office import people
from engine.rehearsal import proof
from engine.sops.rules import score
from engine.sops.rules.rule import Level
from engine.store import Connection
from webui import charts, door, refusals
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, SUPERVISORS, permit
from webui.workshop_view import View

pages = Blueprint("workshop", __name__)
#: who comes to the workshop: writers, first and second reviewers
AUDIENCE = (PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE, SUPERVISORS)
WRITERS = (PROCESS_OWNERS, ADMINISTRATORS)
LABELS = {
    "id": "代碼", "name": "名稱", "unit": "主辦單位", "division": "組別", "documentation": "目的", "reason": "理由",
    "opinion": "審查意見", "text": "意見", "element": "步驟", "answer": "處理情形", "effective_on": "生效日",
    "file": "檔案",
}  # fmt: skip


@pages.get("/workshop")
@permit(*AUDIENCE)
def workshop() -> ResponseReturnValue:
    with door.look() as db:
        rows = bench.sops(db, at=g.at)
        open_ = [row for row in rows if row["draft_id"] is not None]
        levels = rule_levels.levels(db)
        found = {row["id"]: _found(db, row["id"], levels) for row in open_}
        waiting = {name for name, (mine, _) in found.items() if mine}
        scores = bench.scores(db, operators=OPERATORS, levels=levels)
        names = people.names(db, [row[key] for row in open_ for key in ("author", "changed_by")])
    return render_template(
        "workshop.html", rows=[row for row in rows if row["number"] or row["draft_id"]], drafts=open_, waiting=waiting,
        names=names, writes=_writes(), counts={name: count for name, (_, count) in found.items()}, scores=scores,
        whole=score.of_library(list(scores.values())), soon=_soon(rows),
    )  # fmt: skip


@pages.get("/workshop/new")
@permit(*WRITERS)
def new() -> ResponseReturnValue:
    """Empty, or as the backlog knows what it begins."""
    told = {name: request.args.get(name, "")[:200] for name in ("id", "name", "unit", "division", "shared")}
    return _new(told, {})


@pages.post("/workshop/new")
@permit(*WRITERS)
def begin_new() -> ResponseReturnValue:
    form = door.posted()
    form.only({"id", "name", "unit", "division", "documentation", "shared"})
    given = {name: form.one(name) for name in ("id", "name", "unit", "division", "documentation", "shared")}
    try:
        with door.act() as db:
            drafts.begin_new(
                db, given["id"], name=given["name"], unit=given["unit"], division=given["division"],
                documentation=given["documentation"], shared=given["shared"] == "yes", who=door.who(), at=g.at,
            )  # fmt: skip
    except Invalid as bad:
        return _new(given, bad.fields or {"": bad.sentence}), bad.status
    return door.go("workshop.draft", "draft-begun", sop_id=given["id"])


@pages.get("/workshop/missing")
@permit(*AUDIENCE)
def missing() -> ResponseReturnValue:
    """Procedures that others refer to and nobody has written, those most waited for first."""
    with door.look() as db:
        rows = backlog.missed(db)
    return render_template("workshop_missing.html", rows=rows, writes=_writes())


@pages.get("/workshop/<sop_id>")
@permit(*AUDIENCE)
def draft(sop_id: str) -> ResponseReturnValue:
    return page(sop_id)


def page(sop_id: str, refused: Refusal | None = None, given: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """One SOP's page; ``refused`` says why the act just asked for was not done, ``given`` what was typed."""
    with door.look() as db:
        view = View(db, sop_id, door.who())
        words = render_template(
            "workshop_draft.html", view=view, row=view.row, draft=view.draft, wrong=refusals.by_field(refused),
            given=given or {}, labels=LABELS | {f"q-{one.id}": one.text for one in view.asked}, writes=_writes(),
            chart_of=_chart(view),
            stopped=(refused.element if refused is not None else None) or "",
            editor="editor.edit" in current_app.view_functions,
        )  # fmt: skip
    return (words, refused.status) if refused is not None else words


def _chart(view: View) -> charts.Chart | None:
    folder = view.folder
    if folder is None or not folder.sop.nodes:
        return None
    return charts.of_sop(folder.sop, language=door.language())


def _soon(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is to be looked over within a month, what is overdue first."""
    until = people.office_day(g.at) + yearly.AHEAD
    due = [row for row in rows if row["review_on"] is not None and row["review_on"] <= until]
    return sorted(due, key=lambda row: row["review_on"])


def _writes() -> bool:
    return people.owns_procedures(door.who()) or door.who().admin


def _found(db: Connection, sop_id: str, levels: Mapping[str, Level]) -> tuple[bool, Counter[str]]:
    """Whether the draft waits for this person's review, and how many findings of each level it has."""
    draft = drafts.read(db, sop_id)
    findings = drafts.check(db, draft, operators=OPERATORS, levels=levels, rehearse=proof.remembered).findings
    return reviews.may_review(db, draft, door.who()), Counter(one.level for one in findings)


def _new(given: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    with door.look() as db:
        units = [
            (unit.id, unit.name)
            for unit in people.units(db, g.at).values()
            if people.may(db, door.who(), "draft_sop", {"unit": unit.id})
        ]
        divisions = sorted({row["division"] for row in bench.sops(db, at=g.at)} - {SHARED})
    return render_template(
        "workshop_new.html", given=given, wrong=wrong, labels=LABELS, units=units,
        divisions=[(name, name) for name in divisions],
    )  # fmt: skip
