"""The small bar of a list: how much of a case's limit is used. From columns the list has read already."""

from __future__ import annotations

from datetime import datetime

from flask import g

from diagrams.span_bar import draw
from engine.dates.workdays import Calendar, local_day
from engine.errors import Invalid
from webui import door
from webui.time_strip import Says

__all__ = ["span_of"]


def span_of(begin: datetime | None, due: datetime | None) -> str:
    """From ``begin`` to the limit, in working days up to today, as SVG; '' where there is no limit."""
    if begin is None or due is None:
        return ""
    calendar, says = door.office().calendar, Says(door.language())
    whole, gone = _days(begin, due, calendar), _days(begin, g.at, calendar)
    if g.at > due:
        gone = max(gone, whole + 0.5)  # later on the day itself
        said = says("{0} 起，期限 {1}，已逾期", says.day(begin), says.day(due))
    else:
        said = says("{0} 起，期限 {1}，已過 {2}／{3} 個工作天", says.day(begin), says.day(due), min(gone, whole), whole)
    return draw(gone, whole, said)


def _days(begin: datetime, end: datetime, calendar: Calendar) -> float:
    first, last = local_day(begin), local_day(end)
    try:
        return max(calendar.between(first, last), 0)
    except Invalid:  # beyond the published calendar
        return max((last - first).days, 0)
