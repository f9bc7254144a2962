"""How a due date moves after its deadline began: extended, given back after a suspension, re-reckoned.

Pure but for ``move``, ``stop`` and ``resume``. What moved a date is kept beside it (``deadline.changes``), so that
the whole can be reckoned once more: first the rules that competed at the start, then every change in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.dates import roc
from engine.dates.deadlines import rung_rings_at
from engine.dates.periods import LAW, UNIT_WORDS, Due, due, shortest
from engine.dates.records import alarm, deadline
from engine.dates.workdays import Calendar, local_day
from engine.errors import Invalid
from engine.store import Connection

__all__ = [
    "CAP", "Moved", "again", "cap_of", "extend", "give_back", "given", "move", "rearm", "resume", "say_again",
    "stands_still", "stood", "stop",
]  # fmt: skip

#: the name under which an SOP's own cap competes
CAP = "上限"
#: regimes told by an event or the calendar: nothing to stop, nothing to extend
_DATED = frozenset({"backward", "fixed"})
_WORKED = frozenset({"workday", "hour", "minute"})
_NOON = time(12)
Lines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a due date stands now, and the whole working that says why."""

    due: datetime
    working: tuple[Mapping[str, Any], ...]


def counts_work(regime: str, unit: str) -> bool:
    """Whether the deadline runs in the office's working time (§48's hours are the calendar's)."""
    return unit in _WORKED and regime not in ("statutory", "adverse")


def stands_still(row: Any, at: datetime) -> bool:
    """Whether a suspension stops this deadline: it runs in time, and was not late already."""
    return row.regime not in _DATED and row.ended_at is None and row.due_at >= at


def stood(row: Any) -> Moved:
    """Where a deadline stands now."""
    return Moved(row.due_at, tuple(row.working))


# ---- the arithmetic


def give_back(row: Any, moved: Moved, stopped: datetime, ended: datetime, calendar: Calendar) -> Moved:
    """The due date after a suspension: its working minutes, or its calendar days rolled by the regime."""
    span = f"停止計時 {roc.moment(stopped)} 至 {roc.moment(ended)}"
    if counts_work(row.regime, row.unit):
        work = calendar.worked(stopped, ended)
        minutes = int(work / timedelta(minutes=1))
        instant = calendar.plus(moved.due, work)
        said = _line(ended, "停止計時", f"{span}，順延 {_worded(minutes)}辦公時間", "")
        return Moved(instant, (*moved.working, said, _end(instant)))
    if row.unit == "hour":
        instant = moved.due + (ended - stopped)
        return Moved(instant, (*moved.working, _line(ended, "停止計時", f"{span}，順延同一時間", LAW), _end(instant)))
    days = (local_day(ended) - local_day(stopped)).days
    said = _line(ended, "停止計時", f"{span}，順延 {days} 日", "")
    unmoved = Moved(moved.due, (*moved.working, said))
    later = _further(row.regime, moved, days, "day", calendar, said) if days else unmoved
    # stopped in the last hours of the last day, or while it rolled off rest days, and started after it: the law's
    # days are over by then, so as many more are given as leave it at least the day on which it starts
    more = days
    while later.due < ended:
        more += 1
        later = _further(row.regime, moved, more, "day", calendar, said)
    # from a holiday on a Friday (Monday, whole) to the Saturday after it (Monday noon) the law itself goes backwards
    return later if later.due >= moved.due else Moved(moved.due, (*later.working, _end(moved.due)))


def extend(row: Any, moved: Moved, length: int, unit: str, calendar: Calendar, *, cap: Due | None = None) -> Moved:
    """The due date after an extension 展期, counted on from the last day; never past ``cap``."""
    if row.regime in _DATED or row.regime == "standard":
        raise Invalid("not_extendable", "這種期限不能展期。")
    said = _line(moved.due, "展期", f"原期限 {roc.moment(moved.due)}，展期 {length} {UNIT_WORDS[unit]}", "")
    if unit in _WORKED:
        # counted through due() it says each day; at an hour within a day (after a suspension) the hour is kept
        day = local_day(moved.due)
        if moved.due == calendar.closing(day):
            further = _further(row.regime, moved, length, unit, calendar, said)
        else:
            instant = calendar.at(calendar.add(day, length), moved.due.astimezone(roc.TAIPEI).time())
            further = Moved(instant, (*moved.working, said, _end(instant)))
    else:
        further = _further(row.regime, moved, length, unit, calendar, said)
    if cap is not None and cap.due < further.due:
        why = f"取最短者：{CAP}（{cap.length:g}{UNIT_WORDS[cap.unit]}）"
        return Moved(cap.due, (*further.working, _line(cap.due, "採用", why, ""), _end(cap.due)))
    return further


