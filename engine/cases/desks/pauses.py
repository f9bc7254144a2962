"""What a case waits for where nobody has a step to do: the next follow-up, a date, the cases it has opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.cases.records import case, child
from engine.dates.records import alarm
from engine.library import shelf
from engine.store import Connection

__all__ = ["waits_of"]


_NOT_BACK = (
    sa.select(child.c.parent_id, child.c.step, sa.func.count())
    .join(case, case.c.id == child.c.case_id)
    .where(child.c.parent_id.in_(sa.bindparam("parents", expanding=True)), child.c.waits, case.c.status == "open")
    .group_by(child.c.parent_id, child.c.step)
    .order_by(sa.func.min(child.c.case_id))
)


def waits_of(db: Connection, cases: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """By case the steps of its chart that wait: ``{step, name, until, missing}``, the nearest first. Two queries.

    ``missing``: how many cases that a call box has opened are not over; then ``until`` is None. ``cases`` are rows with
    ``id``, ``bundle`` and ``start``. A timer that stands on a step somebody has to do is not among them, nor one that
    stands still.
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
            wait = {"step": path, "name": step.node.name or path, "until": until, "missing": 0}
            found.setdefault(case_id, []).append(wait)
    for parent, path, missing in db.execute(_NOT_BACK, {"parents": sorted(of)}):
        row = of[parent]
        step = shelf.projection(db, row["bundle"], row["start"]).steps.get(path)
        name = step.node.name or path if step is not None else path
        found.setdefault(parent, []).append({"step": path, "name": name, "until": None, "missing": missing})
    return found
