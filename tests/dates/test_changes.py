"""A due date that moves: extended, given back after a suspension, towards an event; each against a slow oracle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.dates import changes, deadlines
from engine.dates.changes import Moved
from engine.dates.periods import due
from engine.dates.records import alarm
from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.errors import Invalid
from engine.sops.sop import Deadline, Rung
from engine.store import Connection, Store

Clock = Callable[[str], datetime]
Wall = Callable[[datetime], str]
CALENDAR = Calendar()
_MINUTE = timedelta(minutes=1)


@dataclass
class _Row:
    """A deadline's row, as much of it as the arithmetic reads."""

    regime: str
    unit: str
    length: int
    starts_at: datetime
    due_at: datetime
    working: list[dict[str, str]]
    reckoned: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


def _row(regime: str, starts: datetime, length: int, unit: str, *, cap: int | None = None) -> Any:
    found = due(regime, starts, length, unit, CALENDAR)
    rules = [{"name": "本項期限", "length": length, "unit": unit}]
    if cap is not None:
        rules.append({"name": changes.CAP, "length": cap, "unit": "day"})
    lines = [line.as_dict() for line in found.working]
    return _Row(regime, unit, length, starts, found.due, lines, rules)


def _worked_minutes(start: datetime, end: datetime) -> int:
    """Minute by minute, knowing no Calendar method but ``is_working``: how many of them the office is open."""
    count, instant = 0, start
    while instant < end:
        wall = instant.astimezone(TAIPEI)
        open_now = time(8) <= wall.time() < time(12) or time(13) <= wall.time() < time(17)
        count += open_now and CALENDAR.is_working(wall.date())
        instant += _MINUTE
    return count


instants = st.datetimes(datetime(2026, 3, 2), datetime(2026, 12, 1)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
lengths = st.integers(0, 20_000).map(lambda minutes: minutes * _MINUTE)


@given(instants, st.integers(1, 15), lengths, lengths)
@settings(max_examples=400, deadline=None)
def test_a_suspension_of_any_length_gives_back_exactly_the_worked_minutes(
    received: datetime, length: int, until_stop: timedelta, stands: timedelta
) -> None:
    row = _row("petition", received, length, "workday")
    stopped = received + until_stop
    assume(stopped <= row.due_at)
    later = changes.give_back(row, changes.stood(row), stopped, stopped + stands, CALENDAR)
    assert CALENDAR.worked(row.due_at, later.due) == CALENDAR.worked(stopped, stopped + stands)


@given(instants, st.integers(0, 6_000), st.integers(0, 6_000))
@settings(max_examples=60, deadline=None)
def test_the_minutes_given_back_are_those_a_slow_clock_counts(received: datetime, wait: int, stands: int) -> None:
    row = _row("document", received, 6, "workday")
    stopped = received + wait * _MINUTE
    assume(stopped <= row.due_at)
    ended = stopped + stands * _MINUTE
    later = changes.give_back(row, changes.stood(row), stopped, ended, CALENDAR)
    counted = _worked_minutes(stopped, ended)
    assert _worked_minutes(row.due_at, later.due) == counted
    assert CALENDAR.minutes_between(stopped, ended) == counted


@given(instants, st.integers(1, 90), st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 60))
@example(datetime(2026, 4, 2, 0, 40, tzinfo=UTC), 1, 3800, 4320)  # stands still while its last day rolls off a feast
@settings(max_examples=300, deadline=None)
def test_what_runs_in_calendar_time_gets_its_days_back_and_never_ends_on_a_rest_day(
    received: datetime, length: int, wait: int, stands: int
) -> None:
    row = _row("statutory", received, length, "day")
    stopped = received + wait * _MINUTE
    assume(stopped <= row.due_at)
    ended = stopped + stands * _MINUTE
    later = changes.give_back(row, changes.stood(row), stopped, ended, CALENDAR)
    last = local_day(received) + timedelta(days=length)
    days = (local_day(ended) - local_day(stopped)).days
    wanted = last + timedelta(days=days)
    if days == 0 and row.due_at >= ended:
        assert later.due == row.due_at
        return
    if later.due.astimezone(TAIPEI).date() > wanted:
        there = local_day(later.due)
        between = [wanted + timedelta(days=n) for n in range((there - wanted).days)]
        assert not any(CALENDAR.is_working(day) for day in between) or row.due_at < ended
    assert CALENDAR.is_working(local_day(later.due))
    assert later.due >= row.due_at
    assert later.due >= ended


