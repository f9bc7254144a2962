"""Every page in a real browser, wide and narrow; with the keyboard alone; what the script adds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from engine.library import shelf
from engine.office.people import SYSTEM
from tests import laid
from tests.browser.conftest import Hall
from tests.webui.conftest import MORNING, TICKED, answers


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_is_wrong_in_what_a_machine_can_see(hall: Hall, width: int) -> None:
    office = hall.office
    office.at_officer()
    late = office.at_officer(subject="水溝不通，已經逾期的案件")
    office.city.until(MORNING + timedelta(days=8))
    page = hall.door(width=width)
    hall.look_over(page)
    hall.picture(page, f"sign-in-{width}")
    page = hall.sit("control", width=width)
    paths = {
        "inbox": "?view=role", "inbox-empty": "", "opening": "cases/new/petition-online/PO-S", "choose": "cases/new",
        "case": f"cases/{late}", "receipt": f"cases/{late}/receipt", "notices": "notices",
        "oversight": "oversight", "work": "oversight/work", "load": "oversight/load", "trends": "oversight/trends",
        "control": "control", "months": "control/months", "procedures": "procedures",
        "procedure": "procedures/petition-online", "password": "password",
        "not-found": "cases/999",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(hall.address + path)
        hall.look_over(page)
        hall.picture(page, f"{name}-{width}")
    clerk = hall.sit("clerk", width=width)
    clerk.goto(f"{hall.address}cases/{late}")
    hall.look_over(clerk)
    hall.picture(clerk, f"case-late-{width}")


def test_every_fold_of_a_chiefs_case_file_opens(hall: Hall) -> None:
    case_id = hall.office.at_review()
    page = hall.sit("chief")
    page.goto(f"{hall.address}cases/{case_id}")
    shut = page.locator("details:not([open]) > summary:visible")
    while shut.count():
        shut.first.click()
    hall.look_over(page)
    hall.picture(page, "case-all-open")


def test_a_step_is_claimed_and_worked_with_the_keyboard_alone(hall: Hall) -> None:
    case_id = hall.office.petition()
    page = hall.door()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要內容")).to_be_focused()
    page.get_by_label("帳號").focus()
    page.keyboard.type("registry1")
    page.keyboard.press("Tab")
    page.keyboard.type("wobbly-lantern-42")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="待辦", level=1).wait_for()
    page.get_by_role("link", name="可領取的待辦").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="待辦", level=1).wait_for()
    page.wait_for_url("**view=role")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="115-000001 路燈不亮")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_id}*")
    page.get_by_label("權責單位").focus()
    while page.get_by_label("權責單位").input_value() != "works-lighting":
        page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="完成這個步驟").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("已送出")
    assert hall.office.open_steps(case_id) == ["PO-07"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_the_enter_key_in_a_field_keeps_a_draft_and_decides_nothing(hall: Hall, scripts: bool) -> None:
    case_id = hall.office.petition()
    page = hall.sit("registrar", scripts=scripts)
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_label("收文文號").fill("115-A-9")
    page.get_by_label("收文文號").press("Enter")
    expect(page.locator(".said")).to_contain_text("草稿已儲存")
    assert hall.office.open_steps(case_id) == ["PO-04"]
    expect(page.get_by_label("收文文號")).to_have_value("115-A-9")


def test_a_field_that_does_not_apply_is_folded_away_and_not_sent(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk")
    page.goto(f"{hall.address}cases/{case_id}")
    visited = page.get_by_role("group", name="是否現場勘查")
    day = page.get_by_label("勘查日期")
    expect(day).to_be_hidden()
    visited.get_by_label("是", exact=True).check()
    expect(day).to_be_visible()
    day.fill("2026-11-26")
    visited.get_by_label("否", exact=True).check()
    expect(day).to_be_hidden()
    page.get_by_role("button", name="儲存草稿").last.click()
    expect(page.locator(".said")).to_contain_text("草稿已儲存")
    assert "2026-11-26" not in str(hall.office.everything()["draft"])


def test_what_a_button_asks_for_is_filled_in_before_it_is_pressed(hall: Hall) -> None:
    city = hall.office.city
    with city.store.act() as db:
        shelf.load(db, laid.PROCESSES, who=SYSTEM, at=MORNING, only={"document-tracking"})
    letter = {"document_number": "例字第1號", "subject": "檢送統計", "case_type": "普通件", "sign_way": "電子"}
    case_id = city.open_case(
        "document-tracking", who="registry1", start="DT-S1", answers={**letter, "responsible_unit": "works-lighting"}
    ).case_id
    page = hall.sit("clerk")
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_label("辦理情形").fill("待廠商提供資料。")
    page.get_by_label("展期至").fill("2026-12-11")
    page.get_by_label("三層（科長）").check()
    page.get_by_label("理由").fill("資料未齊。")
    page.get_by_role("button", name="申請展期").click()
    expect(page.locator(".said")).to_contain_text("已送出")
    assert hall.office.open_steps(case_id) == ["DT-04/AP-01"]


def test_two_quick_clicks_have_one_effect(hall: Hall) -> None:
    case_id = hall.office.at_review()
    page = hall.sit("chief")
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_role("button", name="核可").dblclick()
    expect(page.locator(".said")).to_contain_text("已送出")
    entries = [row for row in hall.office.everything()["entry"] if "PO-09" in row]
    assert len(entries) == 1


def test_the_back_button_after_sending_tells_what_happened(hall: Hall) -> None:
    case_id = hall.office.at_review()
    hall.office.seat("chief").fill(
        f"/cases/{case_id}", f"/items/{hall.office.item(case_id, 'PO-09')}/work", answers(reply_check="核可")
    )
    page = hall.sit("control")
    page.goto(f"{hall.address}cases/{case_id}")
    for tick in TICKED:
        page.locator(f"input[name=checklist][value={tick}]").check()
    page.get_by_role("button", name="同意解除列管").click()
    expect(page.locator("main")).to_contain_text("不需再辦理")
    page.go_back()
    send = page.get_by_role("button", name="同意解除列管")
    if send.count():  # the browser kept the old page
        page.get_by_role("button", name="續列管").click()
        expect(page.locator("main")).to_contain_text("沒有送出")
    assert hall.office.city.case(case_id)["status"] == "ended"


def test_the_receipt_prints_without_the_page_around_it(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("service")
    page.goto(f"{hall.address}cases/{case_id}/receipt")
    page.emulate_media(media="print")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.get_by_role("button", name="列印收據")).to_be_hidden()
    expect(page.locator(".receipt")).to_be_visible()


def test_the_identity_is_asked_for_with_a_reason_and_leaves_a_line(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk")
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_text("查閱陳情人資料", exact=True).click()
    page.get_by_label("查閱理由").fill("電話說明勘查時間")
    page.get_by_role("button", name="查閱", exact=True).click()
    expect(page.locator("main")).to_contain_text("例民眾")
    hall.look_over(page)
    hall.picture(page, "identity")
    page.get_by_role("link", name="回到案件").click()
    expect(page.locator("main")).to_contain_text("例路燈甲查閱了陳情人資料")
    assert "例民眾" not in page.content()
