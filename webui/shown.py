"""How values look on a page: 民國 dates on Taipei's clock, bands of a due date, sizes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from engine.cases import Office, desks
from engine.dates import roc
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Invalid
from webui.phrases import WEEKDAY

#: what lies further off is told in working days only
_MOST_RECKONED = 20


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


def short_roc(value: datetime | date | str | None) -> str:
    """115/11/20"""
    found = _as_day(value)
    return roc.short(found) if found else ""


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


def borders(at: datetime, office: Office) -> Sequence[datetime]:
    """Between which instants the bands lie now, as the office has it."""
    return desks.edges(at, office.calendar, office.rules.soon_days)


def band(due_at: datetime | None, at: datetime, office: Office, *, standard: bool = False) -> str:
    """late | over | today | soon | later | none, as the office counts days. Past a standard time is never "late"."""
    found = desks.band_of(due_at, borders(at, office))
    if found in ("late30", "late"):
        return "over" if standard else "late"
    return found


def left(due_at: datetime | None, at: datetime, calendar: Calendar) -> str:
    """How much working time is left, or for how long it has been late, in the words of a clerk."""
    if due_at is None:
        return ""
    today, due = local(at).date(), local(due_at).date()
    if due_at < at:
        days = (today - due).days
        return f"已逾 {days} 日" if days else "今日已過時限"
    try:
        days = calendar.between(today, due)
        if days > _MOST_RECKONED:
            return f"剩 {days} 個工作天"
        return _span(calendar.worked(at, due_at), calendar.day_length)
    except Invalid:
        return f"剩 {(due - today).days} 日"


def _span(work: timedelta, whole_day: timedelta) -> str:
    """剩 1 天 3 小時辦公時間: in whole days of the office, and what is left of the last."""
    days, rest = divmod(work, whole_day)
    hours, minutes = divmod(rest // timedelta(minutes=1), 60)
    if days:
        return f"剩 {days} 天 {hours} 小時辦公時間" if hours else f"剩 {days} 天辦公時間"
    if hours:
        return f"剩 {hours} 小時 {minutes} 分辦公時間" if minutes else f"剩 {hours} 小時辦公時間"
    return f"剩 {minutes} 分辦公時間" if minutes else "已無辦公時間"


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
