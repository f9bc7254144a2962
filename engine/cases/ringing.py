"""An alarm rings: a rung tells people, a timer moves the case. Claim and effect share one transaction.

After a time in which no clock ran, everything missed rings, oldest first, and each says what it is: ``late`` when it
rings long after its time, ``overtaken`` when a later rung of the same deadline is due too. Only the current level is
mailed; the others stand in the list and in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import linked, meeting_list, people_of
from engine.cases.act import Act, lock_free, of_case
from engine.cases.settle import continuation, rung, settle
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.dates.records import alarm as alarm_table
from engine.dates.records import deadline as deadline_table
from engine.office.people import SYSTEM
from engine.sops.rungs import MEETING_LIST
from engine.store import Connection, Prepared

__all__ = ["LATE", "Outcome", "ring", "ring_together"]


class Outcome(Enum):
    """What came of an alarm: it rang; its case or step was over before; another clock has it. True when it rang."""

    RANG = "rang"
    OVERTAKEN = "overtaken"
    TAKEN = "taken"

    def __bool__(self) -> bool:
        return self is Outcome.RANG


#: an alarm that rings this long after its time missed it because no clock ran
LATE = timedelta(hours=1)


def ring_together(
    db: Connection, alarms: Sequence[Mapping[str, Any]], *, at: datetime, office: Office
) -> dict[int, Outcome]:  # fmt: skip
    """Ring alarms of as many different cases in one transaction, their cases locked and they claimed all at once.

    What came of each, by its id. Not among them: those whose case somebody holds, and those that wait no more.
    """
    free = lock_free(db, [alarm["case_id"] for alarm in alarms])
    mine = deadlines.claim_all(db, [alarm["id"] for alarm in alarms if alarm["case_id"] in free], at)
    return {
        alarm["id"]: ring(db, {**alarm, "claimed": True}, at=at, office=office)
        for alarm in sorted(alarms, key=_its_case) if alarm["id"] in mine
    }  # fmt: skip


#: their journals are written in the order of the cases, as every act writes them
_its_case = itemgetter("case_id")


def ring(db: Connection, alarm: Mapping[str, Any], *, at: datetime, office: Office) -> Outcome:
    """Ring one alarm that is due.

    One notice per person, deadline and level, however many ways lead to him. What has nothing to ring for any more is
    silenced: it never says that it rang. ``claimed`` in ``alarm``: this act has claimed it already.
    """
    act = of_case(
        db, alarm["case_id"], verb="timer" if alarm["kind"] == "timer" else "ring", who=SYSTEM, at=at, office=office
    )
    timer, claimed = alarm["kind"] == "timer", bool(alarm.get("claimed"))
    if act.case["status"] != "open" or (timer and alarm["step"] not in flow.open_timers(act.projection, act.state)):
        silenced = deadlines.silence(db, alarm["id"], at, claimed=claimed)
        return Outcome.OVERTAKEN if silenced else _lost(db, alarm)
    if not claimed and not deadlines.claim(db, alarm["id"], at):
        return _lost(db, alarm)
    if timer:
        return _wake(act, alarm)
    row = _DEADLINE.first(db, deadline_id=alarm["deadline_id"], rung=alarm["rung"], at=at)
    escalates = alarm["kind"] == "escalation"
    told = people_of.tell(
        act, alarm["to"], kind=alarm["kind"], key=_key(alarm), with_stand_ins=True,
        level=row.level if escalates else 0,
        facts={
            "deadline": row.path, "name": row.name, "due": row.due_at.isoformat(), "rung": _in_words(alarm),
            **_marks(alarm, row, at),
        },
    )  # fmt: skip
    act.effects = {
        "deadline": row.path, "kind": alarm["kind"], "rung": alarm["rung"], "told": told, **_marks(alarm, row, at)
    }  # fmt: skip
    if escalates:
        act.effects["level"] = row.level
    if escalates and MEETING_LIST in alarm["to"]:
        meeting_list.put_on(act, why="escalation")
    if escalates and (opens := _opens(act, row.path, alarm)) is not None:
        linked.open_alongside(act, row.path, opens, row.due_at)
    act.finish()
    return Outcome.RANG


def _opens(act: Act, path: str, alarm: Mapping[str, Any]) -> str | None:
    """The procedure that this rung opens beside the case, as the SOP writes it."""
    limit = act.projection.deadlines.get(path)
    asked = (alarm["kind"], alarm["rung_offset"], alarm["rung_unit"])
    written = limit.deadline.rungs if limit is not None else ()
    return next((rung.opens for rung in written if (rung.kind, rung.offset, rung.unit) == asked), None)


def _lost(db: Connection, alarm: Mapping[str, Any]) -> Outcome:
    """Why an alarm that was due when it was read could not be taken."""
    return Outcome.OVERTAKEN if deadlines.is_silent(db, alarm["id"]) else Outcome.TAKEN


def _key(alarm: Mapping[str, Any]) -> str:
    """One notice per person and rung; a rung that rings again for a later due date is another one."""
    again = f":{alarm['opening']}" if alarm["opening"] else ""
    return f"alarm:{alarm['deadline_id']}:{alarm['kind']}:{alarm['rung']}{again}"


def _marks(alarm: Mapping[str, Any], row: Any, at: datetime) -> dict[str, bool]:
    """What distinguishes a rung from one that rings in its time; nothing for that one."""
    overtaken = row.later > 0 if alarm["kind"] == "escalation" else row.due_at < at
    late = at - alarm["due_at"] > LATE
    return {name: True for name, is_so in (("late", late), ("overtaken", overtaken)) if is_so}


def _in_words(alarm: Mapping[str, Any]) -> str:
    """The rung as the SOP writes it: ``before 2 workday``."""
    if alarm["rung_offset"] is None:
        return str(alarm["rung"])
    return f"{'before' if alarm['kind'] == 'reminder' else 'after'} {alarm['rung_offset']} {alarm['rung_unit']}"


def _wake(act: Act, alarm: Mapping[str, Any]) -> Outcome:
    keep_for = continuation(act, alarm["step"])
    advance = rung(act, alarm["step"])
    act.note("timers", alarm["step"])
    settle(act, advance, keep_for=keep_for)
    act.finish(step=alarm["step"])
    return Outcome.RANG


_OTHERS = alarm_table.alias("others")
_ESCALATIONS = (
    sa.select(sa.func.count())
    .where(_OTHERS.c.deadline_id == deadline_table.c.id, _OTHERS.c.kind == "escalation")
    .correlate(deadline_table)
)
#: a deadline, which of its escalations this rung is (1 is the first), and how many later ones are due or rang
_DEADLINE = Prepared(
    sa.select(
        deadline_table.c.path, deadline_table.c.name, deadline_table.c.due_at,
        _ESCALATIONS.where(
            _OTHERS.c.rung <= sa.bindparam("rung"), _OTHERS.c.opening == 0
        ).scalar_subquery().label("level"),
        _ESCALATIONS.where(
            _OTHERS.c.rung > sa.bindparam("rung"), _OTHERS.c.silenced_at.is_(None),
            _OTHERS.c.due_at >= deadline_table.c.due_at,  # those that rang for an earlier due date are over
            _OTHERS.c.due_at <= sa.bindparam("at", type_=alarm_table.c.due_at.type),
        ).scalar_subquery().label("later"),
    ).where(deadline_table.c.id == sa.bindparam("deadline_id"))
)  # fmt: skip
