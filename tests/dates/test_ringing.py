"""What is due rings once, in order, however many look, fail or start again. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.dates import deadlines
from engine.dates.records import alarm
from engine.dates.workdays import Calendar
from engine.sops.sop import Deadline, Rung
from engine.store import Connection, Store

Clock = Callable[[str], datetime]
MOMENT = timedelta(microseconds=1)
RUNGS = (
    Rung("escalation", 0, "workday", ("section_chief@responsible",)),
    Rung("reminder", 0, "workday", ("holder",)),
    Rung("reminder", 1, "workday", ("holder",)),
)
SPEC = Deadline("PO-D1", "限辦期限", "petition", length=5, unit="workday", rungs=RUNGS)


def _start(db: Connection, at: datetime, case_id: int = 1) -> Any:
    return deadlines.start(db, case_id=case_id, path="PO-D1", spec=SPEC, starts_at=at, calendar=Calendar())


@pytest.fixture
def running(store: Store, clock: Clock) -> Store:
    """A deadline due 2026-12-03 17:00 with a timer of the path; a reminder rings the day before at eight."""
    with store.act() as db:
        _start(db, clock("2026-11-26 09:00"))
        deadlines.arm_timer(db, 1, "PO-D1", None, "PO-08-T2", 1)
    return store


def _due(store: Store, at: datetime, limit: int = 100) -> list[tuple[str, int]]:
    with store.look() as db:
        return [(row.kind, row.rung) for row in deadlines.due_now(db, at, limit)]


def test_nothing_rings_before_its_time(running: Store, clock: Clock) -> None:
    assert _due(running, clock("2026-12-02 08:00") - MOMENT) == []


def test_a_rung_of_a_day_rings_from_eight_oclock_sharp(running: Store, clock: Clock) -> None:
    assert _due(running, clock("2026-12-02 08:00")) == [("reminder", 2)]


def test_what_ends_at_the_due_instant_rings_only_after_it(running: Store, clock: Clock) -> None:
    due_at = clock("2026-12-03 17:00")
    assert _due(running, due_at) == [("reminder", 2)]
    assert len(_due(running, due_at + MOMENT)) == 4


def test_a_plain_timer_rings_only_after_its_instant(store: Store, clock: Clock) -> None:
    due_at = clock("2026-12-01 09:00")
    with store.act() as db:
        deadlines.arm_timer(db, 1, None, due_at, "PO-07-T1", 1)
    assert _due(store, due_at) == []
    assert _due(store, due_at + MOMENT) == [("timer", 0)]


def test_at_one_instant_reminders_come_first_then_timers_then_escalations(running: Store, clock: Clock) -> None:
    assert _due(running, clock("2026-12-04 09:00")) == [
        ("reminder", 2),
        ("reminder", 1),
        ("timer", 0),
        ("escalation", 0),
    ]


def test_the_oldest_come_first_and_no_more_than_asked_for(running: Store, clock: Clock) -> None:
    with running.act() as db:
        deadlines.arm_timer(db, 2, None, clock("2026-11-30 09:00"), "PO-07-T1", 1)
    assert _due(running, clock("2026-12-04 09:00"), limit=2) == [("timer", 0), ("reminder", 2)]


def test_a_due_alarm_names_its_deadline(running: Store, clock: Clock) -> None:
    with running.look() as db:
        row = deadlines.due_now(db, clock("2026-12-02 09:00"))[0]
    assert (row.case_id, row.deadline_path, row.deadline_name, row.to) == (1, "PO-D1", "限辦期限", ["holder"])
    assert row.deadline_due_at == clock("2026-12-03 17:00")


def test_an_alarm_is_claimed_once(running: Store, clock: Clock) -> None:
    at = clock("2026-12-02 09:00")
    with running.act() as db:
        (row,) = deadlines.due_now(db, at)
        assert deadlines.claim(db, row.id, at) is True
        assert deadlines.claim(db, row.id, at) is False
    assert _due(running, at) == []


def test_a_claim_whose_effect_failed_never_happened(running: Store, clock: Clock) -> None:
    at = clock("2026-12-02 09:00")
    with pytest.raises(RuntimeError), running.act() as db:
        assert deadlines.claim(db, deadlines.due_now(db, at)[0].id, at)
        raise RuntimeError("the effect failed")
    assert _due(running, at) == [("reminder", 2)]


def test_an_alarm_silenced_between_look_and_claim_is_not_claimed(running: Store, clock: Clock) -> None:
    at = clock("2026-12-02 09:00")
    with running.look() as db:
        (row,) = deadlines.due_now(db, at)
    with running.act() as db:
        deadlines.meet(db, 1, "PO-D1", at, "PO-10")
    with running.act() as db:
        assert deadlines.claim(db, row.id, at) is False


def test_a_poisoned_alarm_is_put_off_and_counted_and_the_others_ring(running: Store, clock: Clock) -> None:
    at = clock("2026-12-04 09:00")
    with running.act() as db:
        first = deadlines.due_now(db, at)[0]
        deadlines.push_forward(db, first.id, at + timedelta(minutes=1))
        assert deadlines.claim(db, first.id, at) is False, "another ticker that saw it before must leave it"
    assert _due(running, at) == [("reminder", 1), ("timer", 0), ("escalation", 0)]
    with running.look() as db:
        again = next(row for row in deadlines.due_now(db, at + timedelta(minutes=1)) if row.id == first.id)
    assert again.tries == 1


def test_after_a_restart_what_rang_is_silent_and_what_did_not_still_rings(running: Store, clock: Clock) -> None:
    at = clock("2026-12-10 09:00")
    with running.act() as db:
        assert deadlines.claim(db, deadlines.due_now(db, at)[0].id, at)
    restarted = Store(running.url)
    try:
        assert _due(restarted, at) == [("reminder", 1), ("timer", 0), ("escalation", 0)]
    finally:
        restarted.close()


def test_a_clock_set_back_rings_nothing_a_second_time(running: Store, clock: Clock) -> None:
    late = clock("2026-12-10 09:00")
    with running.act() as db:
        for row in deadlines.due_now(db, late):
            assert deadlines.claim(db, row.id, late)
    assert _due(running, clock("2026-12-02 09:00")) == _due(running, late) == []


# ---- many tickers at once, and a broken one for comparison

CASES, TICKERS = 30, 4


def _naive_claim(db: Connection, alarm_id: int, at: datetime) -> bool:
    """The broken build: writes without asking whether somebody was faster."""
    db.execute(sa.update(alarm).where(alarm.c.id == alarm_id).values(rang_at=at))
    return True


def _ring_from_many_threads(
    store: Store, at: datetime, claim: Callable[[Connection, int, datetime], bool]
) -> dict[int, int]:
    """How often each alarm rang when every ticker saw all of them before any of them claimed."""
    together = threading.Barrier(TICKERS)
    rang: list[int] = []

    def ticker() -> None:
        with store.look() as db:
            due = [row.id for row in deadlines.due_now(db, at, 10_000)]
        together.wait(timeout=60)
        for alarm_id in due:
            with store.act() as db:
                if claim(db, alarm_id, at):
                    rang.append(alarm_id)

    threads = [threading.Thread(target=ticker) for _ in range(TICKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return {alarm_id: rang.count(alarm_id) for alarm_id in set(rang)}


@pytest.fixture
def many(store: Store, clock: Clock) -> Iterator[Store]:
    with store.act() as db:
        for case_id in range(1, CASES + 1):
            _start(db, clock("2026-11-26 09:00"), case_id)
    return store


def test_four_tickers_on_the_same_alarms_ring_each_exactly_once(many: Store, clock: Clock) -> None:
    rang = _ring_from_many_threads(many, clock("2026-12-04 09:00"), deadlines.claim)
    assert sorted(rang.values()) == [1] * (CASES * len(RUNGS))
    assert _due(many, clock("2026-12-04 09:00")) == []


def test_the_same_harness_catches_a_claim_that_does_not_compare(many: Store, clock: Clock) -> None:
    rang = _ring_from_many_threads(many, clock("2026-12-04 09:00"), _naive_claim)
    assert max(rang.values()) == TICKERS


def test_an_idle_poll_is_one_look_at_the_head_of_the_index(running: Store, clock: Clock) -> None:
    sent: list[str] = []
    with running.look() as db:
        db.execute(sa.select(1))  # the look has begun
        sa.event.listen(db, "before_cursor_execute", lambda *args: sent.append(args[2]))
        assert deadlines.due_now(db, clock("2026-11-26 00:00")) == []
        assert len(sent) == 1 and "JOIN" not in sent[0]
        assert deadlines.due_now(db, clock("2027-12-31 00:00")) != []
        assert len(sent) == 3
