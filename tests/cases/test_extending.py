"""Extensions: asked in time by who holds the case, decided by rank; the date moves and the old one stays readable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import extension, item
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow, Refusal
from engine.office.records import notice, substitution
from tests.cases.conftest import HANDLED, Desk

Taipei = Callable[[str], datetime]
REASON = "須會同台電現場勘查，尚待排定。"


def _ask(
    desk: Desk, case_id: int, *, who: str = "lighting1", path: str = "PO-D1", length: Any = 10, **more: Any
) -> int:
    more = {"reason": REASON} | more
    asked: int = desk.act(cases.ask_extension, case_id, path, length=length, who=desk.who(who), **more)
    return asked


def _decide(desk: Desk, which: int, *, who: str = "works-head", grant: bool = True, reason: str = "") -> None:
    desk.act(cases.decide_extension, which, grant=grant, reason=reason, who=desk.who(who))


def _request(desk: Desk, which: int) -> Any:
    return desk.rows(sa.select(extension).where(extension.c.id == which))[0]


def _limit(desk: Desk, case_id: int) -> Any:
    return desk.rows(sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == "PO-D1"))[-1]


def _waiting(desk: Desk, case_id: int) -> list[tuple[str, int, datetime]]:
    waits = sa.select(alarm).where(alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    return [(row["kind"], row["rung"], row["due_at"]) for row in desk.rows(waits.order_by(alarm.c.due_at, alarm.c.id))]


# ---- asking


def test_who_holds_the_case_asks_and_the_unit_head_reads_of_it(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    before = len(desk.entries(case_id))
    which = _ask(desk, case_id)
    row = _request(desk, which)
    assert (row["state"], row["length"], row["unit"], row["asked_by"]) == (
        "asked",
        10,
        "workday",
        desk.who("lighting1").id,
    )
    assert row["old_due_at"] == taipei("2026-12-03T17:00")
    assert _limit(desk, case_id)["due_at"] == taipei("2026-12-03T17:00"), "asking moves nothing"
    entries = desk.entries(case_id)
    assert len(entries) == before + 1
    assert (entries[-1].verb, entries[-1].reason) == ("ask_extension", REASON)
    assert entries[-1].effects["would_be"] == taipei("2026-12-17T17:00").isoformat()
    told = desk.rows(sa.select(notice.c.person_id).where(notice.c.kind == "extension"))
    assert [n["person_id"] for n in told] == [desk.who("works-head").id]


def test_a_colleague_asks_for_an_unclaimed_case_but_not_for_a_claimed_one(desk: Desk) -> None:
    free, claimed = desk.at_officer(), desk.at_officer(subject="水溝不通", location="民生路")
    desk.act(cases.claim, desk.item(claimed, "PO-08")["id"], who=desk.who("lighting1"))
    assert _ask(desk, free, who="lighting2")
    with pytest.raises(NotAllowed) as refusal:
        _ask(desk, claimed, who="lighting2")
    assert refusal.value.code == "not_holding"


def test_a_stranger_reads_that_there_is_no_such_case(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Missing):
        _ask(desk, case_id, who="cleaning1")
    assert desk.rows(sa.select(extension)) == []


def test_whoever_sees_the_case_without_holding_it_does_not_ask(desk: Desk) -> None:
    case_id = desk.at_officer()
    for account in ("rdec1", "service1", "works-head"):
        with pytest.raises(NotAllowed):
            _ask(desk, case_id, who=account)


@pytest.mark.parametrize("length", [0, -1, 16, 10_000, 2.5, True])
def test_a_length_beyond_the_limit_is_refused_at_its_field(desk: Desk, length: Any) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        _ask(desk, case_id, length=length)
    assert (refusal.value.code, list(refusal.value.fields)) == ("extension_length", ["length"])


def test_another_unit_of_time_and_an_empty_reason_are_refused(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        _ask(desk, case_id, length=1, unit="month")
    assert refusal.value.code == "extension_unit"
    with pytest.raises(Invalid) as refusal:
        _ask(desk, case_id, reason="  ")
    assert list(refusal.value.fields) == ["reason"]


def test_an_unknown_deadline_and_one_not_begun_are_told_apart(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Missing) as missing:
        _ask(desk, case_id, path="PO-D9")
    assert missing.value.code == "no_such_deadline"
    with pytest.raises(NotNow) as not_now:
        _ask(desk, case_id, path="PO-FU/FU-D1")
    assert not_now.value.code == "deadline_not_begun"


def test_a_second_request_waits_for_the_first(desk: Desk) -> None:
    case_id = desk.at_officer()
    _ask(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        _ask(desk, case_id)
    assert refusal.value.code == "extension_waits"


def test_once_granted_there_is_no_further_one(desk: Desk) -> None:
    case_id = desk.at_officer()
    _decide(desk, _ask(desk, case_id, length=1))
    with pytest.raises(NotNow) as refusal:
        _ask(desk, case_id, length=1)
    assert refusal.value.code == "no_extension_left"


def test_a_refused_request_may_be_asked_again(desk: Desk) -> None:
    case_id = desk.at_officer()
    _decide(desk, _ask(desk, case_id), grant=False, reason="可先作階段性回覆。")
    assert _ask(desk, case_id, length=3)


def test_after_the_due_date_nothing_is_asked(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.city.now = taipei("2026-12-03T17:00")
    assert _ask(desk, case_id), "the due instant still counts"
    late = desk.at_officer(subject="水溝不通", location="民生路")
    desk.city.now = _limit(desk, late)["due_at"] + timedelta(seconds=1)
    with pytest.raises(NotNow) as refusal:
        _ask(desk, late)
    assert refusal.value.code == "extension_late"


def test_a_met_deadline_is_not_extended(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    with pytest.raises(NotNow) as refusal:
        _ask(desk, case_id, who="rdec1")
    assert refusal.value.code == "deadline_met"


def test_an_extension_past_the_cap_is_refused_with_the_last_day(desk: Desk, taipei: Taipei) -> None:
    # received on the first working day before the long holidays: 15 further working days end past 30 days
    desk.city.until(taipei("2027-01-29T09:00"))
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        _ask(desk, case_id, length=15)
    assert refusal.value.code == "extension_past_cap"
    assert "30日" in refusal.value.sentence
    assert _ask(desk, case_id, length=5)


# ---- deciding


def test_granted_the_date_moves_with_rungs_timers_and_items(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    which = _ask(desk, case_id)
    before = len(desk.entries(case_id))
    _decide(desk, which, reason="同意，請如期回復。")
    new = taipei("2026-12-17T17:00")
    limit = _limit(desk, case_id)
    assert limit["due_at"] == new
    assert desk.item(case_id, "PO-08")["due_at"] == new
    assert _waiting(desk, case_id) == [
        ("reminder", 0, taipei("2026-12-15T08:00")), ("reminder", 1, taipei("2026-12-16T08:00")),
        ("escalation", 2, new), ("timer", 0, new), ("escalation", 3, taipei("2026-12-22T08:00")),
        ("escalation", 4, taipei("2026-12-24T08:00")), ("escalation", 5, taipei("2027-01-16T08:00")),
    ]  # fmt: skip
    change = limit["changes"][0]
    assert (change["kind"], change["from"], change["to"]) == (
        "extension", taipei("2026-12-03T17:00").isoformat(), new.isoformat(),
    )  # fmt: skip
    assert change["why"] == REASON
    assert any(line["what"] == "展期" for line in limit["working"])
    begins = [line["why"] for line in limit["working"] if line["what"] == "起算"]
    assert begins == ["收件次日起算，始日不計", "原末日的次日起算"], "what is added does not count from the receipt"
    assert limit["working"][-1]["date"] == "2026-12-17"
    entries = desk.entries(case_id)
    assert len(entries) == before + 1
    assert (entries[-1].verb, entries[-1].act_id) == ("grant_extension", change["act"])
    assert (_request(desk, which)["state"], _request(desk, which)["new_due_at"]) == ("granted", new)
    assert row["version"] == desk.item(case_id, "PO-08")["version"], "nobody's form is spoiled by it"


def test_the_asker_is_told_of_the_decision_and_its_reason(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    _decide(desk, which, grant=False, reason="可先作階段性回覆。")
    assert (_request(desk, which)["state"], _request(desk, which)["decision"]) == ("refused", "可先作階段性回覆。")
    told = desk.rows(
        sa.select(notice).where(notice.c.kind == "extension", notice.c.person_id == desk.who("lighting1").id)
    )
    assert [n["facts"]["state"] for n in told] == ["refused"]
    assert desk.entries(case_id)[-1].reason == "可先作階段性回覆。"


def test_a_refusal_without_a_reason_is_refused(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    with pytest.raises(Invalid) as refusal:
        _decide(desk, which, grant=False)
    assert list(refusal.value.fields) == ["reason"]
    assert _request(desk, which)["state"] == "asked"


def test_a_lawful_extension_is_not_overdue(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    _decide(desk, _ask(desk, case_id))
    desk.city.until(taipei("2026-12-10T09:00"))
    assert desk.open_steps(case_id) == ["PO-08"], "the timer of the old date did not ring"
    assert desk.rows(sa.select(notice).where(notice.c.kind == "escalation")) == []
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    late = desk.rows(sa.select(item.c.late).where(item.c.case_id == case_id, item.c.step == "PO-08"))
    assert late == [{"late": False}]
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert _limit(desk, case_id)["met_at"] <= _limit(desk, case_id)["due_at"]


def test_a_reminder_that_rang_for_the_old_date_rings_once_for_the_new_one(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-02T10:00"))  # both reminders rang
    _decide(desk, _ask(desk, case_id))
    desk.city.until(taipei("2026-12-17T16:00"))
    rang = desk.rows(
        sa.select(notice.c.at)
        .where(notice.c.kind == "reminder", notice.c.person_id == desk.who("lighting1").id)
        .order_by(notice.c.at)
    )
    assert [n["at"].date().isoformat() for n in rang] == ["2026-12-01", "2026-12-02", "2026-12-15", "2026-12-16"]


@pytest.mark.parametrize("account", ["lighting-chief", "cleaning-chief", "environment-head", "rdec-chief"])
def test_a_lower_rank_and_another_unit_do_not_decide(desk: Desk, account: str) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    with pytest.raises((NotAllowed, Missing)):
        _decide(desk, which, who=account)
    assert _request(desk, which)["state"] == "asked"


def test_the_head_of_the_city_may_grant_what_a_unit_head_may(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    _decide(desk, which, who="mayor")
    assert _request(desk, which)["state"] == "granted"


def _stands_in(desk: Desk, substitute: str, absent: str) -> None:
    with desk.store.act() as db:
        db.execute(sa.insert(substitution), {
            "person_id": desk.who(absent).id, "substitute_id": desk.who(substitute).id,
            "since": desk.now - timedelta(days=1), "until": desk.now + timedelta(days=30),
        })  # fmt: skip


def test_the_asker_does_not_decide_through_a_substitution(desk: Desk) -> None:
    case_id = desk.at_officer()
    _stands_in(desk, "lighting1", "works-head")
    which = _ask(desk, case_id)
    with pytest.raises(NotAllowed) as refusal:
        _decide(desk, which, who="lighting1")
    assert refusal.value.code == "own_extension"


def test_whoever_stands_in_for_the_asker_does_not_decide_and_whoever_stands_in_for_the_head_does(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    _stands_in(desk, "works-head", "lighting1")
    with pytest.raises(NotAllowed):
        _decide(desk, which, who="works-head")
    _stands_in(desk, "roads-chief", "works-head")
    _decide(desk, which, who="roads-chief")
    assert _request(desk, which)["decided_by"] == desk.who("roads-chief").id


def test_whoever_stands_in_for_the_head_is_told_as_well(desk: Desk) -> None:
    case_id = desk.at_officer()
    _stands_in(desk, "roads-chief", "works-head")
    _ask(desk, case_id)
    told = desk.rows(sa.select(notice.c.person_id).where(notice.c.kind == "extension"))
    assert {n["person_id"] for n in told} == {desk.who("works-head").id, desk.who("roads-chief").id}


def test_a_request_is_decided_once_and_the_second_reads_who_was_first(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    _decide(desk, which)
    for grant in (True, False):
        with pytest.raises(NotNow) as refusal:
            _decide(desk, which, who="mayor", grant=grant, reason="不同意。")
        assert refusal.value.code == "extension_decided"
        assert "例工務長" in refusal.value.sentence


def test_an_answer_given_first_overtakes_the_request(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert _request(desk, which)["state"] == "overtaken"
    with pytest.raises(NotNow) as refusal:
        _decide(desk, which)
    assert refusal.value.code == "extension_overtaken"


def test_a_withdrawn_case_overtakes_the_request(desk: Desk) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    desk.act(cases.withdraw, case_id, reason="陳情人撤回。", who=desk.who("rdec1"))
    assert _request(desk, which)["state"] == "overtaken"


def test_a_request_asked_in_time_may_be_granted_after_the_date(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    which = _ask(desk, case_id)
    desk.city.now = taipei("2026-12-03T18:00")  # nobody has ticked
    _decide(desk, which)
    desk.city.until(taipei("2026-12-04T09:00"))
    assert desk.open_steps(case_id) == ["PO-08"]
    assert desk.rows(sa.select(notice).where(notice.c.kind == "escalation")) == []


def test_an_unknown_request_does_not_exist(desk: Desk) -> None:
    with pytest.raises(Missing):
        _decide(desk, 999)


def test_a_refusal_writes_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    before = len(desk.entries(case_id))
    for wrong in ({"length": 99}, {"path": "X"}, {"who": "cleaning1"}, {"reason": ""}):
        with pytest.raises(Refusal):
            _ask(desk, case_id, **wrong)
    assert len(desk.entries(case_id)) == before
    assert desk.rows(sa.select(extension)) == []
