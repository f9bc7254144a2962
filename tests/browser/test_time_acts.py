"""Time in Chromium: an extension asked for and granted without scripts, a clock stopped and started."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall


def _case(hall: Hall, page: Page, case_id: int) -> Page:
    page.goto(f"{hall.address}cases/{case_id}")
    return page


def test_a_clerk_asks_for_more_time_and_the_unit_head_grants_it_without_scripts(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    hall.office.city.now += timedelta(days=1)
    clerk = _case(hall, hall.sit("clerk", scripts=False), case_id)
    strip = clerk.locator("ol.strip").first
    expect(strip).to_contain_text("例路燈長")
    expect(strip).to_contain_text("市務會議清單")
    expect(strip).to_contain_text("未到")
    hall.picture(clerk, "time-case-before")
    clerk.get_by_text("申請展期", exact=True).click()
    clerk.get_by_label("展期多久").fill("10")
    clerk.get_by_label("展期理由").fill("須會同台電現場勘查，尚待排定。")
    clerk.get_by_role("button", name="送出展期申請").click()
    expect(clerk.locator(".said")).to_contain_text("展期申請已送出")
    expect(clerk.locator("#clocks")).to_contain_text("等候二層（單位主管）以上核定")
    hall.picture(clerk, "time-case-asked")

    head = hall.sit("head", scripts=False)
    head.locator("nav.menu summary", has_text="更多").click()
    head.locator("nav.menu").get_by_role("link", name="展期").click()
    expect(head.get_by_role("heading", name="待核定的展期申請（1）")).to_be_visible()
    expect(head.locator(".request")).to_contain_text("核准後為 115/12/17（四）17:00")
    hall.picture(head, "time-extensions")
    head.get_by_role("button", name="核准展期").click()
    expect(head.locator(".said")).to_contain_text("已核准展期")

    clerk.reload()
    expect(clerk.locator(".deadline .due").first).to_have_text("115/12/17（四）17:00")
    expect(clerk.locator(".deadline .old").first).to_contain_text("115/12/03（四）17:00")
    hall.picture(clerk, "time-case-granted")


def test_a_clock_stops_and_runs_on_and_the_chief_sees_which_cases_stand(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    clerk = _case(hall, hall.sit("clerk"), case_id)
    clerk.get_by_text("停止計時（等候陳情人）").click()
    clerk.get_by_label("等候什麼").fill("請陳情人補充現場照片。")
    clerk.get_by_role("button", name="停止計時").click()
    expect(clerk.locator(".said")).to_contain_text("已停止計時")
    expect(clerk.locator("#clocks")).to_contain_text("停止計時中")
    hall.look_over(clerk)
    hall.picture(clerk, "time-case-standing")

    hall.office.city.now += timedelta(days=4)
    chief = hall.sit("chief")
    chief.locator("nav.menu summary", has_text="更多").click()
    chief.locator("nav.menu").get_by_role("link", name="展期").click()
    expect(chief.get_by_role("heading", name="停止計時中的案件（1）")).to_be_visible()
    expect(chief.locator("main")).to_contain_text("請陳情人補充現場照片。")
    hall.look_over(chief)
    hall.picture(chief, "time-standing-list")

    clerk = _case(hall, hall.sit("clerk"), case_id)  # the visit of four days ago is over
    clerk.get_by_role("button", name="恢復計時").click()
    expect(clerk.locator(".said")).to_contain_text("已恢復計時")
    expect(clerk.locator(".deadline .old").first).to_contain_text("115/12/03（四）17:00")
    expect(clerk.locator(".deadline .due").first).to_have_text("115/12/07（一）17:00")
    hall.look_over(clerk)
    hall.picture(clerk, "time-case-went-on")


def test_what_was_typed_wrong_comes_back_with_its_sentence(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    clerk = _case(hall, hall.sit("clerk", width=420), case_id)
    clerk.get_by_text("申請展期", exact=True).click()
    form = clerk.locator("form", has=clerk.get_by_role("button", name="送出展期申請"))
    form.evaluate("form => form.noValidate = true")
    clerk.get_by_label("展期多久").fill("99")
    clerk.get_by_label("展期理由").fill("須會勘。")
    clerk.get_by_role("button", name="送出展期申請").click()
    expect(clerk.get_by_role("heading", name="申請展期", level=1)).to_be_visible()
    expect(clerk.locator("main")).to_contain_text("展期須為 1 到 15 工作天。")
    expect(clerk.get_by_label("展期多久")).to_have_value("99")
    expect(clerk.get_by_label("展期理由")).to_have_value("須會勘。")
    hall.look_over(clerk)
    hall.picture(clerk, "time-refused-narrow")
