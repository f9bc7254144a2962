"""What came in, what was finished, what passed its limit, week by week; and how long it took. Of units and SOPs only.

Weeks begin on Monday, on the office's clock. The database counts by day; the calendar, which it does not know, turns
days into weeks and into working days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.cases.desks.oversight import Scope
from engine.cases.records import case
from engine.dates.records import deadline
from engine.dates.workdays import Calendar, local_day
from engine.library.records import sop
from engine.office import people
from engine.store import Connection

__all__ = ["CLASSES", "MONTHS", "Group", "Trends", "Week", "office_day", "trends"]

MONTHS = (3, 6, 12)
#: lead times in working days: up to and including this many
CLASSES = (1, 3, 5, 10, 20, 40)


class office_day(FunctionElement[str]):
    """The office's day of an instant, as ISO text."""

    inherit_cache = True
    type = sa.String()


@compiles(office_day, "sqlite")
def _sqlite(element: Any, compiler: Any, **how: Any) -> str:
    return f"date({compiler.process(element.clauses, **how)}, '+8 hours')"


@compiles(office_day, "postgresql")
def _postgresql(element: Any, compiler: Any, **how: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **how)} AT TIME ZONE 'Asia/Taipei', 'YYYY-MM-DD')"


@dataclass(slots=True)
class Week:
    """``overdue``: limits of cases that passed unmet in this week."""

    monday: date
    received: int = 0
    finished: int = 0
    overdue: int = 0


@dataclass(slots=True)
class Group:
    """The same three over the whole time, of one unit or one SOP."""

    id: str
    name: str
    received: int = 0
    finished: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Trends:
    """``classes``: how many cases took up to 1, 3, 5 … working days; the last is of all that took longer."""

    weeks: Sequence[Week]
    by_unit: Sequence[Group]
    by_sop: Sequence[Group]
    classes: Sequence[int]
    median: int | None
    lead: Mapping[int, int] = field(default_factory=dict)  # working days → cases


_KINDS = ("received", "finished", "overdue")


def trends(
    db: Connection, seen: Scope, *, at: datetime, calendar: Calendar, months: int = 3, unit_id: str = "",
    sop_id: str = "",
) -> Trends:  # fmt: skip
    """Six queries: names of units and SOPs, three counts, and the lead times."""
    today = local_day(at)
    since = _monday(_months_before(today, months if months in MONTHS else MONTHS[0]))
    begin = calendar.at(since, datetime.min.time())
    narrowed = [seen.cases()]
    if unit_id:
        narrowed.append(case.c.unit == unit_id)
    if sop_id:
        narrowed.append(case.c.sop_id == sop_id)
    weeks = {since + timedelta(weeks=n): Week(since + timedelta(weeks=n)) for n in range((today - since).days // 7 + 1)}
    units = {one.id: one.name for one in people.units(db).values()}
    sops: dict[str, str] = {row.id: row.name for row in db.execute(sa.select(sop.c.id, sop.c.name))}
    by_unit: dict[str, Group] = {}
    by_sop: dict[str, Group] = {}
    for kind, query in zip(_KINDS, _counts(begin, at, narrowed), strict=True):
        for row in db.execute(query):
            groups = (
                weeks.get(_monday(date.fromisoformat(row.day))),
                by_unit.setdefault(row.unit or "", Group(row.unit or "", units.get(row.unit, row.unit or "尚未分文"))),
                by_sop.setdefault(row.sop_id, Group(row.sop_id, sops.get(row.sop_id, row.sop_id))),
            )
            for group in groups:
                if group is not None:
                    setattr(group, kind, getattr(group, kind) + row.cases)
    lead = _lead(db, begin, at, narrowed, calendar)
    classes = [0] * (len(CLASSES) + 1)
    for days, cases in lead.items():
        classes[next((n for n, most in enumerate(CLASSES) if days <= most), len(CLASSES))] += cases
    return Trends(
        list(weeks.values()), [by_unit[key] for key in sorted(by_unit)], [by_sop[key] for key in sorted(by_sop)],
        classes, _median(lead), lead,
    )  # fmt: skip


def _counts(
    begin: datetime, at: datetime, narrowed: Sequence[sa.ColumnElement[bool]]
) -> tuple[sa.Select[Any] | sa.CompoundSelect[Any], ...]:
    """Cases received; finished, which is released where they were in control and ended where not; limits passed."""

    def by_day(column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        day = office_day(column).label("day")
        query: Any = sa.select(day, case.c.unit, case.c.sop_id, sa.func.count().label("cases"))
        return query.where(column >= begin, column <= at, *where, *narrowed).group_by("day", case.c.unit, case.c.sop_id)

    received = by_day(case.c.received_at).select_from(case)
    ended = by_day(case.c.ended_at, case.c.controlled_at.is_(None), case.c.status == "ended").select_from(case)
    finished = sa.union_all(by_day(case.c.released_at).select_from(case), ended)
    over = sa.func.coalesce(deadline.c.met_at, deadline.c.ended_at)
    overdue = by_day(
        deadline.c.due_at, deadline.c.step.is_(None), deadline.c.regime != "standard", deadline.c.stopped_at.is_(None),
        sa.or_(over.is_(None), over > deadline.c.due_at),
    ).select_from(deadline.join(case, case.c.id == deadline.c.case_id))  # fmt: skip
    return received, finished, overdue


def _lead(
    db: Connection, begin: datetime, at: datetime, narrowed: Sequence[sa.ColumnElement[bool]], calendar: Calendar
) -> dict[int, int]:
    """Working days from receipt to the end, of what was finished in the time: days → cases."""

    def pairs(column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        first, last = office_day(case.c.received_at).label("first"), office_day(column).label("last")
        query: Any = sa.select(first, last, sa.func.count().label("cases"))
        return query.where(column >= begin, column <= at, *where, *narrowed).group_by("first", "last")

    ended = pairs(case.c.ended_at, case.c.controlled_at.is_(None), case.c.status == "ended")
    found: dict[int, int] = {}
    for row in db.execute(sa.union_all(pairs(case.c.released_at), ended)):
        days = max(0, calendar.between(date.fromisoformat(row.first), date.fromisoformat(row.last)))
        found[days] = found.get(days, 0) + row.cases
    return dict(sorted(found.items()))


def _median(lead: Mapping[int, int]) -> int | None:
    """The working days within which half of them were done."""
    passed, half = 0, sum(lead.values()) / 2
    for days, cases in lead.items():
        passed += cases
        if passed >= half:
            return days
    return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))
