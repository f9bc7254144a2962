"""A deadline that stands still (停止計時) and is met, or runs again after it was over: the time it stood is its own.

Its date moves before it is met, so that whoever compares the two reads what is true: it was not late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.act import Act
from engine.cases.records import suspension
from engine.dates import changes, lookups

__all__ = ["before_it_is_met", "end", "runs_on"]

_LASTS = suspension.c.ended_at.is_(None)


def before_it_is_met(act: Act, path: str) -> None:
    """The running deadline of this path gets its time back, where it stands still."""
    if act.case["suspended_at"] is None:
        return
    row = lookups.newest_of(act.db, act.case["id"], path)
    if row is None or row.ended_at is not None or row.stopped_at is None:
        return
    lasts = act.db.execute(sa.select(suspension).where(suspension.c.case_id == act.case["id"], _LASTS)).one()
    back = changes.resume(
        act.db, row, ended=act.at, at=act.at, act=act.id, why=lasts.reason, calendar=act.office.calendar
    )  # fmt: skip
    given_back = [*(lasts.given_back or ()), back]
    act.db.execute(suspension.update().where(suspension.c.id == lasts.id).values(given_back=given_back))
    act.note("moved", {"path": path, "from": back["old_due"], "to": back["new_due"]})


def end(act: Act) -> None:
    """The case is over: nothing is waited for any more. What was given back before stays told."""
    if act.case["suspended_at"] is None:
        return
    mine = suspension.c.case_id == act.case["id"], _LASTS
    given_back = act.db.execute(sa.select(suspension.c.given_back).where(*mine)).scalar() or []
    act.db.execute(
        suspension.update().where(*mine).values(ended_at=act.at, ended_by=act.who.id, given_back=given_back)
    )  # fmt: skip
    act.change(suspended_at=None)


def runs_on(act: Act, row: Any, ended: datetime) -> None:
    """A deadline that was over since ``ended`` runs again; what it stood still is settled by the suspensions as they
    are now. One that was met while its case stood still goes on standing from then on."""
    act.limits = None
    if row.stopped_at is None:
        since = act.case["suspended_at"] if _stood(act, ended) is None else ended
        if since is None or not changes.stands_still(row, since):
            return
        changes.stop(act.db, [row.id], since)
        row = lookups.newest_of(act.db, act.case["id"], row.path)
    if act.case["suspended_at"] is not None:
        return
    over = sa.select(sa.func.max(suspension.c.ended_at)).where(
        suspension.c.case_id == act.case["id"], suspension.c.began_at <= row.stopped_at
    )
    until = act.db.execute(over).scalar() or act.at
    changes.resume(act.db, row, ended=until, at=act.at, act=act.id, why="停止計時", calendar=act.office.calendar)


def _stood(act: Act, at: datetime) -> int | None:
    """The suspension in which this case stood still at that instant."""
    lasted = sa.or_(_LASTS, suspension.c.ended_at > at)
    query = sa.select(suspension.c.id).where(
        suspension.c.case_id == act.case["id"], suspension.c.began_at <= at, lasted
    )
    return act.db.execute(query.limit(1)).scalar()
