"""Which running deadlines and waiting rungs would stand elsewhere under another calendar. Reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from engine.dates import changes, deadlines
from engine.dates.changes import Moved
from engine.dates.records import alarm, deadline
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Refusal
from engine.sops.sop import Rung
from engine.store import Connection

__all__ = ["Touched", "by_calendar"]

_ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Touched:
    """A running deadline; where it would stand; and the waiting rungs (alarm id, instant) that would ring otherwise.

    The rungs of a deadline that moves follow it and are not listed.
    """

    row: Any
    to: Moved
    rungs: tuple[tuple[int, datetime], ...]

    @property
    def moves(self) -> bool:
        return bool(self.to.due != self.row.due_at)


def by_calendar(
    db: Connection, calendar: Calendar, *, since: date | None, case_id: int | None = None
) -> list[Touched]:  # fmt: skip
    """Everything that runs past ``since`` and would change, by case; of one case or of all.

    A deadline that cannot be reckoned again keeps its date.
    """
    of = {} if case_id is None else {"of_case": case_id}
    first = {} if since is None else {"first": datetime.combine(since, time(), TAIPEI)}
    which = (bool(of), bool(first))
    rungs: dict[int, list[Any]] = {}
    for rung in db.execute(_RUNGS[which], {**of, **first}).yield_per(_ROWS_AT_ONCE):
        rungs.setdefault(rung.deadline_id, []).append(rung)
    found = []
    for row in db.execute(_RUNNING[which], {**of, **first}).yield_per(_ROWS_AT_ONCE):
        try:
            to = changes.again(row, calendar)
            if to.due != row.due_at:
                found.append(Touched(row, to, ()))
                continue
            other = tuple(
                (one.id, rings)
                for one in rungs.get(row.id, ())
                if (rings := deadlines.rings_at(_rung(one), row.due_at, calendar)) != one.due_at
            )
        except Refusal:
            continue
        if other:
            found.append(Touched(row, to, other))
    return found


_ALARM_WAITS = sa.and_(
    alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None), alarm.c.kind != "timer", alarm.c.rung_unit.is_not(None)
)


def _running(of_case: bool, since: bool) -> sa.Select[Any]:
    """A day before everything a deadline counts cannot move it; its rungs may ring after its end."""
    query = sa.select(deadline).where(deadline.c.ended_at.is_(None)).order_by(deadline.c.case_id, deadline.c.id)
    if of_case:
        query = query.where(deadline.c.case_id == sa.bindparam("of_case"))
    if not since:
        return query
    first = sa.bindparam("first", type_=deadline.c.due_at.type)
    later_rung = sa.select(alarm.c.deadline_id).where(_ALARM_WAITS, alarm.c.due_at >= first)
    if of_case:
        later_rung = later_rung.where(alarm.c.case_id == sa.bindparam("of_case"))
    return query.where(
        sa.or_(
            deadline.c.due_at >= first,
            sa.and_(deadline.c.regime == "backward", deadline.c.starts_at >= first),
            deadline.c.id.in_(later_rung),
        )
    )


def _waiting(of_case: bool, since: bool) -> sa.Select[Any]:
    """The waiting rungs. One at the due date itself only moves with it."""
    columns = ("id", "deadline_id", "kind", "due_at", "rung_offset", "rung_unit")
    query = sa.select(*(alarm.c[name] for name in columns)).where(_ALARM_WAITS, alarm.c.rung_offset != 0)
    if of_case:
        query = query.where(alarm.c.case_id == sa.bindparam("of_case"))
    if since:
        query = query.where(alarm.c.due_at >= sa.bindparam("first", type_=alarm.c.due_at.type))
    return query


#: of one case or of all, since a day or ever
_WHICH = [(of_case, since) for of_case in (True, False) for since in (True, False)]
_RUNNING = {which: _running(*which) for which in _WHICH}
_RUNGS = {which: _waiting(*which) for which in _WHICH}


def _rung(row: Any) -> Rung:
    return Rung(row.kind, row.rung_offset, row.rung_unit, ())
