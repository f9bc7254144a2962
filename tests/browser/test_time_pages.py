"""Time in a real browser: the calculator, why a date is that date, and a closed day with everything it moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from engine.cases import Office, recounting
from engine.dates import calendars
from engine.office.people import SYSTEM
from engine.office.records import person
from tests.browser.conftest import Hall
from tests.dates.tables import official_csv
from tests.webui.conftest import PASSWORD, PEOPLE


def _administrator(hall: Hall, **more: object) -> Page:
    """The city's own administrator, with the password of the tests."""
    with hall.office.city.store.act() as db:
        known = db.scalar(sa.select(person.c.password_hash).where(person.c.account == PEOPLE["clerk"]))
        db.execute(sa.update(person).where(person.c.account == "admin").values(password_hash=known))
    page = hall.door(**more)  # type: ignore[arg-type]
    page.get_by_label("帳號").fill("admin")
    page.get_by_label("密碼").fill(PASSWORD)
    page.get_by_role("button", name="登入").click()
    page.get_by_role("heading", name="待辦", level=1).wait_for()
    return page


def _from_the_menu(page: Page, entry: str) -> None:
    page.locator("nav.menu summary", has_text="更多").click()
    page.locator("nav.menu").get_by_role("link", name=entry).click()


@pytest.fixture(autouse=True)
def calendar_of_the_database(hall: Hall) -> None:
    """The desk reads the calendar anew for every act, as a served desk does."""
    city = hall.office.city

    def office() -> Office:
        with city.store.look() as db:
            return replace(city.office, calendar=calendars.load(db))

    found = hall.office.app.extensions
    found["sopflow"] = replace(found["sopflow"], office=office)


def test_a_clerk_reckons_a_deadline_and_reads_why_it_is_that_day(hall: Hall) -> None:
    page = hall.sit("clerk")
    _from_the_menu(page, "期限試算")
    page.get_by_label("起算的日期或時刻").fill("115/12/24")
    page.get_by_label("長度").fill("5")
    page.get_by_role("button", name="試算").click()
    expect(page.locator(".due-day")).to_have_text("民國116年1月4日（星期一）17:00")
    why = page.locator("table.working")
    expect(why).to_contain_text("行憲紀念日")
    expect(why).to_contain_text("第5個工作天")
    expect(why).to_contain_text("116年辦公日曆尚未匯入")
    hall.look_over(page)
    hall.picture(page, "calculator")


def test_an_adverse_period_offers_the_other_reading(hall: Hall) -> None:
    page = hall.sit("clerk")
    page.goto(f"{hall.address}calculator?from=115/11/19&regime=adverse&length=10&unit=day")
    expect(page.locator(".due-day").first).to_have_text("民國115年11月28日（星期六）23:59")
    expect(page.locator(".due-day").last).to_have_text("民國115年11月30日（星期一）23:59")
    hall.look_over(page)


def test_what_cannot_be_reckoned_is_said_beside_its_field(hall: Hall) -> None:
    page = hall.sit("clerk", width=390)
    page.goto(f"{hall.address}calculator?from=115/2/29&regime=petition&length=5&unit=workday")
    expect(page.locator("#w-from")).to_have_text("沒有這一天，請檢查月和日。")
    expect(page.get_by_label("長度")).to_have_value("5")
    hall.look_over(page)
    hall.picture(page, "calculator-refused")


def test_a_typhoon_day_is_shown_applied_told_and_taken_back(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = _administrator(hall)
    _from_the_menu(page, "辦公日曆")
    expect(page.get_by_role("heading", name="民國115年辦公日曆")).to_be_visible()
    hall.look_over(page)
    hall.picture(page, "calendar")
    page.get_by_label("日期").fill("115/12/1")
    page.get_by_label("理由").fill("颱風停班")
    page.get_by_role("button", name="看會移動哪些期限", exact=True).click()
    expect(page.get_by_text("會移動，分屬 1 件案件")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="限辦期限")).to_contain_text("115/12/04（五）17:00")
    hall.look_over(page)
    hall.picture(page, "calendar-preview")
    page.get_by_role("button", name="確認生效").click()
    expect(page.locator(".said")).to_contain_text("1 件案件")
    expect(page.locator("td.day.closed")).to_have_count(1)
    hall.look_over(page)
    hall.picture(page, "calendar-closed")

    clerk = hall.sit("clerk")
    clerk.goto(f"{hall.address}cases/{case_id}")
    clerk.get_by_text("為什麼是這一天").first.click()
    why = clerk.locator("table.working").first
    expect(why).to_contain_text("颱風停班")
    expect(clerk.get_by_text("本案的期限依新的日曆重算")).to_be_visible()
    hall.look_over(clerk)
    hall.picture(clerk, "why-panel")
    clerk.get_by_role("link", name="通知").click()
    expect(clerk.get_by_text("期限因辦公日曆變更而調整").first).to_be_visible()

    page.get_by_role("button", name="取消停班").click()
    page.get_by_role("button", name="確認生效").click()
    expect(page.locator("td.day.closed")).to_have_count(0)
    clerk.goto(f"{hall.address}cases/{case_id}")
    expect(clerk.locator(".due").first).to_have_text("115/12/03（四）17:00")


