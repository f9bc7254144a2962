"""民國 dates are read as people write them, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.dates import roc
from engine.errors import Invalid


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("115/11/20", date(2026, 11, 20)),
        ("1151120", date(2026, 11, 20)),
        ("民國115年11月20日", date(2026, 11, 20)),
        ("中華民國 115 年 11 月 20 日", date(2026, 11, 20)),
        ("98年11月26日", date(2009, 11, 26)),
        ("98/1/5", date(2009, 1, 5)),
        ("115.11.20", date(2026, 11, 20)),
        ("115-11-20", date(2026, 11, 20)),
        ("0990101", date(2010, 1, 1)),
        ("990101", date(2010, 1, 1)),
        ("１１５年１１月２０日", date(2026, 11, 20)),
        ("民國元年1月1日", date(1912, 1, 1)),
        (" 1/1/1 ", date(1912, 1, 1)),
    ],
)
def test_a_date_is_read_in_every_spelling_offices_use(text: str, day: date) -> None:
    assert roc.read(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date_unreadable"),
        ("明天", "date_unreadable"),
        ("2026/11/20", "date_unreadable"),
        ("20261120", "date_unreadable"),
        ("301/01/01", "date_unreadable"),
        ("115/11-20", "date_unreadable"),
        ("115年11月20日及其後", "date_unreadable"),
        ("0/1/1", "date_before_roc"),
        ("民國前1年12月31日", "date_before_roc"),
        ("115/02/29", "date_no_such_day"),
        ("1151301", "date_no_such_day"),
    ],
)
def test_what_is_no_roc_date_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        roc.read(text)
    assert refusal.value.code == code


def test_a_leap_day_is_read_in_a_leap_year() -> None:
    assert roc.read("113/02/29") == date(2024, 2, 29)


def test_a_day_is_written_in_full_short_and_digits() -> None:
    day = date(2010, 1, 5)
    assert (roc.full(day), roc.short(day), roc.digits(day)) == ("民國99年1月5日", "99/01/05", "0990105")


def test_every_day_of_three_hundred_years_comes_back_as_it_was_written() -> None:
    day = date(1912, 1, 1)
    while day.year <= 1911 + 300:
        assert {roc.read(roc.full(day)), roc.read(roc.short(day)), roc.read(roc.digits(day))} == {day}
        day += timedelta(days=1)


@pytest.mark.parametrize("write", [roc.full, roc.short, roc.digits, roc.year])
def test_a_day_before_the_first_year_is_not_written(write: object) -> None:
    with pytest.raises(Invalid) as refusal:
        write(date(1911, 12, 31))  # type: ignore[operator]
    assert refusal.value.code == "date_before_roc"


def test_an_instant_is_shown_on_the_clock_of_taipei() -> None:
    assert roc.moment(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)) == "116/01/01 00:30"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("115/11/26", "2026-11-26T08:00+08:00"),
        ("115/11/26 17:30", "2026-11-26T17:30+08:00"),
        ("民國115年11月26日 9:05", "2026-11-26T09:05+08:00"),
        ("2026-11-26", "2026-11-26T08:00+08:00"),
        ("2026-11-26T09:00", "2026-11-26T09:00+08:00"),
        ("2026/11/26", "2026-11-26T08:00+08:00"),
        ("2026/1/6 17:30", "2026-01-06T17:30+08:00"),
        ("20261126", "2026-11-26T08:00+08:00"),
        ("2026-11-26T09:00:00Z", "2026-11-26T17:00+08:00"),
        ("2026-11-26T23:30-05:00", "2026-11-27T12:30+08:00"),
    ],
)
def test_an_instant_is_read_in_office_time_unless_it_says_another(text: str, instant: str) -> None:
    assert roc.read_instant(text, time(8)) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("115/11/26 24:00", "date_no_such_time"),
        ("115/11/26 09:60", "date_no_such_time"),
        ("2026-11-26T09:00:99", "date_no_such_time"),
        ("2026-02-29", "date_no_such_day"),
        ("2026-13-01", "date_no_such_day"),
        ("0000-01-01", "date_before_roc"),
        ("1911-12-31T09:00", "date_before_roc"),
        ("2026-1-1", "date_unreadable"),
        ("2026/2/29", "date_no_such_day"),
        ("1911/12/31", "date_before_roc"),
        ("00000101", "date_before_roc"),
        ("2026/11", "date_unreadable"),
        ("202611200", "date_unreadable"),
        ("09:00", "date_unreadable"),
    ],
)
def test_what_is_no_instant_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        roc.read_instant(text, time(8))
    assert refusal.value.code == code
