"""The official calendar as an oracle of its own, and office time in few letters."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.dates.workdays import Calendar


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


@pytest.fixture(scope="session")
def official() -> Callable[[date], bool]:
    """Whether a day of 2017–2026 was worked: weekdays, corrected by the published exceptions. Knows no package."""
    with (Path(__file__).parent / "official_calendar.csv").open(encoding="utf-8") as file:
        exceptions = {date.fromisoformat(row["date"]): row["kind"] == "work" for row in csv.DictReader(file)}
    return lambda day: exceptions.get(day, day.weekday() < 5)


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The published calendar, nothing overridden."""
    return Calendar()


@pytest.fixture(scope="session")
def clock() -> Callable[[str], datetime]:
    """``clock("2026-11-26 09:00")``: that time on the office's wall, in UTC."""
    return lambda text: datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Taipei")).astimezone(UTC)


@pytest.fixture(scope="session")
def wall() -> Callable[[datetime], str]:
    """An instant as the office's wall shows it, seconds only when there are any."""

    def show(instant: datetime) -> str:
        text = instant.astimezone(ZoneInfo("Asia/Taipei")).strftime("%Y-%m-%d %H:%M:%S")
        return text.removesuffix(":00")

    return show
