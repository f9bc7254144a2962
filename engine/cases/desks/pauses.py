"""What a case waits for where nobody has a step to do: the next follow-up, a date the chart waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.dates.records import alarm
from engine.library import shelf
from engine.store import Connection

__all__ = ["waits_of"]


def waits_of(db: Connection, cases: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """By case the steps of its chart that wait for an instant: ``{step, name, until}``, the nearest first. One query.

    ``cases`` are rows with ``id``, ``bundle`` and ``start``. A timer that stands on a step somebody has to do is not
    among them, nor one that stands still.
    """
    of = {row["id"]: row for row in cases}
    if not of:
        return {}
    query = (
        sa.select(alarm.c.case_id, alarm.c.step, alarm.c.due_at)
        .where(
            alarm.c.case_id.in_(sorted(of)), alarm.c.kind == "timer", alarm.c.rang_at.is_(None),
            alarm.c.silenced_at.is_(None),
        )
        .order_by(alarm.c.due_at, alarm.c.id)
    )  # fmt: skip
    found: dict[int, list[dict[str, Any]]] = {}
    for case_id, path, until in db.execute(query):
        row = of[case_id]
        step = shelf.projection(db, row["bundle"], row["start"]).steps.get(path)
        if step is not None and step.kind == "catch":
            found.setdefault(case_id, []).append({"step": path, "name": step.node.name or path, "until": until})
    return found
