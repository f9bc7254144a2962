"""A decision table of a draft as an HTML table to be filled in, its gaps and overlaps said and marked."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.errors import BadSop, Conflict, Invalid, Missing, NotNow, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.sops import compare, decisions, table_rows
from engine.sops.table_rows import Line
from engine.store import Connection
from webui import door, editor_facts
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.posted import Posted

pages = Blueprint("editor_tables", __name__)
#: rows left empty below the others
SPARE = 2
POLICIES = {
    "UNIQUE": "每種情形只能有一列適用", "FIRST": "由上而下，第一個適用的列", "COLLECT": "所有適用的列都算",
}  # fmt: skip
TYPES = {"string": "文字", "number": "數字", "integer": "整數", "boolean": "是否"}


@pages.get("/workshop/<sop_id>/tables/<ref>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def show(sop_id: str, ref: str) -> ResponseReturnValue:
    with door.look() as db:
        draft, text = _opened(db, sop_id, ref)
        return _page(db, draft, ref, text, table_rows.lines(text))


@pages.post("/workshop/<sop_id>/tables/<ref>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def save(sop_id: str, ref: str) -> ResponseReturnValue:
    form = door.posted()
    with door.look() as db:
        draft, text = _opened(db, sop_id, ref)
    table = decisions.read(text.encode())
    typed = _typed(form, len(table.inputs), len(table.outputs))
    form.only(
        {
            "revision",
            *(name for name in form.names() if name.split("-")[0] in ("cell", "result", "why", "row", "place")),
        }
    )
    try:
        made = table_rows.write(text, typed)
        with door.act() as db:
            drafts.save(
                db, sop_id, revision=form.number("revision") or 0, tables={**draft.tables, ref: made}, who=door.who(),
                at=door.door().now(),
            )  # fmt: skip
    except (BadSop, Conflict, Invalid, NotNow) as refusal:
        with door.look() as db:
            theirs = drafts.read(db, sop_id)
            return _page(db, theirs, ref, theirs.tables.get(ref, text), typed, refusal=refusal), refusal.status
    return door.go("editor_tables.show", "draft-saved", sop_id=sop_id, ref=ref)


def _opened(db: Connection, sop_id: str, ref: str) -> tuple[Draft, str]:
    draft = drafts.read(db, sop_id)
    if ref not in draft.tables:
        raise Missing("no_such_table", "草案裡沒有這張決策表。", element=ref)
    return draft, draft.tables[ref]


def _typed(form: Posted, inputs: int, outputs: int) -> list[Line]:
    """The rows as they were typed, in the order of their places; a row without any result is gone."""
    rows: list[tuple[int, int, Line]] = []
    for n in range(decisions.MAX_RULES + SPARE):
        if f"result-{n}-0" not in form.names():
            break
        cells = tuple(form.one(f"cell-{n}-{at}") or "-" for at in range(inputs))
        results = tuple(form.one(f"result-{n}-{at}") for at in range(outputs))
        if any(results):
            place = form.number(f"place-{n}")
            line = Line(form.one(f"row-{n}"), cells, results, form.one(f"why-{n}"))
            rows.append((n + 1 if place is None else place, n, line))
    return [line for _, _, line in sorted(rows, key=lambda row: row[:2])]


def _page(
    db: Connection, draft: Draft, ref: str, text: str, lines: list[Line], *, refusal: Refusal | None = None
) -> str:  # fmt: skip
    table = decisions.read(text.encode())
    found = [] if refusal else editor_facts.told(decisions.check(table), door.language())
    marked = {
        line.id
        for line in lines
        if any(one["element"] == line.id or f"「{line.id}」" in one["message"] for one in found)
    }
    different: list[compare.Change] = []
    if isinstance(refusal, Conflict):
        with suppress(BadSop, Invalid):
            mine = decisions.read(table_rows.write(text, lines).encode())
            different = compare.table_changes({ref: table}, {ref: mine})
    empty = Line("", ("",) * len(table.inputs), ("",) * len(table.outputs))
    return render_template(
        "editor_table.html", draft=draft, id=draft.sop_id, table=table, lines=[*lines, *[empty] * SPARE],
        found=found, different=different,
        marked=marked, policy=POLICIES[table.hit_policy], types=TYPES, ref=ref,
        sentence=refusal.sentence if refusal else "", element=refusal.element if refusal else None,
        editable=drafts.may_write(db, draft, door.who()),
    )  # fmt: skip
