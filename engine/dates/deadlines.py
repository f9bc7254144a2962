"""Running deadlines and the alarms that ring about them, each once.

A deadline is one row per start; its rungs and the timers of the path are alarms with an absolute due instant. A start
of the same path again ends the old row, silences its rungs and takes its open timers along. Overdue is computed, never
stored.

Two traps. Lock the case before ``claim``: a person's act locks the case first and its alarms after, so the other order
deadlocks on PostgreSQL. And ``due_now`` is strict where something ends: a rung at the due date or a timer rings only
*after* its instant (what arrives at that instant still counts), a rung of a day from its 08:00 on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from engine.dates import ladders
from engine.dates.periods import Due, due, shortest
from engine.dates.records import alarm, deadline
from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.errors import Stuck
from engine.sops import recurrence, sop
from engine.store import Connection, Json, Prepared, dumps

_RUNNING = deadline.c.ended_at.is_(None)
_WAITING = sa.and_(alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
_OF_PATH = sa.and_(
    deadline.c.case_id == sa.bindparam("of_case"), deadline.c.path == sa.bindparam("of_path"), _RUNNING
)  # fmt: skip


# ---- starting


def start(
    db: Connection,
    *,
    case_id: int,
    path: str,
    spec: sop.Deadline,
    starts_at: datetime,
    calendar: Calendar,
    step: str | None = None,
    length: float | None = None,
    unit: str | None = None,
    at: datetime | None = None,
    shorter: tuple[float, str, str] | None = None,
    policy: str | None = None,
    standing: bool = False,
) -> Row[Any]:
    """The running deadline, its rungs armed; reminders whose time was over at ``at`` (``starts_at``) are silent.

    ``length`` and ``unit`` default to the SOP's; ``shorter`` is (length, unit, whose rule) of a rule that wins if it
    ends first; the SOP's cap is a further one. ``policy`` is the ladder of the calling procedure, for
    ``ladder="caller"``. ``standing``: its case is suspended, so it stands still from the beginning. ``Invalid`` or
    ``Stuck`` when no due date can be told.
    """
    at = at or starts_at
    rules = competing(spec, length=length, unit=unit, shorter=shorter)
    day = named_day(spec, starts_at)
    reckoned = shortest({name: due(spec.regime, starts_at, n, of, calendar, **day) for name, n, of in rules})
    replaced = _END_PATH.scalar(db, of_case=case_id, of_path=path, at=at)
    whole_length, whole_unit = _whole(reckoned, calendar)
    row = _START.first(
        db, case_id=case_id, path=path, step=step, name=spec.name, regime=spec.regime, starts_at=starts_at,
        due_at=reckoned.due, length=whole_length, unit=whole_unit,
        working=[line.as_dict() for line in reckoned.working],
        reckoned=[{"name": name, "length": n, "unit": of} | ({"rule": day} if day else {}) for name, n, of in rules],
        stopped_at=at if standing and reckoned.due >= at else None,
    )  # fmt: skip
    if replaced is not None:
        db.execute(_TAKE_TIMERS, {"old": replaced, "new": row.id, "until": reckoned.due})
        _SILENCE_DEADLINE.run(db, of_deadline=replaced, at=at)
    _arm_rungs(db, row, spec, calendar, at, policy)
    return row


def competing(
    spec: sop.Deadline,
    *,
    length: float | None = None,
    unit: str | None = None,
    shorter: tuple[float, str, str] | None = None,
) -> list[tuple[str, float, str]]:
    """The rules a deadline is reckoned by, as (name, length, unit): the one that ends first wins."""
    length, unit = length if length is not None else spec.length, unit or spec.unit
    if spec.regime == "fixed":  # the calendar tells it: it has no length
        length, unit = length or 0, unit or "day"
    if length is None or unit is None:
        raise Stuck("deadline_no_length", f"「{spec.name}」沒有期限的長度。", element=spec.id)
    rules = [("本項期限", length, unit)]
    if shorter is not None:
        rules.append((shorter[2], shorter[0], shorter[1]))
    if spec.cap is not None:
        rules.append(("上限", spec.cap, spec.cap_unit or unit))
    return rules


def reckon(spec: sop.Deadline, starts_at: datetime, calendar: Calendar) -> Due:
    """The due date ``start`` would give by the SOP's own rules, and its working; pure."""
    day = named_day(spec, starts_at)
    rules = competing(spec)
    return shortest({name: due(spec.regime, starts_at, n, of, calendar, **day) for name, n, of in rules})


