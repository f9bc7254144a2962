"""Which days and hours the office works: a pure value, handed in wherever days are counted.

The published calendar is the ``holidays`` package's category PUBLIC (equal to the official one day by day, make-up
Saturdays included); overrides replace it day by day, for corrected editions and typhoon closures. A half day counts as
a working day, with its own hours only.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from types import MappingProxyType
from typing import Literal

import holidays

from engine.dates import roc
from engine.dates.roc import TAIPEI
from engine.errors import Invalid

__all__ = ["OFFICE_HOURS", "PUBLISHED_UNTIL", "TAIPEI", "Calendar", "Hours", "Opening", "local_day"]

#: True: worked whole · False: closed · 'am', 'pm': only that half is worked
Opening = bool | Literal["am", "pm"]
Hours = tuple[tuple[time, time], tuple[time, time]]
OFFICE_HOURS: Hours = ((time(8), time(12)), (time(13), time(17)))
_CLOSED, _AM, _PM, _WHOLE = 0, 1, 2, 3
_HALVES: Mapping[Opening, int] = {False: _CLOSED, True: _WHOLE, "am": _AM, "pm": _PM}
_OPENINGS: tuple[Opening, ...] = (False, "am", "pm", True)
_WEEKDAYS = ("週一", "週二", "週三", "週四", "週五", "週六", "週日")
_FIRST_YEAR, _LAST_YEAR = 1998, 2100  # what the package knows
#: the last year whose official table the package was compared with, day by day; later ones are reckoned by the law
PUBLISHED_UNTIL = 2026
_ZERO = timedelta()
_EVE = "農曆除夕"
_BRIDGE = re.compile(r"放假日（([0-9]{4}-[0-9]{2}-[0-9]{2}) 補班）")


@dataclass(frozen=True, slots=True)
class _Year:
    halves: bytes  # per day of the year, from 1 January
    working: tuple[int, ...]  # ordinals of the days worked, in order
    first: int  # ordinal of 1 January
    worked: tuple[int, ...]  # microseconds worked before each of its days, and in all of it


@lru_cache(maxsize=256)
def _published(year: int) -> tuple[bytes, Mapping[date, str]]:
    table = holidays.country_holidays("TW", years=year, expand=False, language="zh_TW")
    first = date(year, 1, 1).toordinal()
    days = (date.fromordinal(n) for n in range(first, date(year, 12, 31).toordinal() + 1))
    return bytes(_WHOLE if table.is_working_day(day) else _CLOSED for day in days), {d: _name(d, table) for d in table}


def _name(day: date, names: Mapping[date, str]) -> str:
    """A day off as offices say it. Trap: the package gives both days before the new year the name of the later one."""
    if names[day] == names.get(day + timedelta(days=1)) == _EVE:
        return "農曆除夕前一日"
    if bridge := _BRIDGE.fullmatch(names[day]):
        return f"調整放假（{roc.short(date.fromisoformat(bridge[1]))} 補行上班）"
    return names[day].replace("; ", "、")


def local_day(instant: datetime) -> date:
    """The day on the office's wall at this instant."""
    return instant.astimezone(TAIPEI).date()


