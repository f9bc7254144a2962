"""Deadlines start, move, are met and end; their alarms are armed with them. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.dates import deadlines
from engine.dates.records import alarm
from engine.dates.workdays import Calendar
from engine.errors import Invalid, Stuck
from engine.sops.sop import Deadline, Rung
from engine.store import Connection, Store

Clock = Callable[[str], datetime]
Wall = Callable[[datetime], str]
REPLY = Deadline(
    "PO-D1", "限辦期限", "petition", length=5, unit="workday", cap=30, cap_unit="day",
    rungs=(
        Rung("reminder", 2, "workday", ("holder",)),
        Rung("reminder", 1, "workday", ("holder", "section_chief@responsible")),
        Rung("escalation", 0, "workday", ("holder", "section_chief@responsible")),
        Rung("escalation", 3, "workday", ("unit_head@responsible",)),
        Rung("escalation", 7, "day", ("unit_head@fixed:planning",)),
    ),
)  # fmt: skip
RECEIVED = "2026-11-26 09:00"


def _start(db: Connection, received: datetime, spec: Deadline = REPLY, case_id: int = 1, **more: Any) -> Any:
    more = {"path": spec.id, "starts_at": received, "calendar": Calendar()} | more
    return deadlines.start(db, case_id=case_id, spec=spec, **more)


def _rings(db: Connection, wall: Wall, case_id: int = 1) -> list[tuple[str, int, str]]:
    return [(row.kind, row.rung, wall(row.due_at)) for row in deadlines.waiting_of(db, case_id)]


# ---- starting


def test_a_started_deadline_keeps_its_due_date_and_its_working(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _start(db, clock(RECEIVED), step="PO-08")
    assert (row.case_id, row.path, row.step, row.name, row.regime) == (1, "PO-D1", "PO-08", "限辦期限", "petition")
    assert (wall(row.due_at), row.length, row.unit) == ("2026-12-03 17:00", 5, "workday")
    assert row.working[0] == {
        "date": "2026-11-27", "what": "起算", "why": "收件次日起算，始日不計",
        "article": "行政院及所屬各機關處理人民陳情案件要點",
    }  # fmt: skip
    with store.look() as db:
        assert deadlines.open_of(db, 1) == [row]


def test_rungs_ring_at_eight_of_their_day_and_at_the_due_instant(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        assert _rings(db, wall) == [
            ("reminder", 0, "2026-12-01 08:00"),
            ("reminder", 1, "2026-12-02 08:00"),
            ("escalation", 2, "2026-12-03 17:00"),
            ("escalation", 3, "2026-12-08 08:00"),
            ("escalation", 4, "2026-12-10 08:00"),
        ]
        assert deadlines.waiting_of(db, 1)[1].to == ["holder", "section_chief@responsible"]


def test_rungs_count_from_the_rolled_due_date(store: Store, clock: Clock, wall: Wall) -> None:
    rungs = (Rung("reminder", 1, "workday", ()), Rung("reminder", 2, "day", ()), Rung("escalation", 0, "day", ()))
    spec = Deadline("ST-D1", "覆議", "statutory", length=30, unit="day", rungs=rungs)
    with store.act() as db:
        _start(db, clock("2009-11-26 09:00"), spec)  # Saturday 26 December rolls to Monday noon
        assert _rings(db, wall) == [
            ("reminder", 0, "2009-12-25 08:00"),
            ("reminder", 1, "2009-12-26 08:00"),
            ("escalation", 2, "2009-12-28 12:00"),
        ]


def test_a_rung_in_hours_counts_office_hours(store: Store, clock: Clock, wall: Wall) -> None:
    rungs = (Rung("reminder", 2, "hour", ()), Rung("escalation", 5, "hour", ()))
    with store.act() as db:
        _start(db, clock(RECEIVED), Deadline("D", "限辦", "petition", length=5, unit="workday", rungs=rungs))
        assert _rings(db, wall) == [("reminder", 0, "2026-12-03 15:00"), ("escalation", 1, "2026-12-04 14:00")]


def test_a_reminder_whose_time_is_over_is_not_armed(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED), at=clock("2026-12-01 08:01"))
        assert [rung for _, rung, _ in _rings(db, wall)] == [1, 2, 3, 4]
        _start(db, clock(RECEIVED), case_id=2, at=clock("2026-12-01 08:00"))
        assert [rung for _, rung, _ in _rings(db, wall, 2)] == [0, 1, 2, 3, 4], "one due this instant still rings"


def test_an_escalation_whose_time_is_over_is_armed_all_the_same(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _start(db, clock(RECEIVED), at=clock("2026-12-14 09:00"))
        assert [rung for _, rung, _ in _rings(db, wall)] == [2, 3, 4]
    assert deadlines.is_overdue(row, clock("2026-12-14 09:00"))


def test_the_shorter_of_two_rules_wins_and_the_working_says_so(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _start(db, clock(RECEIVED), length=15, unit="workday", shorter=(3, "workday", "單位自訂期限"))
    assert (wall(row.due_at), row.length) == ("2026-12-01 17:00", 3)
    assert row.working[-1]["why"] == "取最短者：單位自訂期限（3工作天），不採本項期限（15工作天）、上限（30日）"


def test_the_cap_wins_over_a_longer_rule(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _start(db, clock(RECEIVED), length=40, unit="workday")
    assert (wall(row.due_at), row.length, row.unit) == ("2026-12-28 17:00", 30, "day")  # the 26th is a Saturday
    assert row.working[-1]["why"].startswith("取最短者：上限（30日）")


def test_half_a_workday_of_standard_time_is_kept_in_minutes(store: Store, clock: Clock, wall: Wall) -> None:
    rungs = (Rung("reminder", 0, "workday", ("holder",)), Rung("escalation", 0, "workday", ("holder",)))
    with store.act() as db:
        row = _start(
            db, clock(RECEIVED), Deadline("S", "標準工時", "standard", rungs=rungs), length=0.5, unit="workday"
        )
        assert (wall(row.due_at), row.length, row.unit) == ("2026-11-26 14:00", 240, "minute")
        assert _rings(db, wall) == [("reminder", 0, "2026-11-26 14:00")], "a standard time only reminds"


def test_a_deadline_without_a_length_is_stuck_and_starts_nothing(store: Store, clock: Clock) -> None:
    with pytest.raises(Stuck) as refusal, store.act() as db:
        _start(db, clock(RECEIVED), Deadline("FU-D1", "追蹤週期", "follow-up"))
    assert (refusal.value.code, refusal.value.element) == ("deadline_no_length", "FU-D1")
    with store.look() as db:
        assert deadlines.all_of(db, 1) == []


def test_an_absurd_length_is_refused(store: Store, clock: Clock) -> None:
    with pytest.raises(Invalid), store.act() as db:
        _start(db, clock(RECEIVED), length=10**7, unit="workday")


def test_two_deadlines_of_a_case_run_beside_each_other(store: Store, clock: Clock) -> None:
    follow_up = Deadline("FU-D1", "追蹤週期", "follow-up", length=7, unit="day")
    with store.act() as db:
        _start(db, clock("2026-12-04 09:00"), follow_up, path="PO-FU/FU-D1")
        _start(db, clock(RECEIVED))
        assert [row.path for row in deadlines.open_of(db, 1)] == ["PO-D1", "PO-FU/FU-D1"]


# ---- starting again


def test_a_second_start_ends_the_first_and_only_its_own_alarms_ring(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        first = _start(db, clock(RECEIVED))
        second = _start(db, clock("2026-12-01 10:00"))
        assert [row.id for row in deadlines.open_of(db, 1)] == [second.id]
        assert [row.id for row in deadlines.all_of(db, 1)] == [first.id, second.id]
        assert {row.deadline_id for row in deadlines.waiting_of(db, 1)} == {second.id}
        assert _rings(db, wall)[0] == ("reminder", 0, "2026-12-04 08:00")
        assert wall(second.due_at) == "2026-12-08 17:00"


def test_a_second_start_takes_the_open_timer_along(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1)
        _start(db, clock("2026-12-01 10:00"))
        timers = [row for row in deadlines.waiting_of(db, 1) if row.kind == "timer"]
        assert [(row.step, row.opening, wall(row.due_at)) for row in timers] == [("PO-08-T2", 1, "2026-12-08 17:00")]
        assert deadlines.meet(db, 1, "PO-D1", clock("2026-12-02 10:00"), "PO-10")
        assert deadlines.waiting_of(db, 1) == [], "it belongs to the new deadline now"


def test_a_start_in_one_case_leaves_the_same_path_of_another_alone(store: Store, clock: Clock) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        _start(db, clock(RECEIVED), case_id=2)
        _start(db, clock(RECEIVED), case_id=2)
        assert len(deadlines.open_of(db, 1)) == 1 and len(deadlines.waiting_of(db, 1)) == 5


# ---- meeting and ending


def test_meeting_a_deadline_silences_its_rungs_and_timers_and_no_others(store: Store, clock: Clock) -> None:
    other = Deadline("FU-D1", "追蹤週期", "follow-up", length=7, unit="day", rungs=REPLY.rungs[:1])
    met_at = clock("2026-12-02 10:00")
    with store.act() as db:
        _start(db, clock(RECEIVED))
        deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1)
        _start(db, clock(RECEIVED), other, path="PO-FU/FU-D1")
        assert deadlines.meet(db, 1, "PO-D1", met_at, "PO-10") is True
        assert [row.path for row in deadlines.open_of(db, 1)] == ["PO-FU/FU-D1"]
        assert len(deadlines.waiting_of(db, 1)) == 1
        row = deadlines.all_of(db, 1)[0]
        assert (row.met_at, row.met_by, row.ended_at) == (met_at, "PO-10", met_at)


def test_the_first_step_that_meets_a_deadline_wins(store: Store, clock: Clock) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        assert deadlines.meet(db, 1, "PO-D1", clock("2026-12-02 10:00"), "PO-10") is True
        assert deadlines.meet(db, 1, "PO-D1", clock("2026-12-09 10:00"), "PO-12") is False
        assert deadlines.all_of(db, 1)[0].met_by == "PO-10"
        assert deadlines.meet(db, 1, "NO-D9", clock("2026-12-09 10:00"), "PO-12") is False


def test_when_the_case_is_over_nothing_of_it_rings(store: Store, clock: Clock) -> None:
    with store.act() as db:
        for case_id in (1, 2):
            _start(db, clock(RECEIVED), case_id=case_id)
            deadlines.arm_timer(db, case_id, None, clock("2026-12-01 09:00"), "PO-07-T1", 1)
        deadlines.end_all(db, 1, clock("2026-11-27 09:00"))
        assert deadlines.open_of(db, 1) == deadlines.waiting_of(db, 1) == []
        assert len(deadlines.open_of(db, 2)) == 1 and len(deadlines.waiting_of(db, 2)) == 6
        row = deadlines.all_of(db, 1)[0]
        assert (row.met_at, row.ended_at) == (None, clock("2026-11-27 09:00"))


# ---- overdue


def test_overdue_is_told_from_the_instants_alone(store: Store, clock: Clock) -> None:
    due_at, second = clock("2026-12-03 17:00"), timedelta(seconds=1)
    with store.act() as db:
        row = _start(db, clock(RECEIVED))
        assert not deadlines.is_overdue(row, due_at), "the due instant still counts"
        assert deadlines.is_overdue(row, due_at + second)
        deadlines.meet(db, 1, "PO-D1", due_at, "PO-10")
        assert not deadlines.is_overdue(deadlines.all_of(db, 1)[0], due_at + timedelta(days=99))
        _start(db, clock(RECEIVED), case_id=2)
        deadlines.meet(db, 2, "PO-D1", due_at + second, "PO-12")
        assert deadlines.is_overdue(deadlines.all_of(db, 2)[0], due_at)


def test_a_deadline_replaced_in_time_was_never_late(store: Store, clock: Clock) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        _start(db, clock("2026-12-01 10:00"))
        assert not deadlines.is_overdue(deadlines.all_of(db, 1)[0], clock("2027-01-01 09:00"))


# ---- timers


def test_a_timer_of_a_deadline_rings_when_the_deadline_ends(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        row = _start(db, clock(RECEIVED))
        assert deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1) is True
        timer = next(each for each in deadlines.waiting_of(db, 1) if each.kind == "timer")
        assert (timer.deadline_id, timer.step, timer.opening, timer.to) == (row.id, "PO-08-T2", 1, [])
        assert wall(timer.due_at) == "2026-12-03 17:00"


def test_arming_a_timer_twice_is_arming_it_once(store: Store, clock: Clock) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        for _ in range(2):
            assert deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1)
            assert deadlines.arm_timer(db, 1, None, clock("2026-12-01 09:00"), "PO-07-T1", 1)
        assert [row.kind for row in deadlines.waiting_of(db, 1)].count("timer") == 2


def test_each_opening_of_a_step_has_a_timer_of_its_own(store: Store, clock: Clock) -> None:
    with store.act() as db:
        for opening in (1, 2):
            assert deadlines.arm_timer(db, 1, None, clock("2026-12-01 09:00"), "PO-07-T1", opening)
        assert [row.opening for row in deadlines.waiting_of(db, 1)] == [1, 2]


def test_a_disarmed_timer_is_silent_until_it_is_armed_again(store: Store, clock: Clock, wall: Wall) -> None:
    with store.act() as db:
        deadlines.arm_timer(db, 1, None, clock("2026-12-01 09:00"), "PO-07-T1", 1)
        deadlines.arm_timer(db, 1, None, clock("2026-12-01 09:00"), "PO-08-T1", 1)
        deadlines.disarm_timer(db, 1, "PO-07-T1", clock("2026-11-27 09:00"))
        assert [row.step for row in deadlines.waiting_of(db, 1)] == ["PO-08-T1"]
        assert deadlines.arm_timer(db, 1, None, clock("2026-12-02 09:00"), "PO-07-T1", 1)
        assert [wall(row.due_at) for row in deadlines.waiting_of(db, 1)] == ["2026-12-01 09:00", "2026-12-02 09:00"]


def test_disarming_leaves_rungs_and_other_cases_alone(store: Store, clock: Clock) -> None:
    with store.act() as db:
        _start(db, clock(RECEIVED))
        deadlines.arm_timer(db, 2, None, clock("2026-12-01 09:00"), "PO-08-T2", 1)
        deadlines.disarm_timer(db, 1, "PO-08-T2", clock("2026-11-27 09:00"))
        assert len(deadlines.waiting_of(db, 1)) == 5 and len(deadlines.waiting_of(db, 2)) == 1


def test_a_timer_of_a_deadline_that_does_not_run_is_not_armed(store: Store, clock: Clock) -> None:
    with store.act() as db:
        assert deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1) is False
        _start(db, clock(RECEIVED))
        deadlines.meet(db, 1, "PO-D1", clock("2026-11-27 09:00"), "PO-10")
        assert deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1) is False
        assert deadlines.waiting_of(db, 1) == []


def test_a_timer_that_rang_is_not_armed_again_for_the_same_opening(store: Store, clock: Clock) -> None:
    due_at, later = clock("2026-12-01 09:00"), clock("2026-12-01 09:01")
    with store.act() as db:
        deadlines.arm_timer(db, 1, None, due_at, "PO-07-T1", 1)
        assert deadlines.claim(db, deadlines.due_now(db, later)[0].id, later)
        assert deadlines.arm_timer(db, 1, None, due_at, "PO-07-T1", 1) is False
        assert deadlines.waiting_of(db, 1) == []


def test_a_timer_without_deadline_and_time_is_stuck(store: Store) -> None:
    with pytest.raises(Stuck) as refusal, store.act() as db:
        deadlines.arm_timer(db, 1, None, None, "PO-07-T1", 1)
    assert refusal.value.code == "timer_no_time"


# ---- the hot path


def test_a_start_costs_three_statements_and_meeting_two(store: Store, clock: Clock) -> None:
    sent: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    with store.act() as db:
        sent.clear()
        _start(db, clock(RECEIVED))
        assert len(sent) == 3, sent
        sent.clear()
        deadlines.meet(db, 1, "PO-D1", clock("2026-11-27 09:00"), "PO-10")
        assert len(sent) == 2, sent
        sent.clear()
        deadlines.meet(db, 1, "PO-D1", clock("2026-11-27 09:00"), "PO-12")
        assert len(sent) == 1, sent


def test_looking_for_what_is_due_uses_the_index_of_open_alarms(sqlite_store: Store, clock: Clock) -> None:
    with sqlite_store.act() as db:
        timer = {"kind": "timer", "step": "S", "to": [], "due_at": clock("2027-01-01 09:00")}
        db.execute(sa.insert(alarm), [timer | {"case_id": n} for n in range(500)])
        seen: list[tuple[str, Any]] = []
        sa.event.listen(sqlite_store.engine, "before_cursor_execute", lambda *args: seen.append((args[2], args[3])))
        assert deadlines.due_now(db, clock("2026-12-01 09:00")) == []
        plan = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[0][0]}", seen[0][1])]
    assert any("USING INDEX ix_alarm_due" in line for line in plan), plan


def test_the_whole_ladder_of_ninety_days_is_armed_at_once(store: Store, clock: Clock, wall: Wall) -> None:
    spec = Deadline("D", "限辦", "petition", length=10, unit="workday", ladder="rdec")
    with store.act() as db:
        _start(db, clock(RECEIVED), spec, calendar=Calendar({date(2026, 12, 1): False}))
        assert [at for _, _, at in _rings(db, wall)] == [
            "2026-12-04 08:00", "2026-12-09 08:00", "2026-12-11 17:00", "2026-12-16 08:00", "2026-12-18 08:00",
            "2027-01-10 08:00",
        ]  # fmt: skip