def named_day(spec: sop.Deadline, starts_at: datetime) -> dict[str, Any]:
    """Of a fixed deadline the first day on or after its start that its ``at`` names, as ``periods`` takes it.

    What counts back may say at which hour of its day it is due. Of a fixed one ``at`` is a rule of
    ``sops.recurrence``, with how it rolls off a day off as its last word (``next`` when unsaid).
    """
    if spec.at is not None and spec.regime == "backward":
        return {"clock": spec.at}
    if spec.regime != "fixed" or spec.at is None:
        return {}
    *words, last = spec.at.split()
    roll = last if last in recurrence.ROLLS else "next"
    rule = recurrence.read(" ".join(words if last in recurrence.ROLLS else [*words, last]))
    on = recurrence.first(rule, local_day(starts_at))
    return {"month": on.month, "day": on.day, "roll": roll}


def day_after(fixed: Row[Any]) -> datetime:
    """The beginning of the day after both the day that a fixed deadline's rule named and the one it rolled to."""
    due_on = local_day(fixed.due_at)
    rule = fixed.reckoned[0].get("rule", {})
    named = (due_on + timedelta(days=n) for n in range(31))  # it may have rolled back
    last = next((day for day in named if (day.month, day.day) == (rule.get("month"), rule.get("day"))), due_on)
    return datetime.combine(last + timedelta(days=1), time(), TAIPEI)


def rings_at(rung: sop.Rung, due_at: datetime, calendar: Calendar) -> datetime:
    """When a rung rings: 08:00 of its day, counted from the (rolled) due date; the due instant for offset 0."""
    return rung_rings_at(rung.kind, rung.offset, rung.unit, due_at, calendar)


def rung_rings_at(kind: str, offset: int, unit: str, due_at: datetime, calendar: Calendar) -> datetime:
    """``rings_at`` of a rung told by its alarm's row."""
    if offset == 0:
        return due_at
    n = -offset if kind == "reminder" else offset
    if unit == "hour":
        return calendar.plus_hours(due_at, n)
    day = local_day(due_at)
    if unit == "workday":
        return calendar.opening(calendar.add(day, n))
    if unit == "day":
        return calendar.opening(day + timedelta(days=n))
    raise Stuck("deadline_rung_unit", f"提醒或稽催不能以「{unit}」計算。", unit=unit)


def _whole(reckoned: Due, calendar: Calendar) -> tuple[int, str]:
    """Length and unit in whole numbers, as they are stored: half a workday is so many minutes."""
    if reckoned.length == int(reckoned.length):
        return int(reckoned.length), reckoned.unit
    size = calendar.day_length if reckoned.unit == "workday" else timedelta(hours=1)
    return round(reckoned.length * size / timedelta(minutes=1)), "minute"


def _arm_rungs(
    db: Connection, row: Row[Any], spec: sop.Deadline, calendar: Calendar, at: datetime, policy: str | None
) -> None:  # fmt: skip
    workdays = calendar.between(local_day(row.starts_at), local_day(row.due_at))
    armed = []
    for number, rung in enumerate(ladders.rungs(spec, workdays, policy)):
        instant = rings_at(rung, row.due_at, calendar)
        over = row.stopped_at is not None or (rung.kind == "reminder" and instant < at)
        armed.append({
            "case_id": row.case_id, "deadline_id": row.id, "kind": rung.kind, "rung": number, "step": "",
            "opening": 0, "to": list(rung.to), "due_at": instant, "tries": 0, "rung_offset": rung.offset,
            "rung_unit": rung.unit, "silenced_at": at if over else None,
        })  # fmt: skip
    _ARM.run_all(db, armed)


