"""The slow oracle: ten years as one byte per minute, open or not, and periods found by walking over them.

It knows the published exceptions and the closures it is given, and nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from tests.dates.tables import exceptions

FIRST, LAST = date(2017, 1, 1), date(2026, 12, 31)
DAY = 1440
TAIPEI = ZoneInfo("Asia/Taipei")
_MORNING, _AFTERNOON = (8 * 60, 12 * 60), (13 * 60, 17 * 60)


def _whole_years() -> bytes:
    known = exceptions()
    minutes = bytearray((LAST - FIRST).days * DAY + DAY)
    day = FIRST
    while day <= LAST:
        kind = known[day][0] if day in known else "work" if day.weekday() < 5 else "off"
        if kind == "work":
            for start, end in (_MORNING, _AFTERNOON):
                base = (day - FIRST).days * DAY
                minutes[base + start : base + end] = b"\x01" * (end - start)
        day += timedelta(days=1)
    return bytes(minutes)


_PUBLISHED = _whole_years()


class Minutes:
    """The office's minutes with some closures: day → False (closed), 'am' or 'pm' (only that half worked)."""

    def __init__(self, closed: Mapping[date, bool | str] | None = None) -> None:
        minutes = bytearray(_PUBLISHED)
        for day, left in (closed or {}).items():
            base = self.number(day) * DAY
            for half, (start, end) in (("am", _MORNING), ("pm", _AFTERNOON)):
                minutes[base + start : base + end] = (b"\x01" if left == half else b"\x00") * (end - start)
        self.open = bytes(minutes)

    @staticmethod
    def number(day: date) -> int:
        return (day - FIRST).days

    @staticmethod
    def instant(minute: int, second: int = 0) -> datetime:
        at = datetime.combine(FIRST, datetime.min.time(), TAIPEI) + timedelta(minutes=minute)
        return at + timedelta(seconds=second)

    # ---- walking

    def work(self, since: int, n: int) -> int:
        """The end of the n-th open minute from ``since`` on."""
        at = since - 1
        for _ in range(n):
            at = self.open.index(1, at + 1)
        return at + 1

    def workday(self, received: int, n: int) -> int:
        """The n-th day with an open minute after the day of receipt."""
        at, day, counted = (received // DAY + 1) * DAY - 1, -1, 0
        while counted < n:
            at = self.open.index(1, at + 1)
            if at // DAY != day:
                day, counted = at // DAY, counted + 1
        return day

    def workday_back(self, event: int, n: int) -> int:
        at, day, counted = event // DAY * DAY, -1, 0
        while counted < n:
            at = self.open.rindex(1, 0, at)
            if at // DAY != day:
                day, counted = at // DAY, counted + 1
        return day

    def any_open(self, day: int) -> bool:
        return 1 in self.open[day * DAY : (day + 1) * DAY]

    def morning(self, day: int) -> bool:
        return self.open[day * DAY + _MORNING[0]] == 1

    def to_the_end(self, day: int) -> bool:
        return self.open[day * DAY + _AFTERNOON[1] - 1] == 1

    def last_open(self, day: int) -> int:
        return self.open.rindex(1, 0, (day + 1) * DAY) + 1

    def calendar_day(self, received: int, n: int, unit: str) -> int:
        """The last day of n days, weeks, months or years counted from the day after receipt (§48 II, III)."""
        if unit in ("day", "week"):
            return received // DAY + n * (7 if unit == "week" else 1)
        first = FIRST + timedelta(days=received // DAY + 1)
        same = first + relativedelta(**{f"{unit}s": n})  # the corresponding day, or the end of a shorter month
        return self.number(same) - (1 if same.day == first.day else 0)

    def rolled(self, day: int) -> int:
        while not self.to_the_end(day):
            day += 1
        return day

    # ---- the regimes

    def office(self, received: int, n: int, unit: str) -> datetime:
        day = self.workday(received, n) if unit == "workday" else self.calendar_day(received, n, unit)
        return self.instant(self.rolled(day) * DAY + _AFTERNOON[1])

    def statutory(self, received: int, n: int, unit: str) -> datetime:
        if unit == "hour":
            return self.instant(received + n * 60)
        day = self.calendar_day(received, n, unit)
        saturday = (FIRST + timedelta(days=day)).weekday() == 5
        if saturday and not self.any_open(day):
            if self.morning(day + 2):
                return self.instant((day + 2) * DAY + _MORNING[1])
            day += 2
        return self.instant(self.rolled(day) * DAY + DAY - 1, 59)

    def adverse(self, received: int, n: int) -> datetime:
        return self.instant((received // DAY + n) * DAY - 1, 59)

    def backward(self, event: int, n: int, unit: str) -> datetime:
        day = self.workday_back(event, n) if unit == "workday" else event // DAY - n
        while not self.any_open(day):
            day -= 1
        return self.instant(self.last_open(day))
