"""A case that was over is taken up again: with its clocks, its letters, its desks. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import case, item
from engine.cases.rules import Rules
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office.records import notice
from tests.cases.conftest import HANDLED, TICKED, Desk

Taipei = Callable[[str], datetime]


def released(desk: Desk) -> int:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    return case_id


def row_of(desk: Desk, case_id: int) -> dict[str, Any]:
    return dict(desk.rows(sa.select(case).where(case.c.id == case_id))[0])


def clocks(desk: Desk, case_id: int) -> dict[str, Any]:
    return {row["path"]: row for row in desk.rows(sa.select(deadline).where(deadline.c.case_id == case_id))}


def reopen(
    desk: Desk, case_id: int, who: str = "rdec1", reason: str = "陳情人來電：路燈仍然不亮。", **more: Any
) -> None:
    desk.act(cases.reopen, case_id, reason=reason, who=desk.who(who), **more)


def test_a_wrongly_released_case_goes_back_to_the_control_review(desk: Desk, taipei: Taipei) -> None:
    case_id = released(desk)
    before, lines = row_of(desk, case_id), len(desk.entries(case_id))
    desk.city.until(taipei("2026-12-07T10:00"))
    reopen(desk, case_id)
    row = row_of(desk, case_id)
    assert (row["status"], row["released_at"], row["ended_at"], row["close_reason"]) == ("open", None, None, None)
    assert row["reopened_at"] == desk.now and row["dispatched_at"] == before["dispatched_at"]
    assert desk.open_steps(case_id) == ["PO-11"]
    assert desk.item(case_id, "PO-11")["assignee"] == desk.who("rdec1").id, "it goes to whoever did it last"
    told = desk.entries(case_id)[lines:]
    assert [line.verb for line in told] == ["reopen"]
    assert told[0].effects["was"]["released_at"] == before["released_at"].isoformat(), "readable in the journal"
    assert told[0].reason == "陳情人來電：路燈仍然不亮。"


def test_the_reply_clock_stays_as_it_was_met_and_a_follow_up_begins(desk: Desk, taipei: Taipei) -> None:
    case_id = released(desk)
    met = clocks(desk, case_id)["PO-D1"]
    desk.city.until(taipei("2026-12-07T10:00"))
    reopen(desk, case_id)
    now = clocks(desk, case_id)
    assert (now["PO-D1"]["met_at"], now["PO-D1"]["ended_at"]) == (met["met_at"], met["ended_at"])
    assert (now["reopened"]["regime"], now["reopened"]["due_at"]) == ("follow-up", taipei("2026-12-14T17:00"))
    assert desk.item(case_id, "PO-11")["due_at"] == taipei("2026-12-14T17:00")
    desk.city.until(taipei("2026-12-15T09:00"))
    rang = desk.rows(sa.select(notice.c.facts).where(notice.c.case_id == case_id, notice.c.kind == "escalation"))
    assert {one["facts"]["deadline"] for one in rang} == {"reopened"}
    desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    assert clocks(desk, case_id)["reopened"]["met_at"] == desk.now, "the release meets it"
    assert row_of(desk, case_id)["released_at"] == desk.now


def test_the_office_says_after_how_many_days_the_follow_up_is_due(desk: Desk, taipei: Taipei) -> None:
    case_id = released(desk)
    desk.city.until(taipei("2026-12-07T10:00"))
    with desk.store.act() as db:
        cases.reopen(
            db, case_id, reason="陳情人來電。", who=desk.who("rdec1"), at=desk.now,
            office=replace(desk.city.office, rules=Rules(reopened_days=3)),
        )  # fmt: skip
    assert clocks(desk, case_id)["reopened"]["due_at"] == taipei("2026-12-10T17:00")


def test_a_later_step_of_the_reply_meets_nothing_twice(desk: Desk, taipei: Taipei) -> None:
    """Taken up at the desk that handled it: a second answer leaves, the day of the first stays."""
    case_id = released(desk)
    before = row_of(desk, case_id)
    desk.city.until(taipei("2026-12-07T10:00"))
    reopen(desk, case_id, to_step="PO-08", letters_known=True)
    assert desk.open_steps(case_id) == ["PO-08"]
    armed = desk.rows(
        sa.select(alarm.c.due_at).where(
            alarm.c.case_id == case_id,
            alarm.c.kind == "timer",
            alarm.c.rang_at.is_(None),
            alarm.c.silenced_at.is_(None),
        )
    )
    assert armed == [{"due_at": taipei("2026-12-14T17:00")}], "the path's timer waits for the follow-up"
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert row_of(desk, case_id)["dispatched_at"] == before["dispatched_at"]
    assert clocks(desk, case_id)["PO-D1"]["met_at"] == before["dispatched_at"]
    assert len(desk.rows(sa.select(notice).where(notice.c.case_id == case_id, notice.c.kind == "reply"))) == 2
    desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)


def test_the_follow_up_that_passes_leads_into_the_follow_up_procedure(desk: Desk, taipei: Taipei) -> None:
    case_id = released(desk)
    desk.city.until(taipei("2026-12-07T10:00"))
    reopen(desk, case_id, to_step="PO-08", letters_known=True)
    desk.city.until(taipei("2026-12-14T17:01"))
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"], "an overdue step never loses its clerk"


def test_not_across_a_letter_without_saying_so(desk: Desk) -> None:
    case_id = released(desk)
    with pytest.raises(Invalid) as refusal:
        reopen(desk, case_id, to_step="PO-08")
    assert refusal.value.code == "letters_have_left" and "1 件信函" in refusal.value.sentence
    reopen(desk, case_id, to_step="PO-08", letters_known=True)
    assert desk.entries(case_id)[-1].effects["letters_stay"] == 1


@pytest.mark.parametrize("step", ["PO-12", "PO-FU/FU-04", "PO-99", "x" * 300, "'; --"])
def test_only_to_a_step_somebody_completed(desk: Desk, step: str) -> None:
    case_id = released(desk)
    with pytest.raises(Invalid):
        reopen(desk, case_id, to_step=step)
    assert row_of(desk, case_id)["status"] == "ended"


def test_a_reason_is_needed_and_an_open_case_is_not_reopened(desk: Desk) -> None:
    case_id = released(desk)
    with pytest.raises(Invalid):
        reopen(desk, case_id, reason="　 ")
    reopen(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        reopen(desk, case_id)
    assert refusal.value.code == "not_over"


def test_three_people_at_the_closed_case(desk: Desk) -> None:
    case_id = released(desk)
    for account in ("lighting1", "lighting-chief", "service1"):
        with pytest.raises(NotAllowed):
            reopen(desk, case_id, who=account)
    with pytest.raises(Missing):
        reopen(desk, case_id, who="cleaning1")
    reopen(desk, case_id, who="rdec-chief")


def test_a_withdrawal_is_undone_as_if_it_had_not_been(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(
        cases.save_draft, desk.item(case_id, "PO-08")["id"], answers={"findings": "寫到一半"}, who=desk.who("lighting1")
    )
    due = desk.item(case_id, "PO-08")["due_at"]
    waiting = sa.select(alarm.c.kind, alarm.c.due_at).where(
        alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None)
    ).order_by(alarm.c.due_at, alarm.c.kind)  # fmt: skip
    alarms = desk.rows(waiting)
    desk.act(cases.withdraw, case_id, reason="誤按。", who=desk.who("rdec1"))
    assert desk.rows(waiting) == []
    reopen(desk, case_id, reason="誤按撤案。")
    again = desk.item(case_id, "PO-08")
    assert (again["assignee"], again["due_at"]) == (desk.who("lighting1").id, due)
    assert desk.rows(waiting) == alarms, "every rung and timer waits again"
    assert "reopened" not in clocks(desk, case_id), "its own limit runs on: no second one is needed"
    kept = desk.rows(sa.text(f"SELECT answers FROM draft WHERE item_id = {again['id']}"))
    assert "寫到一半" in str(kept[0]["answers"])
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    assert desk.open_steps(case_id) == ["PO-09"]


def test_withdrawn_before_its_limit_and_taken_up_after_it_the_case_is_late(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.withdraw, case_id, reason="誤按。", who=desk.who("rdec1"))
    desk.city.until(taipei("2026-12-08T09:00"))
    reopen(desk, case_id, reason="誤按撤案。")
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"], "the timer that was due meanwhile rings in the same act"


def test_withdrawn_while_the_clock_stood_still_the_time_until_then_is_given_back(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.city.until(taipei("2026-11-27T08:00"))
    desk.act(cases.suspend, case_id, reason="等候補件。", who=desk.who("lighting1"))
    desk.city.until(taipei("2026-11-30T08:00"))
    desk.act(cases.withdraw, case_id, reason="誤按。", who=desk.who("rdec1"))
    reopen(desk, case_id, reason="誤按撤案。")
    limit = clocks(desk, case_id)["PO-D1"]
    assert (limit["stopped_at"], limit["due_at"]) == (None, taipei("2026-12-04T17:00")), "one working day later"


def test_the_engine_agrees_with_the_desk_after_every_way_back(desk: Desk) -> None:
    case_id = released(desk)
    for _ in range(3):
        reopen(desk, case_id)
        desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    assert row_of(desk, case_id)["status"] == "ended"
    openings = desk.rows(sa.select(item.c.opening).where(item.c.case_id == case_id, item.c.step == "PO-11"))
    assert sorted(one["opening"] for one in openings) == [1, 2, 3, 4]
