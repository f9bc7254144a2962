"""The open work of the units in view, as a list to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.lists import PAGE, Page
from engine.cases.desks.matter import subject_of
from engine.cases.desks.oversight import BANDS, Cuts, Scope, condition, limits_before
from engine.cases.records import case, item
from engine.dates.records import deadline
from engine.library.records import sop
from engine.office import people
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["MOST", "NOBODY", "Wanted", "chosen", "first", "steps", "work"]

Row = Mapping[str, Any]
NOBODY = "nobody"
#: as many as one bulk act takes
MOST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; '' and None are everything. ``assignee``: a person's id, or ``nobody``."""

    unit: str = ""
    sop: str = ""
    step: str = ""
    band: str = ""
    assignee: str = ""
    priority: int | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if self.band not in BANDS:
            object.__setattr__(self, "band", "")
        numbered = self.assignee.isascii() and self.assignee.isdigit() and len(self.assignee) < 19
        if self.assignee != NOBODY and not numbered:
            object.__setattr__(self, "assignee", "")


def work(
    db: Connection, seen: Scope, wanted: Wanted, cut: Cuts, *, page: int = 1, size: int = PAGE, most: int | None = None
) -> Page:  # fmt: skip
    """A page of the open work, the soonest due first. Two queries: how many, and the page's own rows.

    ``most`` in place of pages: the first so many, for a sheet.
    """
    keys = _keys(seen, wanted, cut)
    total = int(db.scalar(sa.select(sa.func.count()).select_from(keys.subquery())) or 0)
    number = min(max(page, 1), 10_000)
    wish = _ordered(keys).limit(most or size).offset(0 if most else (number - 1) * size)
    return Page(_told(db, wish), total, number, most or size)


def first(db: Connection, seen: Scope, band: str, cut: Cuts, *, limit: int = 5) -> Sequence[Row]:
    """The first few of a band, for the page of what to act on now; one query."""
    return _told(db, _ordered(_keys(seen, Wanted(band=band), cut)).limit(limit))


def chosen(
    db: Connection, seen: Scope, wanted: Wanted, cut: Cuts, *, ids: Sequence[int] | None
) -> list[tuple[int, int, int]]:
    """(item, case, version) of what was ticked, or with ``ids`` None of everything the list is narrowed to.

    What is not in view, or is no longer open, is left out when everything was asked for; what was ticked comes back
    whole, so that its refusal can be told.
    """
    if ids is None:
        rows = db.execute(_ordered(_keys(seen, wanted, cut)).limit(MOST))
        return [(row.id, row.case_id, row.version) for row in rows]
    query = sa.select(item.c.id, item.c.case_id, item.c.version).join(case, case.c.id == item.c.case_id)
    query = query.where(item.c.id.in_(list(ids)), people.not_excluded(seen.who, case.c.id), seen.over(item.c.unit))
    found = {row.id: (row.id, row.case_id, row.version) for row in db.execute(query)}
    return [found[one] for one in ids if one in found]


def steps(db: Connection, seen: Scope, sop_id: str) -> list[tuple[str, str]]:
    """The steps of an SOP at which work is open, for the filter."""
    query = (
        sa.select(item.c.step, sa.func.max(item.c.name))
        .join(case, case.c.id == item.c.case_id)
        .where(seen.items(), case.c.sop_id == sop_id)
        .group_by(item.c.step)
        .order_by(item.c.step)
    )
    return [(row[0], row[1]) for row in db.execute(query)]


def _soonest(rank: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], ...]:
    return (rank.is_(None), rank, key)


def _ordered(keys: sa.Select[Any]) -> sa.Select[Any]:
    return keys.order_by(*_soonest(keys.selected_columns.rank, keys.selected_columns.id))


def _keys(seen: Scope, wanted: Wanted, cut: Cuts) -> sa.Select[Any]:
    limit = limits_before(cut.soon)
    by_limit = wanted.band in ("late", "today", "soon")
    rank = limit.c.due_at if by_limit else item.c.due_at
    query = sa.select(item.c.id, item.c.case_id, item.c.version, rank.label("rank"))
    query = query.join(case, case.c.id == item.c.case_id).where(seen.items())
    if by_limit:
        query = query.join(limit, limit.c.case_id == item.c.case_id)
    if wanted.band:
        query = query.where(condition(wanted.band, cut, limit))
    for asked, column in ((wanted.unit, item.c.unit), (wanted.sop, case.c.sop_id), (wanted.step, item.c.step)):
        if asked:
            query = query.where(column == asked)
    if wanted.assignee == NOBODY:
        query = query.where(item.c.assignee.is_(None))
    elif wanted.assignee:
        query = query.where(item.c.assignee == int(wanted.assignee))
    if wanted.priority is not None:
        query = query.where(case.c.priority == wanted.priority)
    for word in wanted.words.split()[:5]:
        columns = (case.c.number, case.c.title, item.c.name)
        query = query.where(sa.or_(*(column.contains(word, autoescape=True) for column in columns)))
    return query


def _told(db: Connection, keys: sa.Select[Any]) -> list[Row]:
    """The rows of a page with everything a line shows: names, the matter, the first running limit of the case."""
    page = keys.subquery()
    subject = subject_of(case.c.id, case.c.start)
    running = sa.and_(deadline.c.case_id == item.c.case_id, deadline.c.ended_at.is_(None))
    limit = sa.select(sa.func.min(deadline.c.due_at)).where(
        running, deadline.c.regime != "standard", deadline.c.stopped_at.is_(None)
    )
    standard = sa.exists().where(running, deadline.c.due_at == item.c.due_at, deadline.c.regime == "standard")
    query = (
        sa.select(
            item.c.id, item.c.case_id, item.c.step, item.c.name, item.c.unit, item.c.role, item.c.assignee,
            item.c.opened_at, item.c.due_at, item.c.version, case.c.number, case.c.title, case.c.received_at,
            case.c.priority, case.c.suspended_at, case.c.sop_id,
            sa.func.coalesce(case.c.moved_at, case.c.received_at).label("moved_at"),
            unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), person.c.name.label("assignee_name"),
            subject.label("subject"), limit.scalar_subquery().label("limit_due"), standard.label("by_standard"),
        )
        .select_from(page)
        .join(item, item.c.id == page.c.id)
        .join(case, case.c.id == item.c.case_id)
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
        .order_by(*_soonest(page.c.rank, page.c.id))
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]
