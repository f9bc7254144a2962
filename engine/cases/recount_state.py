"""How far a recount is: one row, written before the first case and after every portion of them.

Whoever carries it on takes it for a minute, so that two clocks do not read the same cases; a worker that died gives it
back by the minute's end. What it has done it never undoes: a case that is right already is not touched.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.office.records import setting
from engine.store import Connection

__all__ = ["LEASE", "State", "begin", "newest", "put", "take", "unfinished"]

#: how long a worker may be silent: after this the recount counts as interrupted, and the next one goes on
LEASE = timedelta(minutes=1)
_MINE = setting.c.name == "calendar-recount"


@dataclass(frozen=True, slots=True)
class State:
    """``since``: the first day that changed; None: everything. ``after``: the last case of this round that was looked
    at; ``found``: whether the round has found anything. ``total`` is how many cases were to move when it began.
    """

    act: str
    since: str | None
    reason: str
    by: int | None
    total: int
    begun_at: str
    seen_at: str
    until: str | None = None
    ended_at: str | None = None
    round: int = 1
    after: int = 0
    found: bool = False
    cases: int = 0
    deadlines: int = 0
    stuck: tuple[int, ...] = ()

    def runs(self, at: datetime) -> bool:
        """Whether somebody was at work on it a moment ago; if not, and it has no end, it was interrupted."""
        return self.ended_at is None and at - datetime.fromisoformat(self.seen_at) <= LEASE


def newest(db: Connection) -> State | None:
    """The recount that is under way, or the last one that ended."""
    return _read(db.scalar(sa.select(setting.c.value).where(_MINE)))


def unfinished(db: Connection) -> State | None:
    """The recount that was begun and has not ended."""
    found = newest(db)
    return found if found is not None and found.ended_at is None else None


def begin(
    db: Connection, *, act: str, since: str | None, reason: str, by: int | None, total: int, at: datetime
) -> None:  # fmt: skip
    """An earlier recount that did not end is taken along: from the earlier of both days on."""
    earlier = unfinished(db)
    if earlier is not None:
        since = min(since, earlier.since) if since and earlier.since else None
        total += max(0, earlier.total - earlier.cases)
    db.execute(sa.delete(setting).where(_MINE))
    now = at.isoformat()
    new = State(act, since, reason, by, total, begun_at=now, seen_at=now)
    db.execute(sa.insert(setting), {"name": "calendar-recount", "value": asdict(new)})


def take(db: Connection, at: datetime, *, whoever: bool = False) -> State | None:
    """Take the unfinished recount for a while. None: there is none, or another is at it (``whoever``: even so)."""
    found = _read(db.scalar(sa.select(setting.c.value).where(_MINE).with_for_update()))
    if found is None or found.ended_at is not None:
        return None
    if not whoever and found.until is not None and datetime.fromisoformat(found.until) > at:
        return None
    mine = replace(found, until=(at + LEASE).isoformat(), seen_at=at.isoformat())
    db.execute(sa.update(setting).where(_MINE).values(value=asdict(mine)))
    return mine


def put(db: Connection, state: State, *, at: datetime, ended: bool = False) -> State | None:
    """Give it back, so far. None: another recount has begun or this one was ended meanwhile; what was done stays."""
    stands = _read(db.scalar(sa.select(setting.c.value).where(_MINE).with_for_update()))
    if stands is None or stands.act != state.act or stands.ended_at is not None:
        return None
    now = at.isoformat()
    so_far = replace(state, until=None, seen_at=now, ended_at=now if ended else None)
    db.execute(sa.update(setting).where(_MINE).values(value=asdict(so_far)))
    return so_far


def _read(value: Any) -> State | None:
    return State(**{**value, "stuck": tuple(value["stuck"])}) if value else None
