"""The caseworker's desk in a real browser: parts fetched anew, keys, drafts kept, and all of it without a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hall

MARK = "window.stillHere = true"
STILL = "window.stillHere === true"


def two_waiting(hall: Hall) -> tuple[int, int]:
    """One petition that is late, one that came just now."""
    late = hall.office.at_officer(subject="先收的路燈")
    hall.office.city.now += timedelta(days=9)
    return late, hall.office.at_officer(subject="後收的水溝")


def test_a_chip_narrows_the_list_without_a_reload_and_back_leads_back(hall: Hall) -> None:
    two_waiting(hall)
    page = hall.sit("clerk")
    page.get_by_role("link", name="可領取", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("先收的路燈"))).to_be_visible()
    page.evaluate(MARK)
    page.locator("#chip-late").click()
    expect(page.get_by_role("row", name=re.compile("後收的水溝"))).to_have_count(0)
    expect(page).to_have_url(re.compile("band=late"))
    expect(page.locator("#heard")).to_have_text("可領取，共 1 筆")
    assert page.evaluate(STILL)
    assert page.evaluate("document.activeElement.id") == "chip-late"
    page.get_by_label("案號或步驟").fill("000001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=000001"))
    assert page.evaluate(STILL)
    page.evaluate("history.go(-2)")
    expect(page.get_by_role("row", name=re.compile("後收的水溝"))).to_be_visible()


def test_a_step_is_claimed_where_it_stands_and_who_comes_late_reads_why(hall: Hall) -> None:
    hall.office.at_officer()
    clerk, colleague = hall.sit("clerk"), hall.sit("colleague")
    for page in (clerk, colleague):
        page.goto(f"{hall.address}?view=role")
        page.evaluate(MARK)
    clerk.keyboard.press("j")
    clerk.keyboard.press("c")
    expect(clerk.get_by_text("已領取這項待辦。")).to_be_visible()
    assert clerk.evaluate(STILL) and "可領取" in clerk.title()
    hall.picture(clerk, "claimed-in-place")
    colleague.get_by_role("button", name=re.compile("領取")).click()
    expect(colleague.locator("td .trouble")).to_contain_text("例路燈甲")
    assert colleague.evaluate(STILL)


def test_the_list_is_walked_by_keys(hall: Hall) -> None:
    _, second = two_waiting(hall)
    page = hall.sit("clerk")
    page.goto(f"{hall.address}?view=role")
    page.keyboard.press("?")
    expect(page.get_by_text("開啟選取的案件")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("開啟選取的案件")).to_be_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("jkc")  # typed, not obeyed
    expect(page.locator("#q")).to_have_value("jkc")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/cases/{second}#item-"))


def test_what_is_typed_is_kept_every_twenty_seconds_and_then_sent(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk")
    page.clock.install()
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_label("辦理情形").fill("現場勘查確認燈具故障")
    page.clock.fast_forward(21_000)
    expect(page.locator("[data-kept]")).to_contain_text("自動儲存")
    other = page.context.new_page()
    other.goto(f"{hall.address}cases/{case_id}")
    expect(other.get_by_label("辦理情形")).to_have_value("現場勘查確認燈具故障")
    other.close()
    keep = page.get_by_role("button", name="儲存草稿")
    keep.scroll_into_view_if_needed()
    stood = page.evaluate("scrollY")
    keep.click()
    expect(page.locator("[data-kept]")).to_contain_text("儲存的草稿")
    expect(keep).to_be_focused()
    assert page.evaluate("scrollY") > stood > 0  # the form stays where it was, under one sentence more
    page.get_by_role("radio", name="否").check()
    page.get_by_role("radio", name="實質辦結").check()
    page.get_by_label("回覆陳情人內容").fill("您反映的路燈故障，經現場勘查後已派工更換完成，謝謝您的反映。")
    page.get_by_role("button", name="完成這個步驟").click()
    expect(page.locator(".said")).to_contain_text("已送出")  # with the version that keeping answered


def test_the_number_at_the_top_opens_the_case_and_two_characters_find_it(hall: Hall) -> None:
    case_id = hall.office.at_officer(subject="堃園路路燈不亮", body="鵺一般的黑夜，路燈三天不亮，請派員修復。")
    page = hall.sit("clerk")
    page.get_by_label("案號或關鍵字").fill("115-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/cases/{case_id}$"))
    page.get_by_label("案號或關鍵字").fill("鵺一")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("鵺一")
    hall.look_over(page)
    page.evaluate(MARK)
    page.get_by_label("收件自").fill("昨天")
    page.get_by_role("button", name="查詢", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("日期請寫成")
    assert page.evaluate(STILL), "what was wrong came in place"


def test_the_timeline_is_filtered_in_place(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk")
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_label("辦理情形").fill("寫到一半")
    page.locator("#by-machine").click()
    expect(page.locator("#timeline")).to_contain_text("沒有這一類的歷程")
    expect(page.get_by_label("辦理情形")).to_have_value("寫到一半")


def test_a_visit_that_is_over_leads_to_the_sign_in_and_back_to_the_list(hall: Hall) -> None:
    two_waiting(hall)
    page = hall.sit("clerk")
    page.goto(f"{hall.address}?view=role")
    hall.office.city.now += timedelta(hours=13)
    page.locator("#chip-late").click()
    expect(page.get_by_label("密碼")).to_be_visible()


def test_without_a_script_everything_is_there(hall: Hall) -> None:
    _, fresh = two_waiting(hall)
    page = hall.sit("clerk", scripts=False)
    page.get_by_role("link", name="可領取", exact=True).click()
    page.locator("#chip-late").click()
    expect(page.get_by_role("row", name=re.compile("先收的路燈"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("後收的水溝"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("領取 115-000001")).click()
    expect(page.get_by_text("已領取這項待辦。")).to_be_visible()
    page.get_by_label("案號或關鍵字").fill("水溝")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("後收的水溝")).click()
    expect(page).to_have_url(re.compile(f"/cases/{fresh}"))
    page.get_by_text("為何是這一天").click()
    expect(page.locator(".why table")).to_be_visible()
    page.locator("#by-people").click()
    expect(page).to_have_url(re.compile("by=people"))


@pytest.mark.parametrize(("width", "zoom"), [(1280, 1.0), (390, 1.0), (1280, 2.0)])
def test_every_state_holds_at_every_width(hall: Hall, width: int, zoom: float) -> None:
    """At 200 % a browser of 1280 has 640 to lay out."""
    late, _ = two_waiting(hall)
    page: Page = hall.sit("clerk", width=int(width / zoom))
    lists = ("", "?view=role", "?view=role&band=none", "?view=role&band=late", "?view=done")
    found = ("cases", "cases?q=路燈", "cases?q=沒有", "cases?since=x")
    for path in (*lists, *found, f"cases/{late}", f"cases/{late}?said=completed"):
        page.goto(hall.address + path)
        hall.look_over(page)
        hall.picture(page, f"desk-{width}-{zoom:g}-{re.sub(r'[^a-z]+', '-', path)}")
    head = page.locator(".case-head details summary").first
    head.click()
    hall.look_over(page)
