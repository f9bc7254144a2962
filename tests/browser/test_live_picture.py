"""The picture of a case follows the case while somebody looks at it, and touches nothing that is being typed."""

from __future__ import annotations

from playwright.sync_api import expect

from engine import cases
from tests.browser.conftest import Hall
from tests.webui.conftest import HANDLED

LOOK = "() => document.dispatchEvent(new Event('visibilitychange'))"


def test_what_a_colleague_does_is_seen_without_loading_the_page(hall: Hall) -> None:
    office = hall.office
    case_id = office.at_officer()
    desk = hall.sit("chief")
    asked: list[int] = []
    desk.on("response", lambda answer: asked.append(answer.status) if "/picture/now" in answer.url else None)
    desk.goto(f"{hall.address}/cases/{case_id}")
    hall.look_over(desk)
    drawn = desk.locator("#picture")
    expect(drawn.locator("[data-step=PO-08]").first).to_have_attribute("data-state", "open")
    desk.locator("#quick").fill("還沒有送出")
    with desk.expect_response(lambda answer: "/picture/now" in answer.url):
        desk.evaluate(LOOK)
    assert asked == [204], "nothing has turned"
    expect(desk.locator("#case-head")).not_to_contain_text("停止計時")
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    city = office.city
    with city.store.act() as db:
        chief = city.person(db, "lighting-chief")
        cases.suspend(db, case_id, reason="請補照片。", who=chief, at=city.now, office=city.office)
    desk.evaluate(LOOK)
    expect(desk.locator("#case-head")).to_contain_text("停止計時")
    expect(drawn.locator("[data-step=PO-08]").first).to_have_attribute("data-state", "done")
    expect(drawn.locator("[data-step=PO-09]").first).to_have_attribute("data-state", "open")
    expect(desk.locator("#heard")).to_have_text("進度圖已更新")
    expect(desk.locator("#quick")).to_have_value("還沒有送出")
    with desk.expect_response(lambda answer: "/picture/now" in answer.url):
        desk.evaluate(LOOK)
    assert asked == [204, 200, 204]
    hall.look_over(desk)
    assert hall.troubles == []


def test_without_a_script_both_charts_are_a_link_away(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    desk = hall.sit("clerk", scripts=False)
    desk.goto(f"{hall.address}/cases/{case_id}/picture")
    expect(desk.locator("#picture .upright")).to_have_count(1)
    desk.get_by_role("link", name="BPMN 圖").click()
    expect(desk.locator("#picture .upright")).to_have_count(0)
    expect(desk.locator("#picture [data-state=open]").first).to_be_visible()
