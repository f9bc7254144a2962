"""What a supervisor looks over: how much open work is late, due, lying still or waiting elsewhere, and where.

Counts are of work, by unit, SOP and step; nothing here is ever counted by person. Every query reads columns through
the indexes of open rows; how many there are is fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.in_order import InOrder
from engine.cases.desks.matter import subject_of
from engine.cases.desks.waiting import edges
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, document, incident, item, opinion
from engine.cases.watching import Marks
from engine.dates.records import deadline
from engine.dates.workdays import Calendar, local_day
from engine.library.records import sop
from engine.office import people
from engine.office.people import Person
from engine.office.records import unit
from engine.store import Connection

__all__ = [
    "BANDS", "IS_FIRST_LIMIT", "Counts", "Cuts", "Few", "Scope", "Tally", "condition", "cuts", "elsewhere", "incidents",
    "opinions", "scope", "standing", "tally", "undeliverable",
]  # fmt: skip

Row = Mapping[str, Any]
#: what a list of open work can be narrowed to
BANDS = ("late", "today", "soon", "idle", "unclaimed", "incident", "elsewhere", "standing")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may look over. ``units`` None: the whole house."""

    who: Person
    units: frozenset[str] | None

    def over(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.true() if self.units is None else column.in_(sorted(self.units))

    def items(self) -> sa.ColumnElement[bool]:
        """Open work of these units in cases the person may know of."""
        return sa.and_(ITEM_IS_OPEN, self.over(item.c.unit), people.not_excluded(self.who, item.c.case_id))

    def cases(self) -> sa.ColumnElement[bool]:
        return sa.and_(self.over(case.c.unit), people.not_excluded(self.who, case.c.id))


def scope(db: Connection, who: Person) -> Scope:
    """Chiefs look over their units and all below, the control office over the house; nobody else over anything."""
    return Scope(who, None if people.in_control_office(who) else people.units_led(db, who))


@dataclass(frozen=True, slots=True)
class Cuts:
    """The instants the marks mean now: what was last touched before ``idle`` lies still, what opened before
    ``unclaimed`` waits too long; the end of today, and of the last day that counts as soon."""

    at: datetime
    idle: datetime
    unclaimed: datetime
    today: datetime
    soon: datetime


def cuts(marks: Marks, at: datetime, calendar: Calendar, soon: int) -> Cuts:
    _, _, today, due_soon = edges(at, calendar, soon)
    idle = calendar.opening(calendar.add(local_day(at), -marks.idle_days))
    return Cuts(at, idle, calendar.plus(at, -timedelta(hours=marks.unclaimed_hours)), today, due_soon)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one group of open work items. What is late is also counted among the idle or unclaimed where it is both."""

    items: int = 0
    late: int = 0
    today: int = 0
    soon: int = 0
    idle: int = 0
    unclaimed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.items + other.items, self.late + other.late, self.today + other.today, self.soon + other.soon,
            self.idle + other.idle, self.unclaimed + other.unclaimed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """The open work in view, three times over: by (id, name) of unit, SOP, and (SOP, step)."""

    total: Counts
    by_unit: Sequence[tuple[str, str, Counts]]
    by_sop: Sequence[tuple[str, str, Counts]]
    by_step: Sequence[tuple[str, str, str, str, Counts]]  # SOP id, step path, SOP name, step name


def _runs(limit: sa.FromClause) -> sa.ColumnElement[bool]:
    """A standard time is for planning, no limit; a clock that stands still (停止計時) is not late."""
    c = limit.c
    return sa.and_(c.ended_at.is_(None), c.stopped_at.is_(None), c.regime != sa.literal_column("'standard'"))


def _limits_before(until: datetime) -> sa.Subquery:
    """Cases with a running limit that falls before ``until``, and the first of them (``due_at``)."""
    return (
        sa.select(deadline.c.case_id, sa.func.min(deadline.c.due_at).label("due_at"))
        .where(_runs(deadline), deadline.c.due_at < until)
        .group_by(deadline.c.case_id)
        .subquery()
    )


_EARLIER = deadline.alias("earlier")


def _is_first_limit() -> sa.ColumnElement[bool]:
    before = sa.tuple_(_EARLIER.c.due_at, _EARLIER.c.id) < sa.tuple_(deadline.c.due_at, deadline.c.id)
    earlier = sa.exists().where(_EARLIER.c.case_id == deadline.c.case_id, _runs(_EARLIER), before)
    return sa.and_(_runs(deadline), ~earlier)


#: of a row of ``deadline``: the case has no running limit before it. For a list in the order of ``due_at``, which then
#: ends as soon as its page is full
IS_FIRST_LIMIT = _is_first_limit()


#: few cases at a time: their numbers are read once, where each item's own case would be looked up
_STANDING = sa.select(case.c.id).where(case.c.suspended_at.is_not(None))
_STUCK = sa.select(incident.c.case_id).where(incident.c.resolved_at.is_(None), incident.c.case_id.is_not(None))
_ASKED = sa.select(opinion.c.case_id).where(opinion.c.state == sa.literal_column("'asked'"))


def is_idle(cut: Cuts) -> sa.ColumnElement[bool]:
    """Opened long ago and the case not taken further since; a case whose clocks stand still waits for somebody else."""
    moved = sa.select(case.c.id).where(CASE_IS_OPEN, case.c.moved_at >= cut.idle)
    return sa.and_(
        item.c.opened_at < cut.idle, item.c.case_id.not_in(moved), item.c.case_id.not_in(_STANDING)
    )  # fmt: skip


def is_unclaimed(cut: Cuts) -> sa.ColumnElement[bool]:
    return sa.and_(
        item.c.assignee.is_(None), item.c.opened_at < cut.unclaimed, item.c.case_id.not_in(_STANDING)
    )  # fmt: skip


def condition(band: str, cut: Cuts, due: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """The rows of a band, in a query over ``item``; ``due``: the first running limit of its case."""
    bands: dict[str, Callable[[], sa.ColumnElement[bool]]] = {
        "late": lambda: due < cut.at,
        "today": lambda: sa.and_(due >= cut.at, due < cut.today),
        "soon": lambda: sa.and_(due >= cut.today, due < cut.soon),
        "idle": lambda: is_idle(cut),
        "unclaimed": lambda: is_unclaimed(cut),
        "incident": lambda: item.c.case_id.in_(_STUCK),
        "elsewhere": lambda: item.c.case_id.in_(_ASKED),
        "standing": lambda: item.c.case_id.in_(_STANDING),
    }
    return bands[band]() if band in bands else sa.true()


def tally(db: Connection, seen: Scope, cut: Cuts) -> Tally:
    """Everything open in view, counted once by unit, SOP and step; three queries."""
    limit = _limits_before(cut.soon)
    bands = ("late", "today", "soon", "idle", "unclaimed")
    counts = [sa.func.count().filter(condition(band, cut, limit.c.due_at)).label(band) for band in bands]
    query = (
        sa.select(item.c.unit, item.c.sop_id, item.c.step, sa.func.max(item.c.name).label("name"),
                  sa.func.count().label("items"), *counts)
        .join(limit, limit.c.case_id == item.c.case_id, isouter=True)
        .where(seen.items())
        .group_by(item.c.unit, item.c.sop_id, item.c.step)
    )  # fmt: skip
    units = {one.id: one.name for one in people.units(db).values()}
    sops: dict[str, str] = {row.id: row.name for row in db.execute(sa.select(sop.c.id, sop.c.name))}
    by_unit: dict[str, Counts] = {}
    by_sop: dict[str, Counts] = {}
    by_step: dict[tuple[str, str], tuple[str, Counts]] = {}
    for row in db.execute(query):
        found = Counts(row.items, row.late, row.today, row.soon, row.idle, row.unclaimed)
        by_unit[row.unit] = by_unit.get(row.unit, Counts()) + found
        by_sop[row.sop_id] = by_sop.get(row.sop_id, Counts()) + found
        name, before = by_step.get((row.sop_id, row.step), (row.name, Counts()))
        by_step[row.sop_id, row.step] = (name, before + found)
    return Tally(
        sum(by_unit.values(), Counts()),
        [(key, units.get(key, key), by_unit[key]) for key in sorted(by_unit)],
        [(key, sops.get(key, key), by_sop[key]) for key in sorted(by_sop)],
        [(key[0], key[1], sops.get(key[0], key[0]), *by_step[key]) for key in sorted(by_step)],
    )


# -- what waits for somebody else, or for the supervisor's own word


@dataclass(frozen=True, slots=True)
class Few:
    """The first rows of a list, and how many there are."""

    rows: Sequence[Row]
    total: int


def incidents(db: Connection, seen: Scope, *, limit: int = 5) -> Few:
    """Cases that could not go on, the oldest first."""
    query = (
        sa.select(incident.c.id.label("incident_id"), incident.c.sentence, incident.c.at, *_CASE)
        .select_from(InOrder(incident, case, case.c.id == incident.c.case_id))
        .where(incident.c.resolved_at.is_(None), seen.cases())
        .order_by(incident.c.at, incident.c.id)
    )
    return _few(db, query, limit)


def opinions(db: Connection, seen: Scope, *, limit: int = 5) -> Few:
    """Opinions asked of other units for cases in view, the longest-waiting first."""
    query = (
        sa.select(opinion.c.id.label("opinion_id"), opinion.c.asked_at, opinion.c.due_at, opinion.c.unit, *_CASE)
        .select_from(InOrder(opinion, case, case.c.id == opinion.c.case_id))
        .where(opinion.c.state == sa.literal_column("'asked'"), seen.cases())
        .order_by(opinion.c.asked_at, opinion.c.id)
    )
    return _few(db, query, limit)


def elsewhere(db: Connection, seen: Scope, *, limit: int = 5) -> Few:
    """Open work of other units in cases for which a unit in view is responsible; empty where the house is in view."""
    if seen.units is None:
        return Few([], 0)
    query = (
        sa.select(item.c.id.label("item_id"), item.c.name, item.c.unit, item.c.opened_at, *_CASE)
        .select_from(InOrder(case, item, item.c.case_id == case.c.id))
        .where(ITEM_IS_OPEN, CASE_IS_OPEN, seen.cases(), item.c.unit.not_in(sorted(seen.units)))
        .order_by(item.c.opened_at, item.c.id)
    )
    return _few(db, query, limit)


def standing(db: Connection, seen: Scope, *, limit: int = 5) -> Few:
    """Cases whose clocks stand still, the longest first."""
    query = (
        sa.select(case.c.suspended_at, *_CASE)
        .where(case.c.suspended_at.is_not(None), seen.cases())
        .order_by(case.c.suspended_at, case.c.id)
    )
    return _few(db, query, limit)


def undeliverable(db: Connection, seen: Scope, *, limit: int = 5) -> Few:
    """Answers that came back and were not sent again since, the oldest first."""
    later = document.alias("later")
    again = sa.exists().where(
        later.c.case_id == document.c.case_id, later.c.kind == document.c.kind, later.c.id > document.c.id,
        later.c.returned_at.is_(None),
    )  # fmt: skip
    query = (
        sa.select(document.c.id.label("document_id"), document.c.returned_at, document.c.returned_why, *_CASE)
        .select_from(InOrder(document, case, case.c.id == document.c.case_id))
        .where(document.c.returned_at.is_not(None), ~again, seen.cases())
        .order_by(document.c.returned_at, document.c.id)
    )
    return _few(db, query, limit)


_CASE = (case.c.id.label("case_id"), case.c.number, case.c.title, case.c.start, case.c.unit.label("case_unit"))


def _few(db: Connection, query: sa.Select[Any], limit: int) -> Few:
    page = query.add_columns(sa.func.count().over().label("total")).limit(limit).subquery()
    subject = subject_of(page.c.case_id, page.c.start).label("subject")
    named = sa.select(page, unit.c.name.label("unit_name"), subject).join(
        unit, unit.c.id == (page.c.unit if "unit" in page.c else page.c.case_unit), isouter=True
    )
    rows = [dict(row) for row in db.execute(named).mappings()]
    return Few(rows, rows[0]["total"] if rows else 0)
