"""What was done a moment ago may be undone by who did it, while nothing has followed. Both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import desks, undoing
from engine.dates.records import alarm, deadline
from engine.errors import Missing, NotAllowed, NotNow
from tests.cases.conftest import HANDLED, Desk
from tests.cases.test_joining import UNLIKE, number
from tests.cases.test_reopening import released


def offered(desk: Desk, case_id: int, who: str) -> undoing.Undo | None:
    with desk.store.look() as db:
        return undoing.offered(db, desks.head(db, case_id), desk.who(who), desk.now)


def verb_of(desk: Desk, case_id: int, who: str) -> str | None:
    way = offered(desk, case_id, who)
    return way.verb if way is not None else None


def item(desk: Desk, case_id: int, step: str = "PO-08") -> int:
    return int(desk.item(case_id, step)["id"])


def test_a_claim_is_handed_back_and_a_hand_back_is_taken_again(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, item(desk, case_id), who=desk.who("lighting1"))
    assert verb_of(desk, case_id, "lighting1") == "hand_back"
    assert verb_of(desk, case_id, "lighting2") is None, "only who did it"
    desk.act(cases.hand_back, item(desk, case_id), reason="按錯。", who=desk.who("lighting1"))
    assert verb_of(desk, case_id, "lighting1") == "claim"
    desk.act(cases.claim, item(desk, case_id), who=desk.who("lighting2"))
    assert verb_of(desk, case_id, "lighting1") is None, "somebody was faster"


def test_a_chief_who_handed_anothers_work_back_gives_it_to_them_again(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, item(desk, case_id), who=desk.who("lighting1"))
    desk.act(cases.hand_back, item(desk, case_id), reason="重新分配。", who=desk.who("lighting-chief"))
    way = offered(desk, case_id, "lighting-chief")
    assert way is not None and (way.verb, way.given["to"]) == ("assign", desk.who("lighting1").id)


def test_an_assignment_goes_back_to_whom_it_was_with(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, item(desk, case_id), who=desk.who("lighting1"))
    desk.act(cases.assign, item(desk, case_id), to=desk.who("lighting2").id, who=desk.who("lighting-chief"))
    way = offered(desk, case_id, "lighting-chief")
    assert way is not None and way.verb == "take_back_assignment"
    before = len(desk.entries(case_id))
    for account, refusal in (("lighting2", NotAllowed), ("cleaning-chief", Missing)):
        with pytest.raises(refusal):
            desk.act(cases.take_back_assignment, way.thing, who=desk.who(account))
    desk.act(cases.take_back_assignment, way.thing, who=desk.who("lighting-chief"))
    assert desk.item(case_id, "PO-08")["assignee"] == desk.who("lighting1").id
    assert [e.verb for e in desk.entries(case_id)[before:]] == ["take_back_assignment"]
    with pytest.raises(NotNow):
        desk.act(cases.take_back_assignment, way.thing, who=desk.who("lighting-chief"))


def test_an_assignment_that_was_begun_stays(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.assign, item(desk, case_id), to=desk.who("lighting2").id, who=desk.who("lighting-chief"))
    thing = item(desk, case_id)
    desk.act(cases.save_draft, thing, answers={"findings": "開始"}, who=desk.who("lighting2"))
    assert offered(desk, case_id, "lighting-chief") is None
    with pytest.raises(NotNow):
        desk.act(cases.take_back_assignment, thing, who=desk.who("lighting-chief"))


def test_a_sending_back_goes_forward_again_with_draft_clocks_and_all(desk: Desk) -> None:
    case_id = desk.at_review()
    review = item(desk, case_id, "PO-09")
    desk.act(cases.save_draft, review, answers={"reason": "核閱到一半"}, who=desk.who("lighting-chief"))
    limits = sa.select(deadline.c.path, deadline.c.due_at, deadline.c.met_at).where(deadline.c.case_id == case_id)
    waits = sa.select(alarm.c.kind, alarm.c.due_at).where(
        alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None)
    ).order_by(alarm.c.due_at, alarm.c.kind)  # fmt: skip
    clocks = desk.rows(limits), desk.rows(waits)
    desk.act(cases.send_back, review, to_step="PO-08", reason="按錯。", who=desk.who("lighting-chief"))
    way = offered(desk, case_id, "lighting-chief")
    assert way is not None and way.verb == "take_back_send_back"
    for account, refusal in (("lighting1", NotAllowed), ("cleaning-chief", Missing)):
        with pytest.raises(refusal):
            desk.act(cases.take_back_send_back, way.thing, who=desk.who(account))
    before = len(desk.entries(case_id))
    desk.act(cases.take_back_send_back, way.thing, who=desk.who("lighting-chief"))
    assert desk.open_steps(case_id) == ["PO-09"]
    assert desk.item(case_id, "PO-09")["assignee"] == desk.who("lighting-chief").id
    assert (desk.rows(limits), desk.rows(waits)) == clocks
    assert [e.verb for e in desk.entries(case_id)[before:]] == ["take_back_send_back"]
    assert "核閱到一半" in str(desk.rows(sa.text("SELECT answers FROM draft")))
    with pytest.raises(NotNow):
        desk.act(cases.take_back_send_back, way.thing, who=desk.who("lighting-chief"))


def test_a_limit_that_the_step_had_met_is_met_as_it_was(desk: Desk, taipei: Callable[[str], datetime]) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, item(desk, case_id), who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-04T09:00"))  # overdue: the follow-up runs
    desk.done(
        case_id, "PO-FU/FU-04", "lighting1", progress="現場已修復完成。", overdue_reason="等待材料到貨。",
        improvement="改以備料施作。", catch_up_on="2026-12-18", reply_now="yes", handled="已辦結",
        reply_text=HANDLED["reply_text"],
    )  # fmt: skip
    met = sa.select(deadline.c.met_at, deadline.c.met_by).where(deadline.c.path == "PO-FU/FU-D1")
    before = desk.rows(met)
    assert before[0]["met_at"] is not None
    review = desk.open_steps(case_id)[0]
    desk.city.until(taipei("2026-12-04T11:00"))
    desk.act(
        cases.send_back, item(desk, case_id, review), to_step="PO-FU/FU-04", reason="按錯。",
        who=desk.who("lighting-chief"),
    )  # fmt: skip
    assert desk.rows(met)[0]["met_at"] is None
    desk.act(cases.take_back_send_back, item(desk, case_id, "PO-FU/FU-04"), who=desk.who("lighting-chief"))
    assert desk.rows(met) == before and desk.open_steps(case_id) == [review]


def test_what_was_sent_back_and_begun_stays_there(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.act(
        cases.send_back,
        item(desk, case_id, "PO-09"),
        to_step="PO-08",
        reason="補照片。",
        who=desk.who("lighting-chief"),
    )
    desk.act(cases.save_draft, item(desk, case_id), answers={"findings": "補"}, who=desk.who("lighting1"))
    assert offered(desk, case_id, "lighting-chief") is None
    with pytest.raises(NotNow):
        desk.act(cases.take_back_send_back, item(desk, case_id), who=desk.who("lighting-chief"))


def test_a_completion_is_recalled_until_the_next_person_begins(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    way = offered(desk, case_id, "lighting1")
    assert way is not None and way.verb == "recall"
    desk.act(cases.claim, item(desk, case_id, "PO-09"), who=desk.who("lighting-chief"))
    assert offered(desk, case_id, "lighting1") is None
    with pytest.raises(NotNow):
        desk.act(cases.recall, way.thing, reason="x", who=desk.who("lighting1"))


def test_what_sent_a_letter_is_not_recalled(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert offered(desk, case_id, "lighting-chief") is None


def test_each_other_act_has_its_way_back_and_the_way_leads_back(desk: Desk) -> None:
    case_id, original = desk.at_officer(), desk.at_officer(**UNLIKE)
    chief, control, clerk = desk.who("lighting-chief"), desk.who("rdec1"), desk.who("lighting1")
    do: list[tuple[str, str, Any]] = [
        ("lighting-chief", "set_priority", lambda: desk.act(cases.set_priority, case_id, 2, who=chief)),
        ("rdec1", "transfer", lambda: desk.act(cases.transfer, case_id, "works-roads", reason="x", who=control)),
        ("rdec1", "transfer", lambda: desk.act(cases.transfer, case_id, "works-lighting", reason="x", who=control)),
        ("lighting1", "note_strike", lambda: desk.act(cases.note_add, case_id, "備註", who=clerk)),
        (
            "lighting1", "take_back_opinion",
            lambda: desk.act(cases.ask_opinion, case_id, "works-roads", "屬貴科？", who=clerk),
        ),
        (
            "lighting1", "take_back_extension",
            lambda: desk.act(cases.ask_extension, case_id, "PO-D1", length=3, reason="會勘。", who=clerk),
        ),
        ("lighting1", "proceed", lambda: desk.act(cases.suspend, case_id, reason="補件。", who=clerk)),
        ("rdec1", "reopen", lambda: desk.act(cases.withdraw, case_id, reason="x", who=control)),
    ]  # fmt: skip
    for account, verb, act in do:
        act()
        assert verb_of(desk, case_id, account) == verb
        assert verb_of(desk, case_id, "lighting2") is None
    desk.act(cases.reopen, case_id, reason="誤按。", who=control)
    desk.act(cases.join, case_id, number(desk, original), reason="同案。", who=control)
    assert verb_of(desk, case_id, "rdec1") == "part"
    done = released(desk)
    desk.act(cases.set_solved, done, "yes", reason="來電。", who=control)
    way = offered(desk, done, "rdec1")
    assert way is not None and (way.verb, way.given) == ("set_solved", {"solved": ""})


def test_a_request_for_more_time_is_taken_back_by_who_made_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = desk.act(cases.ask_extension, case_id, "PO-D1", length=3, reason="會勘。", who=desk.who("lighting1"))
    for account, refusal in (("lighting2", NotAllowed), ("lighting-chief", NotAllowed), ("cleaning1", Missing)):
        with pytest.raises(refusal):
            desk.act(cases.take_back_extension, asked, who=desk.who(account))
    before = len(desk.entries(case_id))
    desk.act(cases.take_back_extension, asked, who=desk.who("lighting1"))
    assert [e.verb for e in desk.entries(case_id)[before:]] == ["take_back_extension"]
    with pytest.raises(NotNow):
        desk.act(cases.take_back_extension, asked, who=desk.who("lighting1"))
    with pytest.raises(NotNow):
        desk.act(cases.decide_extension, asked, grant=True, who=desk.who("works-head"))
    desk.act(cases.ask_extension, case_id, "PO-D1", length=5, reason="會勘。", who=desk.who("lighting1"))
    with pytest.raises(Missing):
        desk.act(cases.take_back_extension, 10**6, who=desk.who("lighting1"))
