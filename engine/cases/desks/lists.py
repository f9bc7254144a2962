"""What is late, as a list. One query a page, over columns and indexes only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.matter import subject_of
from engine.cases.records import ITEM_IS_OPEN, case, item
from engine.dates.records import deadline
from engine.library.records import sop
from engine.office import people
from engine.office.people import Person
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["Page", "overdue", "units_watched"]

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``number`` counts from 1; ``total`` is over all pages."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    number: int
    size: int = PAGE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


_COLUMNS = (
    item.c.id, item.c.case_id, item.c.step, item.c.name, item.c.unit, item.c.role, item.c.assignee, item.c.status,
    item.c.opening, item.c.opened_at, item.c.due_at, item.c.done_at, item.c.late, item.c.version,
    case.c.number, case.c.title, case.c.status.label("case_status"), case.c.received_at, case.c.sop_id, case.c.start,
    unit.c.name.label("unit_name"), sop.c.name.label("sop_name"),
)  # fmt: skip


def units_watched(db: Connection, who: Person) -> frozenset[str] | None:
    """The units whose work the person may look over: their own and those they lead; None is the whole house."""
    if people.in_control_office(who):
        return None
    return people.units_led(db, who) | {unit_id for unit_id, _ in who.all_memberships}


def overdue(
    db: Connection, *, who: Person, at: datetime, units: Iterable[str] | None, unit_id: str = "", words: str = "",
    page: int = 1, size: int = PAGE,
) -> Page:  # fmt: skip
    """Open work that is late itself or in a case whose limit has passed. ``units``: what one may see; None is all.

    ``who`` reads it: no case they are excluded from is in it.
    """
    limit = _limits_passed(at)
    query = _items(limit.c.due_at.label("late_since")).join(limit, limit.c.case_id == item.c.case_id)
    query = query.where(ITEM_IS_OPEN, people.not_excluded(who, case.c.id))
    if units is not None:
        query = query.where(item.c.unit.in_(sorted(units)))
    if unit_id:
        query = query.where(item.c.unit == unit_id)
    return _page(db, _seeking(query, words), _longest_late, at, page, size)


Order = Callable[[Any], tuple[sa.ColumnElement[Any], ...]]


def _longest_late(columns: Any) -> tuple[sa.ColumnElement[Any], ...]:
    return (columns.late_since, columns.id)


def _limits_passed(at: datetime) -> sa.Subquery:
    """Cases with a limit that is past and not met, and since when. A standard time is for planning, no limit; a clock
    that stands still (停止計時) is not late."""
    return (
        sa.select(deadline.c.case_id, sa.func.min(deadline.c.due_at).label("due_at"))
        .where(
            deadline.c.ended_at.is_(None),
            deadline.c.due_at < at,
            deadline.c.regime != "standard",
            deadline.c.stopped_at.is_(None),
        )
        .group_by(deadline.c.case_id)
        .subquery()
    )


def _items(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(*_COLUMNS, *more, person.c.name.label("assignee_name"), sa.func.count().over().label("total"))
        .join(case, case.c.id == item.c.case_id)
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
    )


def _seeking(query: sa.Select[Any], words: str) -> sa.Select[Any]:
    for word in words.split()[:5]:
        query = query.where(
            sa.or_(*(column.contains(word, autoescape=True) for column in (case.c.number, case.c.title, item.c.name)))
        )
    return query


def _page(db: Connection, query: sa.Select[Any], order: Order, at: datetime, number: int, size: int) -> Page:
    number = min(max(number, 1), 10_000)
    page = query.order_by(*order(query.selected_columns)).limit(size).offset((number - 1) * size).subquery()
    rows = [dict(row) for row in db.execute(_with_the_matter(page, at).order_by(*order(page.c))).mappings()]
    return Page(rows, rows[0]["total"] if rows else 0, number, size)


def _with_the_matter(page: sa.Subquery, at: datetime) -> sa.Select[Any]:
    """For the page's own rows: what it is about (the opening's newest answers), since when the case is late, and
    whether the step's date is only its standard time."""
    subject = subject_of(page.c.case_id, page.c.start)
    running = sa.and_(deadline.c.case_id == page.c.case_id, deadline.c.ended_at.is_(None))
    limit = sa.select(sa.func.min(deadline.c.due_at)).where(
        running, deadline.c.due_at < at, deadline.c.regime != "standard", deadline.c.stopped_at.is_(None)
    )
    standard = sa.exists().where(running, deadline.c.due_at == page.c.due_at, deadline.c.regime == "standard")
    return sa.select(
        page, subject.label("subject"), limit.scalar_subquery().label("case_late_since"), standard.label("by_standard")
    )