@pytest.mark.parametrize(
    ("received", "regime", "length", "unit", "stopped", "ended", "wanted"),
    [
        # thirty days end on Saturday 26 December and roll to Monday noon; two days more are Monday, whole
        ("2009-11-26 09:00", "statutory", 30, "day", "2009-12-01 10:00", "2009-12-03 09:00", "2009-12-28 23:59:59"),
        ("2009-11-26 09:00", "statutory", 3, "month", "2009-12-01 10:00", "2009-12-11 10:00", "2010-03-08 23:59:59"),
        # stopped on the morning of the last half day and started after its noon: what was left is not lost
        ("2009-11-26 09:00", "statutory", 30, "day", "2009-12-28 09:00", "2009-12-28 15:00", "2009-12-28 23:59:59"),
        ("2026-11-26 09:00", "adverse", 10, "day", "2026-11-27 10:00", "2026-11-30 10:00", "2026-12-08 23:59:59"),
        ("2026-11-26 09:00", "follow-up", 7, "day", "2026-11-27 10:00", "2026-11-30 10:00", "2026-12-07 17:00"),
        ("2026-11-26 09:00", "petition", 5, "workday", "2026-11-28 10:00", "2026-11-29 10:00", "2026-12-03 17:00"),
        ("2026-11-26 09:00", "standard", 4, "hour", "2026-11-26 10:00", "2026-11-26 14:00", "2026-11-26 17:00"),
    ],
)
def test_what_is_given_back_by_each_regime(
    received: str, regime: str, length: int, unit: str, stopped: str, ended: str, wanted: str, clock: Clock, wall: Wall
) -> None:
    row = _row(regime, clock(received), length, unit)
    later = changes.give_back(row, changes.stood(row), clock(stopped), clock(ended), CALENDAR)
    assert wall(later.due) == wanted
    assert any(line["what"] == "停止計時" for line in later.working)


# ---- extension


@pytest.mark.parametrize(
    ("received", "regime", "length", "unit", "more", "of", "first", "wanted"),
    [
        # the sources' examples: 訴願三個月，並可延長二個月
        ("2009-11-26 09:00", "statutory", 3, "month", 2, "month", "2010-02-26 23:59:59", "2010-04-26 23:59:59"),
        ("2026-09-01 09:00", "statutory", 3, "month", 2, "month", "2026-12-01 23:59:59", "2027-02-01 23:59:59"),
        ("2026-11-26 09:00", "petition", 5, "workday", 15, "workday", "2026-12-03 17:00", "2026-12-24 17:00"),
        ("2026-11-26 09:00", "document", 6, "workday", 3, "workday", "2026-12-04 17:00", "2026-12-09 17:00"),
        ("2026-11-26 09:00", "follow-up", 7, "day", 7, "day", "2026-12-03 17:00", "2026-12-10 17:00"),
        # it counts on from the day the count ended, not from the day it rolled to
        ("2009-11-26 09:00", "statutory", 30, "day", 30, "day", "2009-12-28 12:00", "2010-01-25 23:59:59"),
    ],
)
def test_an_extension_counts_on_from_the_last_day(
    received: str, regime: str, length: int, unit: str, more: int, of: str, first: str, wanted: str, clock: Clock,
    wall: Wall,
) -> None:  # fmt: skip
    row = _row(regime, clock(received), length, unit)
    assert wall(row.due_at) == first
    later = changes.extend(row, changes.stood(row), more, of, CALENDAR)
    assert wall(later.due) == wanted
    assert [line["what"] for line in later.working].count("末日") == 2, "the old end stays readable"


