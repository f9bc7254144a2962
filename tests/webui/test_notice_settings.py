"""The notices page and the settings of notices: administrator, clerk, stranger; what is refused stores nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import clock
from engine.office import journal, notices, people, quiet
from engine.office import records as r
from tests.webui.conftest import Office, Page, Seat

GOOD = {"begins": "19:00", "ends": "07:30", "days_off": "yes", "through": "3", "digest_at": "09:15", "language": "en"}


@pytest.fixture
def admin(office: Office, hashed: str) -> Seat:
    with office.city.store.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "admin").values(password_hash=hashed))
    seat = Seat(office.app)
    assert seat.sign_in("admin").status == 303
    return seat


def rules(office: Office) -> quiet.Rules:
    with office.city.store.look() as db:
        return quiet.rules(db)


def told(office: Office, account: str, key: str, **more: Any) -> int:
    line = {"case_id": None, "kind": "reminder", "facts": {}, "at": office.city.now, **more}
    with office.city.store.act() as db:
        to = people.get(db, account, office.city.now).id
        made = notices.post(db, key=key, to=to, **line)
    assert made is not None
    return made


def save(seat: Seat, **changed: str) -> Page:
    return seat.fill("/settings/notices", "/settings/notices", {**GOOD, **changed})


# -- settings --------------------------------------------------------------------------------------------------------


def test_an_administrator_sets_the_quiet_hours_the_digest_and_the_language(office: Office, admin: Seat) -> None:
    assert "18:00" in admin.get("/settings/notices").source and "08:30" in admin.get("/settings/notices").source
    done = save(admin)
    assert (done.status, done.location) == (303, "/settings/notices?said=settings")
    now = rules(office)
    assert (f"{now.begins:%H:%M}", f"{now.ends:%H:%M}", now.days_off, now.through) == ("19:00", "07:30", True, 3)
    assert (f"{now.digest_at:%H:%M}", now.language) == ("09:15", "en")
    page = admin.get("/settings/notices?said=settings")
    assert "通知設定已儲存。" in page.text and 'value="19:00"' in page.source
    with office.city.store.look() as db:
        assert [e.verb for e in journal.of(db, "office") if e.verb.startswith("settings")] == ["settings.notices"]


def test_a_day_off_that_is_not_ticked_is_a_working_day_for_mails(office: Office, admin: Seat) -> None:
    form = {name: value for name, value in GOOD.items() if name != "days_off"}
    assert admin.fill("/settings/notices", "/settings/notices", form).status == 303
    assert rules(office).days_off is False


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("begins", "25:00", "請填時間"),
        ("ends", "", "請填時間"),
        ("digest_at", "七點半", "請填時間"),
        ("digest_at", "06:00", "彙總寄送的時間不能在勿擾時段內。"),
        ("through", "1", "請由選項中選擇。"),
        ("through", "-2", "請由選項中選擇。"),
        ("language", "fr", "請由選項中選擇。"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_stored(
    office: Office, admin: Seat, field: str, value: str, sentence: str
) -> None:
    page = save(admin, **{field: value})
    assert page.status == 422 and sentence in page.text
    assert rules(office) == quiet.Rules()
    if field != "language":
        assert 'value="09:15"' in page.source or field == "digest_at", "what else was typed is still there"


@pytest.mark.parametrize("who", ["clerk", "chief", "control"])
def test_nobody_else_sees_or_changes_them(office: Office, admin: Seat, who: str) -> None:
    seat = office.seat(who)
    assert seat.get("/settings/notices").status == 403
    csrf = seat.get("/notices").hidden("csrf")
    dead = told(office, "lighting1", "dead")
    for path, fields in (
        ("/settings/notices", GOOD),
        ("/settings/clock", {}),
        (f"/admin/health/mails/{dead}", {}),
    ):
        assert seat.send(path, {"csrf": csrf, **fields}).status == 403, path
    assert rules(office) == quiet.Rules()
    assert "通知設定" not in seat.get("/notices").text
    assert "通知設定" in admin.get("/notices").text


def test_a_stranger_is_sent_to_the_door(office: Office) -> None:
    page = Seat(office.app).get("/settings/notices")
    assert (page.status, page.location.split("?")[0]) == (303, "/sign-in")


def test_a_paused_clock_is_told_and_released_by_the_administrator(office: Office, admin: Seat) -> None:
    store, now = office.city.store, office.city.now
    assert "尚未執行" in admin.get("/settings/notices").text
    clock.tick(store, now + timedelta(days=30), office.city.office)
    assert clock.tick(store, now, office.city.office).paused
    health = Seat(office.app).get("/health").answer.get_json()["clock"]
    assert (health["state"], health["age_seconds"]) == ("paused", -30 * 86400)
    assert "已暫停" in admin.get("/settings/notices").text
    assert "則未讀" in admin.get("/notices").text, "the administrator is told"
    done = admin.fill("/settings/notices", "/settings/clock")
    assert (done.status, done.location) == (303, "/settings/notices?said=clock")
    assert not clock.tick(store, now, office.city.office).paused
    assert "正常" in admin.get("/settings/notices").text
    assert Seat(office.app).get("/health").answer.get_json()["clock"]["state"] == "ok"


def test_a_paused_clock_is_among_the_administrators_notices_as_a_trouble_of_the_system(
    office: Office, admin: Seat
) -> None:
    now = office.city.now
    clock.tick(office.city.store, now + timedelta(hours=1), office.city.office)
    assert clock.tick(office.city.store, now, office.city.office).paused
    page = admin.get("/notices")
    assert "系統異常，待處理" in page.text and "案件發生異常" not in page.text
    assert "計時已暫停" in page.text and "/settings/notices" in page.source
    assert "計時已暫停" not in office.seat("clerk").get("/notices").text


def test_a_second_click_on_release_is_told_that_nothing_is_paused(office: Office, admin: Seat) -> None:
    store, now = office.city.store, office.city.now
    clock.tick(store, now + timedelta(days=30), office.city.office)
    form = {"csrf": admin.get("/settings/notices").hidden("csrf")}
    assert admin.send("/settings/clock", form).status == 303
    again = admin.send("/settings/clock", form)
    assert again.status == 409 and "clock_not_paused" in again.text


def test_a_mail_that_was_given_up_is_listed_with_its_reason_and_sent_again(office: Office, admin: Seat) -> None:
    made = told(office, "lighting1", "dead", channel="mail", kind="assigned", facts={"number": "115-000042"})
    with office.city.store.act() as db:
        db.execute(sa.update(r.notice).where(r.notice.c.id == made).values(state="dead", proof="bad_address"))
    page = admin.get("/admin/health")
    assert "115-000042" in page.text and "電子郵件地址不能使用。" in page.text
    assert admin.fill("/admin/health", f"/admin/health/mails/{made}").status == 303
    assert "115-000042" not in admin.get("/admin/health").text
    with office.city.store.look() as db:
        assert db.scalar(sa.select(r.notice.c.state).where(r.notice.c.id == made)) == "waiting"
    csrf = admin.get("/admin/health").hidden("csrf")
    assert admin.send(f"/admin/health/mails/{made}", {"csrf": csrf}).status == 404


# -- notices ---------------------------------------------------------------------------------------------------------


def test_a_long_list_has_pages_and_a_tab_for_what_is_unread(office: Office) -> None:
    for n in range(120):
        told(office, "lighting1", f"n{n}", facts={"name": f"第{n}則"})
    seat = office.seat("clerk")
    first = seat.get("/notices")
    assert "第 1／3 頁，共 120 筆" in first.text and "第119則" in first.text and "第0則" not in first.text
    assert "第0則" in seat.get("/notices?page=3").text
    newest = int(re.findall(r"/notices/(\d+)/read", first.source)[0])
    seat.fill("/notices", f"/notices/{newest}/read")
    assert "第119則" not in seat.get("/notices?view=unread").text
    assert "共 119 筆" in seat.get("/notices?view=unread").text
    assert 'view=unread&amp;page=2"' in seat.get("/notices?view=unread").source


def test_what_came_after_the_page_was_shown_stays_unread(office: Office) -> None:
    told(office, "lighting1", "before", facts={"name": "先來的"})
    seat = office.seat("clerk")
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', seat.get("/notices").form("/notices/read")))
    told(office, "lighting1", "after", facts={"name": "後到的"})
    assert seat.send("/notices/read", form).status == 303
    unread = seat.get("/notices?view=unread").text
    assert "後到的" in unread and "先來的" not in unread and "1 則未讀" in unread


def test_the_list_says_which_level_what_is_urgent_and_what_rang_late(office: Office) -> None:
    due = (office.city.now - timedelta(days=3)).isoformat()
    told(office, "lighting1", "a", kind="escalation", level=2, facts={"due": due})
    told(office, "lighting1", "b", kind="escalation", level=1, facts={"due": due, "late": True, "overtaken": True})
    told(office, "lighting1", "c", kind="digest", channel="mail")
    text = office.seat("clerk").get("/notices").text
    assert "逾期稽催 （第 2 級）" in text or "逾期稽催（第 2 級）" in text
    assert "急件" in text and "補發" in text and "較高層級" in text and "115/11/23（一）09:00" in text
    assert "待辦事項彙總" not in text and "2 則未讀" in text


def test_everybody_chooses_the_language_of_their_own_mails(office: Office) -> None:
    seat = office.seat("clerk")
    assert seat.fill("/notices", "/notices/language", {"language": "en"}).status == 303
    with office.city.store.look() as db:
        chosen = dict(db.execute(sa.select(r.person.c.account, r.person.c.language)).all())
    assert chosen["lighting1"] == "en" and chosen["lighting2"] is None
    assert seat.fill("/notices", "/notices/language", {"language": "fr"}).status == 422
    assert seat.fill("/notices", "/notices/language", {"language": ""}).status == 303
    with office.city.store.look() as db:
        assert db.scalar(sa.select(r.person.c.language).where(r.person.c.account == "lighting1")) is None
