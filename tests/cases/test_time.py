"""Deadlines of a case, the rungs that ring and the timer that moves it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import cases, clock
from engine.cases.records import draft, incident, item
from engine.dates.records import alarm, deadline
from engine.errors import NotNow
from engine.office.records import notice
from tests.cases.conftest import HANDLED, Desk

Taipei = Callable[[str], datetime]


def _local(instant: datetime) -> str:
    from engine.office.people import OFFICE_ZONE

    return instant.astimezone(OFFICE_ZONE).strftime("%m-%d %H:%M")


def test_work_that_is_due_today_is_mailed_at_once_to_whom_it_is_given_and_other_work_waits_for_the_digest(
    desk: Desk, taipei: Taipei
) -> None:  # fmt: skip
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    chief, to = desk.who("lighting-chief"), desk.who("lighting2")
    desk.act(cases.assign, row["id"], to=to.id, who=chief)
    desk.act(cases.hand_back, row["id"], reason="另有急件。", who=to)
    desk.city.now = taipei("2026-12-03T09:00")
    desk.act(cases.assign, row["id"], to=to.id, who=chief)
    told = desk.rows(sa.select(notice).where(notice.c.kind == "assigned").order_by(notice.c.id))
    assert [(n["urgent"], n["channel"], n["state"]) for n in told] == [
        (False, "desk", "none"), (True, "mail", "waiting"),
    ]  # fmt: skip
    assert {n["facts"]["due"] for n in told} == {row["due_at"].isoformat()}


def test_the_petition_limit_runs_from_the_receipt_and_says_why(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = desk.rows(sa.select(deadline))[0]
    assert row["due_at"] == taipei("2026-12-03T17:00")
    assert row["working"]
    assert desk.item(case_id, "PO-08")["due_at"] == row["due_at"]


def test_reminders_ring_at_eight_of_their_day_and_each_once(desk: Desk, taipei: Taipei) -> None:
    desk.at_officer()
    desk.city.until(taipei("2026-12-02T12:00"))
    rang = desk.rows(sa.select(notice).where(notice.c.kind == "reminder").order_by(notice.c.id))
    people = [(desk.who("lighting1").id, "12-01 08:00"), (desk.who("lighting1").id, "12-02 08:00")]
    assert {(n["person_id"], _local(n["at"])) for n in rang} >= set(people)
    clock.tick(desk.store, desk.now, desk.city.office)
    assert len(desk.rows(sa.select(notice).where(notice.c.kind == "reminder"))) == len(rang)


def test_the_answer_given_in_time_silences_what_had_not_rung(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    desk.city.until(taipei("2027-02-01T12:00"))
    assert desk.rows(sa.select(notice).where(notice.c.kind.in_(("reminder", "escalation")))) == []
    assert desk.rows(sa.select(deadline.c.met_by)) == [{"met_by": "PO-10"}]


def test_when_the_date_passes_the_clerk_goes_on_with_draft_in_the_follow_up(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    text = "您反映的路燈故障，經現場勘查後將於材料到貨後更換，謝謝您。"
    desk.act(cases.save_draft, row["id"], who=desk.who("lighting1"), answers={"reply_text": text})
    desk.city.until(taipei("2026-12-03T17:00"))
    assert desk.open_steps(case_id) == ["PO-08"], "at the last instant it still counts"
    desk.city.until(taipei("2026-12-03T17:01"))
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"]
    going_on = desk.item(case_id, "PO-FU/FU-04")
    assert going_on["assignee"] == desk.who("lighting1").id
    kept = desk.rows(sa.select(draft).where(draft.c.item_id == going_on["id"]))
    assert kept[0]["answers"]["reply_text"] == text
    assert desk.rows(sa.select(item.c.status).where(item.c.id == row["id"])) == [{"status": "cut"}]


def test_a_review_that_was_running_goes_on_with_the_same_reviewer(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_review()
    desk.act(cases.claim, desk.item(case_id, "PO-09")["id"], who=desk.who("lighting-chief"))
    desk.city.until(taipei("2026-12-03T17:01"))
    row = desk.item(case_id, "PO-FU/FU-07")
    assert row["assignee"] == desk.who("lighting-chief").id
    desk.done(case_id, "PO-FU/FU-07", "lighting-chief", reply_check="核可")
    sent = desk.rows(sa.select(notice).where(notice.c.kind == "reply"))
    assert len(sent) == 1


def test_an_overdue_answer_passes_the_same_review(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-04T09:00"))
    desk.done(
        case_id, "PO-FU/FU-04", "lighting1", progress="已更換燈具完成。", overdue_reason="等待材料到貨。",
        improvement="改以備料施作。", catch_up_on="2026-12-04", reply_now="yes", reply_text=HANDLED["reply_text"],
        handled="已辦結",
    )  # fmt: skip
    assert desk.open_steps(case_id) == ["PO-FU/FU-07"]


def test_a_post_that_arrives_before_the_tick_counts_and_is_marked_late(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.city.now = taipei("2026-12-03T17:30")  # nobody has ticked
    done = desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=HANDLED)
    assert not done.replayed
    assert desk.rows(sa.select(item.c.late).where(item.c.id == row["id"])) == [{"late": True}]
    # the review's own timer was already due: it fired in the same act, and the reviewer goes on in the follow-up
    assert desk.open_steps(case_id) == ["PO-FU/FU-07"]


def test_a_tick_comes_too_late_for_a_step_that_is_done(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.city.until(taipei("2026-12-03T17:01"))
    with pytest.raises(NotNow):
        desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=HANDLED)


def test_after_weeks_of_silence_every_change_happens_once(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    late = taipei("2027-01-04T09:00")
    clock.tick(desk.store, late, desk.city.office)
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"]
    before = len(desk.rows(sa.select(notice.c.id)))
    assert clock.tick(desk.store, late, desk.city.office).rang == 0
    assert len(desk.rows(sa.select(notice.c.id))) == before


def test_a_poisoned_alarm_becomes_an_incident_and_the_others_ring(desk: Desk, taipei: Taipei) -> None:
    broken, well = desk.at_officer(), desk.at_officer(subject="水溝不通", location="民生路")
    with desk.store.act() as db:
        from engine.cases.records import case

        db.execute(case.update().where(case.c.id == broken).values(state="{}"))
    due = taipei("2026-12-03T17:01")
    ticked = clock.tick(desk.store, due, desk.city.office)
    assert ticked.stuck > 0
    assert desk.open_steps(well) == ["PO-FU/FU-04"]
    incidents = desk.rows(sa.select(incident))
    assert {i["case_id"] for i in incidents} == {broken}
    pushed = desk.rows(sa.select(alarm).where(alarm.c.case_id == broken, alarm.c.tries > 0))
    assert pushed
    assert all(a["due_at"] > due for a in pushed)


def test_the_second_cycle_waits_its_full_length(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-04T09:00"))
    desk.done(
        case_id, "PO-FU/FU-04", "lighting1", progress="已派工，等待料件到貨。", overdue_reason="等待材料到貨。",
        improvement="改以備料施作。", catch_up_on="2026-12-18", reply_now="no", handled="未辦結",
    )  # fmt: skip
    assert desk.open_steps(case_id) == []
    waiting = desk.rows(
        sa.select(alarm).where(alarm.c.kind == "timer", alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    )
    assert [w["step"] for w in waiting] == ["PO-FU/FU-T2"]
    desk.city.until(waiting[0]["due_at"] + timedelta(seconds=2))
    assert desk.open_steps(case_id) == ["PO-FU/FU-04"]
