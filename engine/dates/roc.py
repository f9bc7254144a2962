"""民國 dates, in and out. Year 1 is 1912; there is no year before it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from engine.errors import Invalid

TAIPEI = ZoneInfo("Asia/Taipei")
_BEFORE = 1911  # 民國 year + this = the common year
_LAST = 300  # a larger year is a slip: 2026/11/20 is a common year typed into a 民國 field
_SPELLINGS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:中華)?(?:民國)?\s*(?P<y>[0-9]{1,3}|元)\s*年\s*(?P<m>[0-9]{1,2})\s*月\s*(?P<d>[0-9]{1,2})\s*日",
        r"(?:民國\s*)?(?P<y>[0-9]{1,3})([/.\-])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})",
        r"(?P<y>[0-9]{2,3})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
    )
)


def read(text: str) -> date:
    """The day meant by 115/11/20, 1151120, 民國115年11月20日 or 98年11月26日; ``Invalid`` for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.match(r"(?:中華)?民國?前|民前", plain):
        raise Invalid("date_before_roc", "民國元年以前的日期無法使用。")
    for spelling in _SPELLINGS:
        found = spelling.fullmatch(plain)
        if found:
            year = 1 if found["y"] == "元" else int(found["y"])
            return _day(year, int(found["m"]), int(found["d"]))
    raise Invalid("date_unreadable", "日期請寫成 115/11/20 或 民國115年11月20日。")


def _day(year: int, month: int, day: int) -> date:
    if year < 1:
        raise Invalid("date_before_roc", "民國元年以前的日期無法使用。")
    if year > _LAST:
        raise Invalid("date_unreadable", "日期請寫成 115/11/20 或 民國115年11月20日。")
    try:
        return date(year + _BEFORE, month, day)
    except ValueError:
        raise Invalid("date_no_such_day", "沒有這一天，請檢查月和日。") from None


def year(day: date) -> int:
    """The 民國 year of a day; ``Invalid`` before 1912."""
    if day.year <= _BEFORE:
        raise Invalid("date_before_roc", "民國元年以前的日期無法使用。")
    return day.year - _BEFORE


def full(day: date) -> str:
    """民國115年11月20日"""
    return f"民國{year(day)}年{day.month}月{day.day}日"


def short(day: date) -> str:
    """115/11/20"""
    return f"{year(day)}/{day.month:02}/{day.day:02}"


def digits(day: date) -> str:
    """1151120, as official forms print it; always seven digits."""
    return f"{year(day):03}{day.month:02}{day.day:02}"


def moment(instant: datetime) -> str:
    """115/11/20 17:00, on the clock of Taipei."""
    local = instant.astimezone(TAIPEI)
    return f"{short(local.date())} {local:%H:%M}"


def read_instant(text: str, clock: time) -> datetime:
    """An instant as people type it: ISO or 民國, with or without a time of day; without one it is ``clock``.

    Office time where no zone is given. ``Invalid`` for what is no date, and for years before 民國 1.
    """
    plain = _dashed(unicodedata.normalize("NFKC", text).strip())
    if re.match(r"[0-9]{4}-", plain):
        return _iso(plain, clock)
    found = re.fullmatch(r"(?P<day>.*?)(?:[\sT]+(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2}))?", plain, re.DOTALL)
    assert found is not None  # everything may be a day
    day = read(found["day"])
    if found["h"] is not None:
        if int(found["h"]) > 23 or int(found["m"]) > 59:
            raise Invalid("date_no_such_time", "沒有這個時刻，請寫成 00:00 到 23:59。")
        clock = time(int(found["h"]), int(found["m"]))
    return datetime.combine(day, clock, TAIPEI)


def _dashed(plain: str) -> str:
    """2026/11/20 and 20261120 as 2026-11-20: four digits can only be a year of the common era."""
    found = re.match(r"([0-9]{4})(?:/([0-9]{1,2})/([0-9]{1,2})|([0-9]{2})([0-9]{2}))(?=$|[\sT])", plain)
    if found is None:
        return plain
    month, day = found[2] or found[4], found[3] or found[5]
    return f"{found[1]}-{month:0>2}-{day:0>2}{plain[found.end() :]}"


def _iso(plain: str, clock: time) -> datetime:
    digits = re.match(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", plain)
    if digits is None:
        raise Invalid("date_unreadable", "日期請寫成 115/11/20 或 2026-11-20。")
    if int(digits[1]) <= _BEFORE:
        raise Invalid("date_before_roc", "民國元年以前的日期無法使用。")
    try:
        date(int(digits[1]), int(digits[2]), int(digits[3]))
    except ValueError:
        raise Invalid("date_no_such_day", "沒有這一天，請檢查月和日。") from None
    try:
        instant = datetime.fromisoformat(plain)
        if len(plain) == len(digits[0]):
            instant = datetime.combine(instant, clock)
        return instant.replace(tzinfo=TAIPEI) if instant.tzinfo is None else instant.astimezone(TAIPEI)
    except (ValueError, OverflowError):
        raise Invalid("date_no_such_time", "時刻請寫成 2026-11-20T17:00。") from None