@dataclass(frozen=True)
class Calendar:
    """The days and hours worked. Days outside 1998–2100 have no published calendar and are refused.

    ``official``: the years after ``PUBLISHED_UNTIL`` whose official table was brought in.
    """

    overrides: Mapping[date, Opening] = field(default_factory=dict)
    reasons: Mapping[date, str] = field(default_factory=dict)
    hours: Hours = OFFICE_HOURS
    official: frozenset[int] = frozenset()
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        object.__setattr__(self, "reasons", MappingProxyType(dict(self.reasons)))

    def __hash__(self) -> int:
        return hash((frozenset(self.overrides.items()), self.hours))

    # ---- days

    def is_working(self, day: date) -> bool:
        return self._halves(day) != _CLOSED

    def opening_of(self, day: date) -> Opening:
        """How a day is worked: whole, not at all, or only one half of it."""
        return _OPENINGS[self._halves(day)]

    def published(self, day: date) -> bool:
        """Whether the day is worked as the package has it, whatever was overridden."""
        self._year(day.year)
        return bool(_published(day.year)[0][day.timetuple().tm_yday - 1])

    def is_official(self, year: int) -> bool:
        """Whether the year stands on a published table, and not only on the law's rule."""
        return year <= PUBLISHED_UNTIL or year in self.official

    def closes_early(self, day: date) -> bool:
        """Whether the day is worked, but not its afternoon."""
        return self._halves(day) == _AM

    def why_off(self, day: date) -> str:
        """Why a day is not worked, in a word or two: 週六, 和平紀念日, the reason of an override."""
        if day in self.overrides:
            return self.reasons.get(day, "公告停班")
        _, names = _published(day.year)
        return names.get(day) or _WEEKDAYS[day.weekday()]

    def add(self, day: date, n: int) -> date:
        """The n-th working day after ``day`` (before it when n < 0); ``day`` itself, worked or not, when n is 0."""
        if n == 0:
            return day
        ordinal, year = day.toordinal(), day.year
        while True:
            working = self._year(year).working
            if n > 0:
                passed = bisect_right(working, ordinal)
                if passed + n <= len(working):
                    return date.fromordinal(working[passed + n - 1])
                n, year = n - (len(working) - passed), year + 1
            else:
                passed = bisect_left(working, ordinal)
                if passed + n >= 0:
                    return date.fromordinal(working[passed + n])
                n, year = n + passed, year - 1

    def on_or_after(self, day: date) -> date:
        return day if self.is_working(day) else self.add(day, 1)

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is earlier."""
        if end < start:
            return -self.between(end, start)
        count = 0
        for year in range(start.year, end.year + 1):
            working = self._year(year).working
            count += bisect_right(working, end.toordinal()) - bisect_right(working, start.toordinal())
        return count

    # ---- hours

    @property
    def day_length(self) -> timedelta:
        """The working time of a whole day."""
        return sum((_length(start, end) for start, end in self.hours), _ZERO)

    def opening(self, day: date) -> datetime:
        """When the office opens on a whole day; said of any day, worked or not."""
        return self.at(day, self.hours[0][0])

    def closing(self, day: date) -> datetime:
        """The office end of a day: of its last half when it is worked, of a whole day otherwise."""
        return self.at(day, self.hours[0 if self.closes_early(day) else -1][1])

    def at(self, day: date, clock: time) -> datetime:
        """The instant of a time of day on the office's wall."""
        return datetime.combine(day, clock, TAIPEI).astimezone(UTC)

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The stretches worked on a day, in order."""
        halves = self._halves(day)
        return tuple(
            (self.at(day, start), self.at(day, end))
            for bit, (start, end) in zip((_AM, _PM), self.hours, strict=True) if halves & bit
        )  # fmt: skip

    def plus(self, instant: datetime, work: timedelta) -> datetime:
        """The instant when this much working time has passed; counted back when negative, ``instant`` itself when 0."""
        if work == _ZERO:
            return instant
        day = local_day(instant)
        step = 1 if work > _ZERO else -1
        left = abs(work)
        while True:
            for start, end in self.spans(day)[::step]:
                start, end = (max(start, instant), end) if step > 0 else (start, min(end, instant))
                if start < end:
                    if left <= end - start:
                        return start + left if step > 0 else end - left
                    left -= end - start
            day = self.add(day, step)

    def plus_hours(self, instant: datetime, hours: float) -> datetime:
        """``plus`` in working hours."""
        return self.plus(instant, timedelta(hours=hours))

    def after(self, instant: datetime, length: float, unit: str) -> datetime:
        """``plus`` in an SOP file's words: workday (of ``day_length``), hour, minute; 'day' is a calendar day."""
        if unit == "day":
            return instant + timedelta(days=length)
        sizes = {"workday": self.day_length, "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
        if unit not in sizes:
            raise Invalid("period_unit", f"工作時間不能以「{unit}」計算。", unit=unit)
        return self.plus(instant, length * sizes[unit])

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants; negative when ``end`` is earlier."""
        if end < start:
            return -self.worked(end, start)
        first, last = start.astimezone(TAIPEI), end.astimezone(TAIPEI)
        years = sum(self._year(year).worked[-1] for year in range(first.year, last.year))
        return timedelta(microseconds=years + self._worked_by(last) - self._worked_by(first))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes between two instants, towards zero."""
        return int(self.worked(start, end) / timedelta(minutes=1))

    # ---- years

    def _worked_by(self, wall: datetime) -> int:
        """Microseconds worked from the beginning of the year until then, on the office's wall."""
        year = self._year(wall.year)
        number = wall.toordinal() - year.first
        done, halves = year.worked[number], year.halves[number]
        clock = _microseconds(wall)
        for bit, start, end in _on_the_clock(self.hours):
            if halves & bit and clock > start:
                done += min(clock, end) - start
        return done

    def _halves(self, day: date) -> int:
        return self._year(day.year).halves[day.timetuple().tm_yday - 1]

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            if not _FIRST_YEAR <= year <= _LAST_YEAR:
                raise Invalid("calendar_year", f"沒有西元 {year} 年的辦公日曆。", year=year)
            first = date(year, 1, 1).toordinal()
            halves = bytearray(_published(year)[0])
            for day, opening in self.overrides.items():
                if day.year == year:
                    halves[day.toordinal() - first] = _HALVES[opening]
            working = tuple(first + n for n, half in enumerate(halves) if half)
            lengths = [
                sum(end - start for bit, start, end in _on_the_clock(self.hours) if half & bit)
                for half in range(_WHOLE + 1)
            ]  # fmt: skip
            worked = tuple(accumulate((lengths[half] for half in halves), initial=0))
            found = self._years[year] = _Year(bytes(halves), working, first, worked)
        return found


def _microseconds(clock: time | datetime) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


@lru_cache(maxsize=16)
def _on_the_clock(hours: Hours) -> tuple[tuple[int, int, int], ...]:
    """Which half, and from when to when in microseconds of the day."""
    return tuple(
        (bit, _microseconds(start), _microseconds(end)) for bit, (start, end) in zip((_AM, _PM), hours, strict=True)
    )


def _length(start: time, end: time) -> timedelta:
    return datetime.combine(date.min, end) - datetime.combine(date.min, start)
