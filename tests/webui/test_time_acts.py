"""Extension, standstill and events as pages: who is offered what, what a refused form brings back, what is stored."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.cases.small_sop import chart, publish
from tests.webui.conftest import HANDLED, Office

REASON = "須會同台電現場勘查，尚待排定。"


def _ask(office: Office, case_id: int, who: str = "clerk", **more: str) -> object:
    return office.seat(who).fill(f"/cases/{case_id}", "/extensions", {"length": "10", "reason": REASON, **more})


def test_the_clerk_asks_the_unit_head_decides_and_the_page_shows_both_dates(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    assert _ask(office, case_id).status == 303  # type: ignore[attr-defined]
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "待核定" in page.text and "等候二層（單位主管）以上核定" in page.text
    assert not page.offers(f"/cases/{case_id}/extensions"), "one request at a time"
    listed = office.seat("head").get("/extensions")
    assert "核准後為 115/12/17（四）17:00" in listed.text
    granted = office.seat("head").fill("/extensions", "/decide", {"decision": "grant", "reason": ""})
    assert (granted.status, "said=extension-granted" in granted.location) == (303, True)
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "原 115/12/03（四）17:00" in page.text
    assert "例工務長核准「限辦期限」展期" in page.text
    assert "「限辦期限」由 115/12/03（四）17:00 改為 115/12/17（四）17:00" in page.text


@pytest.mark.parametrize(
    ("who", "offered"), [("clerk", True), ("colleague", True), ("chief", False), ("control", False)]
)
def test_the_form_is_offered_to_whoever_holds_the_case(office: Office, who: str, offered: bool) -> None:
    case_id = office.at_officer()
    page = office.seat(who).get(f"/cases/{case_id}")
    assert page.offers(f"/cases/{case_id}/extensions") is offered


def test_a_stranger_posts_and_reads_that_there_is_no_such_case(office: Office) -> None:
    case_id = office.at_officer()
    csrf = office.seat("stranger").get("/").hidden("csrf")
    before = office.everything()
    for path, fields in {
        f"/cases/{case_id}/extensions": {"deadline": "PO-D1", "length": "5", "reason": "x"},
        f"/cases/{case_id}/suspend": {"reason": "x"}, f"/cases/{case_id}/proceed": {"reason": ""},
        f"/cases/{case_id}/event": {"event": "x", "to": "2026-12-20", "clock": "", "reason": "x"},
        "/extensions/1/decide": {"decision": "grant", "reason": ""},
    }.items():  # fmt: skip
        assert office.seat("stranger").send(path, {"csrf": csrf, **fields}).status == 404, path
    assert office.everything() == before


@pytest.mark.parametrize("length", ["0", "16", "abc", "", "1.5", "-3"])
def test_a_bad_length_comes_back_with_the_reason_typed(office: Office, length: str) -> None:
    case_id = office.at_officer()
    before = office.everything()
    page = _ask(office, case_id, length=length)
    assert page.status == 422  # type: ignore[attr-defined]
    assert "最晚可展到 115/12/24（四）17:00" in page.text  # type: ignore[attr-defined]
    assert "展期須為 1 到 15 工作天" in page.text  # type: ignore[attr-defined]
    assert REASON in page.text  # type: ignore[attr-defined]
    assert office.everything() == before


def test_a_refusal_without_a_reason_comes_back_and_the_request_still_waits(office: Office) -> None:
    case_id = office.at_officer()
    _ask(office, case_id)
    page = office.seat("head").fill("/extensions", "/decide", {"decision": "refuse", "reason": " "})
    assert (page.status, "請說明理由" in page.text) == (422, True)
    assert "待核定的展期申請（1）" in office.seat("head").get("/extensions").text
    done = office.seat("head").fill("/extensions", "/decide", {"decision": "refuse", "reason": "可先作階段性回覆。"})
    assert done.status == 303
    assert "不准：可先作階段性回覆。" in office.seat("clerk").get(f"/cases/{case_id}").text


def test_a_decision_nobody_asked_for_and_one_without_a_choice_are_refused(office: Office) -> None:
    head = office.seat("head")
    csrf = head.get("/").hidden("csrf")
    assert head.send("/extensions/99/decide", {"csrf": csrf, "decision": "grant", "reason": ""}).status == 404
    assert head.send("/extensions/99/decide", {"csrf": csrf, "decision": "maybe", "reason": ""}).status == 422
    undeclared = {"csrf": csrf, "decision": "grant", "reason": "", "more": "x"}
    assert head.send("/extensions/99/decide", undeclared).status == 422


def test_the_second_who_decides_reads_who_was_first(office: Office) -> None:
    case_id = office.at_officer()
    _ask(office, case_id)
    head = office.seat("head")
    form = head.get("/extensions")
    csrf, key = form.hidden("csrf", "/decide"), form.hidden("key", "/decide")
    fields = {"csrf": csrf, "key": key, "decision": "grant", "reason": ""}
    assert head.send("/extensions/1/decide", fields).status == 303
    again = head.send("/extensions/1/decide", fields)
    assert (again.status, "已由例工務長於" in again.text) == (409, True)


def test_clocks_stop_and_run_on_and_the_petition_is_neither_late_nor_reminded(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    office.city.until(office.city.now + timedelta(days=1, hours=1))
    assert office.seat("clerk").fill(f"/cases/{case_id}", "/suspend", {"reason": "請補照片。"}).status == 303
    page = office.seat("colleague").get(f"/cases/{case_id}")
    assert "停止計時中" in page.text and "請補照片。" in page.text
    assert "暫停" in page.text
    assert "停止計時中的案件（1）" in office.seat("chief").get("/extensions").text
    assert "請補照片。" in office.seat("control").get("/extensions").text
    assert "請補照片。" not in office.seat("stranger").get("/extensions").text
    office.city.until(office.city.now + timedelta(days=21))
    office.seats.clear()
    assert "沒有符合的工作" in office.seat("chief").get("/oversight/work?band=late").text
    assert office.seat("chief").fill(f"/cases/{case_id}", "/proceed").status == 303
    page = office.seat("clerk").get(f"/cases/{case_id}")
    assert "例路燈長恢復計時" in page.text
    assert "停止計時紀錄（1）" in page.text


def test_a_reason_is_asked_for_where_the_clock_is_stopped(office: Office) -> None:
    case_id = office.at_officer()
    page = office.seat("clerk").fill(f"/cases/{case_id}", "/suspend", {"reason": "  "})
    assert (page.status, "請說明理由" in page.text) == (422, True)


def test_the_two_clocks_of_a_petition_stand_side_by_side(office: Office) -> None:
    case_id = office.at_officer()
    assert "公文 辦理中" in office.seat("clerk").get(f"/cases/{case_id}").text
    office.city.complete(case_id, "PO-08", who="lighting1", answers={**HANDLED, "reply_kind": "階段性回覆",
                         "expected_on": "2026-12-31"})  # fmt: skip
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    text = office.seat("control").get(f"/cases/{case_id}").text
    assert "公文 已除管" in text and "列管 列管中" in text


def test_a_case_without_a_plan_has_no_event_page(office: Office) -> None:
    case_id = office.at_officer()
    assert office.seat("clerk").get(f"/cases/{case_id}/event?event=meeting_on").status == 404
    assert office.seat("clerk").get(f"/cases/{case_id}/event?event=meeting_on&to=x").status == 404


PLAN = (
    '<sop:deadline id="D1" name="提送" regime="backward" starts="event:meeting_on" met="A" length="3" unit="workday"/>'
    '<sop:deadline id="D9" name="擬辦標準" regime="standard" of="step" starts="A" met="A" length="8" unit="hour">'
    '<sop:reminder before="0" unit="hour" to="holder"/></sop:deadline>'
)


def test_an_event_is_tried_shown_and_moved(office_on_both: Office) -> None:
    office = office_on_both
    with office.city.store.act() as db:
        publish(db, chart(PLAN, "small", "works-lighting"), "small")
    opened = office.city.open_case("small", who="service1", answers={"meeting_on": "2026-12-14"}, start="S")
    case_id = opened.case_id
    clerk = office.seat("clerk")
    page = clerk.get(f"/cases/{case_id}")
    assert "會議日期 115/12/14（一）08:00" in page.text and "改期" in page.text
    planned = page.text[page.text.index("擬辦標準") :]
    assert re.search(r"只供排程與提醒.*提醒\s+未到\s+將通知：例路燈甲、例路燈乙", planned), "of plans, too"
    assert "改期" not in office.seat("control").get(f"/cases/{case_id}").text
    slip = office.seat("service").get(f"/cases/{case_id}/receipt").text
    assert "開案單" in slip and "限辦期限 民國115年12月9日（星期三）17:00（提送）" in slip
    assert "答復" not in slip, "nobody outside waits for an answer to a plan of ours"
    tried = clerk.get(f"/cases/{case_id}/event?event=meeting_on&to=2026-12-21&clock=14:00")
    assert "115/12/09（三）17:00" in tried.text and "115/12/16（三）17:00" in tried.text
    before = office.everything()
    wrong = clerk.fill(
        f"/cases/{case_id}/event?event=meeting_on&to=2026-12-21&clock=14:00", "/event", {"reason": " "}
    )  # fmt: skip
    assert (wrong.status, "請說明理由" in wrong.text, "115/12/16" in wrong.text) == (422, True, True)
    assert office.everything() == before
    over = clerk.get(f"/cases/{case_id}/event?event=meeting_on&to=2026-11-20")
    assert (over.status, "不能早於現在" in over.text, "確認改期" in over.text) == (422, True, False)
    bad = clerk.get(f"/cases/{case_id}/event?event=meeting_on&to=2026-02-30")
    assert (bad.status, "請填可用的日期與時間" in bad.text) == (422, True)
    moved = clerk.fill(
        f"/cases/{case_id}/event?event=meeting_on&to=2026-12-21&clock=14:00", "/event", {"reason": "市長行程調整。"}
    )  # fmt: skip
    assert moved.status == 303
    page = clerk.get(f"/cases/{case_id}")
    assert "會議日期 115/12/21（一）14:00" in page.text
    assert "115/12/16（三）17:00" in page.text and "原 115/12/09（三）17:00" in page.text
    assert "把事件改到 115/12/21（一）14:00" in page.text


def test_a_form_sent_by_another_page_is_refused(office: Office) -> None:
    case_id = office.at_officer()
    assert office.seat("clerk").send(f"/cases/{case_id}/suspend", {"csrf": "x", "reason": "x"}).status == 403


def test_whoever_may_decide_opens_the_case_it_concerns_and_nobody_else_from_there(office: Office) -> None:
    case_id = office.at_officer()
    path = f"/cases/{case_id}"
    assert office.seat("mayor").get(path).status == 404, "nothing there waits for the mayor's office"
    _ask(office, case_id)
    page = office.seat("mayor").get(path)
    assert page.status == 200 and page.offers("/decide")
    assert not page.offers(f"{path}/suspend") and "例民眾" not in page.source
    for stranger in ("stranger", "other-head"):
        assert office.seat(stranger).get(path).status == 404, stranger
    decided = office.seat("mayor").fill(path, "/decide", {"decision": "grant", "reason": ""})
    assert (decided.status, office.seat("mayor").get(decided.location).status) == (303, 200)


def test_a_request_that_came_to_nothing_opens_no_case(office: Office) -> None:
    case_id = office.at_officer()
    _ask(office, case_id)
    office.seat("head").fill("/extensions", "/decide", {"decision": "refuse", "reason": "請如期回復。"})
    assert office.seat("mayor").get(f"/cases/{case_id}").status == 404