# ---- ending


def meet(db: Connection, case_id: int, path: str, at: datetime, by: str) -> bool:
    """The running deadline of this path is met by the step ``by``, its alarms silenced. False: none was running."""
    met = _MEET.scalar(db, of_case=case_id, of_path=path, at=at, by=by)
    if met is None:
        return False
    _SILENCE_DEADLINE.run(db, of_deadline=met, at=at)
    return True


def end(db: Connection, case_id: int, path: str, at: datetime) -> bool:
    """A running deadline is over, met by nothing: its alarms are silent. Whether it was running."""
    ended = _END_PATH.scalar(db, of_case=case_id, of_path=path, at=at)
    if ended is not None:
        _SILENCE_DEADLINE.run(db, of_deadline=ended, at=at)
    return ended is not None


def end_all(db: Connection, case_id: int, at: datetime) -> None:
    """The case is over: its deadlines end unmet, nothing of it rings any more."""
    _END_CASE.run(db, of_case=case_id, at=at)
    _SILENCE_CASE.run(db, of_case=case_id, at=at)


# ---- timers of the path


def arm_timer(
    db: Connection, case_id: int, deadline_path: str | None, due_at: datetime | None, step_path: str, opening: int
) -> bool:  # fmt: skip
    """A timer waits at ``step_path``. Arming it twice is arming it once; after ``disarm_timer`` it waits again.

    With ``deadline_path`` it rings when that deadline does (``due_at`` is not read), and moves with it. False: nothing
    was armed, because no such deadline runs (arm it when it starts) or because this opening's timer rang already.
    """
    values = {"of_case": case_id, "of_step": step_path, "of_opening": opening}
    if deadline_path is None:
        if due_at is None:
            raise Stuck("timer_no_time", "計時器沒有時間。", element=step_path)
        return _ARM_PLAIN.first(db, **values, until=due_at) is not None
    return _ARM_WITH_DEADLINE.first(db, **values, of_path=deadline_path) is not None


def disarm_timer(db: Connection, case_id: int, step_path: str, at: datetime) -> None:
    """The step is closed: its timer rings no more."""
    _DISARM.run(db, of_case=case_id, of_step=step_path, at=at)


# ---- looking


def open_of(db: Connection, case_id: int) -> list[Any]:
    """The running deadlines of a case, the earliest first."""
    return _OPEN_OF.rows(db, of_case=case_id)


def all_of(db: Connection, case_id: int) -> list[Row[Any]]:
    """Every deadline a case ever had, in the order they were started."""
    return list(db.execute(_ALL_OF, {"of_case": case_id}))


def waiting_of(db: Connection, case_id: int) -> list[Row[Any]]:
    """The alarms of a case that may still ring, rungs and timers, the earliest first."""
    return list(db.execute(_WAITING_OF, {"of_case": case_id}))


def is_overdue(row: Any, at: datetime) -> bool:
    """Whether a deadline is late, or was when it was met or ended. One that stands still is not."""
    return bool((row.stopped_at or row.met_at or row.ended_at or at) > row.due_at)


# ---- ringing


def due_now(db: Connection, at: datetime, limit: int = 100) -> list[Any]:
    """The alarms that have to ring at ``at``, oldest first; at one instant reminders, then timers, then escalations.

    Each row is the alarm's, with ``deadline_path``, ``deadline_step``, ``deadline_name`` and ``deadline_due_at``.
    Reading claims nothing. When nothing is due, which is nearly always, one look at the head of the index says so.
    """
    first = _FIRST.scalar(db)
    if first is None or first > at:
        return []
    return _DUE_NOW.rows(db, at=at, most=limit)


