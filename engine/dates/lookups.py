"""Questions about deadlines that are over, and the way back when a step that met one is opened again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from engine.dates.records import alarm, deadline
from engine.store import Connection

__all__ = ["newest_of", "next_due", "run_on", "unmeet"]

_NEWEST = (
    sa.select(deadline)
    .where(deadline.c.case_id == sa.bindparam("of_case"), deadline.c.path == sa.bindparam("of_path"))
    .order_by(deadline.c.id.desc())
    .limit(1)
)
_NEXT = sa.select(sa.func.min(alarm.c.due_at)).where(alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))


def newest_of(db: Connection, case_id: int, path: str) -> Row[Any] | None:
    """The newest deadline of this path, running or over; None when it never started."""
    return db.execute(_NEWEST, {"of_case": case_id, "of_path": path}).first()


def next_due(db: Connection) -> datetime | None:
    """When the next alarm of all cases falls due."""
    return db.execute(_NEXT).scalar()


def run_on(db: Connection, case_id: int, ended: datetime) -> list[Row[Any]]:
    """The case that was over since ``ended`` goes on: what its end cut off runs to the same date; these deadlines.

    What was met stays met. Rungs that had not rung wait again.
    """
    cut_off = deadline.c.case_id == case_id, deadline.c.ended_at == ended, deadline.c.met_at.is_(None)
    ids = list(db.scalars(sa.select(deadline.c.id).where(*cut_off)))
    if not ids:
        return []
    db.execute(deadline.update().where(deadline.c.id.in_(ids)).values(ended_at=None))
    db.execute(
        alarm.update()
        .where(alarm.c.deadline_id.in_(ids), alarm.c.kind != "timer", alarm.c.silenced_at == ended)
        .values(silenced_at=None)
    )
    return list(db.execute(sa.select(deadline).where(deadline.c.id.in_(ids)).order_by(deadline.c.id)))


def unmeet(db: Connection, case_id: int, path: str, by: str) -> Row[Any] | None:
    """The step that met this deadline is open again: it runs on to the same date, with the rungs that had not rung.

    The running deadline; None when the step had met none.
    """
    row = newest_of(db, case_id, path)
    if row is None or row.met_by != by:
        return None
    db.execute(deadline.update().where(deadline.c.id == row.id).values(met_at=None, met_by=None, ended_at=None))
    db.execute(
        alarm.update()
        .where(alarm.c.deadline_id == row.id, alarm.c.kind != "timer", alarm.c.silenced_at == row.met_at)
        .values(silenced_at=None)
    )
    return newest_of(db, case_id, path)
