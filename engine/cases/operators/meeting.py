"""The municipal meeting's list. Until the meeting's own SOP exists, handing in writes one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import meeting_item
from engine.flow import ProjectedStep


@operator("meeting.hand-in", required=("category",))
def hand_in(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the case on the list of the next municipal meeting in its category."""
    category = str(args["category"])
    act.db.execute(
        meeting_item.insert(), {"case_id": act.case["id"], "category": category, "why": "hand-in", "at": act.at}
    )
    act.note("meeting_list", category)
    documents.make(act, step, kind="meeting-hand-in", facts={"category": category})
    return {}
