"""The clocks of a case stand still 停止計時 while the petitioner is asked, and get the time back when they run on.

What runs in working time gets its office minutes back, what runs in calendar time its days, rolled by its regime. What
was late before stays late, and goes on ringing; a fixed date and a plan towards an event do not wait for anybody.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine import flow
from engine.cases import holding, interim, limits
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_reason
from engine.cases.records import suspension
from engine.cases.surroundings import Office
from engine.dates import changes, deadlines, roc
from engine.dates.records import alarm
from engine.errors import NotNow
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["proceed", "suspend"]


def suspend(db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> int:
    """Stop the clocks, with the reason (what the petitioner is asked for); the suspension's id.

    NotNow when they stand still already, or when nothing runs that could be stopped.
    """
    act = of_case(db, case_id, verb="suspend", who=who, at=at, office=office)
    holding.require(act, "suspend")
    if act.case["suspended_at"] is not None:
        raise NotNow("already_suspended", _since(act))
    reason = required_reason(reason)
    rows = [row for row in deadlines.open_of(db, case_id) if changes.stands_still(row, at)]
    if not any(row.regime != "standard" for row in rows):
        raise NotNow("nothing_to_suspend", "這個案件目前沒有可以停止計時的期限。")
    began = {"case_id": case_id, "reason": reason, "began_at": at, "began_by": who.id}
    suspension_id = int(db.execute(suspension.insert().returning(suspension.c.id), began).scalar_one())
    act.change(suspended_at=at)
    changes.stop(db, [row.id for row in rows], at)
    act.limits = None
    _silence_timers(act)
    limits.carry_due(act)
    act.effects |= {"suspension": suspension_id, "stopped": [row.path for row in rows]}
    if any(interim.concerns(act, row.path) for row in rows):
        interim.send(act, "supplement", suspension_id)
    act.finish(reason=reason)
    return suspension_id


def proceed(db: Connection, case_id: int, *, reason: str = "", who: Person, at: datetime, office: Office) -> None:
    """The clocks run on; every deadline that stood still gets its time back. NotNow when none stands still."""
    act = of_case(db, case_id, verb="proceed", who=who, at=at, office=office)
    holding.require(act, "proceed")
    if act.case["suspended_at"] is None:
        raise NotNow("not_suspended", "這個案件沒有停止計時。")
    cleaned = required_reason(reason) if reason.strip() else None
    waits = suspension.c.case_id == case_id, suspension.c.ended_at.is_(None)
    open_one = db.execute(sa.select(suspension).where(*waits).order_by(suspension.c.id.desc()).limit(1)).one()
    given_back = [
        changes.resume(db, row, ended=at, at=at, act=act.id, why=open_one.reason, calendar=office.calendar)
        for row in deadlines.open_of(db, case_id)
        if row.stopped_at is not None
    ]
    db.execute(
        suspension.update()
        .where(suspension.c.id == open_one.id)
        .values(ended_at=at, ended_by=who.id, given_back=[*(open_one.given_back or ()), *given_back], why_ended=cleaned)
    )
    act.change(suspended_at=None)
    act.limits = None
    limits.rewind_timers(act, flow.open_timers(act.projection, act.state))
    limits.carry_due(act)
    act.effects |= {
        "suspension": open_one.id,
        "moved": [{"path": g["path"], "from": g["old_due"], "to": g["new_due"]} for g in given_back],
    }
    due = next((g["new_due"] for g in given_back if interim.concerns(act, g["path"])), None)
    if due is not None:
        interim.send(act, "resumed", open_one.id, due=datetime.fromisoformat(due))
    act.finish(reason=cleaned)


def _silence_timers(act: Act) -> None:
    """The path timers of what stands still; those of a running deadline were silenced with it."""
    plain = [path for path in flow.open_timers(act.projection, act.state) if limits.stands_still(act, path)]
    act.db.execute(
        alarm.update()
        .where(
            alarm.c.case_id == act.case["id"], alarm.c.kind == "timer", alarm.c.step.in_(plain),
            alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None),
        )
        .values(silenced_at=act.at)
    )  # fmt: skip


def _since(act: Act) -> str:
    query = sa.select(suspension.c.began_by, suspension.c.began_at).where(
        suspension.c.case_id == act.case["id"], suspension.c.ended_at.is_(None)
    )
    row = act.db.execute(query).one()
    by = people.names(act.db, [row.began_by]).get(row.began_by, "系統")
    return f"這個案件已由{by}於 {roc.moment(row.began_at)} 停止計時。"