def claim(db: Connection, alarm_id: int, at: datetime) -> bool:
    """Take one alarm, in the transaction of its effect. False: another took it, it was silenced, or put off."""
    return _CLAIM.run(db, of_alarm=alarm_id, at=at) == 1


def claim_all(db: Connection, alarm_ids: Iterable[int], at: datetime) -> set[int]:
    """``claim`` for many in one statement; those that were taken."""
    ids = sorted(alarm_ids)
    given = ids if db.dialect.name == "postgresql" else dumps(ids)
    return {row.id for row in _CLAIM_ALL.rows(db, alarms=given, at=at)}


def silence(db: Connection, alarm_id: int, at: datetime, *, claimed: bool = False) -> bool:
    """There is nothing left to ring for. False: it rang, or was silent already. ``claimed``: by this very act."""
    return (_UNRING if claimed else _SILENCE_ONE).run(db, of_alarm=alarm_id, at=at) == 1


def is_silent(db: Connection, alarm_id: int) -> bool:
    """Whether an alarm was silenced, and not rung."""
    return db.scalar(sa.select(alarm.c.silenced_at).where(alarm.c.id == alarm_id)) is not None


def push_forward(db: Connection, alarm_id: int, until: datetime) -> None:
    """The alarm's effect failed: it rings again at ``until``, and one more try is counted."""
    db.execute(_PUSH, {"of_alarm": alarm_id, "until": until})


# ---- statements, built once

