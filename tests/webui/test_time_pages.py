"""The calendar and the calculator at the door: who may, what is refused, what is left unwritten."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.cases import recounting
from engine.dates import calendars
from engine.dates.records import calendar_day, calendar_edition
from engine.office import journal
from engine.office.records import person
from tests.dates.tables import official_csv
from tests.webui.conftest import PASSWORD, Office, Seat

CLOSING = {"what": "close", "day": "115/12/1", "reason": "颱風停班"}


@pytest.fixture
def admin(office: Office, hashed: str) -> Seat:
    with office.city.store.act() as db:
        db.execute(sa.update(person).where(person.c.account == "admin").values(password_hash=hashed))
    seat = Seat(office.app)
    assert seat.sign_in("admin", PASSWORD).status == 303
    return seat


def _nothing_written(office: Office) -> bool:
    with office.city.store.look() as db:
        days, tables = (db.execute(sa.select(table)).all() for table in (calendar_day, calendar_edition))
        return days == [] and tables == [] and journal.of(db, "calendar") == []


@pytest.mark.parametrize("who", ["clerk", "chief", "control"])
@pytest.mark.parametrize("path", ["/calendar/preview", "/calendar/apply", "/calendar/recount"])
def test_whoever_is_no_administrator_may_look_and_not_change(office: Office, who: str, path: str) -> None:
    seat = office.seat(who)
    assert seat.get("/calendar").status == 200
    csrf = seat.get("/notices").hidden("csrf")
    fields = {} if path.endswith("recount") else CLOSING
    assert seat.send(path, {"csrf": csrf, **fields}).status == 403
    assert _nothing_written(office)


def test_a_preview_writes_nothing_and_the_same_form_twice_is_one_change(office: Office, admin: Seat) -> None:
    office.at_officer()
    preview = admin.fill("/calendar", "/calendar/preview", CLOSING)
    assert preview.status == 200 and "1 個進行中的期限" in preview.text
    assert _nothing_written(office)
    form = {
        name: preview.hidden(name, "/calendar/apply") for name in ("csrf", "key", "what", "day", "reason")
    }  # fmt: skip
    first = admin.send("/calendar/apply", form)
    assert first.status == 303 and "deadlines=1" in first.location
    assert admin.send("/calendar/apply", form).status == 303, "the same form twice is one change"
    assert admin.send("/calendar/apply", {**form, "key": "another-form"}).status == 422, "the day is closed already"
    with office.city.store.look() as db:
        assert [entry.verb for entry in journal.of(db, "calendar")] == ["calendar.close"]
        assert not calendars.load(db).is_working(calendars.closed_in(db, 2026)[0].day)


def test_what_the_office_decided_is_taken_back_with_one_button(office: Office, admin: Seat) -> None:
    def decide(fields: dict[str, str]) -> None:
        preview = admin.fill("/calendar", "/calendar/preview", fields)
        names = ("csrf", "key", *fields)
        sent = admin.send("/calendar/apply", {name: preview.hidden(name, "/calendar/apply") for name in names})
        assert sent.status == 303

    decide({"what": "open", "day": "115/12/5", "reason": "補行上班"})
    page = admin.get("/calendar?year=2026")
    assert "取消上班 12/5（六）" in page.text and "取消停班" not in page.text.split("停班或恢復上班")[0]
    decide({"what": "close", "day": "2026-12-05", "reason": page.hidden("reason", "/calendar/preview")})
    with office.city.store.look() as db:
        assert calendars.closed_in(db, 2026) == []


def test_a_day_that_is_over_may_be_closed_and_the_preview_says_what_that_means(office: Office, admin: Seat) -> None:
    office.at_officer()
    past = admin.fill("/calendar", "/calendar/preview", {**CLOSING, "day": "115/11/20"})
    assert "其中有已經過去的日子" in past.text
    assert "已經過去的日子：" not in admin.fill("/calendar", "/calendar/preview", CLOSING).text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"day": ""}, "日期請寫成"),
        ({"day": "115/2/29"}, "沒有這一天"),
        ({"day": "0/1/1"}, "民國元年以前"),
        ({"day": "9999-01-01"}, "沒有西元 9999 年的辦公日曆"),
        ({"day": "115/11/22"}, "本來就不上班"),
        ({"reason": ""}, "請說明理由"),
        ({"what": "close-half"}, "請選擇停班或上班"),
        ({"what": "open", "day": "115/12/1"}, "本來就上班"),
        ({"what": "import", "csv": ""}, "請選擇檔案，或貼上檔案內容"),
        ({"what": "import", "csv": "西元日期,星期,是否放假,備註\n20260101,四,9,\n"}, "第 2 列的是否放假「9」"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    office: Office, admin: Seat, given: dict[str, str], says: str
) -> None:
    page = admin.fill("/calendar", "/calendar/preview", {**CLOSING, **given})
    assert page.status == 422 and says in page.text
    assert "Traceback" not in page.source
    assert _nothing_written(office)


def test_a_table_is_brought_in_through_the_page(office: Office, admin: Seat) -> None:
    fields = {"what": "import", "csv": official_csv(2027)}
    preview = admin.fill("/calendar", "/calendar/preview", fields)
    assert "每一天都與目前相同" in preview.text
    form = {name: preview.hidden(name, "/calendar/apply") for name in ("csrf", "key", "what", "csv")}
    assert admin.send("/calendar/apply", form).status == 303
    with office.city.store.look() as db:
        assert calendars.load(db).is_official(2027)
    assert "沒有新的內容" in admin.fill("/calendar", "/calendar/preview", fields).text


@pytest.mark.parametrize("year", ["0", "-3", "99999", "x", "1998", "2100"])
def test_any_year_in_the_address_shows_a_year(office: Office, year: str) -> None:
    assert office.seat("clerk").get(f"/calendar?year={year}").status == 200


@pytest.mark.parametrize(
    "query",
    ["from=&regime=petition&length=5&unit=workday", "from=115/11/26&regime=x&length=5&unit=workday",
     "from=115/11/26&regime=petition&length=-1&unit=workday", "from=115/11/26&regime=petition&length=5&unit=x",
     "from=%00&regime=petition&length=5&unit=workday", "from=115/11/26&regime=fixed&at=x", "from=115/11/26"],
)  # fmt: skip
def test_the_calculator_refuses_in_one_sentence_and_keeps_what_was_typed(office: Office, query: str) -> None:
    page = office.seat("clerk").get(f"/calculator?{query}")
    assert page.status == 422 and "算不出來，請修正 1 處" in page.text


def test_the_calculator_names_every_wrong_field_at_once(office: Office) -> None:
    page = office.seat("clerk").get("/calculator?from=115/2/29&regime=petition&length=x&unit=fortnight")
    assert page.status == 422 and "算不出來，請修正 3 處" in page.text
    for said in ("沒有這一天", "長度須為數字", "不認得期限的單位「fortnight」"):
        assert said in page.text


def test_the_working_says_the_year_where_the_count_runs_over_its_end(office: Office) -> None:
    asked = "/calculator?regime=statutory&length=5&unit=year&from="
    page = office.seat("clerk").get(asked + "110/8/17").text
    assert "110年8月18日（三） 起算" in page and "115年8月17日（一） 計入" in page
    assert "8/18（二） 起算" in office.seat("clerk").get(f"{asked}115/8/17".replace("5&unit=year", "9&unit=day")).text


@pytest.mark.parametrize(
    ("name", "begins", "due"),
    [
        ("人民請求國家賠償案件", "115/11/26", "民國115年12月28日（星期一）12:00"),
        ("人民申請訴願案件", "98/11/26", "民國99年2月26日（星期五）23:59"),
        ("人民申請訴願案件，延長二個月", "98/11/26", "民國99年4月26日（星期一）23:59"),
        ("協助辦理消費爭議調解案件", "115/10/1", "民國115年11月2日（星期一）12:00"),
        ("議會決議案送請覆議", "98/11/26", "民國98年12月28日（星期一）12:00"),
        ("法令疑義會辦，二日", "115/11/27", "民國115年12月1日（星期二）17:00"),
        ("書面、傳真陳情：檢舉", "98/11/26", "民國98年12月16日（星期三）17:00"),
    ],
)
def test_a_limit_that_the_sources_name_is_one_click_in_the_calculator(
    office: Office, name: str, begins: str, due: str
) -> None:
    clerk = office.seat("clerk")
    page = clerk.get(f"/calculator?from={begins}&regime=petition&length=1&unit=workday")
    found = re.search(rf'<a href="([^"]*)"><span translate="no">{name}<', page.source)
    assert found
    assert due in clerk.get(html.unescape(found[1])).text


def test_limits_that_cannot_be_read_leave_the_calculator_as_it_is(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "常用期限" in office.seat("clerk").get("/calculator").text
    monkeypatch.setitem(office.app.config, "PROCESSES", tmp_path)
    for text in (None, "[", "limits: 3", "limits: [3, {name: 甲, regime: 乙, length: 1, unit: day}, {length: true}]"):
        if text is not None:
            (tmp_path / "known_limits.yaml").write_text(text, "utf-8")
        page = office.seat("clerk").get("/calculator")
        assert (page.status, "常用期限" in page.text) == (200, False), text


def test_the_calculator_is_for_whoever_is_signed_in(office: Office) -> None:
    asked = "/calculator?from=115/11/26&regime=petition&length=5&unit=workday"
    assert "民國115年12月3日（星期四）17:00" in office.seat("stranger").get(asked).text
    assert Seat(office.app).get(asked).status == 303


def _begun_with_more_than_a_page_waits_for(
    office: Office, admin: Seat, monkeypatch: pytest.MonkeyPatch
) -> list[int]:  # fmt: skip
    """Three cases, of which a request recounts two at most."""
    cases = [office.at_officer(location=f"第{n}路", subject=f"第{n}件") for n in range(3)]
    monkeypatch.setattr("webui.pages.calendar.AT_ONCE", 1)
    preview = admin.fill("/calendar", "/calendar/preview", CLOSING)
    form = {name: preview.hidden(name, "/calendar/apply") for name in ("csrf", "key", "what", "day", "reason")}
    applied = admin.send("/calendar/apply", form)
    assert (applied.status, applied.location) == (303, "/calendar/recount")
    return cases


def test_a_long_recount_goes_on_behind_the_page_which_says_how_far_it_is(
    office: Office, admin: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    _begun_with_more_than_a_page_waits_for(office, admin, monkeypatch)
    page = admin.get("/calendar/recount")
    assert "重算進行中" in page.text and page.answer.headers["Refresh"] == "3"
    assert '<progress id="far" max="3" value="2">2／3</progress>' in page.source
    banner = admin.get("/calendar")
    assert "重算進行中" in banner.text and not banner.offers("/calendar/recount"), "nobody needs to do anything"
    while recounting.portion(office.city.store, at=office.city.now, office=office.city.office) is not None:
        pass  # the clock's part
    done = admin.get("/calendar/recount")
    assert "重算完成" in done.text and "3 件案件、3 個期限" in done.text
    assert "Refresh" not in done.answer.headers
    assert "重算" not in admin.get("/calendar").text.partition("這一年的放假與例外")[0]


def test_a_recount_that_nobody_carries_on_is_called_interrupted_and_may_be_carried_on_by_hand(
    office: Office, admin: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    _begun_with_more_than_a_page_waits_for(office, admin, monkeypatch)
    office.city.now += timedelta(minutes=2)
    page = admin.get("/calendar/recount")
    assert "重算中斷" in page.text and "Refresh" not in page.answer.headers
    assert "重算中斷" in admin.get("/calendar").text
    monkeypatch.setattr("webui.pages.calendar.AT_ONCE", 50)
    carried_on = admin.fill("/calendar/recount", "/calendar/recount", {})
    assert carried_on.status == 303 and "cases=3" in carried_on.location


def test_how_far_a_recount_is_concerns_administrators(office: Office, admin: Seat) -> None:
    assert admin.get("/calendar/recount").status == 303, "there is none"
    assert office.seat("clerk").get("/calendar/recount").status == 403
