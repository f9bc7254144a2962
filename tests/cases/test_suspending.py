"""Clocks that stand still while the petitioner is asked, and get their time back. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases, clock
from engine.cases import limits
from engine.cases.act import of_case
from engine.cases.records import case, item, suspension
from engine.dates import deadlines
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office.people import SYSTEM
from engine.office.records import notice
from tests.cases.conftest import HANDLED, Desk

Taipei = Callable[[str], datetime]
REASON = "請陳情人補充現場照片與正確地點。"


def _suspend(desk: Desk, case_id: int, who: str = "lighting1", reason: str = REASON) -> int:
    begun: int = desk.act(cases.suspend, case_id, reason=reason, who=desk.who(who))
    return begun


def _proceed(desk: Desk, case_id: int, who: str = "lighting1", reason: str = "") -> None:
    desk.act(cases.proceed, case_id, reason=reason, who=desk.who(who))


def _limit(desk: Desk, case_id: int, path: str = "PO-D1") -> Any:
    return desk.rows(sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == path))[-1]


def _waiting(desk: Desk, case_id: int) -> list[tuple[str, datetime]]:
    waits = sa.select(alarm).where(alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    return [(row["kind"], row["due_at"]) for row in desk.rows(waits.order_by(alarm.c.due_at, alarm.c.id))]


def test_the_working_time_comes_back_to_the_minute_and_the_old_date_stays(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()  # Thursday 26 November, due on Thursday 3 December at 17:00
    desk.city.until(taipei("2026-11-27T10:30"))
    before = len(desk.entries(case_id))
    _suspend(desk, case_id)
    desk.city.until(taipei("2026-12-01T14:15"))
    _proceed(desk, case_id)
    # stopped for 5.5 hours of Friday, 8 of Monday, 5.25 of Tuesday: 18 hours 45 minutes
    limit = _limit(desk, case_id)
    assert limit["due_at"] == taipei("2026-12-08T10:45")
    assert desk.city.office.calendar.minutes_between(taipei("2026-12-03T17:00"), limit["due_at"]) == 18 * 60 + 45
    assert desk.item(case_id, "PO-08")["due_at"] == limit["due_at"]
    assert (limit["changes"][0]["kind"], limit["changes"][0]["from"]) == (
        "suspension", taipei("2026-12-03T17:00").isoformat(),
    )  # fmt: skip
    assert limit["changes"][0]["why"] == REASON
    row = desk.rows(sa.select(suspension))[0]
    assert [g for g in row["given_back"] if g["path"] == "PO-D1"] == [
        {"path": "PO-D1", "minutes": 1125, "old_due": taipei("2026-12-03T17:00").isoformat(),
         "new_due": limit["due_at"].isoformat()},
    ]  # fmt: skip
    entries = desk.entries(case_id)
    assert [entry.verb for entry in entries[before:]] == ["suspend", "proceed"]
    assert entries[before].reason == REASON


def test_nothing_rings_in_between_and_everything_waits_again_after(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.city.until(taipei("2026-11-27T10:00"))
    _suspend(desk, case_id)
    assert _waiting(desk, case_id) == []
    desk.city.until(taipei("2026-12-11T10:00"))  # past every rung and the timer of the old date
    assert clock.tick(desk.store, desk.now, desk.city.office).rang == 0
    assert desk.open_steps(case_id) == ["PO-08"]
    assert desk.rows(sa.select(notice).where(notice.c.kind.in_(("reminder", "escalation")))) == []
    _proceed(desk, case_id)
    due = taipei("2026-12-17T17:00")
    assert _waiting(desk, case_id) == [
        ("reminder", taipei("2026-12-15T08:00")), ("reminder", taipei("2026-12-16T08:00")), ("escalation", due),
        ("timer", due), ("escalation", taipei("2026-12-22T08:00")), ("escalation", taipei("2026-12-24T08:00")),
        ("escalation", taipei("2027-01-16T08:00")),
    ]  # fmt: skip
    desk.city.until(taipei("2026-12-17T17:01"))
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"], "and the timer rings at the new date"


def test_a_standing_clock_is_not_overdue_and_an_answer_in_between_is_not_late(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.city.until(taipei("2026-12-02T10:00"))
    _suspend(desk, case_id)
    assert desk.item(case_id, "PO-08")["due_at"] is None
    desk.city.until(taipei("2026-12-20T10:00"))
    with desk.store.look() as db:
        assert not any(deadlines.is_overdue(row, desk.now) for row in deadlines.open_of(db, case_id))
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    assert desk.open_steps(case_id) == ["PO-09"], "the review's timer is not due either"
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    late = desk.rows(sa.select(item.c.late).where(item.c.case_id == case_id, item.c.late))
    assert late == []
    limit = _limit(desk, case_id)
    assert limit["met_by"] == "PO-10"
    assert not deadlines.is_overdue(type("Row", (), dict(limit)), desk.now)
    # its date has moved by what it stood, so that whoever compares the two reads the same
    assert limit["due_at"] == taipei("2026-12-22T15:00"), "14 hours were left on that Wednesday, and are from Monday on"
    assert (limit["stopped_at"], [change["kind"] for change in limit["changes"]]) == (None, ["suspension"])


@pytest.mark.parametrize("still", [True, False], ids=["still standing", "running since"])
def test_what_was_met_while_it_stood_and_is_reopened_has_stood_all_the_time(
    desk: Desk, taipei: Taipei, still: bool
) -> None:
    case_id = desk.at_review()
    desk.city.until(taipei("2026-12-01T08:00"))
    _suspend(desk, case_id, who="lighting-chief")
    desk.city.until(taipei("2026-12-02T08:00"))
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert _limit(desk, case_id)["due_at"] == taipei("2026-12-04T17:00")
    desk.city.until(taipei("2026-12-03T08:00"))
    if not still:
        _proceed(desk, case_id, who="rdec1")
    with desk.store.act() as db:
        act = of_case(db, case_id, verb="send_back", who=SYSTEM, at=desk.now, office=desk.city.office)
        limits.reopen(act, "PO-10")
        act.finish()
    if still:
        assert _limit(desk, case_id)["stopped_at"] is not None
        _proceed(desk, case_id, who="rdec1")
    # a day until it was met, another until the clock ran on
    assert _limit(desk, case_id)["due_at"] == taipei("2026-12-07T17:00")
    assert [kind for kind, _ in _waiting(desk, case_id)].count("escalation") == 4


def test_a_step_that_opens_meanwhile_gets_its_timer_when_the_clock_runs_on(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    _suspend(desk, case_id)
    desk.city.until(taipei("2026-12-07T09:00"))
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    _proceed(desk, case_id, who="lighting-chief")
    due = _limit(desk, case_id)["due_at"]
    timers = [at for kind, at in _waiting(desk, case_id) if kind == "timer"]
    assert timers == [due], "one timer: that of the step which is open now"
    assert desk.item(case_id, "PO-09")["due_at"] == due
    desk.city.until(due)
    assert desk.open_steps(case_id) == ["PO-09"]
    desk.city.until(taipei("2026-12-31T17:00"))
    assert desk.open_steps(case_id) == ["PO-FU/FU-07"]


def test_a_step_sent_back_to_while_the_clock_stands_keeps_standing(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_review()
    _suspend(desk, case_id, who="lighting-chief")
    desk.city.until(taipei("2026-12-01T09:00"))
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充。")
    assert desk.item(case_id, "PO-08")["due_at"] is None
    assert _waiting(desk, case_id) == []
    desk.city.until(taipei("2027-01-05T09:00"))
    assert desk.open_steps(case_id) == ["PO-08"]


def test_a_second_stop_is_refused_and_says_who_stopped_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    _suspend(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        _suspend(desk, case_id, who="lighting-chief")
    assert refusal.value.code == "already_suspended"
    assert "例路燈甲" in refusal.value.sentence
    _proceed(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        _proceed(desk, case_id)
    assert refusal.value.code == "not_suspended"


def test_a_clock_may_stand_twice_one_after_the_other(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    for start, end in (("2026-11-27T09:00", "2026-11-27T10:00"), ("2026-11-30T09:00", "2026-11-30T11:00")):
        desk.city.until(taipei(start))
        _suspend(desk, case_id)
        desk.city.until(taipei(end))
        _proceed(desk, case_id)
    assert _limit(desk, case_id)["due_at"] == taipei("2026-12-04T11:00")
    assert [change["kind"] for change in _limit(desk, case_id)["changes"]] == ["suspension", "suspension"]


def test_three_people_at_the_clock(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    with pytest.raises(NotAllowed):
        _suspend(desk, case_id, who="lighting2")
    with pytest.raises(Missing):
        _suspend(desk, case_id, who="cleaning1")
    _suspend(desk, case_id, who="lighting1")
    with pytest.raises(NotAllowed):
        _proceed(desk, case_id, who="lighting2")
    with pytest.raises(Missing):
        _proceed(desk, case_id, who="cleaning1")
    _proceed(desk, case_id, who="lighting-chief")


def test_a_reason_is_needed(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid):
        _suspend(desk, case_id, reason=" ")
    assert desk.rows(sa.select(case.c.suspended_at).where(case.c.id == case_id)) == [{"suspended_at": None}]


def test_without_a_running_limit_there_is_nothing_to_stop(desk: Desk) -> None:
    case_id = desk.petition()
    with pytest.raises(NotNow) as refusal:
        _suspend(desk, case_id, who="registry1")
    assert refusal.value.code == "nothing_to_suspend"


def test_what_was_late_before_goes_on_ringing_and_gets_nothing_back(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-04T09:00"))  # overdue: the follow-up runs
    _suspend(desk, case_id)
    desk.city.until(taipei("2026-12-11T09:00"))
    rang = desk.rows(sa.select(notice.c.facts).where(notice.c.kind == "escalation"))
    assert {n["facts"]["deadline"] for n in rang} == {"PO-D1"}
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"], "the follow-up's own time stands still"
    _proceed(desk, case_id)
    assert _limit(desk, case_id)["due_at"] == taipei("2026-12-03T17:00")
    assert _limit(desk, case_id, "PO-FU/FU-D1")["due_at"] == taipei("2026-12-17T17:00"), "seven days later"


def test_the_wait_for_the_next_cycle_stands_still_too(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-04T09:00"))
    desk.done(
        case_id, "PO-FU/FU-04", "lighting1", progress="已派工，等待料件到貨。", overdue_reason="等待材料到貨。",
        improvement="改以備料施作。", catch_up_on="2026-12-18", reply_now="no", handled="未辦結",
    )  # fmt: skip
    assert desk.open_steps(case_id) == []
    with pytest.raises(NotAllowed):
        _suspend(desk, case_id)  # nobody holds it: the system waits


@pytest.mark.parametrize("end", ["withdraw", "answer"])
def test_the_end_of_a_case_ends_the_suspension(desk: Desk, taipei: Taipei, end: str) -> None:
    case_id = desk.at_review()
    _suspend(desk, case_id, who="lighting-chief")
    desk.city.until(taipei("2026-12-01T09:00"))
    if end == "withdraw":
        desk.act(cases.withdraw, case_id, reason="陳情人撤回。", who=desk.who("rdec1"))
    else:
        desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
        ticks = ["replied", "each-point", "copy-arrived", "no-promise"]
        desk.done(case_id, "PO-11", "rdec1", release="是", checklist=ticks)
    row = desk.rows(sa.select(suspension))[0]
    # what was met in between got its time back then; nothing else has any
    expected = [] if end == "withdraw" else ["PO-D1"]
    assert (row["ended_at"], [back["path"] for back in row["given_back"]]) == (desk.now, expected)
    assert desk.rows(sa.select(case.c.suspended_at).where(case.c.id == case_id)) == [{"suspended_at": None}]
    assert _waiting(desk, case_id) == []


def test_no_extension_is_asked_for_a_clock_that_stands(desk: Desk) -> None:
    case_id = desk.at_officer()
    _suspend(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.ask_extension, case_id, "PO-D1", length=3, reason="須會勘。", who=desk.who("lighting1"))
    assert refusal.value.code == "clock_stopped"


def test_extended_and_stopped_the_date_is_the_same_when_it_is_reckoned_once_more(desk: Desk, taipei: Taipei) -> None:
    from engine.dates import changes

    case_id = desk.at_officer()
    which = desk.act(cases.ask_extension, case_id, "PO-D1", length=5, reason="須會勘。", who=desk.who("lighting1"))
    desk.act(cases.decide_extension, which, grant=True, who=desk.who("works-head"))
    desk.city.until(taipei("2026-11-30T09:20"))
    _suspend(desk, case_id)
    desk.city.until(taipei("2026-12-02T11:00"))
    _proceed(desk, case_id)
    with desk.store.look() as db:
        row = next(row for row in deadlines.open_of(db, case_id) if row.path == "PO-D1")
    assert row.due_at == taipei("2026-12-15T09:40")
    again = changes.again(row, desk.city.office.calendar)
    assert (again.due, list(again.working)) == (row.due_at, row.working)
