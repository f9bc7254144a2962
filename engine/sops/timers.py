"""Plain ISO 8601 timers: which ones this house understands. Nothing here fires anything.

A duration is days, hours and minutes between 1 minute and 366 days; a date carries its offset and lies between 2000 and
2199. Years, months, negative, repeated and 民國 forms are refused: they mean different things in different programs.
Only a calendar start may repeat, and only by whole days or more.
"""

from __future__ import annotations

import re
from datetime import datetime

from engine.sops.sentences import finding
from engine.sops.sop import Finding, Timer

DURATION = re.compile(r"P(?=[0-9T])(?:([0-9]{1,3})D)?(?:T(?=[0-9])(?:([0-9]{1,3})H)?(?:([0-9]{1,4})M)?)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_CYCLE = re.compile(
    r"R[0-9]{0,3}/(?:(?P<from>[^/]{20,25})/)?P(?=[0-9])(?:[0-9]{1,2}Y)?(?:[0-9]{1,3}M)?(?:[0-9]{1,3}W)?(?:[0-9]{1,3}D)?"
)
_DAY = 24 * 60
_YEARS = range(2000, 2200)


def problem(timer: Timer, element: str, *, starts: bool = False) -> Finding | None:
    """What is wrong with a plain time, or None. ``starts``: it belongs to a calendar start, which may repeat."""
    if timer.iso_kind is None:
        return None
    value = timer.iso or ""
    if timer.iso_kind == "duration":
        minutes = duration_minutes(value)
        code = "timer_value" if minutes is None else None if 1 <= minutes <= 366 * _DAY else "timer_range"
    elif timer.iso_kind == "date":
        code = _date_problem(value)
    else:
        code = _cycle_problem(value) if starts else None  # elsewhere a cycle is only shown
    return None if code is None else finding(code, element=element, value=value)


def duration_minutes(value: str) -> int | None:
    """The minutes of a plain duration, or None when it is not written as one."""
    match = DURATION.fullmatch(value)
    if match is None:
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return days * _DAY + hours * 60 + minutes


def _date_problem(value: str) -> str | None:
    if not DATE.fullmatch(value):
        return "timer_value"
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return "timer_value"
    return None if instant.year in _YEARS else "timer_range"


def _cycle_problem(value: str) -> str | None:
    match = _CYCLE.fullmatch(value)
    if match is None or not any(int(number) for number in re.findall(r"[0-9]+(?=[YMWD])", value.rpartition("/")[2])):
        return "timer_value"
    return None if match["from"] is None else _date_problem(match["from"])
