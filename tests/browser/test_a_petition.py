"""One petition through real browsers, with clicks and keys only: registered, worked, returned once, answered, released.

Both with and without scripts: the page must do the same.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_petition_is_registered_worked_returned_once_answered_and_released(hall: Hall, scripts: bool) -> None:
    taken = "with" if scripts else "without"

    service = hall.sit("service", scripts=scripts, by_hand=True)
    service.get_by_role("link", name="受理陳情").click()
    service.get_by_role("link", name="受理線上陳情案件").click()
    service.get_by_label("市政建議").check()
    service.get_by_label("主旨").fill("路燈不亮")
    service.get_by_label("發生地點").fill("中山路一號前")
    service.get_by_label("陳情內容").fill("中山路一號前的路燈已經三天不亮，請派員修復。")
    service.get_by_label("陳情人姓名").fill("例民眾")
    service.get_by_role("button", name="登錄並製發收據").click()
    expect(service.get_by_role("alert")).to_contain_text("電子郵件")  # what was forgotten is named, nothing is lost
    expect(service.get_by_label("主旨")).to_have_value("路燈不亮")
    hall.picture(service, f"register-refused-{taken}")
    service.get_by_label("電子郵件").fill("citizen@example.invalid")
    service.get_by_label("電子郵件").press("Enter")
    expect(service.get_by_role("heading", name="案件受理收據")).to_be_visible()
    expect(service.locator("main")).to_contain_text("115-000001")
    hall.picture(service, f"receipt-{taken}")

    registrar = hall.sit("registrar", scripts=scripts, by_hand=True)
    _take(registrar)
    registrar.get_by_label("權責單位").select_option(label="工務處路燈管理科")
    number = registrar.get_by_label("收文文號")
    if not number.input_value():
        number.fill("115-A-1")
    registrar.get_by_role("button", name="完成這個步驟").click()
    expect(registrar.locator(".said")).to_contain_text("已送出")

    clerk = hall.sit("clerk", scripts=scripts, by_hand=True)
    hall.picture(clerk, f"inbox-empty-{taken}")
    _take(clerk)
    clerk.get_by_role("button", name="相符", exact=True).click()
    expect(clerk.locator(".said")).to_contain_text("接下來是您的下一個步驟")
    expect(clerk.get_by_role("heading", name="權責單位處理", level=2)).to_be_visible()
    clerk.get_by_label("辦理情形").fill("現場勘查確認燈具故障。")
    clerk.get_by_role("button", name="儲存草稿").last.click()
    expect(clerk.locator(".said")).to_contain_text("草稿已儲存")
    expect(clerk.get_by_label("辦理情形")).to_have_value("現場勘查確認燈具故障。")
    clerk.get_by_role("group", name="是否現場勘查").get_by_label("是", exact=True).check()
    clerk.get_by_label("勘查日期").fill("2026-11-26")
    clerk.get_by_label("實質辦結").check()
    clerk.get_by_label("回覆陳情人內容").fill("您反映的路燈故障，已派工更換完成，謝謝您的反映。")
    hall.picture(clerk, f"work-{taken}")
    clerk.get_by_role("button", name="完成這個步驟").click()
    expect(clerk.locator(".said")).to_contain_text("已送出")

    chief = hall.sit("chief", scripts=scripts, by_hand=True)
    _take(chief)
    chief.get_by_role("button", name="退回修正").click()
    expect(chief.get_by_role("alert")).to_contain_text("請說明理由")
    hall.picture(chief, f"return-refused-{taken}")
    chief.get_by_label("理由", exact=False).first.fill("請補上更換日期。")
    chief.get_by_role("button", name="退回修正").click()
    expect(chief.locator(".said")).to_contain_text("已送出")

    clerk.get_by_role("link", name="待辦", exact=True).click()
    clerk.locator("a.subject").click()  # returned to whoever did it
    expect(clerk.locator("main")).to_contain_text("請補上更換日期。")
    expect(clerk.locator("main")).to_contain_text("第 2 次")
    hall.picture(clerk, f"returned-{taken}")
    expect(clerk.get_by_label("辦理情形")).to_have_value("現場勘查確認燈具故障。")  # what was sent stands there
    clerk.get_by_label("回覆陳情人內容").fill("您反映的路燈已於十一月二十六日更換完成，謝謝您的反映。")
    clerk.get_by_role("button", name="完成這個步驟").click()
    expect(clerk.locator(".said")).to_contain_text("已送出")

    chief.get_by_role("link", name="待辦", exact=True).click()
    chief.locator("a.subject").click()
    chief.get_by_role("button", name="核可").click()
    expect(chief.locator(".said")).to_contain_text("已送出")

    control = hall.sit("control", scripts=scripts, by_hand=True)
    _take(control)
    control.get_by_role("button", name="同意解除列管").click()
    expect(control.get_by_role("alert")).to_contain_text("檢核表尚未完成")
    for box in control.get_by_role("group", name="檢核表").get_by_role("checkbox").all():
        box.check()
    hall.picture(control, f"release-{taken}")
    control.get_by_role("button", name="同意解除列管").click()
    expect(control.locator("main")).to_contain_text("不需再辦理")
    expect(control.locator("main")).to_contain_text("已結案")
    hall.picture(control, f"released-{taken}")
    if scripts:
        hall.look_over(control)


def _take(page: Page) -> None:
    """Claim the one thing that waits for this person's role, and open its case."""
    page.get_by_role("link", name="可領取的待辦").first.click()
    page.get_by_role("button", name="領取").click()
    expect(page.locator(".said")).to_contain_text("已領取這項待辦")
    if page.locator("a.subject").count():  # claimed where it stood in the list
        page.locator("a.subject").click()
