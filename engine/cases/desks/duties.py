"""The recurring duties of a year: what the calendar opens, for whom, on which day, and by when it must be done.

Told by the SOPs in force, for any year the calendar can be worked out for; nothing is stored. A duty is there whether
or not its case has been opened yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.cases import periodic
from engine.cases.desks.procedures import folder_in_force
from engine.dates import deadlines
from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.errors import Invalid, Stuck
from engine.sops import recurrence
from engine.sops.sop import Deadline, Node, Sop
from engine.store import Connection

__all__ = ["Duty", "Limit", "Meeting", "Month", "duties", "meetings", "months"]

#: periods of a start in a year; with more of them it is the office's every day
_MOST_DATES = 100
#: what a step takes in working days, for the sum of a month
_OF_A_DAY = {"workday": 1.0, "day": 1.0, "hour": 1 / 8}


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that runs from the opening of the case, and its last day."""

    name: str
    due: date


@dataclass(frozen=True, slots=True)
class Duty:
    """One period of one calendar start.

    ``named`` is the day the rule names, ``on`` the day the case is opened (rolled off days off as the rule says);
    ``days_off``: it is opened on a day nobody works. ``days``: standard working days of the steps people do on the way
    from this start, each once. ``basis`` tells a proposed date from one of the sources. ``daily``: of a start with so
    many periods a year that they are no dates to plan by; told, but neither summed up nor held against others.
    """

    sop_id: str
    name: str
    unit: str | None
    start: str
    what: str
    period: str
    named: date
    on: date
    limits: tuple[Limit, ...]
    days: float
    basis: str | None
    days_off: bool
    daily: bool = False

    @property
    def key(self) -> str:
        """Names the calendar start, the same in each period."""
        return f"{self.sop_id}:{self.start}"

    @property
    def due(self) -> date | None:
        """The last of its limits."""
        return max((limit.due for limit in self.limits), default=None)


@dataclass(frozen=True, slots=True)
class Month:
    """What begins in a month, unit by unit: how many duties, and their standard working days."""

    number: int
    duties: Sequence[Duty]
    by_unit: Mapping[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A day on which a unit has to begin or to have finished several duties at once."""

    on: date
    unit: str
    begin: Sequence[Duty]
    due: Sequence[Duty]


def duties(db: Connection, year: int, calendar: Calendar) -> list[Duty]:
    """Every duty whose day the rules name in ``year`` (of the common era), by day. One version in force per SOP."""
    found = [
        duty
        for start in periodic.starts(db)
        for duty in _of(folder_in_force(db, start.sop_id).sop, start, year, calendar)
    ]
    return sorted(found, key=lambda duty: (duty.on, duty.sop_id, duty.start))


def months(found: Iterable[Duty]) -> list[Month]:
    """The year's twelve months; a duty stands in the month in which it is opened, those rolled out of the year too."""
    of: dict[int, list[Duty]] = defaultdict(list)
    for duty in found:
        of[duty.named.month].append(duty)
    return [Month(number, of[number], _by_unit(of[number])) for number in range(1, 13)]


def meetings(found: Iterable[Duty]) -> list[Meeting]:
    """Days on which more than one duty of a unit begins or ends."""
    begin: dict[tuple[date, str], list[Duty]] = defaultdict(list)
    due: dict[tuple[date, str], list[Duty]] = defaultdict(list)
    for duty in found:
        if duty.unit is None or duty.daily:
            continue
        begin[duty.on, duty.unit].append(duty)
        for day in {limit.due for limit in duty.limits}:
            due[day, duty.unit].append(duty)
    there = sorted(begin.keys() | due.keys())
    return [
        Meeting(day, unit, begin.get((day, unit), []), due.get((day, unit), []))
        for day, unit in there
        if len({(d.sop_id, d.start, d.period) for d in (*begin.get((day, unit), ()), *due.get((day, unit), ()))}) > 1
    ]


def _of(sop: Sop, start: periodic.Start, year: int, calendar: Calendar) -> Iterable[Duty]:
    node = sop.nodes[start.start]
    days, named = _standard_days(sop, node), recurrence.days(start.rule, year)
    opens = [(day, recurrence.rolled(start.rule, day.on, lambda one: _works(calendar, one))) for day in named]
    if start.rule.missed == "newest":  # of two that roll to one day the earlier one is passed over
        opens = list({on: (day, on) for day, on in opens}.values())
    for day, on in opens:
        opened = datetime.combine(on, start.rule.at, TAIPEI)
        yield Duty(
            sop.id, sop.name, start.unit, node.id, node.name, day.period, day.on, on,
            tuple(_limits(sop, node, opened, calendar)), days, node.calendar.basis if node.calendar else None,
            not _works(calendar, on), len(named) > _MOST_DATES,
        )  # fmt: skip


def _works(calendar: Calendar, day: date) -> bool:
    try:
        return calendar.is_working(day)
    except Invalid:  # beyond the published calendar
        return day.weekday() < 5


def _limits(sop: Sop, start: Node, opened: datetime, calendar: Calendar) -> Iterable[Limit]:
    """Only what the opening alone decides: no table, no event that is entered later. Standard time is no limit."""
    for spec in sop.deadlines:
        if _from_the_opening(spec, start):
            try:
                yield Limit(spec.name, local_day(deadlines.reckon(spec, opened, calendar).due))
            except (Invalid, Stuck):
                continue


def _from_the_opening(spec: Deadline, start: Node) -> bool:
    if spec.regime in ("standard", "backward") or spec.decision or (spec.starts or "").startswith("event:"):
        return False
    return spec.starts in (None, start.id)


def _standard_days(sop: Sop, start: Node) -> float:
    """Each step once that can be reached from the start: what is drawn, not what a way really takes."""
    seen, todo, days = {start.id}, [start.id], 0.0
    beside: dict[str, list[str]] = defaultdict(list)
    for node in sop.nodes.values():
        if node.attached_to:
            beside[node.attached_to].append(node.id)
    while todo:
        node = sop.nodes[todo.pop()]
        if node.standard_time is not None and node.kind in ("user", "manual"):
            days += node.standard_time.value * _OF_A_DAY.get(node.standard_time.unit, 1.0)
        further = [*(sop.flows[flow].target for flow in node.outgoing), *beside[node.id]]
        todo += [one for one in further if one not in seen]
        seen.update(further)
    return round(days, 1)


def _by_unit(found: Iterable[Duty]) -> dict[str, tuple[int, float]]:
    sums: dict[str, tuple[int, float]] = {}
    for duty in found:
        if duty.unit is not None and not duty.daily:
            count, days = sums.get(duty.unit, (0, 0.0))
            sums[duty.unit] = (count + 1, round(days + duty.days, 1))
    return sums
