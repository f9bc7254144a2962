"""年度行事曆: the page, its strip, its sheets, and the address for one's own calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from icalendar import Calendar as Ical

from engine.cases import periodic
from engine.dates.workdays import TAIPEI
from tests.cases.test_periodic import Library
from tests.webui.conftest import Office

PUBLISHED = datetime(2026, 1, 2, 9, tzinfo=TAIPEI)


@pytest.fixture
def duty(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(periodic, "_starts", {})
    library = Library.__new__(Library)
    library.store = office.city.store
    library.publish(
        'rule="monthly 24" roll="next" basis="proposed"', at=PUBLISHED, unit="fixed:planning-rdec",
        sheet="planning-rdec",
        limit='<sop:deadline id="D" name="清查期限" regime="document" of="case" length="5" unit="workday"/>',
    )  # fmt: skip
    yield


@pytest.mark.usefixtures("duty")
def test_the_year_stands_month_by_month_and_any_year_can_be_asked(office: Office) -> None:
    page = office.seat("clerk").get("/calendar/duties?year=2027")
    assert page.status == 200 and "民國116年行事曆" in page.text
    assert page.text.count("每月清查") >= 12 and "清查期限" in page.text and "建議值" in page.text
    assert "民國2100年" not in office.seat("clerk").get("/calendar/duties?year=999999").text
    assert office.seat("clerk").get("/calendar/duties?year=x").status == 200


@pytest.mark.usefixtures("duty")
def test_the_strip_is_a_picture_with_its_title_and_the_sheets_hold_every_day(office: Office) -> None:
    clerk = office.seat("clerk")
    strip = clerk.get("/calendar/duties.svg?year=2026")
    assert strip.status == 200 and "<title>民國115年行事曆</title>" in strip.source and "<script" not in strip.source
    sheet = clerk.get("/calendar/duties.csv?year=2026").source
    assert len([line for line in sheet.splitlines() if "每月清查" in line]) == 12 and "115/01/26" in sheet
    assert "每月清查" not in clerk.get("/calendar/duties.csv?year=2026&unit=works").text
    assert clerk.get("/calendar/duties.ods?year=2026").status == 200


def test_the_yearly_reviews_of_procedures_stand_in_the_year_in_which_they_are_due(office: Office) -> None:
    clerk = office.seat("clerk")
    assert "作業流程年度檢視" not in clerk.get("/calendar/duties?year=2026").text
    page = clerk.get("/calendar/duties?year=2027")
    assert "作業流程年度檢視" in page.text and "線上陳情" in page.text and "▲ 逾期" not in page.text
    assert "作業流程年度檢視" not in clerk.get("/calendar/duties?year=2027&unit=works").text
    sheet = clerk.get("/calendar/duties.csv?year=2027").source
    assert "作業流程年度檢視" in sheet and "116/11/26" in sheet


@pytest.mark.usefixtures("duty")
def test_the_address_for_a_calendar_program_needs_no_visit_and_ends_with_the_password(office: Office) -> None:
    clerk = office.seat("clerk")
    page = clerk.get("/calendar/duties").source
    address = re.search(r"http://[^/]+(/calendar/duties/[\w-]+\.ics)", page)
    assert address is not None
    program = office.app.test_client()
    told = program.get(address[1])
    assert told.status_code == 200 and told.content_type.startswith("text/calendar")
    every = list(Ical.from_ical(told.data).walk("VEVENT"))
    events = [one for one in every if ".review." not in str(one["uid"])]
    assert len(events) == 48, "two years, each month a beginning and a last day"
    assert len({str(one["uid"]) for one in events}) == 48
    assert all("作業流程年度檢視：" in str(one["summary"]) for one in every if one not in events) and len(every) > 48
    assert any("清查期限到期：每月清查（115年1月）" in str(one["summary"]) for one in events)
    altered = address[1].replace(".ics", "0.ics")
    assert program.get(altered).status_code == 404
    assert program.get("/calendar/duties/1-.ics").status_code == 404
    mine = address[1].rpartition("/")[2].partition("-")[0]
    assert program.get(f"/calendar/duties/{mine}-%E5%A0%83.ics").status_code == 404
    assert program.get("/calendar/duties/99999999999-x.ics").status_code == 404
    assert program.get("/calendar/duties/%F0%A0%AE%B7-x.ics").status_code == 404
    with office.city.store.act() as db:
        db.exec_driver_sql("UPDATE person SET password_hash = password_hash || 'x'")
    assert program.get(address[1]).status_code == 404


def test_an_empty_year_says_how_a_duty_comes_to_be_there(office: Office) -> None:
    page = office.seat("clerk").get("/calendar/duties")
    assert page.status == 200 and "沒有依行事曆開立的作業" in page.text
