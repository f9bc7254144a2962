"""The day an answer is to be expected, before the table of limits has run.

A petitioner asks for it at the counter, while the table runs only once the registry has found whose matter it is. It is
told by what the hand-in says of itself; a unit's own, shorter limit may still bring it forward. Nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import flow
from engine.dates import deadlines
from engine.dates.workdays import Calendar
from engine.errors import Refusal
from engine.flow import ProjectedDeadline, Projection
from engine.library import bundles
from engine.store import Connection

__all__ = ["answer_by"]


def answer_by(db: Connection, case: Mapping[str, Any], calendar: Calendar) -> datetime | None:
    """The last instant for the answer by the SOP's own table, counted from the receipt.

    None where no limit waits for a table, and where the table asks for more than channel and type.
    """
    projection = bundles.projection(db, case["bundle"], case["start"])
    limit = _awaited(projection)
    if limit is None:
        return None
    known = {"channel": case["channel"], "case_type": case["type"]}
    for path, step in projection.steps.items():
        if step.scope == limit.scope and step.node.decision and step.node.decision.ref == limit.deadline.decision:
            table = bundles.table(db, case["bundle"], path)
            try:
                said = table.decide(flow.arguments(step, known, {})) if table is not None else None
                if isinstance(said, dict):
                    spec = replace(limit.deadline, length=said.get("length"), unit=said.get("unit"))
                    return deadlines.reckon(spec, case["received_at"], calendar).due
            except Refusal:
                return None
    return None


def _awaited(projection: Projection) -> ProjectedDeadline | None:
    """The case's own limit that runs from the receipt and whose length a table gives."""
    for limit in projection.deadlines.values():
        own = not limit.scope and limit.deadline.of == "case" and limit.deadline.decision is not None
        if own and (limit.starts or projection.start) == projection.start:
            return limit
    return None
