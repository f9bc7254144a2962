"""Official tables as the files that are published, made from the committed exceptions or from the calendar's rule."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from engine.dates.workdays import Calendar

HEADER = "西元日期,星期,是否放假,備註"
LAST_PUBLISHED = 2026


def exceptions() -> dict[date, tuple[str, str]]:
    """Day → (off or work, name), as published for 2017–2026."""
    with (Path(__file__).parent / "official_calendar.csv").open(encoding="utf-8") as file:
        return {date.fromisoformat(row["date"]): (row["kind"], row["name"]) for row in csv.DictReader(file)}


def rows(year: int, changed: Mapping[str, tuple[str, str]]) -> list[str]:
    """A row per day; ``changed``: yyyymmdd → (0 or 2, note)."""
    known, rule = exceptions(), Calendar()
    found = []
    day = date(year, 1, 1)
    while day.year == year:
        kind, name = known.get(day, ("", ""))
        by_rule = day.weekday() < 5 if year <= LAST_PUBLISHED else rule.is_working(day)
        flag = "2" if kind == "off" or (not kind and not by_rule) else "0"
        flag, name = changed.get(f"{day:%Y%m%d}", (flag, name))
        found.append(f"{day:%Y%m%d},{'一二三四五六日'[day.weekday()]},{flag},{name}")
        day += timedelta(days=1)
    return found


def official_csv(year: int, changed: Mapping[str, tuple[str, str]] | None = None) -> str:
    return "\n".join([HEADER, *rows(year, changed or {}), ""])
