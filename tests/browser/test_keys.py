"""A caseworker's and a chief's day without a mouse, at 200 %: every stop on the way shows where one is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Hall
from tests.webui.conftest import HANDLED, PASSWORD, PEOPLE

#: a stop of the Tab key is seen by its outline or its shadow, on itself or on what stands for it
SEEN = """() => {
  const e = document.activeElement;
  if (e === document.body) return true;
  return [e, e.parentElement].some((one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  }) || e.outerHTML.slice(0, 120);
}"""


def test_a_clerks_day_without_a_mouse(hall: Hall) -> None:
    case_id = hall.office.petition()
    registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
    hall.office.city.complete(case_id, "PO-04", who="registry1", answers=registered)
    page = hall.door(width=640)
    _walk(page, page.get_by_label("帳號"))
    page.keyboard.type(PEOPLE["clerk"])
    _walk(page, page.get_by_label("密碼"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="待辦", level=1).wait_for()
    _walk(page, page.get_by_role("link", name="可領取", exact=True))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="領取").wait_for()
    # before the fetched part is bound its form goes the plain way, to the case itself
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_contain_text("已領取這項待辦")
    _walk(page, page.locator("a.subject"))
    page.keyboard.press("Enter")
    _walk(page, page.get_by_role("button", name="相符", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("接下來是您的下一個步驟")
    _walk(page, page.get_by_role("group", name="是否現場勘查").get_by_role("radio").first)
    page.keyboard.press("ArrowRight")  # from 是 to 否
    _walk(page, page.get_by_label("辦理情形"))
    page.keyboard.type(HANDLED["findings"])
    _walk(page, page.get_by_label("實質辦結"))
    page.keyboard.press("Space")
    _walk(page, page.get_by_label("回覆陳情人內容"))
    page.keyboard.type(HANDLED["reply_text"])
    hall.picture(page, "keys-work-640")
    hall.look_over(page)
    _walk(page, page.get_by_role("button", name="完成這個步驟"))
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("已送出")
    assert hall.office.open_steps(case_id) == ["PO-09"]


def _walk(page: Page, to: Locator) -> None:
    """Tab until one is there."""
    to.wait_for()
    for _ in range(80):
        if to.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN) is True
    raise AssertionError(f"{to} is not reached by Tab")


def test_a_chief_gives_work_away_and_takes_it_back_without_a_mouse(hall: Hall) -> None:
    for number in range(2):
        hall.office.at_officer(subject=f"第{number}盞路燈", location=f"第{number}路{number}號")
    page = hall.sit("chief", width=640)
    page.goto(f"{hall.address}oversight/work")
    for key in "jjx":
        page.keyboard.press(key)
    _walk(page, page.get_by_role("link", name="前往辦理"))
    page.keyboard.press("Enter")
    _walk(page, page.get_by_label("指派給誰"))
    page.keyboard.press("ArrowDown")
    _walk(page, page.get_by_label("理由或提醒的話"))
    page.keyboard.type("依區域分配。")
    _walk(page, page.get_by_role("button", name="辦理", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="已辦理 1 項")).to_be_visible()
    expect(page.get_by_role("row", name="第1盞路燈")).to_be_visible()
    _walk(page, page.get_by_role("button", name="復原 1 項"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="整批復原", level=1)).to_be_visible()
