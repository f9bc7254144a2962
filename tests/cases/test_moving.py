"""Against the arrows: sent back, recalled, amended, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import answer, draft, item
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from tests.cases.conftest import HANDLED, Desk


def test_a_chief_sends_back_and_the_last_performer_gets_it(desk: Desk) -> None:
    case_id = desk.at_review()
    row = desk.item(case_id, "PO-09")
    due = desk.item(case_id, "PO-09")["due_at"]
    desk.act(cases.send_back, row["id"], to_step="PO-08", reason="漏附照片", who=desk.who("lighting-chief"))
    again = desk.item(case_id, "PO-08")
    assert (again["assignee"], again["opening"], again["due_at"]) == (desk.who("lighting1").id, 2, due)
    assert desk.open_steps(case_id) == ["PO-08"]
    assert desk.entries(case_id)[-1].verb == "send_back"
    assert desk.entries(case_id)[-1].reason == "漏附照片"


def test_a_colleague_does_not_send_back_and_a_stranger_sees_nothing(desk: Desk) -> None:
    case_id = desk.at_review()
    row = desk.item(case_id, "PO-09")
    with pytest.raises(NotAllowed):
        desk.act(cases.send_back, row["id"], to_step="PO-08", reason="x", who=desk.who("lighting2"))
    with pytest.raises(Missing):
        desk.act(cases.send_back, row["id"], to_step="PO-08", reason="x", who=desk.who("cleaning-chief"))


@pytest.mark.parametrize("step", ["PO-11", "PO-FU/FU-04", "PO-99"])
def test_only_to_an_earlier_completed_step_of_the_procedure(desk: Desk, step: str) -> None:
    case_id = desk.at_review()
    row = desk.item(case_id, "PO-09")
    with pytest.raises(Invalid):
        desk.act(cases.send_back, row["id"], to_step=step, reason="x", who=desk.who("lighting-chief"))
    assert desk.open_steps(case_id) == ["PO-09"]


def test_nothing_goes_back_across_an_answer_that_was_sent(desk: Desk) -> None:
    case_id = desk.at_review()
    reviewed = desk.item(case_id, "PO-09")
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    row = desk.item(case_id, "PO-11")
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.send_back, row["id"], to_step="PO-08", reason="x", who=desk.who("rdec-chief"))
    assert refusal.value.code == "already_sent"
    with pytest.raises(NotNow):
        desk.act(cases.recall, reviewed["id"], reason="x", who=desk.who("lighting-chief"))


def test_who_completed_a_step_recalls_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.act(cases.recall, row["id"], reason="日期寫錯", who=desk.who("lighting1"))
    assert desk.open_steps(case_id) == ["PO-08"]
    assert desk.item(case_id, "PO-08")["assignee"] == desk.who("lighting1").id


def test_not_after_the_next_person_has_taken_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.act(cases.claim, desk.item(case_id, "PO-09")["id"], who=desk.who("lighting-chief"))
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.recall, row["id"], reason="日期寫錯", who=desk.who("lighting1"))
    assert refusal.value.code == "already_taken"


def test_not_after_the_next_person_has_completed_theirs(desk: Desk) -> None:
    case_id = desk.at_officer()
    confirmed = desk.rows(sa.select(item).where(item.c.case_id == case_id, item.c.step == "PO-07"))[0]
    desk.done(case_id, "PO-08", "lighting2", **HANDLED)
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.recall, confirmed["id"], reason="不是本科業務", who=desk.who("lighting1"))
    assert refusal.value.code == "not_recallable"
    handled = desk.rows(sa.select(item).where(item.c.case_id == case_id, item.c.step == "PO-08"))[0]
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充照片。")
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.recall, handled["id"], reason="漏附照片", who=desk.who("lighting2"))
    assert refusal.value.code == "not_recallable"
    assert desk.open_steps(case_id) == ["PO-08"]


def test_not_after_a_timer_has_moved_the_case_on(desk: Desk, taipei: Callable[[str], datetime]) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.city.until(taipei("2026-12-03T17:01"))
    with pytest.raises(NotNow):
        desk.act(cases.recall, row["id"], reason="漏附照片", who=desk.who("lighting1"))
    assert desk.open_steps(case_id) == ["PO-FU/FU-07"]


def test_a_correction_in_between_does_not_hinder_the_recall(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    who = desk.who("lighting1")
    better = {"findings": "現場勘查確認燈具與線路皆故障。"}
    desk.act(cases.amend, case_id, "PO-08", answers=better, reason="補充線路", who=who)
    desk.act(cases.recall, row["id"], reason="漏附照片", who=who)
    assert desk.open_steps(case_id) == ["PO-08"]


def test_a_draft_left_from_an_earlier_visit_does_not_hinder_the_recall(desk: Desk) -> None:
    case_id = desk.at_officer()
    words = {"findings": "寫到一半的現場勘查情形。"}
    desk.act(cases.save_draft, desk.item(case_id, "PO-08")["id"], answers=words, who=desk.who("lighting1"))
    row = desk.item(case_id, "PO-08")
    desk.act(cases.send_back, row["id"], to_step="PO-07", reason="請再確認", who=desk.who("lighting-chief"))
    received = desk.item(case_id, "PO-07")
    desk.city.until(desk.now + timedelta(minutes=5))
    desk.done(case_id, "PO-07", "lighting1", ours="yes")
    desk.act(cases.recall, received["id"], reason="按錯了", who=desk.who("lighting1"))
    desk.done(case_id, "PO-07", "lighting1", ours="yes")
    again = desk.item(case_id, "PO-08")["id"]
    assert desk.rows(sa.select(draft.c.answers).where(draft.c.item_id == again))[0]["answers"] == words


def test_nobody_else_recalls_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    with pytest.raises(NotAllowed):
        desk.act(cases.recall, row["id"], reason="x", who=desk.who("lighting2"))
    with pytest.raises(Missing):
        desk.act(cases.recall, row["id"], reason="x", who=desk.who("cleaning1"))


def test_a_correction_keeps_the_old_words(desk: Desk) -> None:
    case_id = desk.at_review()
    findings = "現場勘查確認燈具與線路皆故障，已派工更換。"
    desk.act(
        cases.amend, case_id, "PO-08", answers={"findings": findings}, reason="補充線路", who=desk.who("lighting1")
    )
    rows = desk.rows(sa.select(answer).where(answer.c.step == "PO-08").order_by(answer.c.id))
    assert [r["answers"]["findings"] for r in rows] == [HANDLED["findings"], findings]
    assert rows[1]["amends"] == rows[0]["id"]
    assert desk.entries(case_id)[-1].effects["fields"] == ["findings"]


def test_what_decided_the_way_is_not_corrected(desk: Desk) -> None:
    case_id = desk.at_review()
    with pytest.raises(NotAllowed) as refusal:
        desk.act(
            cases.amend, case_id, "PO-04", answers={"responsible_unit": "works-roads"}, reason="x",
            who=desk.who("registry1"),
        )  # fmt: skip
    assert refusal.value.code == "decides_the_way"


def test_the_control_office_withdraws_a_case_and_nothing_rings_any_more(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.withdraw, case_id, reason="陳情人撤回", who=desk.who("rdec1"))
    assert desk.city.case(case_id)["status"] == "withdrawn"
    assert desk.open_steps(case_id) == []
    waiting = sa.select(alarm.c.id).where(alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    assert desk.rows(waiting) == []
    assert desk.rows(sa.select(deadline.c.id).where(deadline.c.ended_at.is_(None))) == []
    assert desk.rows(sa.select(item.c.status).where(item.c.step == "PO-08")) == [{"status": "withdrawn"}]
    with pytest.raises(NotNow):
        desk.act(cases.withdraw, case_id, reason="再撤", who=desk.who("rdec1"))


def test_the_officer_does_not_withdraw_it_and_a_stranger_sees_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(NotAllowed):
        desk.act(cases.withdraw, case_id, reason="x", who=desk.who("lighting1"))
    with pytest.raises(Missing):
        desk.act(cases.withdraw, case_id, reason="x", who=desk.who("cleaning1"))
    desk.act(cases.ask_opinion, case_id, "environment-cleaning", "請表示意見", who=desk.who("lighting1"))
    with pytest.raises(NotAllowed):  # who is asked for an opinion sees the case, and reads that it is not theirs
        desk.act(cases.withdraw, case_id, reason="x", who=desk.who("cleaning1"))


@pytest.mark.parametrize("verb", ["send_back", "recall", "hand_back"])
def test_each_asks_for_a_reason(desk: Desk, verb: str) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.claim, row["id"], who=desk.who("lighting1"))
    if verb == "recall":
        desk.done(case_id, "PO-08", "lighting1", **HANDLED)
        call = (cases.recall, {"who": desk.who("lighting1")})
    elif verb == "send_back":
        call = (cases.send_back, {"who": desk.who("lighting-chief"), "to_step": "PO-07"})
    else:
        call = (cases.hand_back, {"who": desk.who("lighting1")})
    with pytest.raises(Invalid) as refusal:
        desk.act(call[0], row["id"], reason="  ", **call[1])
    assert "reason" in refusal.value.fields
