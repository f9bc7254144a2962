"""An alarm rings: a rung tells people, a timer moves the case. Claim and effect share one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import people_of, running
from engine.cases.act import Act, of_case
from engine.cases.settle import continuation, settle
from engine.cases.surroundings import Office
from engine.dates import deadlines, ladders
from engine.dates.records import deadline as deadline_table
from engine.dates.workdays import local_day
from engine.office.people import SYSTEM
from engine.store import Connection

__all__ = ["ring"]


def ring(db: Connection, alarm: Mapping[str, Any], *, at: datetime, office: Office) -> bool:
    """Ring one alarm that is due. False when somebody else rang or silenced it first.

    One notice per person, deadline and level, however many ways lead to him.
    """
    act = of_case(
        db, alarm["case_id"], verb="timer" if alarm["kind"] == "timer" else "ring", who=SYSTEM, at=at, office=office
    )
    if not deadlines.claim(db, alarm["id"], at):
        return False
    if act.case["status"] != "open":
        return False
    if alarm["kind"] == "timer":
        return _wake(act, alarm)
    found = sa.select(deadline_table).where(deadline_table.c.id == alarm["deadline_id"])
    row: dict[str, Any] = db.execute(found).one()._asdict()
    level = alarm["rung"] if alarm["kind"] == "escalation" else 0
    told = people_of.tell(
        act, alarm["to"], kind=alarm["kind"], key=f"alarm:{alarm['deadline_id']}:{alarm['kind']}:{alarm['rung']}",
        level=level,
        facts={
            "deadline": row["path"], "name": row["name"], "due": row["due_at"].isoformat(),
            "rung": _in_words(act, row, alarm["rung"]),
        },
    )  # fmt: skip
    act.effects = {"deadline": row["path"], "kind": alarm["kind"], "rung": alarm["rung"], "told": told}
    act.finish()
    return True


def _in_words(act: Act, row: Mapping[str, Any], number: int) -> str:
    """The rung as the SOP writes it: ``before 2 workday``."""
    limit = act.projection.deadlines.get(row["path"])
    if limit is None:
        return str(number)
    workdays = act.office.calendar.between(local_day(row["starts_at"]), local_day(row["due_at"]))
    rung = ladders.rungs(limit.deadline, workdays)[number]
    return f"{'before' if rung.kind == 'reminder' else 'after'} {rung.offset} {rung.unit}"


def _wake(act: Act, alarm: Mapping[str, Any]) -> bool:
    if alarm["step"] not in flow.open_timers(act.projection, act.state):
        return False  # its step was done in the same moment; claiming it has silenced it
    keep_for = continuation(act, alarm["step"])
    advance = flow.wake(
        act.projection, act.state, alarm["step"], machine=running.machine(act), context=running.context(act)
    )
    act.note("timers", alarm["step"])
    settle(act, advance, keep_for=keep_for)
    act.finish(step=alarm["step"])
    return True
