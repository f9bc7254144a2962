"""When an SOP opens by the calendar: which days its rule names, and what each period is called. Pure.

Rules, as a process owner writes them in ``<sop:calendar rule="…"/>``:

    monthly 24            every month on the 24th; in a shorter month on its last day
    monthly last          on the last day of every month
    monthly 2 wed         on the second Wednesday; ``last fri``: on the last Friday
    monthly 10 25         twice a month
    yearly 4/3 10/3       every year on 3 April and 3 October; 2/29 is the 28th in a common year
    yearly 4/1 every 4 from 115    in 115, 119, 123 …, years of the Republic
    weekly mon thu        every Monday and Thursday

``roll``: a day off moves to the next or the previous working day, or not at all. The period keeps the name of the day
that the rule names, wherever it rolls: a month's case is opened once, also when its rule is changed in that month.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from engine.sops.sentences import refused

__all__ = ["MISSED", "ROLLS", "Day", "Rule", "days", "first", "read", "rolled"]

ROLLS = ("none", "next", "previous")
#: what is opened after a time in which no clock ran: every missed period, or only the newest
MISSED = ("every", "newest")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NTHS = {"1": 0, "2": 1, "3": 2, "4": 3, "last": -1}
_MOST = 12  # days a rule may name
_BEFORE_ROC = 1911
_SELDOM = re.compile(r"every ([2-9]|1[0-9]|20) from ([1-9][0-9]{0,2})")
#: no row of days off is longer than this
_LONGEST_BREAK = 30


@dataclass(frozen=True, slots=True)
class Day:
    """One day a rule names, before it is rolled. ``period``: 115-11, 115-11-2, 115, 115-1, 115-W47, 115-W47-2."""

    period: str
    on: date


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read. ``names``: day numbers, (nth, weekday) or (month, day), in the order of the calendar.

    ``years`` and ``since``: only every so many years of the common era, from that one on.
    """

    every: str  # month | year | week
    names: tuple[tuple[int, int], ...]
    at: time = time(8)
    roll: str = "none"
    missed: str = "every"
    years: int = 1
    since: int = 0


def read(text: str, *, at: str | None = None, roll: str | None = None, missed: str | None = None) -> Rule:
    """The rule meant, or BadSop saying what is wrong."""
    every, *words = text.split()[: _MOST + 6] or [""]
    years, since = 1, 0
    if every == "yearly" and len(words) > 4 and (seldom := _SELDOM.fullmatch(" ".join(words[-4:]))):
        words, years, since = words[:-4], int(seldom[1]), int(seldom[2]) + _BEFORE_ROC
    names = {"monthly": _monthly, "yearly": _yearly, "weekly": _weekly}.get(every, lambda _: None)(words)
    if not names or len(names) > _MOST or len(set(names)) != len(names):
        raise refused("calendar_rule", rule=text)
    clock = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", at or "08:00")
    if clock is None:
        raise refused("calendar_at", at=at)
    if (roll or "none") not in ROLLS or (missed or "every") not in MISSED:
        raise refused("calendar_choice", value=roll if (roll or "none") not in ROLLS else missed)
    words_of = {"monthly": "month", "yearly": "year", "weekly": "week"}
    return Rule(
        words_of[every], tuple(sorted(names)), time(int(clock[1]), int(clock[2])), roll or "none",
        missed or "every", years, since,
    )  # fmt: skip


def days(rule: Rule, year: int) -> list[Day]:
    """The days the rule names in a year of the common era, in order; a day named twice is one day."""
    if year < rule.since or (year - rule.since) % rule.years:
        return []
    found: dict[date, Day] = {}
    for day in _days(rule, year):
        found.setdefault(day.on, day)
    return [found[on] for on in sorted(found)]


def first(rule: Rule, start: date) -> date:
    """The first day on or after ``start`` that the rule names."""
    begin = max(start.year, rule.since)
    return next(day.on for year in range(begin, begin + rule.years + 1) for day in days(rule, year) if day.on >= start)


def rolled(rule: Rule, day: date, is_working: Callable[[date], bool]) -> date:
    """The day the case is really opened."""
    if rule.roll == "none":
        return day
    step = timedelta(days=1 if rule.roll == "next" else -1)
    there = day
    for _ in range(_LONGEST_BREAK):
        if is_working(there):
            return there
        there += step
    return day


def _days(rule: Rule, year: int) -> Iterator[Day]:
    several = len(rule.names) > 1
    roc = year - _BEFORE_ROC

    def named(period: str, n: int) -> str:
        return f"{period}-{n + 1}" if several else period

    if rule.every == "year":
        for n, (month, day) in enumerate(rule.names):
            yield Day(named(f"{roc}", n), _on(year, month, day))
    elif rule.every == "month":
        for month in range(1, 13):
            for n, (nth, weekday) in enumerate(rule.names):
                on = _on(year, month, nth) if weekday < 0 else _nth(year, month, nth, weekday)
                yield Day(named(f"{roc}-{month:02}", n), on)
    else:
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            on = date.fromordinal(ordinal)
            if (0, on.weekday()) in rule.names:
                of_year, week, _ = on.isocalendar()
                n = rule.names.index((0, on.weekday()))
                yield Day(named(f"{of_year - _BEFORE_ROC}-W{week:02}", n), on)


def _on(year: int, month: int, day: int) -> date:
    """That day, or the last of a shorter month."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _nth(year: int, month: int, nth: int, weekday: int) -> date:
    those = [
        date(year, month, day)
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
        if date(year, month, day).weekday() == weekday
    ]
    return those[nth]


def _monthly(words: list[str]) -> list[tuple[int, int]] | None:
    if len(words) == 2 and words[1] in _WEEKDAYS:
        return [(_NTHS[words[0]], _WEEKDAYS.index(words[1]))] if words[0] in _NTHS else None
    numbers = ["31" if word == "last" else word for word in words]
    if not all(re.fullmatch(r"[1-9]|[12][0-9]|3[01]", word) for word in numbers):
        return None
    return [(int(word), -1) for word in numbers]


def _yearly(words: list[str]) -> list[tuple[int, int]] | None:
    found = []
    for word in words:
        match = re.fullmatch(r"([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])", word)
        if match is None or int(match[2]) > calendar.monthrange(2000, int(match[1]))[1]:
            return None
        found.append((int(match[1]), int(match[2])))
    return found


def _weekly(words: list[str]) -> list[tuple[int, int]] | None:
    return [(0, _WEEKDAYS.index(word)) for word in words] if set(words) <= set(_WEEKDAYS) else None