def test_an_official_table_is_checked_shown_and_brought_in_without_scripts(hall: Hall) -> None:
    page = _administrator(hall, scripts=False)
    page.goto(f"{hall.address}calendar?year=2027")
    expect(page.get_by_text("民國116年的辦公日曆還沒有匯入。")).to_be_visible()
    page.get_by_label("檔案內容").fill("西元日期,星期,是否放假,備註\n20270101,四,2,開國紀念日\n")
    page.get_by_role("button", name="檢查並看會移動哪些期限").click()
    expect(page.locator("#w-csv")).to_contain_text("第 2 列的星期")
    page.get_by_label("檔案內容").fill(official_csv(2027, {"20270204": ("0", "補行上班")}))
    page.get_by_role("button", name="檢查並看會移動哪些期限").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 天與目前不同")
    page.get_by_role("button", name="確認生效").click()
    expect(page.get_by_text("依官方公布的辦公日曆")).to_be_visible()
    expect(page.get_by_text("還沒有匯入")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_in_big5_is_imported_under_its_own_name(hall: Hall, tmp_path: Path, scripts: bool) -> None:
    file = tmp_path / "116年辦公日曆表.csv"
    file.write_bytes(official_csv(2027).encode("utf-16"))
    page = _administrator(hall, scripts=scripts)
    page.goto(f"{hall.address}calendar")
    page.get_by_label("從檔案讀入").set_input_files(file)
    page.get_by_role("button", name="檢查並看會移動哪些期限").click()
    expect(page.locator("#w-table")).to_contain_text("文字編碼無法辨識")
    file.write_bytes(official_csv(2027, {}).encode("cp950"))
    page.get_by_label("從檔案讀入").set_input_files(file)
    page.get_by_role("button", name="檢查並看會移動哪些期限").click()
    page.get_by_role("button", name="確認生效").click()
    expect(page.get_by_text("116年：116年辦公日曆表.csv")).to_be_visible()


@pytest.mark.parametrize("width", [390, 320])
def test_the_year_fits_a_narrow_screen(hall: Hall, width: int) -> None:
    page = _administrator(hall, width=width)
    page.goto(f"{hall.address}calendar?year=2026")
    hall.look_over(page)
    hall.picture(page, f"calendar-{width}")


def test_a_clerk_sees_the_year_and_changes_nothing(hall: Hall) -> None:
    page = hall.sit("clerk")
    _from_the_menu(page, "辦公日曆")
    expect(page.get_by_role("heading", name="民國115年辦公日曆")).to_be_visible()
    expect(page.get_by_role("button", name="看會移動哪些期限")).to_have_count(0)


@pytest.mark.parametrize(("scripts", "width"), [(True, 1280), (False, 390)])
def test_a_long_recount_shows_how_far_it_is_until_it_is_done(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, scripts: bool, width: int
) -> None:
    for n in range(4):
        hall.office.at_officer(location=f"第{n}路", subject=f"第{n}件")
    monkeypatch.setattr("webui.pages.calendar.AT_ONCE", 1)
    monkeypatch.setattr("webui.pages.calendar.REFRESH", 1)
    page = _administrator(hall, scripts=scripts, width=width)
    page.goto(f"{hall.address}calendar")
    page.get_by_label("日期").first.fill("115/12/1")
    page.get_by_label("理由").first.fill("颱風停班")
    page.get_by_role("button", name="看會移動哪些期限", exact=True).click()
    page.get_by_role("button", name="確認生效並重算 4 個期限").click()
    expect(page.get_by_role("heading", name="重算進行中")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "2")
    if scripts:
        hall.look_over(page)
    hall.picture(page, f"recount-{width}")
    city = hall.office.city
    while recounting.portion(city.store, at=city.now, office=city.office) is not None:
        pass  # the clock's part
    expect(page.get_by_role("heading", name="重算完成")).to_be_visible()
    hall.picture(page, f"recount-done-{width}")


def test_a_recount_that_stopped_says_so_and_offers_to_go_on(hall: Hall) -> None:
    hall.office.at_officer()
    city = hall.office.city
    with city.store.look() as db:
        change = calendars.close(db, date(2026, 12, 1), reason="颱風停班")
    page = _administrator(hall)
    recounting.begin(city.store, change, who=SYSTEM, at=city.now, office=city.office)
    city.now += timedelta(minutes=2)
    page.goto(f"{hall.address}calendar")
    expect(page.get_by_role("heading", name="重算中斷")).to_be_visible()
    hall.look_over(page)
    hall.picture(page, "recount-interrupted")
    page.get_by_role("button", name="接續重算").click()
    expect(page.locator(".said")).to_contain_text("1 個期限移動，承辦人已收到通知")
