"""How much working time each step of a case took, beside what the SOP plans for it. For planning, never of a person.

Counted in the office's hours, what stood still (停止計時) taken off; from the items that the page has read already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.dates.workdays import Calendar
from engine.errors import Invalid
from engine.sops.sop import Node, Spent, StandardTime

__all__ = ["in_hours", "spent", "worked"]

Row = Mapping[str, Any]
_HOUR = timedelta(hours=1)


def spent(
    items: Iterable[Row], nodes: Mapping[str, Node], pauses: Sequence[Row], *, at: datetime, calendar: Calendar
) -> dict[str, Spent]:
    """By step path, of the last time the step was opened; of a call box what the steps inside took together.

    ``nodes``: the steps of the case by path; ``pauses``: its suspensions. A step of many units counts from the first
    to the last of them. What a timer or a move has cut is left out.
    """
    last: dict[str, list[Row]] = {}
    for row in items:
        known = last.get(row["step"], [])
        if not known or known[0]["opening"] < row["opening"]:
            last[row["step"]] = [row]
        elif known[0]["opening"] == row["opening"]:
            known.append(row)
    found: dict[str, Spent] = {}
    for path, rows in last.items():
        rows = [row for row in rows if row["status"] in ("open", "done")]
        if not rows:
            continue
        runs = any(row["status"] == "open" for row in rows)
        until = at if runs else max(row["done_at"] for row in rows)
        hours = worked(min(row["opened_at"] for row in rows), until, pauses, calendar)
        node = nodes.get(path)
        found[path] = Spent(hours, runs, in_hours(node.standard_time, calendar) if node is not None else None)
    return _with_calls(found)


def worked(since: datetime, until: datetime, pauses: Sequence[Row], calendar: Calendar) -> float:
    """Working hours between two instants, without those in which the clocks stood still."""
    if until <= since:
        return 0.0
    try:
        work = calendar.worked(since, until)
        for pause in pauses:
            begin = max(pause["began_at"], since)
            end = min(pause["ended_at"] or until, until)
            if begin < end:
                work -= calendar.worked(begin, end)
    except Invalid:  # beyond the published calendar
        return 0.0
    return max(work, timedelta()) / _HOUR


def in_hours(standard: StandardTime | None, calendar: Calendar) -> float | None:
    """A standard time in working hours; None where the SOP names none."""
    if standard is None:
        return None
    return float(standard.value) * (1.0 if standard.unit == "hour" else calendar.day_length / _HOUR)


def _with_calls(steps: Mapping[str, Spent]) -> dict[str, Spent]:
    found = dict(steps)
    for path, took in steps.items():
        parts = path.split("/")
        for n in range(1, len(parts)):
            call = "/".join(parts[:n])
            before = found.get(call, Spent(0.0, runs=False))
            found[call] = Spent(before.hours + took.hours, before.runs or took.runs)
    return found