def given(moved: Moved, due_at: datetime, why: str) -> Moved:
    """The date that the petitioner was told elsewhere, before this office kept the case here: it holds as it is."""
    said = _line(due_at, "採用", f"{why}；依規則為 {roc.moment(moved.due)}", "")
    return Moved(due_at, (*moved.working, said, _end(due_at)))


def cap_of(row: Any, calendar: Calendar, changes: Iterable[Mapping[str, Any]]) -> Due | None:
    """The SOP's own upper limit, moved on by the suspensions of the deadline; None where it has none."""
    rule = next((r for r in row.reckoned if r["name"] == CAP), None)
    if rule is None:
        return None
    found = due(row.regime, row.starts_at, rule["length"], rule["unit"], calendar)
    for change in changes:
        if change["kind"] == "suspension":
            stopped, ended = _instant(change["stopped"]), _instant(change["ended"])
            later = give_back(row, Moved(found.due, _as_lines(found)), stopped, ended, calendar)
            found = Due(later.due, found.length, found.unit, found.working)
    return found


def again(row: Any, calendar: Calendar, *, starts_at: datetime | None = None) -> Moved:
    """The deadline reckoned once more with this calendar: its rules, then all that lawfully moved it, in order.

    ``starts_at``: the event it counts back from has moved. A change that a calendar made (kind ``recount``) is not
    repeated: it is what this calendar makes anew.
    """
    begins = starts_at or row.starts_at
    rules = {
        r["name"]: due(row.regime, begins, r["length"], r["unit"], calendar, **r.get("rule", {})) for r in row.reckoned
    }
    if not rules:
        raise Invalid("deadline_unreckoned", "這個期限沒有留下計算規則，無法重算。")
    first = shortest(rules)
    found = Moved(first.due, _as_lines(first))
    done: list[Mapping[str, Any]] = []
    for change in row.changes:
        if change["kind"] == "extension":
            cap = cap_of(row, calendar, done)
            found = extend(row, found, change["length"], change["unit"], calendar, cap=cap)
        elif change["kind"] == "suspension":
            found = give_back(row, found, _instant(change["stopped"]), _instant(change["ended"]), calendar)
        elif change["kind"] == "given":
            found = given(found, _instant(change["to"]), change["why"])
        done.append(change)
    return found


def _further(
    regime: str, moved: Moved, length: int, unit: str, calendar: Calendar, said: Mapping[str, Any]
) -> Moved:  # fmt: skip
    """So much more, counted from the day after the last day that counted, rolled as the regime rolls."""
    last = _last_counted(moved) if unit not in _WORKED else local_day(moved.due)
    whole = length + 1 if regime == "adverse" else length  # §48 V counts its first day whole
    later = due(regime, calendar.at(last, _NOON), whole, unit, calendar)
    added = _as_lines(later)
    if regime != "adverse":  # what is added begins where the count ended, not with the receipt
        added = tuple({**line, "why": "原末日的次日起算"} if line["what"] == "起算" else line for line in added)
    return Moved(later.due, (*moved.working, said, *added))


def _last_counted(moved: Moved) -> date:
    """The day on which the count ended, before it rolled off a rest day."""
    counted = [line["date"] for line in moved.working if line["what"] == "計入"]
    return date.fromisoformat(counted[-1]) if counted else local_day(moved.due)


def _as_lines(reckoned: Due) -> tuple[Mapping[str, Any], ...]:
    return tuple(line.as_dict() for line in reckoned.working)


def _line(instant: datetime, what: str, why: str, article: str) -> Mapping[str, Any]:
    return {"date": local_day(instant).isoformat(), "what": what, "why": why, "article": article}


def _end(instant: datetime) -> Mapping[str, Any]:
    return _line(instant, "末日", f"{roc.moment(instant)} 前為期限內", "")


