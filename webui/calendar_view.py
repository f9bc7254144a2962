"""A year of the office's calendar made ready to be shown: months, days, and what each day is in a word and a shape."""

from __future__ import annotations

import calendar as months_of
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from engine.dates.calendars import Change
from engine.dates.workdays import Calendar, Opening

__all__ = ["Day", "Month", "differences", "months", "said"]

#: how a day is worked, in words
OPENING: dict[Opening, str] = {True: "上班", False: "放假", "am": "上午上班、下午停班", "pm": "上午停班、下午上班"}
#: the same in one character, beside the number of the day
_MARK: dict[Opening, str] = {True: "", False: "休", "am": "◐午後休", "pm": "◑午前休"}


def said(opening: Opening, *, own: bool = False) -> str:
    """How a day is worked; closed by the office's own decision it is 停班, not 放假."""
    return "停班" if own and opening is False else OPENING[opening]


def differences(change: Change) -> list[tuple[date, str, str]]:
    """Each day that would be worked otherwise, with how it is now and how it would be.

    What the office decides itself is 停班; a day off by the calendar, with a decision or again without it, is 放假.
    """
    taken_back = {day for day, row in change.days.items() if row is None}
    decided = change.days.keys() - taken_back
    return [
        (day, said(change.was[day], own=day in taken_back), said(opening, own=day in decided))
        for day, opening in sorted(change.becomes.items())
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """``told``: what nobody would guess from the weekday alone. ``own``: a decision of the office itself."""

    day: date
    opening: Opening
    why: str
    told: bool
    own: bool

    @property
    def word(self) -> str:
        return said(self.opening, own=self.own)

    @property
    def mark(self) -> str:
        return "班" if self.opening is True and self.told else _MARK[self.opening]

    @property
    def kind(self) -> str:
        """The shape it gets on a page."""
        if self.opening in ("am", "pm"):
            return "half"
        if self.opening is False:
            return "closed" if self.own else "off"
        return "made-up" if self.told else "worked"


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    before: int  # empty places before the first day; weeks begin on Sunday
    days: Sequence[Day]
    worked: int

    @property
    def weeks(self) -> list[list[Day | None]]:
        cells: list[Day | None] = [None] * self.before + list(self.days)
        cells += [None] * (-len(cells) % 7)
        return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def months(calendar: Calendar, year: int, own: Collection[date] = ()) -> list[Month]:
    """The twelve months; ``own`` are the days the office decided about itself."""
    return [_month(calendar, year, number, own) for number in range(1, 13)]


def _month(calendar: Calendar, year: int, number: int, own: Collection[date]) -> Month:
    length = months_of.monthrange(year, number)[1]
    days = [_day(calendar, date(year, number, n), own) for n in range(1, length + 1)]
    return Month(number, (date(year, number, 1).weekday() + 1) % 7, days, sum(d.opening is not False for d in days))


def _day(calendar: Calendar, day: date, own: Collection[date]) -> Day:
    opening = calendar.opening_of(day)
    usual = (opening is True) is (day.weekday() < 5)
    why = calendar.why_off(day) if opening is not True else calendar.reasons.get(day, "補行上班")
    named = opening is False and not why.startswith("週")
    return Day(day, opening, why, day in own or named or not usual, day in own)