@given(instants, st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_extended_by_working_days_is_counted_in_one(received: datetime, length: int, more: int) -> None:
    row = _row("petition", received, length, "workday")
    later = changes.extend(row, changes.stood(row), more, "workday", CALENDAR)
    assert later.due == due("petition", received, length + more, "workday", CALENDAR).due


def test_an_extension_at_an_hour_within_a_day_keeps_the_hour(clock: Clock, wall: Wall) -> None:
    row = _row("petition", clock("2026-11-26 09:00"), 5, "workday")
    given_back = changes.give_back(
        row, changes.stood(row), clock("2026-11-27 09:00"), clock("2026-11-27 11:20"), CALENDAR
    )
    assert wall(given_back.due) == "2026-12-04 10:20"
    assert wall(changes.extend(row, given_back, 2, "workday", CALENDAR).due) == "2026-12-08 10:20"


def test_the_cap_holds_an_extension_and_moves_with_a_suspension(clock: Clock, wall: Wall) -> None:
    row = _row("petition", clock("2026-11-26 09:00"), 5, "workday", cap=30)
    cap = changes.cap_of(row, CALENDAR, [])
    assert cap is not None and wall(cap.due) == "2026-12-28 17:00"
    later = changes.extend(row, changes.stood(row), 40, "workday", CALENDAR, cap=cap)
    assert later.due == cap.due
    assert "上限" in later.working[-2]["why"]
    stood = {"kind": "suspension", "stopped": clock("2026-12-01 08:00").isoformat(),
             "ended": clock("2026-12-02 08:00").isoformat()}  # fmt: skip
    moved = changes.cap_of(row, CALENDAR, [stood])
    assert moved is not None and wall(moved.due) > "2026-12-28 17:00"


@pytest.mark.parametrize("regime", ["backward", "fixed", "standard"])
def test_a_plan_a_fixed_day_and_a_standard_time_are_not_extended(regime: str, clock: Clock) -> None:
    row = _Row(regime, "day", 1, clock("2026-11-26 09:00"), clock("2026-11-27 17:00"), [])
    with pytest.raises(Invalid):
        changes.extend(row, Moved(row.due_at, ()), 1, "day", CALENDAR)


# ---- reckoned once more


@given(instants, st.integers(1, 10), st.lists(st.tuples(st.booleans(), st.integers(1, 4_000)), max_size=4))
@settings(max_examples=150, deadline=None)
def test_reckoned_once_more_with_the_same_calendar_nothing_moves(
    received: datetime, length: int, moves: list[tuple[bool, int]]
) -> None:
    row = _row("petition", received, length, "workday")
    now = received
    for extends, amount in moves:
        if extends:
            to = changes.extend(row, changes.stood(row), amount % 15 + 1, "workday", CALENDAR)
            fact: dict[str, Any] = {"kind": "extension", "length": amount % 15 + 1, "unit": "workday"}
        else:
            stopped, now = now, now + amount * _MINUTE
            if stopped > row.due_at:
                continue
            to = changes.give_back(row, changes.stood(row), stopped, now, CALENDAR)
            fact = {"kind": "suspension", "stopped": stopped.isoformat(), "ended": now.isoformat()}
        row.changes.append(fact)
        row.due_at, row.working = to.due, list(to.working)
    again = changes.again(row, CALENDAR)
    assert (again.due, list(again.working)) == (row.due_at, row.working)


def test_a_closed_day_moves_an_extended_and_suspended_deadline_by_that_day(clock: Clock, wall: Wall) -> None:
    row = _row("petition", clock("2026-11-26 09:00"), 5, "workday")
    to = changes.extend(row, changes.stood(row), 5, "workday", CALENDAR)
    row.changes.append({"kind": "extension", "length": 5, "unit": "workday"})
    row.due_at, row.working = to.due, list(to.working)
    assert wall(row.due_at) == "2026-12-10 17:00"
    typhoon = Calendar({date(2026, 12, 8): False}, {date(2026, 12, 8): "颱風"})
    assert wall(changes.again(row, typhoon).due) == "2026-12-11 17:00"


def test_a_deadline_that_kept_no_rules_is_not_reckoned_again(clock: Clock) -> None:
    row = _row("petition", clock("2026-11-26 09:00"), 5, "workday")
    row.reckoned = []
    with pytest.raises(Invalid):
        changes.again(row, CALENDAR)


# ---- the rungs


LADDER = Deadline(
    "D", "限辦", "petition", length=5, unit="workday",
    rungs=(
        Rung("reminder", 2, "workday", ("holder",)), Rung("escalation", 0, "workday", ("holder",)),
        Rung("escalation", 3, "workday", ("unit_head@responsible",)),
    ),
)  # fmt: skip


def _started(db: Connection, clock: Clock) -> Any:
    return deadlines.start(
        db, case_id=1, path="D", spec=LADDER, starts_at=clock("2026-11-26 09:00"), calendar=CALENDAR
    )  # fmt: skip


def _all(db: Connection, wall: Wall) -> list[tuple[str, int, int, str, bool, bool]]:
    rows = db.execute(sa.select(alarm).order_by(alarm.c.rung, alarm.c.opening))
    return [
        (r.kind, r.rung, r.opening, wall(r.due_at), r.rang_at is not None, r.silenced_at is not None) for r in rows
    ]  # fmt: skip


def _move(db: Connection, row: Any, to: datetime, at: datetime) -> None:
    changes.move(db, row, Moved(to, ()), kind="recount", why="", at=at, act="a", calendar=CALENDAR)


def test_a_rung_that_rang_keeps_its_row_and_rings_once_more_for_the_later_date(
    store: Store, clock: Clock, wall: Wall
) -> None:
    with store.act() as db:
        row = _started(db, clock)
        rang = db.execute(sa.select(alarm.c.id).where(alarm.c.rung == 0)).scalar_one()
        assert deadlines.claim(db, rang, clock("2026-12-01 08:00"))
        _move(db, row, clock("2026-12-10 17:00"), clock("2026-12-01 09:00"))
        assert _all(db, wall) == [
            ("reminder", 0, 0, "2026-12-01 08:00", True, False), ("reminder", 0, 1, "2026-12-08 08:00", False, False),
            ("escalation", 1, 0, "2026-12-10 17:00", False, False),
            ("escalation", 2, 0, "2026-12-15 08:00", False, False),
        ]  # fmt: skip


def test_moved_there_and_back_nothing_rings_twice(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _started(db, clock)
        first = db.execute(sa.select(alarm.c.id).where(alarm.c.rung == 0)).scalar_one()
        deadlines.claim(db, first, clock("2026-12-01 08:00"))
        at = clock("2026-12-01 09:00")
        _move(db, row, clock("2026-12-04 17:00"), at)
        _move(db, deadlines.open_of(db, 1)[0], row.due_at, at)
        waiting = [(r.kind, r.rung, wall(r.due_at)) for r in deadlines.waiting_of(db, 1)]
        assert waiting == [("escalation", 1, "2026-12-03 17:00"), ("escalation", 2, "2026-12-08 08:00")]
        assert [change["to"] for change in deadlines.open_of(db, 1)[0].changes][-1] == row.due_at.isoformat()


def test_a_reminder_whose_time_is_over_at_the_new_date_stays_silent(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _started(db, clock)
        _move(db, row, clock("2026-12-01 17:00"), clock("2026-11-30 09:00"))
        assert [(r.kind, wall(r.due_at)) for r in deadlines.waiting_of(db, 1)] == [
            ("escalation", "2026-12-01 17:00"), ("escalation", "2026-12-04 08:00"),
        ]  # fmt: skip


def test_a_stopped_deadline_that_moves_stays_silent_until_it_runs_on(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _started(db, clock)
        deadlines.arm_timer(db, 1, "D", None, "S", 1)
        changes.stop(db, [row.id], clock("2026-11-30 09:00"))
        assert deadlines.waiting_of(db, 1) == []
        _move(db, deadlines.open_of(db, 1)[0], clock("2026-12-04 17:00"), clock("2026-12-01 09:00"))
        assert deadlines.waiting_of(db, 1) == []
        standing = deadlines.open_of(db, 1)[0]
        ended = clock("2026-12-01 09:00")
        changes.resume(db, standing, ended=ended, at=ended, act="a", why="", calendar=CALENDAR)
        assert [(r.kind, wall(r.due_at)) for r in deadlines.waiting_of(db, 1)] == [
            ("reminder", "2026-12-03 08:00"), ("escalation", "2026-12-07 17:00"), ("escalation", "2026-12-10 08:00"),
        ]  # fmt: skip
        assert deadlines.open_of(db, 1)[0].stopped_at is None
