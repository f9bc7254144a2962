"""Official forms that cross between a case and those its call boxes open: a reference at the other side, never a copy.

What the box hands in stands in the opened case from its beginning; what the box hands out stands in the case that
waited as soon as it goes on. Whoever may read a case reads what was handed to it, and no identity with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import children, documents
from engine.cases.act import Act
from engine.cases.records import document
from engine.flow import ProjectedStep

__all__ = ["CROSSED", "HANDED_BACK", "HANDED_IN", "bring_back", "hand_in"]

HANDED_IN, HANDED_BACK = "handed-in", "handed-back"
#: kinds of documents whose content lies in another case: ``facts`` name it (``case``), and the document there (``of``)
CROSSED = frozenset({HANDED_IN, HANDED_BACK})
_ANY = ""


def hand_in(act: Act, above: Act, box: str) -> None:
    """The newest document of each form that the box hands in is this new case's to read."""
    step = above.projection.steps.get(box)  # a case that a deadline's rung opened has no box
    refs = documents.official(above, step, "in") if step is not None else []
    made = _newest(above, {above.case["id"]: refs})
    for ref in refs:
        found = made.get((above.case["id"], ref))
        if found is not None:
            facts = {"number": above.case["number"], **_where(found)}
            documents.make(act, None, kind=HANDED_IN, form=ref, facts=facts)


def bring_back(act: Act, step: ProjectedStep) -> None:
    """What the box hands out comes from each case that it opened and that has ended: the document of that form, or what
    was handed out last there, which is then called so here."""
    refs = documents.official(act, step)
    rows = [row for row in children.newest(act, step.path) if row["status"] == "ended"] if refs else []
    made = _newest(act, {row["case_id"]: refs for row in rows})
    for row in rows:
        for ref in refs:
            found = made.get((row["case_id"], ref)) or made.get((row["case_id"], _ANY)) or _nothing(row["case_id"])
            facts = {"number": row["number"], "entry": row["entry"], **_where(found)}
            documents.make(act, step, kind=HANDED_BACK, form=ref, facts=facts)


def _newest(act: Act, wanted: Mapping[int, list[str]]) -> dict[tuple[int, str], Mapping[str, Any]]:
    """The newest document of each form, by case and form; under ``_ANY`` the newest that a person handed out."""
    refs = {ref for some in wanted.values() for ref in some}
    if not refs:
        return {}
    by_hand = document.c.kind == documents.HANDED_OUT
    query = (
        sa.select(document.c.id, document.c.case_id, document.c.form, document.c.kind, document.c.facts)
        .where(document.c.case_id.in_(sorted(wanted)), sa.or_(document.c.form.in_(sorted(refs)), by_hand))
        .order_by(document.c.id)
    )
    found: dict[tuple[int, str], Mapping[str, Any]] = {}
    for row in act.db.execute(query).mappings():
        found[row["case_id"], row["form"]] = dict(row)
        if row["kind"] == documents.HANDED_OUT:
            found[row["case_id"], _ANY] = dict(row)
    return found


def _nothing(case_id: int) -> dict[str, Any]:
    return {"id": None, "case_id": case_id, "kind": "", "facts": {}}


def _where(found: Mapping[str, Any]) -> dict[str, Any]:
    """Where a document lies; of one that was itself handed over, where it came from."""
    if found["kind"] in CROSSED:
        return {name: found["facts"].get(name) for name in ("case", "of", "number")}
    return {"case": found["case_id"], "of": found["id"]}
