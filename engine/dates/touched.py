"""Which running deadlines and waiting rungs would stand elsewhere under another calendar. Reading only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from engine.dates import changes, deadlines
from engine.dates.changes import Moved
from engine.dates.periods import DOUBT
from engine.dates.records import alarm, deadline
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Refusal
from engine.sops.sop import Rung
from engine.store import Connection

__all__ = ["SPAN", "Touched", "by_calendar", "in_span", "span"]

#: cases that are read at once: a city's worth of deadlines never lies in memory
SPAN = 500


@dataclass(frozen=True, slots=True)
class Touched:
    """A running deadline; where it would stand; and the waiting rungs (alarm id, instant) that would ring otherwise.

    The rungs of a deadline that moves follow it and are not listed. ``settled``: it stays, and what its working says of
    a year without an official table is true no more.
    """

    row: Any
    to: Moved
    rungs: tuple[tuple[int, datetime], ...]
    settled: bool = False

    @property
    def moves(self) -> bool:
        return bool(self.to.due != self.row.due_at)


def by_calendar(
    db: Connection, calendar: Calendar, *, since: date | None, case_id: int | None = None
) -> list[Touched]:  # fmt: skip
    """Everything that runs past ``since`` and would change, by case; of one case or of all.

    A deadline that cannot be reckoned again keeps its date.
    """
    if case_id is not None:
        return _found(db, calendar, since, "one", of_case=case_id)
    found: list[Touched] = []
    after = 0
    while (last := span(db, after)) is not None:
        found += in_span(db, calendar, since=since, after=after, last=last)
        after = last
    return found


def span(db: Connection, after: int) -> int | None:
    """The last of the next ``SPAN`` cases in which anything runs, ``after`` this one; None when there is none."""
    last: int | None = db.scalar(_SPAN, {"after": after, "size": SPAN})
    return last


def in_span(db: Connection, calendar: Calendar, *, since: date | None, after: int, last: int) -> list[Touched]:
    """``by_calendar`` for the cases after ``after``, up to ``last``."""
    return _found(db, calendar, since, "span", after=after, last=last)


def _found(db: Connection, calendar: Calendar, since: date | None, which: str, **of: int) -> list[Touched]:
    first = {} if since is None else {"first": datetime.combine(since, time(), TAIPEI)}
    key = (which, bool(first))
    rungs: dict[int, list[Any]] = {}
    for rung in db.execute(_RUNGS[key], {**of, **first}):
        rungs.setdefault(rung.deadline_id, []).append(rung)
    found = []
    for row in db.execute(_RUNNING[key], {**of, **first}):
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
        settled = _in_doubt(row.working) and not _in_doubt(to.working)
        if other or settled:
            found.append(Touched(row, to, other, settled))
    return found


def _in_doubt(working: Iterable[Mapping[str, Any]]) -> bool:
    return any(line["what"] == DOUBT for line in working)


_ALARM_WAITS = sa.and_(
    alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None), alarm.c.kind != "timer", alarm.c.rung_unit.is_not(None)
)


_SPAN: sa.Select[Any] = sa.select(sa.func.max(sa.column("case_id"))).select_from(
    sa.select(deadline.c.case_id)
    .where(deadline.c.ended_at.is_(None), deadline.c.case_id > sa.bindparam("after"))
    .distinct()
    .order_by(deadline.c.case_id)
    .limit(sa.bindparam("size"))
    .subquery()
)


def _of(which: str, column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    if which == "one":
        return column == sa.bindparam("of_case")
    return sa.and_(column > sa.bindparam("after"), column <= sa.bindparam("last"))


def _running(which: str, since: bool) -> sa.Select[Any]:
    """A day before everything a deadline counts cannot move it; its rungs may ring after its end.

    A day that was closed may have moved a date to before it: one that counts back, and a named day that rolls back.
    """
    query = (
        sa.select(deadline)
        .where(deadline.c.ended_at.is_(None), _of(which, deadline.c.case_id))
        .order_by(deadline.c.case_id, deadline.c.id)
    )
    if not since:
        return query
    first = sa.bindparam("first", type_=deadline.c.due_at.type)
    later_rung = sa.select(alarm.c.deadline_id).where(
        _ALARM_WAITS, alarm.c.due_at >= first, _of(which, alarm.c.case_id)
    )  # fmt: skip
    return query.where(
        sa.or_(
            deadline.c.due_at >= first,
            sa.and_(deadline.c.regime == "backward", deadline.c.starts_at >= first),
            deadline.c.regime == "fixed",
            deadline.c.id.in_(later_rung),
        )
    )


def _waiting(which: str, since: bool) -> sa.Select[Any]:
    """The waiting rungs. One at the due date itself only moves with it; a reminder is counted back from there, so that
    it may stand before the day that moves it."""
    columns = ("id", "deadline_id", "kind", "due_at", "rung_offset", "rung_unit")
    query = sa.select(*(alarm.c[name] for name in columns)).where(
        _ALARM_WAITS, alarm.c.rung_offset != 0, _of(which, alarm.c.case_id)
    )  # fmt: skip
    if since:
        first = sa.bindparam("first", type_=alarm.c.due_at.type)
        of_rung = deadline.c.id == alarm.c.deadline_id
        query = query.join(deadline, of_rung).where(sa.or_(alarm.c.due_at >= first, deadline.c.due_at >= first))
    return query


#: of one case or of a span of cases, since a day or ever
_WHICH = [(which, since) for which in ("one", "span") for since in (True, False)]
_RUNNING = {which: _running(*which) for which in _WHICH}
_RUNGS = {which: _waiting(*which) for which in _WHICH}


def _rung(row: Any) -> Rung:
    return Rung(row.kind, row.rung_offset, row.rung_unit, ())
