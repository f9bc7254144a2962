"""The tick: take what is due, one transaction each, so that a poisoned row never stops the others.

Only this and the doors open transactions. The time is handed in: a rehearsal ticks with a virtual clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.cases import incidents, ringing
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.dates.records import tick as tick_table
from engine.errors import Refusal, Stuck
from engine.store import Store

__all__ = ["Ticked", "tick"]

#: how long a poisoned alarm waits before it is tried again: 1, 2, 4 … minutes, a day at most
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: alarms rung, alarms that could not ring (each an incident)."""

    rang: int
    stuck: int


def tick(store: Store, at: datetime, office: Office, *, batch: int = 200) -> Ticked:
    """Ring everything due before ``at``, oldest first, each in its own transaction."""
    rang = stuck = 0
    tried: set[int] = set()
    while True:
        with store.look() as db:
            due = [row._asdict() for row in deadlines.due_now(db, at, batch) if row.id not in tried]
        if not due:
            break
        for alarm in due:
            tried.add(alarm["id"])
            try:
                with store.act() as db:
                    rang += ringing.ring(db, alarm, at=at, office=office)
            except OperationalError:
                raise  # the database itself is away: the next tick tries again
            except (Refusal, DBAPIError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
                stuck += 1
                _push_forward(store, alarm["id"], alarm["case_id"], alarm["step"], alarm["tries"], error, at)
    with store.act() as db:
        _heartbeat(db, at, rang)
    return Ticked(rang, stuck)


def _push_forward(
    store: Store, alarm_id: int, case_id: int, step: str, tries: int, error: Exception, at: datetime
) -> None:
    reason = error if isinstance(error, Stuck) else Stuck("alarm", "這個案件的計時無法處理，已列為異常。")
    wait = min(_FIRST_WAIT * 2 ** min(tries, 11), _LONGEST_WAIT)
    with store.act() as db:
        deadlines.push_forward(db, alarm_id, at + wait)
        incidents.note(db, case_id=case_id, step=step or None, error=reason, at=at, alarm_id=alarm_id)


def _heartbeat(db: sa.Connection, at: datetime, rang: int) -> None:
    """One row for all tickers; the first two of a new database may write it in the same moment."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    beat = insert(tick_table).values(name="tick", at=at, rang=rang)
    db.execute(beat.on_conflict_do_update(index_elements=["name"], set_={"at": at, "rang": rang}))
