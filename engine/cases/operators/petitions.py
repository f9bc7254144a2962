"""Petitions: the receipt a petitioner gets, and the search for the same matter handed in before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents, foreseen, similar
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.dates import roc
from engine.flow import ProjectedStep
from engine.office import notices


@operator("petition.open")
def open_petition(act: Act, step: ProjectedStep, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the case record and tell the petitioner its number, and when an answer is to be expected."""
    documents.make(act, step, kind="case-record")
    facts = {"number": act.case["number"]}
    expected = foreseen.answer_by(act.db, act.case, act.office.calendar)
    if expected is not None and expected > act.at:
        facts["answer_by"] = roc.moment(expected)
    notices.post(
        act.db, key=f"receipt:{act.case['id']}", to=None, case_id=act.case["id"], kind="receipt", at=act.at,
        facts=facts, channel="mail",
    )  # fmt: skip
    return {}


@operator("petition.find-similar", optional=("days",), results=("count",))
def find_similar(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """How many earlier petitions of the same person are about the same place or matter (建議值: within 30 days).

    The list it hands out tells the number alone: which they are is for those who decide, not for all who read the case.
    """
    found = similar.to(act.db, act.case, at=act.at, within=sa.true(), days=int(args.get("days") or 30))
    act.note("similar", len(found))
    documents.hand_out(act, step, facts={"count": len(found)})
    return {"count": len(found)}
