"""How values look on a page: 民國 dates on Taipei's clock, bands of a due date, sizes. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine.dates import roc
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Invalid
from webui.phrases import WEEKDAY

#: 即將到期: due within this many working days (建議值)
SOON_WORKDAYS = 2


def local(instant: datetime) -> datetime:
    return instant.astimezone(TAIPEI)


def day(value: datetime | date | str | None) -> str:
    """115年11月20日（五）; nothing for nothing."""
    found = _as_day(value)
    return f"{roc.full(found).removeprefix('民國')}（{WEEKDAY[found.weekday()]}）" if found else ""


def short_day(value: datetime | date | str | None) -> str:
    """11/20（五）, where the year is plain."""
    found = _as_day(value)
    return f"{found.month}/{found.day}（{WEEKDAY[found.weekday()]}）" if found else ""


def full_day(value: datetime | date | str | None) -> str:
    """民國115年11月20日"""
    found = _as_day(value)
    return roc.full(found) if found else ""


def clock(instant: datetime) -> str:
    """17:00, on Taipei's clock."""
    return f"{local(instant):%H:%M}"


def full_when(instant: datetime) -> str:
    """民國115年11月20日（星期五）17:00"""
    there = local(instant)
    return f"{roc.full(there.date())}（星期{WEEKDAY[there.weekday()]}）{there:%H:%M}"


def when(instant: datetime | None) -> str:
    """115/11/20（五）17:00"""
    if instant is None:
        return ""
    there = local(instant)
    return f"{roc.short(there.date())}（{WEEKDAY[there.weekday()]}）{there:%H:%M}"


def machine_time(instant: datetime) -> str:
    """For the ``datetime`` attribute of <time>."""
    return local(instant).isoformat(timespec="minutes")


def band(due_at: datetime | None, at: datetime, calendar: Calendar, *, standard: bool = False) -> str:
    """late | over | today | soon | later | none, as the office counts days. Past a standard time is never "late"."""
    if due_at is None:
        return "none"
    if due_at < at:
        return "over" if standard else "late"
    today = local(at).date()
    due = local(due_at).date()
    if due == today:
        return "today"
    try:
        return "soon" if due <= calendar.add(today, SOON_WORKDAYS) else "later"
    except Invalid:  # beyond the published calendar
        return "later"


def left(due_at: datetime | None, at: datetime, calendar: Calendar) -> str:
    """How much working time is left, or for how long it has been late, in the words of a clerk."""
    if due_at is None:
        return ""
    today, due = local(at).date(), local(due_at).date()
    if due_at < at:
        days = (today - due).days
        return f"已逾 {days} 日" if days else "今日已過時限"
    if due == today:
        return f"今日 {local(due_at):%H:%M} 前"
    try:
        return f"剩 {calendar.between(today, due)} 個工作天"
    except Invalid:
        return f"剩 {(due - today).days} 日"


def _as_day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return local(value).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and value:
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None