_START = Prepared(sa.insert(deadline).returning(deadline))
_ARM = Prepared(sa.insert(alarm))
_END_PATH = Prepared(
    sa.update(deadline).where(_OF_PATH).values(ended_at=sa.bindparam("at")).returning(deadline.c.id)
)  # fmt: skip
_MEET = Prepared(
    sa.update(deadline).where(_OF_PATH)
    .values(met_at=sa.bindparam("at"), ended_at=sa.bindparam("at"), met_by=sa.bindparam("by")).returning(deadline.c.id)
)  # fmt: skip
_END_CASE = Prepared(
    sa.update(deadline).where(deadline.c.case_id == sa.bindparam("of_case"), _RUNNING)
    .values(ended_at=sa.bindparam("at"))
)  # fmt: skip
_SILENCE = sa.update(alarm).where(_WAITING).values(silenced_at=sa.bindparam("at"))
_SILENCE_DEADLINE = Prepared(_SILENCE.where(alarm.c.deadline_id == sa.bindparam("of_deadline")))
_OF_CASE = _SILENCE.where(alarm.c.case_id == sa.bindparam("of_case"))
_SILENCE_CASE = Prepared(_OF_CASE)
_SILENCE_ONE = Prepared(_SILENCE.where(alarm.c.id == sa.bindparam("of_alarm")))
_DISARM = Prepared(_OF_CASE.where(alarm.c.step == sa.bindparam("of_step"), alarm.c.kind == "timer"))
_TAKE_TIMERS = (
    sa.update(alarm).where(alarm.c.deadline_id == sa.bindparam("old"), alarm.c.kind == "timer", _WAITING)
    .values(deadline_id=sa.bindparam("new"), due_at=sa.bindparam("until"))
)  # fmt: skip
_CLAIM = Prepared(
    sa.update(alarm)
    .where(alarm.c.id == sa.bindparam("of_alarm"), _WAITING, alarm.c.due_at <= sa.bindparam("at"))
    .values(rang_at=sa.bindparam("at"))
)
# any number of alarms is one parameter, so that the statement is one whatever their number
_AMONG: dict[str, Any] = {
    "sqlite": alarm.c.id.in_(
        sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam("alarms", type_=sa.Text)))
    ),
    "postgresql": alarm.c.id == sa.any_(sa.bindparam("alarms", type_=postgresql.ARRAY(sa.BigInteger))),
}
_CLAIM_ALL = Prepared(
    {
        name: sa.update(alarm)
        .where(among, _WAITING, alarm.c.due_at <= sa.bindparam("at"))
        .values(rang_at=sa.bindparam("at"))
        .returning(alarm.c.id)
        for name, among in _AMONG.items()
    }
)
_UNRING = Prepared(
    sa.update(alarm)
    .where(alarm.c.id == sa.bindparam("of_alarm"))
    .values(rang_at=sa.null(), silenced_at=sa.bindparam("at"))
)
_PUSH = (
    sa.update(alarm).where(alarm.c.id == sa.bindparam("of_alarm"))
    .values(due_at=sa.bindparam("until"), tries=alarm.c.tries + 1)
)  # fmt: skip
_OPEN_OF = Prepared(
    sa.select(deadline)
    .where(deadline.c.case_id == sa.bindparam("of_case"), _RUNNING)
    .order_by(deadline.c.due_at, deadline.c.id)
)
_ALL_OF = sa.select(deadline).where(deadline.c.case_id == sa.bindparam("of_case")).order_by(deadline.c.id)
_WAITING_OF = (
    sa.select(alarm).where(alarm.c.case_id == sa.bindparam("of_case"), _WAITING).order_by(alarm.c.due_at, alarm.c.id)
)  # fmt: skip
# no parameters: PostgreSQL plans it once, where it would plan ``_DUE_NOW`` anew at every poll
_FIRST = Prepared(sa.select(alarm.c.due_at).where(_WAITING).order_by(alarm.c.due_at).limit(sa.literal_column("1")))
_OF_THE_DAY = sa.and_(alarm.c.kind != "timer", alarm.c.due_at != deadline.c.due_at)
_DUE_NOW = Prepared(
    sa.select(
        alarm,
        deadline.c.path.label("deadline_path"),
        deadline.c.step.label("deadline_step"),
        deadline.c.name.label("deadline_name"),
        deadline.c.due_at.label("deadline_due_at"),
    )
    .select_from(alarm.outerjoin(deadline, deadline.c.id == alarm.c.deadline_id))
    .where(
        _WAITING,
        alarm.c.due_at <= sa.bindparam("at"),
        sa.or_(alarm.c.due_at < sa.bindparam("at"), _OF_THE_DAY),
    )
    .order_by(
        alarm.c.due_at,
        sa.case({"reminder": 0, "timer": 1, "escalation": 2}, value=alarm.c.kind, else_=3),
        alarm.c.id,
    )
    .limit(sa.bindparam("most"))
)
_COLUMNS = ("case_id", "deadline_id", "kind", "rung", "step", "opening", "to", "due_at", "tries")
_KEY = _COLUMNS[:6]


def _timer_from(deadline_id: Any, due_at: Any) -> sa.Select[Any]:
    return sa.select(
        sa.bindparam("of_case", type_=alarm.c.case_id.type), deadline_id, sa.literal("timer", sa.String), sa.literal(0),
        sa.bindparam("of_step", type_=sa.String), sa.bindparam("of_opening", type_=sa.Integer), sa.literal([], Json),
        due_at, sa.literal(0),
    )  # fmt: skip


_PLAIN_TIMER = _timer_from(sa.literal(0), sa.bindparam("until", type_=alarm.c.due_at.type)).where(sa.true())
_DEADLINE_TIMER = _timer_from(deadline.c.id, deadline.c.due_at).where(_OF_PATH)


def _upsert(dialect: str, source: sa.Select[Any]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = insert(alarm).from_select(_COLUMNS, source, include_defaults=False)
    return new.on_conflict_do_update(
        index_elements=_KEY, set_={"due_at": new.excluded.due_at, "silenced_at": None}, where=alarm.c.rang_at.is_(None)
    ).returning(alarm.c.id)


_ARM_PLAIN = Prepared({name: _upsert(name, _PLAIN_TIMER) for name in ("sqlite", "postgresql")})
_ARM_WITH_DEADLINE = Prepared({name: _upsert(name, _DEADLINE_TIMER) for name in ("sqlite", "postgresql")})
