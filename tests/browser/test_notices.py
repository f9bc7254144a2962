"""The notices page and the settings of notices in a real browser, wide and narrow, with nothing wrong to be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from engine import clock
from engine.office import notices, people
from engine.office import records as r
from tests.browser.conftest import Hall
from tests.webui.conftest import MORNING, PEOPLE, Office


@pytest.fixture
def hall_with_admin(hall: Hall, monkeypatch: pytest.MonkeyPatch, hashed: str) -> Hall:
    monkeypatch.setitem(PEOPLE, "admin", "admin")
    with hall.office.city.store.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "admin").values(password_hash=hashed))
    return hall


def much_is_told(office: Office) -> None:
    """Reminders and escalations of a late petition, a mail that was refused, and a clock that is behind."""
    office.at_officer(subject="路燈不亮，三天了")
    office.city.until(MORNING + timedelta(days=14))
    at = office.city.now
    with office.city.store.act() as db:
        for account in ("admin", "lighting1"):
            to = people.get(db, account, at).id
            facts = {"number": "115-000001", "name": "限辦期限", "due": (at - timedelta(days=3)).isoformat()}
            notices.post(db, key=f"u-{account}", to=to, case_id=1, kind="escalation", level=2, facts=facts, at=at)
            marks = {**facts, "late": True, "overtaken": True}
            notices.post(db, key=f"l-{account}", to=to, case_id=1, kind="escalation", level=1, facts=marks, at=at)
        dead = notices.post(
            db, key="dead", to=people.get(db, "lighting2", at).id, case_id=1, kind="assigned", channel="mail",
            facts={"number": "115-000001"}, at=at,
        )  # fmt: skip
        db.execute(sa.update(r.notice).where(r.notice.c.id == dead).values(state="dead", proof="refused_550"))
    clock.tick(office.city.store, at + timedelta(hours=2), office.city.office)
    clock.tick(office.city.store, at, office.city.office)


@pytest.mark.parametrize("width", [1280, 390])
def test_notices_and_their_settings_have_nothing_wrong_in_them(hall_with_admin: Hall, width: int) -> None:
    hall = hall_with_admin
    much_is_told(hall.office)
    for who in ("admin", "clerk"):
        page = hall.sit(who, width=width)
        page.goto(f"{hall.address}notices")
        hall.look_over(page)
        hall.picture(page, f"notices-{who}-{width}")
    page = hall.sit("admin", width=width)
    page.goto(f"{hall.address}settings/notices")
    hall.look_over(page)
    hall.picture(page, f"settings-{width}")
    page.get_by_label("彙總寄送時間").fill("06:00")
    page.get_by_role("button", name="儲存設定").click()
    expect(page.get_by_role("alert")).to_contain_text("彙總寄送的時間不能在勿擾時段內")
    hall.look_over(page)
    hall.picture(page, f"settings-wrong-{width}")


def test_an_administrator_sets_the_quiet_hours_and_releases_the_clock(hall_with_admin: Hall) -> None:
    hall = hall_with_admin
    much_is_told(hall.office)
    page = hall.sit("admin", scripts=False)
    page.get_by_role("link", name="通知", exact=False).first.click()
    page.get_by_role("link", name="通知設定").first.click()
    page.get_by_label("開始").fill("19:30")
    page.get_by_role("button", name="儲存設定").click()
    expect(page.locator(".said")).to_contain_text("通知設定已儲存")
    expect(page.get_by_label("開始")).to_have_value("19:30")
    page.get_by_role("button", name="確認目前時間正確").click()
    expect(page.locator(".said")).to_contain_text("計時已恢復")
    page.locator("summary", has_text="管理").first.click()
    page.get_by_role("link", name="系統管理").first.click()
    page.get_by_role("link", name="系統健康").first.click()
    page.get_by_role("button", name="重寄").click()
    expect(page.locator(".said")).to_contain_text("已排入重寄")
