"""The duties of a year made ready to be shown: lines for the strip, rows for a sheet, events for a calendar program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from diagrams.year_strip import Line, Span
from engine.cases import periodic
from engine.cases.desks.duties import Duty
from engine.library.yearly import Review
from webui import phrases, shown

__all__ = ["COLUMNS", "as_dict", "events", "lines", "rows"]

LOOK = "作業流程年度檢視"
COLUMNS = ("開立日", "流程", "事由", "期別", "單位", "限辦", "標準工作天", "依據")


def lines(found: Sequence[Duty]) -> list[Line]:
    """One line per calendar start, those of one SOP together."""
    of: dict[str, list[Duty]] = {}
    for duty in sorted(found, key=lambda one: (one.sop_id, one.on)):
        of.setdefault(duty.key, []).append(duty)
    return [Line(*_names(some[0]), _spans(some)) for some in of.values()]


def _names(duty: Duty) -> tuple[str, str]:
    return (duty.name, "") if duty.what in duty.name else (duty.what, duty.name)


def _spans(some: Sequence[Duty]) -> list[Span]:
    if not some[0].daily:
        return [_span(duty) for duty in some]
    whole = _span(some[0])
    return [Span(whole.on, some[-1].on, whole.proposed, some[0].what, daily=True)]


def _span(duty: Duty) -> Span:
    return Span(duty.on, duty.due, duty.basis == "proposed", f"{shown.day(duty.on)} {duty.what}")


def rows(found: Sequence[Duty], looks: Sequence[Review], units: Mapping[str, str]) -> list[list[object]]:
    """The duties, then the yearly reviews of SOPs: opened on no day, only due."""
    opened: list[list[object]] = [
        [
            duty.on, duty.name, duty.what, periodic.in_words(duty.period), units.get(duty.unit or "", duty.unit or ""),
            duty.due, f"{duty.days:g}", phrases.of(phrases.BASIS, duty.basis or "seed"),
        ]
        for duty in found
    ]  # fmt: skip
    return opened + [
        ["", one.name, LOOK, "", units.get(one.unit or "", one.unit or ""), one.due, "", "建議值"] for one in looks
    ]


def as_dict(duty: Duty) -> dict[str, object]:
    return {
        "sop": duty.sop_id, "name": duty.name, "unit": duty.unit, "start": duty.start, "what": duty.what,
        "period": duty.period, "named": duty.named.isoformat(), "on": duty.on.isoformat(),
        "limits": [{"name": limit.name, "due": limit.due.isoformat()} for limit in duty.limits],
        "standard_days": duty.days, "basis": duty.basis, "on_a_day_off": duty.days_off,
    }  # fmt: skip


def events(
    found: Sequence[Duty], looks: Sequence[Review], units: Mapping[str, str], *, at: datetime
) -> bytes:  # fmt: skip
    """RFC 5545, whole days: one event on the day a duty begins, one on the last day of each of its limits, and one on
    the day by which an SOP is looked over.

    What begins every day is left out: nobody wants it among their appointments.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//sopflow//duties//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "年度行事曆")
    for duty in found:
        if duty.daily:
            continue
        key = f"{duty.sop_id}.{duty.start}.{duty.period}"
        about = f"{duty.name}（{periodic.in_words(duty.period)}）"
        whose = units.get(duty.unit or "", "")
        calendar.add_component(_event(f"{key}.on", duty.on, f"{duty.what}：{about}", whose, at))
        for n, limit in enumerate(duty.limits):
            calendar.add_component(_event(f"{key}.due{n}", limit.due, f"{limit.name}到期：{about}", whose, at))
    for one in looks:
        key = f"{one.sop_id}.review.{one.due.year}"
        calendar.add_component(_event(key, one.due, f"{LOOK}：{one.name}", units.get(one.unit or "", ""), at))
    return bytes(calendar.to_ical())


def _event(key: str, day: object, what: str, whose: str, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{key}@sopflow")
    event.add("dtstamp", at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))  # type: ignore[operator]
    event.add("summary", what)
    event.add("transp", "TRANSPARENT")
    if whose:
        event.add("location", whose)
    return event
