"""Acts on the whole case, in a real browser: asked, answered, noted, undone; closed and taken up again."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Hall
from tests.webui.conftest import HANDLED, TICKED

QUESTION = "該處水溝蓋板是否屬貴科養護範圍？預計何時修復？"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_case_that_touches_two_units(hall: Hall, width: int) -> None:
    case_id = hall.office.at_officer()
    clerk = hall.sit("clerk", width=width)
    clerk.goto(f"{hall.address}cases/{case_id}")
    clerk.get_by_text("會辦其他單位").click()
    clerk.get_by_label("會辦單位").select_option(label="工務處下水道科")
    clerk.get_by_label("會辦事項").fill(QUESTION)
    clerk.get_by_label("請於哪一天以前回覆").fill("2026-11-30")
    hall.picture(clerk, f"opinion-ask-{width}")
    clerk.get_by_role("button", name="送出會辦").click()
    clerk.get_by_text("會辦已送出").wait_for()
    hall.look_over(clerk)
    hall.picture(clerk, f"opinion-asked-{width}")
    other = hall.sit("stranger", width=width)
    other.get_by_role("link", name="會辦").first.click()
    other.get_by_text(QUESTION[:10]).first.wait_for()
    hall.look_over(other)
    hall.picture(other, f"opinions-{width}")
    other.locator("a.subject").first.click()
    other.get_by_label("會辦意見").last.fill("屬本科養護，已排定 12 月 3 日修復。")
    other.get_by_role("button", name="送回會辦意見").click()
    other.get_by_text("會辦意見已送回").wait_for()
    hall.look_over(other)
    clerk.reload()
    assert clerk.get_by_text("已排定 12 月 3 日修復").is_visible()
    clerk.get_by_text("留下備註").first.click()
    clerk.get_by_label("備註內容").fill("已電話告知陳情人修復日期。")
    clerk.get_by_role("button", name="留下備註").click()
    clerk.get_by_role("button", name="復原：劃除備註").click()
    clerk.get_by_text("備註已劃除").wait_for()
    hall.look_over(clerk)
    hall.picture(clerk, f"case-words-{width}")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_closed_case_and_the_letter_that_came_back(hall: Hall, width: int) -> None:
    office = hall.office
    case_id = office.at_officer()
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    service = hall.sit("service", width=width)
    service.goto(f"{hall.address}cases/{case_id}")
    service.get_by_text("登錄無法送達").first.click()
    service.get_by_label("為什麼無法送達").fill("信箱不存在，信件退回。")
    service.get_by_role("button", name="登錄無法送達").click()
    service.get_by_text("再次送出").first.click()
    service.get_by_label("送達方式").select_option(label="電話告知")
    service.get_by_text("更正陳情人資料").first.click()
    hall.look_over(service)
    hall.picture(service, f"letter-back-{width}")
    control = hall.sit("control", width=width)
    control.goto(f"{hall.address}cases/{case_id}")
    control.get_by_text("重新列管", exact=True).first.click()
    control.get_by_label("回到哪個步驟").select_option("PO-08")
    control.get_by_label("重新列管的理由").fill("陳情人來電，路燈仍未修復。")
    control.get_by_role("button", name="重新列管").click()
    control.get_by_role("heading", name="沒有送出").wait_for()
    hall.look_over(control)
    hall.picture(control, f"reopen-refused-{width}")
    control.get_by_label("我知道已寄出的信函不會收回").check()
    control.get_by_role("button", name="重新列管").click()
    control.get_by_text("案件已重新列管").wait_for()
    hall.look_over(control)
    hall.picture(control, f"reopened-{width}")