def _worded(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return (f"{hours} 小時" if hours else "") + (f" {rest} 分鐘" if rest or not hours else "")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---- the rows


def move(
    db: Connection, row: Any, to: Moved, *, kind: str, why: str, at: datetime, act: str, calendar: Calendar,
    facts: Mapping[str, Any] | None = None, starts_at: datetime | None = None, silent: bool | None = None,
) -> None:  # fmt: skip
    """The due date becomes another one; the old one stays in ``changes``; what has not rung is armed for the new one.

    ``facts`` are what ``again`` needs to repeat the change. While a deadline stands still its alarms stay ``silent``.
    """
    change = {
        "at": at.isoformat(), "from": row.due_at.isoformat(), "to": to.due.isoformat(), "kind": kind, "why": why,
        "act": act, **(facts or {}),
    }  # fmt: skip
    values: dict[str, Any] = {"due_at": to.due, "working": list(to.working), "changes": [*row.changes, change]}
    if starts_at is not None:
        values["starts_at"] = starts_at
    db.execute(deadline.update().where(deadline.c.id == row.id).values(**values))
    if not (row.stopped_at is not None if silent is None else silent):
        rearm(db, row.id, to.due, calendar, at)


def say_again(db: Connection, deadline_id: int, moved: Moved) -> None:
    """The date stays; its working says what is true of it now."""
    db.execute(deadline.update().where(deadline.c.id == deadline_id).values(working=list(moved.working)))


def rearm(db: Connection, deadline_id: int, due_at: datetime, calendar: Calendar, at: datetime) -> None:
    """Set the rungs for this due date, and move the open timers with it. Each rung rings once per due date.

    A rung that had rung for an earlier date rings again for a later one: as a new alarm, so the old ringing stays told.
    A reminder whose time is over stays silent.
    """
    rows = db.execute(
        sa.select(alarm).where(alarm.c.deadline_id == deadline_id, alarm.c.kind != "timer", _IS_LATEST)
    ).all()
    new = []
    for row in rows:
        instant = rung_rings_at(row.kind, row.rung_offset, row.rung_unit, due_at, calendar)
        silent = row.kind == "reminder" and instant < at
        if row.rang_at is None:
            silenced = at if silent else None
            db.execute(
                alarm.update().where(alarm.c.id == row.id, alarm.c.rang_at.is_(None))
                .values(due_at=instant, silenced_at=silenced)
            )  # fmt: skip
        elif instant > row.due_at and instant > at:
            again_ = {name: getattr(row, name) for name in _COPIED}
            new.append(again_ | {"opening": row.opening + 1, "due_at": instant, "tries": 0})
    if new:
        db.execute(sa.insert(alarm), new)
    timers = alarm.c.deadline_id == deadline_id, alarm.c.kind == "timer"
    waiting = alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None)
    db.execute(alarm.update().where(*timers, *waiting).values(due_at=due_at))


_LATER = alarm.alias("later")
_IS_LATEST = ~sa.exists().where(
    _LATER.c.case_id == alarm.c.case_id, _LATER.c.deadline_id == alarm.c.deadline_id, _LATER.c.kind == alarm.c.kind,
    _LATER.c.rung == alarm.c.rung, _LATER.c.step == alarm.c.step, _LATER.c.opening > alarm.c.opening,
)  # fmt: skip
_COPIED = ("case_id", "deadline_id", "kind", "rung", "rung_offset", "rung_unit", "step", "to")


def stop(db: Connection, ids: Sequence[int], at: datetime) -> None:
    """These deadlines stand still from now on: nothing of them rings."""
    if not ids:
        return
    db.execute(deadline.update().where(deadline.c.id.in_(ids)).values(stopped_at=at))
    db.execute(
        alarm.update()
        .where(alarm.c.deadline_id.in_(ids), alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
        .values(silenced_at=at)
    )


def resume(
    db: Connection, row: Any, *, ended: datetime, at: datetime, act: str, why: str, calendar: Calendar
) -> dict[str, Any]:
    """A deadline that stood still until ``ended`` runs on: the time is given back, its rungs wait again.

    What was given back, for the suspension's own record.
    """
    stopped = row.stopped_at
    db.execute(deadline.update().where(deadline.c.id == row.id).values(stopped_at=None))
    later = give_back(row, stood(row), stopped, ended, calendar)
    move(
        db, row, later, kind="suspension", why=why, at=at, act=act, calendar=calendar, silent=False,
        facts={"stopped": stopped.isoformat(), "ended": ended.isoformat()},
    )  # fmt: skip
    return {
        "path": row.path, "minutes": calendar.minutes_between(stopped, ended), "old_due": row.due_at.isoformat(),
        "new_due": later.due.isoformat(),
    }  # fmt: skip
