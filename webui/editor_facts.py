"""What the SOP editor asks for as JSON: the chart, what may be chosen in its panel, and what the check says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from engine.cases.desks.procedures import papers, roles
from engine.cases.operators import OPERATORS
from engine.dates import ladders
from engine.errors import BadSop, Refusal
from engine.library import bundles, drafts, rule_levels
from engine.library.drafts import Draft
from engine.library.folder import SopFolder, read_form
from engine.office import people
from engine.rehearsal import proof
from engine.sops import compare
from engine.sops.sop import Deadline, Finding
from engine.store import Connection
from webui import charts, shown
from webui.words import said_in

#: how long the deadline runs whose default ladder is drawn
_TYPICAL = 5


def of(db: Connection, folder: SopFolder, draft: Draft | None, *, editable: bool, language: str) -> dict[str, Any]:
    """Everything the page opens with. ``draft`` None: what is in force, to be looked at."""
    tables = {name: table for name in folder.tables if (table := _table(folder, name)) is not None}
    callable_ = bundles.standing(db)
    return {
        "sop": folder.id,
        "bpmn": folder.bpmn.decode("utf-8-sig"),
        "editable": editable,
        "revision": draft.revision if draft is not None else 0,
        "findings": [] if draft is None else findings(db, draft, language),
        "units": [[unit.id, unit.name] for unit in people.units(db).values()],
        "roles": [[id_, name] for id_, name in roles(db).items()],
        "forms": [[ref, paper(row)] for ref, row in papers(db).items()],
        "operators": [
            {"name": one.name, "args": sorted(one.args), "results": sorted(one.results)} for one in OPERATORS.values()
        ],
        "procedures": [[id_, charts.title_of(one.sop, language)] for id_, one in callable_.items() if id_ != folder.id],
        "results": {id_: _handed_back(one) for id_, one in callable_.items() if one.sop.shared},
        "tables": [{"id": name, "name": table.name or name} for name, table in tables.items()],
        "fields": list(fields(folder)),
        "ladders": {name: _ladder(name) for name in ("rdec", "tp")},
    }


def findings(db: Connection, draft: Draft, language: str) -> list[dict[str, Any]]:
    """What the check says; of the scenarios what is known already (``workshop_scenarios.found`` walks them)."""
    levels = rule_levels.levels(db)
    found = drafts.check(db, draft, operators=OPERATORS, levels=levels, rehearse=proof.remembered).findings
    return told(found, language)


def told(found: Iterable[Finding], language: str) -> list[dict[str, Any]]:
    say = said_in(language)
    return [{**one.as_dict(), "message": say(one.message)} for one in found]


def both_sides(theirs: Draft, mine: bytes, who: str, language: str) -> dict[str, Any]:
    """What a stale save answers: what is stored now, and where it differs from what was sent."""
    say = said_in(language)
    different: Sequence[compare.Change] = ()
    with suppress(BadSop):  # what was sent cannot be read: there is nothing to compare
        different = compare.changes(theirs.folder.sop, SopFolder(theirs.sop_id, theirs.division, mine).sop)
    return {
        "theirs": {
            "revision": theirs.revision, "bpmn": theirs.bpmn, "at": shown.when(theirs.changed_at), "who": who,
        },
        "differences": [{"sentence": say(one.sentence), "element": one.element} for one in different],
    }  # fmt: skip


def refused(refusal: Refusal, language: str) -> dict[str, Any]:
    say = said_in(language)
    found = told(refusal.findings, language) if isinstance(refusal, BadSop) else []
    return {"code": refusal.code, "sentence": say(refusal.sentence), "element": refusal.element, "findings": found}


def _table(folder: SopFolder, name: str) -> Any:
    try:
        return folder.decision_tables[name]
    except BadSop:
        return None


def paper(row: Mapping[str, Any]) -> str:
    return f"{row['name']}（{row['number']}）" if row["number"] else str(row["name"])


def _handed_back(folder: SopFolder) -> dict[str, list[str]]:
    return {p.name: list(p.values) for p in folder.sop.parameters if p.direction == "out"}


def fields(folder: SopFolder) -> Iterable[dict[str, Any]]:
    """What conditions may ask for: answers of the screen forms that are short and nobody's identity."""
    seen: set[str] = set()
    for step, text in folder.forms.items():
        try:
            form = read_form(step, text)
        except BadSop:
            continue
        for field in form.fields:
            if field.identity or field.long or field.several or field.name in seen:
                continue
            seen.add(field.name)
            yield {
                "name": field.name, "title": field.title, "kind": field.kind, "step": step,
                "choices": [[value, words] for value, words in field.choices],
            }  # fmt: skip
    for parameter in folder.sop.parameters:
        if parameter.direction == "in" and parameter.type != "text" and parameter.name not in seen:
            yield {
                "name": parameter.name, "title": parameter.name, "kind": parameter.type or "text",
                "choices": [[value, value] for value in parameter.values],
            }  # fmt: skip


def _ladder(name: str) -> list[dict[str, Any]]:
    deadline = Deadline(id="", name="", regime="document", length=_TYPICAL, unit="workday", ladder=name)
    return [{"kind": r.kind, "offset": r.offset, "unit": r.unit} for r in ladders.rungs(deadline, _TYPICAL)]
