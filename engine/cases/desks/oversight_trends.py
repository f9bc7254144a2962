"""What came in, what was finished, what passed its limit, week by week; and how long it took. Of units and SOPs only.

Weeks begin on Monday, on the office's clock. The database counts them in the order of an index; how long something took
it tells as two days, which the calendar, unknown to it, turns into working days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.cases.desks.oversight import Scope
from engine.cases.records import DAY_OF, WEEK_OF, case
from engine.dates.records import deadline
from engine.dates.workdays import Calendar, local_day
from engine.library.records import sop
from engine.office import people
from engine.store import Connection

__all__ = ["CLASSES", "MONTHS", "Asked", "Flow", "Group", "Lead", "Week", "flow", "lead", "office_day"]

MONTHS = (3, 6, 12)
#: lead times in working days: up to and including this many
CLASSES = (1, 3, 5, 10, 20, 40)


class office_day(FunctionElement[str]):
    """The office's day of an instant, as ISO text."""

    inherit_cache = True
    type = sa.String()


class office_week(FunctionElement[str]):
    """The Monday of the week in which an instant lies on the office's clock, as ISO text."""

    inherit_cache = True
    type = sa.String()


_POSTGRESQL = {
    office_day: "to_char({} AT TIME ZONE 'Asia/Taipei', 'YYYY-MM-DD')",
    office_week: "to_char(date_trunc('week', {} AT TIME ZONE 'Asia/Taipei'), 'YYYY-MM-DD')",
}


@compiles(office_day, "sqlite")
@compiles(office_week, "sqlite")
def _sqlite(element: Any, compiler: Any, **how: Any) -> str:
    """To the letter as in the indexes that are in this order."""
    text = DAY_OF if isinstance(element, office_day) else WEEK_OF
    return text.format(compiler.process(element.clauses, **how))


@compiles(office_day, "postgresql")
@compiles(office_week, "postgresql")
def _postgresql(element: Any, compiler: Any, **how: Any) -> str:
    return _POSTGRESQL[type(element)].format(compiler.process(element.clauses, **how))


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
class Flow:
    """The weeks, and the same sums by unit and by SOP."""

    weeks: Sequence[Week]
    by_unit: Sequence[Group]
    by_sop: Sequence[Group]


@dataclass(frozen=True, slots=True)
class Lead:
    """``classes``: how many cases took up to 1, 3, 5 … working days; the last is of all that took longer."""

    classes: Sequence[int]
    median: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which units, how far back, and perhaps of one unit or one SOP only."""

    seen: Scope
    at: datetime
    calendar: Calendar
    months: int = 3
    unit: str = ""
    sop: str = ""

    @property
    def since(self) -> date:
        """The Monday it begins on."""
        return _monday(_months_before(local_day(self.at), self.months if self.months in MONTHS else MONTHS[0]))

    @property
    def begin(self) -> datetime:
        return self.calendar.at(self.since, time())

    def narrowed(self) -> list[sa.ColumnElement[bool]]:
        one = [column == wish for column, wish in ((case.c.unit, self.unit), (case.c.sop_id, self.sop)) if wish]
        return [self.seen.cases(), *one]


_KINDS = ("received", "finished", "overdue")
#: written out as in the index over them
_ENDED_OUT_OF_CONTROL = (case.c.status == sa.literal_column("'ended'"), case.c.controlled_at.is_(None))


def flow(db: Connection, asked: Asked) -> Flow:
    """What came, what was finished and what passed its limit. Five queries: the names, and one count of each."""
    since, today = asked.since, local_day(asked.at)
    weeks = {since + timedelta(weeks=n): Week(since + timedelta(weeks=n)) for n in range((today - since).days // 7 + 1)}
    units = {one.id: one.name for one in people.units(db).values()}
    sops: dict[str, str] = {row.id: row.name for row in db.execute(sa.select(sop.c.id, sop.c.name))}
    by_unit: dict[str, Group] = {}
    by_sop: dict[str, Group] = {}
    for kind, query in zip(_KINDS, _counts(asked), strict=True):
        for row in db.execute(query):
            groups = (
                weeks.get(date.fromisoformat(row.week)),
                by_unit.setdefault(row.unit or "", Group(row.unit or "", units.get(row.unit, row.unit or "尚未分文"))),
                by_sop.setdefault(row.sop_id, Group(row.sop_id, sops.get(row.sop_id, row.sop_id))),
            )
            for group in groups:
                if group is not None:
                    setattr(group, kind, getattr(group, kind) + row.cases)
    return Flow(
        list(weeks.values()), [by_unit[key] for key in sorted(by_unit)], [by_sop[key] for key in sorted(by_sop)]
    )  # fmt: skip


def lead(db: Connection, asked: Asked) -> Lead:
    """How long what was finished in the time had taken, in working days from its receipt. One query."""
    took: dict[int, int] = {}
    for row in db.execute(_pairs(asked)):
        days = max(0, asked.calendar.between(date.fromisoformat(row.first), date.fromisoformat(row.last)))
        took[days] = took.get(days, 0) + row.cases
    classes = [0] * (len(CLASSES) + 1)
    for days, cases in took.items():
        classes[next((n for n, most in enumerate(CLASSES) if days <= most), len(CLASSES))] += cases
    return Lead(classes, _median(took))


def _counts(asked: Asked) -> tuple[sa.Select[Any] | sa.CompoundSelect[Any], ...]:
    """Cases received; finished, which is released where they were in control and ended where not; limits passed."""
    begin, at, narrowed = asked.begin, asked.at, asked.narrowed()

    def by_week(column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        week: Any = office_week(column)
        query: Any = sa.select(week.label("week"), case.c.unit, case.c.sop_id, sa.func.count().label("cases"))
        if column.table is case:  # SQLite looks for its index by the very expression
            query = query.where(week >= asked.since.isoformat())
        query = query.where(column >= begin, column <= at, *where, *narrowed)
        return query.group_by("week", case.c.unit, case.c.sop_id)

    received = by_week(case.c.received_at).select_from(case)
    ended = by_week(case.c.ended_at, *_ENDED_OUT_OF_CONTROL).select_from(case)
    finished = sa.union_all(by_week(case.c.released_at).select_from(case), ended)
    over = sa.func.coalesce(deadline.c.met_at, deadline.c.ended_at)
    overdue = by_week(
        deadline.c.due_at, deadline.c.step.is_(None), deadline.c.regime != "standard", deadline.c.stopped_at.is_(None),
        sa.or_(over.is_(None), over > deadline.c.due_at),
    ).select_from(deadline.join(case, case.c.id == deadline.c.case_id))  # fmt: skip
    return received, finished, overdue


def _pairs(asked: Asked) -> sa.CompoundSelect[Any]:
    """The days of receipt and of the end, of what was finished in the time, and how many cases had both."""

    def pairs(column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        first, last = office_day(case.c.received_at), office_day(column)
        query: Any = sa.select(last.label("last"), first.label("first"), sa.func.count().label("cases"))
        since: Any = last >= asked.since.isoformat()
        query = query.where(column >= asked.begin, column <= asked.at, since, *where, *asked.narrowed())
        return query.group_by("last", "first")

    ended = pairs(case.c.ended_at, *_ENDED_OUT_OF_CONTROL)
    return sa.union_all(pairs(case.c.released_at), ended)


def _median(took: Mapping[int, int]) -> int | None:
    """The working days within which half of them were done."""
    passed, half = 0, sum(took.values()) / 2
    for days, cases in sorted(took.items()):
        passed += cases
        if passed >= half:
            return days
    return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))
