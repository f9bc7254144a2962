"""What was seen of a rehearsed year: cases, limits kept, time waited, and whether anything stood still or failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, child, incident, item
from engine.dates.records import alarm, deadline
from engine.rehearsal.virtual import Virtual

__all__ = ["Report", "report"]


@dataclass(slots=True)
class Report:
    """``sops``: by SOP, cases opened, ended, and of the limits that ended how many in time and late. ``waiting``: by
    step, how often it was done and its mean working hours from opening to end."""

    opened: int = 0
    ended: int = 0
    acts: int = 0
    sops: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    waiting: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    #: open cases that nobody and nothing will move: none in a sound city
    stuck: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    #: alarms past their time that neither rang nor were silenced
    unrung: int = 0
    rang: int = 0
    #: acts that were refused, and steps nobody knew how to fill in
    refused: list[str] = field(default_factory=list)

    @property
    def on_time(self) -> float | None:
        """Of the limits that ended this year, the share met in time."""
        met = sum(sums["in_time"] for sums in self.sops.values())
        late = sum(sums["late"] for sums in self.sops.values())
        return met / (met + late) if met + late else None

    @property
    def sound(self) -> bool:
        return not (self.stuck or self.incidents or self.unrung or self.refused)


def report(city: Virtual, *, acts: int, refused: list[str]) -> Report:
    """All that the city's tables tell at its present instant."""
    found, now = Report(acts=acts, refused=refused), city.now
    with city.store.look() as db:
        for row in db.execute(sa.select(case.c.id, case.c.sop_id, case.c.status)):
            found.opened += 1
            found.sops[row.sop_id]["opened"] += 1
            found.sops[row.sop_id][row.status] += 1
            found.ended += row.status == "ended"
        limits = (
            sa.select(case.c.sop_id, deadline.c.due_at, deadline.c.met_at)
            .join(case, case.c.id == deadline.c.case_id)
            .where(deadline.c.regime != "standard", sa.or_(deadline.c.met_at.is_not(None), deadline.c.due_at < now))
            .where(sa.or_(deadline.c.met_at.is_not(None), deadline.c.stopped_at.is_(None)))
            .where(sa.or_(deadline.c.ended_at.is_(None), deadline.c.met_at.is_not(None)))
        )
        for row in db.execute(limits):
            in_time = row.met_at is not None and row.met_at <= row.due_at
            found.sops[row.sop_id]["in_time" if in_time else "late"] += 1
        past = sa.select(sa.func.count()).select_from(alarm)
        silent = (alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None), alarm.c.due_at <= now)
        found.unrung = db.scalar(past.where(*silent)) or 0
        found.rang = db.scalar(past.where(alarm.c.rang_at.is_not(None))) or 0
        still = sa.select(incident.c.case_id, incident.c.step, incident.c.sentence)
        found.incidents = [
            f"{case_id} {step} {sentence}"
            for case_id, step, sentence in db.execute(still.where(incident.c.resolved_at.is_(None)))
        ]
        found.stuck = [f"{sop_id} {number}" for sop_id, number in db.execute(_nobody_moves())]
        hours: dict[tuple[str, str], list[float]] = defaultdict(list)
        done = sa.select(case.c.sop_id, item.c.name, item.c.opened_at, item.c.done_at)
        done = done.join(case, case.c.id == item.c.case_id).where(item.c.status == "done")
        for sop_id, name, opened_at, done_at in db.execute(done):
            spent = city.office.calendar.worked(opened_at, done_at)
            hours[sop_id, name].append(spent / timedelta(hours=1))
    found.waiting = {key: (len(some), sum(some) / len(some)) for key, some in hours.items()}
    return found


def _nobody_moves() -> sa.Select[Any]:
    """Open cases without an open item, an alarm to come, or an open case of their own to wait for."""
    has_item = sa.exists().where(item.c.case_id == case.c.id, ITEM_IS_OPEN)
    has_alarm = sa.exists().where(
        alarm.c.case_id == case.c.id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None)
    )
    below = case.alias("below")
    has_child = sa.exists().where(
        child.c.parent_id == case.c.id, below.c.id == child.c.case_id, below.c.status == "open"
    )
    return sa.select(case.c.sop_id, case.c.number).where(CASE_IS_OPEN, ~has_item, ~has_alarm, ~has_child)
