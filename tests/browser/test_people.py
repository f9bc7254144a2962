"""People in a real browser: the menu folded and by keyboard, an absence, an account made, a role that takes two."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from engine.office.records import person
from tests.browser.conftest import Hall
from tests.webui.conftest import PASSWORD, PEOPLE


def _sit_as(hall: Hall, account: str, *, width: int = 1280, scripts: bool = True) -> Page:
    with hall.office.city.store.act() as db:
        known = db.scalar(sa.select(person.c.password_hash).where(person.c.account == PEOPLE["clerk"]))
        db.execute(sa.update(person).where(person.c.account == account).values(password_hash=known))
    page = hall.door(width=width, scripts=scripts)
    page.get_by_label("帳號").fill(account)
    page.get_by_label("密碼").fill(PASSWORD)
    page.get_by_role("button", name="登入").click()
    page.get_by_role("heading", name="待辦", level=1).wait_for()
    return page


@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_about_people_is_wrong_in_what_a_machine_can_see(hall: Hall, width: int) -> None:
    case_id = hall.office.at_officer(case_type="檢舉")
    page = _sit_as(hall, "admin", width=width)
    for name in (
        "admin/people", "admin/people/20", "admin/people/new", "admin/units", "admin/units/works-roads",
        "admin/nominations", "admin/access", "admin/retention", "absence", "password",
    ):  # fmt: skip
        page.goto(hall.address + name)
        hall.look_over(page)
        hall.picture(page, f"{name.replace('/', '-')}-{width}")
    service = hall.sit("service", width=width)
    service.goto(f"{hall.address}cases/{case_id}/guard")
    hall.look_over(service)
    hall.picture(service, f"guard-{width}")


@pytest.mark.parametrize("scripts", [True, False])
def test_what_the_menu_folds_away_is_reached_by_keyboard_with_and_without_a_script(hall: Hall, scripts: bool) -> None:
    page = hall.sit("clerk", scripts=scripts, width=360)
    fold = page.locator("nav.menu summary", has_text="更多")
    expect(page.get_by_role("link", name="請假與代理")).to_be_hidden()
    fold.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="請假與代理")
    expect(link).to_be_visible()
    for _ in range(9):
        page.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="我的請假與代理").wait_for()
    expect(page.locator("nav.menu summary.here")).to_have_text("更多")


def test_a_clerk_goes_away_and_the_colleague_takes_over(hall: Hall) -> None:
    page = hall.sit("clerk")
    page.locator("nav.menu summary", has_text="更多").click()
    page.get_by_role("link", name="請假與代理").click()
    page.get_by_label("第一日").fill("115/11/26")
    page.get_by_label("最後一日").fill("115/11/27")
    page.get_by_label("職務代理人").select_option(label="例路燈乙（承辦人）")
    page.get_by_role("button", name="登記").click()
    expect(page.get_by_text("請假已登記。")).to_be_visible()
    colleague = hall.sit("colleague")
    colleague.goto(hall.address + "absence")
    expect(colleague.get_by_role("region", name="我現在代理").get_by_text("例路燈甲")).to_be_visible()
    page.get_by_role("button", name="提早回來").click()
    expect(page.get_by_text("沒有登記中的請假")).to_be_visible()


def test_an_administrator_asks_and_the_control_offices_chief_grants(hall: Hall) -> None:
    page = _sit_as(hall, "admin")
    page.goto(hall.address + "admin/people?q=lighting2")
    page.get_by_role("link", name="例路燈乙").click()
    give = page.get_by_role("region", name="給予職務")
    give.get_by_label("單位").select_option(label="企劃處研考科")
    give.get_by_label("角色").select_option(label="服務中心人員")
    give.get_by_label("理由").fill("支援服務中心櫃檯")
    give.get_by_role("button", name="給予職務").click()
    expect(page.get_by_text("由另一位人員核定後生效")).to_be_visible()
    expect(page.get_by_text("等候核定：")).to_be_visible()
    chief = _sit_as(hall, "rdec-chief")
    chief.get_by_role("link", name="通知").first.click()
    chief.get_by_role("link", name="去核定").first.click()
    chief.get_by_role("button", name=re.compile("^核定.*例路燈乙")).click()
    expect(chief.get_by_text("已核定，立即生效。")).to_be_visible()
    page.reload()
    expect(page.get_by_role("row", name="企劃處研考科 服務中心人員")).to_be_visible()
