"""The open work of the units in view, as a list to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.in_order import InOrder
from engine.cases.desks.lists import PAGE, Page
from engine.cases.desks.matter import subject_of
from engine.cases.desks.oversight import BANDS, IS_FIRST_LIMIT, Cuts, Scope, condition
from engine.cases.records import case, item
from engine.dates.records import deadline
from engine.library.records import sop
from engine.office import people
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["MOST", "NOBODY", "Wanted", "chosen", "first", "steps", "work"]

Row = Mapping[str, Any]
NOBODY = "nobody"
_BY_LIMIT = ("late", "today", "soon")
#: a limit that runs; a standard time is for planning, and binds nobody
_BINDS = sa.and_(
    deadline.c.ended_at.is_(None), deadline.c.stopped_at.is_(None), deadline.c.regime != sa.literal_column("'standard'")
)  # fmt: skip
_EARLIEST = sa.func.min(deadline.c.due_at)
#: of an item's case
_FIRST_LIMIT = sa.select(_EARLIEST).where(deadline.c.case_id == item.c.case_id, _BINDS).scalar_subquery()
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
    """A page of the open work, the soonest due first. Three queries: how many, which, and the page's own rows.

    ``most`` in place of pages: the first so many, for a sheet.
    """
    keys = _keys(seen, wanted, cut)
    total = int(db.scalar(sa.select(sa.func.count()).select_from(keys.subquery())) or 0)
    number = min(max(page, 1), 10_000)
    wish = _ordered(keys, wanted).limit(most or size).offset(0 if most else (number - 1) * size)
    return Page(_told(db, db.scalars(wish).all()), total, number, most or size)


def first(db: Connection, seen: Scope, bands: Sequence[str], cut: Cuts, *, limit: int = 5) -> dict[str, Sequence[Row]]:
    """The first few of each of these bands, for the page of what to act on now; two queries."""
    each = []
    for band in bands:
        wanted = Wanted(band=band)
        if seen.units is None and band not in _BY_LIMIT and db.dialect.name == "sqlite":
            lists = _of_the_house(seen, band, cut, limit)
        else:
            lists = [_ordered(_keys(seen, wanted, cut), wanted).limit(limit).subquery()]
        each += [sa.select(few.c.id, few.c.rank, sa.literal(band).label("band")) for few in lists]
    found: dict[str, list[tuple[bool, datetime | None, int]]] = {band: [] for band in bands}
    for row in db.execute(sa.union_all(*each)):
        found[row.band].append((row.rank is None, row.rank, row.id))
    ids = {band: [key[-1] for key in sorted(keys)[:limit]] for band, keys in found.items()}
    lines = {row["id"]: row for row in _told(db, sorted({one for few in ids.values() for one in few}))}
    return {band: [lines[one] for one in few] for band, few in ids.items()}


def _of_the_house(seen: Scope, band: str, cut: Cuts, limit: int) -> list[sa.FromClause]:
    """Along the limits until the list is full; and only where it is not, what has no limit. For SQLite: PostgreSQL has
    joined and sorted all of them sooner."""
    here = sa.and_(seen.items(), condition(band, cut, deadline.c.due_at))
    along = (
        sa.select(item.c.id, deadline.c.due_at.label("rank"))
        .select_from(InOrder(deadline, item, item.c.case_id == deadline.c.case_id))
        .where(IS_FIRST_LIMIT, here)
        .order_by(deadline.c.due_at, item.c.id)
        .limit(limit)
        .cte(f"{band}_by_limit")
        .prefix_with("MATERIALIZED")
    )
    found = sa.select(sa.func.count()).select_from(along).scalar_subquery()
    without = (
        sa.select(item.c.id, sa.null().cast(deadline.c.due_at.type).label("rank"))
        .where(found < limit, here, ~sa.exists().where(deadline.c.case_id == item.c.case_id, _BINDS))
        .order_by(item.c.id + 0)  # by the bare id SQLite would go through every item there ever was
        .limit(limit)
    )
    return [along, without.subquery()]


def chosen(
    db: Connection, seen: Scope, wanted: Wanted, cut: Cuts, *, ids: Sequence[int] | None
) -> list[tuple[int, int, int]]:
    """(item, case, version) of what was ticked, or with ``ids`` None of everything the list is narrowed to.

    What is not in view, or is no longer open, is left out when everything was asked for; what was ticked comes back
    whole, so that its refusal can be told.
    """
    query = sa.select(item.c.id, item.c.case_id, item.c.version)
    if ids is None:
        page = _ordered(_keys(seen, wanted, cut), wanted).limit(MOST).subquery()
        rows = db.execute(query.join(page, page.c.id == item.c.id).order_by(*_soonest(page.c.rank, page.c.id)))
        return [(row.id, row.case_id, row.version) for row in rows]
    query = query.where(item.c.id.in_(list(ids)), people.not_excluded(seen.who, item.c.case_id), seen.over(item.c.unit))
    found = {row.id: (row.id, row.case_id, row.version) for row in db.execute(query)}
    return [found[one] for one in ids if one in found]


def steps(db: Connection, seen: Scope, sop_id: str) -> list[tuple[str, str]]:
    """The steps of an SOP at which work is open, for the filter."""
    query = (
        sa.select(item.c.step, sa.func.max(item.c.name))
        .where(seen.items(), item.c.sop_id == sop_id)
        .group_by(item.c.step)
        .order_by(item.c.step)
    )
    return [(row[0], row[1]) for row in db.execute(query)]


def _soonest(rank: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], ...]:
    return (rank.nulls_last(), key)


def _ordered(keys: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    if wanted.band in _BY_LIMIT:  # there always is one, and its index is in this order
        return keys.order_by(deadline.c.due_at, item.c.id)
    return keys.order_by(*_soonest(keys.selected_columns.rank, item.c.id))


def _keys(seen: Scope, wanted: Wanted, cut: Cuts) -> sa.Select[Any]:
    """The list as (id, rank), read from the indexes of open work; a case's row only where one asks for what lies in
    it. ``rank`` is the day that a line shows; for the whole house the limits are read once, not for each item."""
    if wanted.band in _BY_LIMIT:
        limits = InOrder(deadline, item, item.c.case_id == deadline.c.case_id)
        query = sa.select(item.c.id, deadline.c.due_at.label("rank")).select_from(limits).where(IS_FIRST_LIMIT)
    elif seen.units is None:
        first = sa.select(deadline.c.case_id, _EARLIEST.label("due_at")).where(_BINDS).group_by(deadline.c.case_id)
        limit = first.subquery()
        of_all = item.outerjoin(limit, limit.c.case_id == item.c.case_id)
        query = sa.select(item.c.id, limit.c.due_at.label("rank")).select_from(of_all)
    else:
        query = sa.select(item.c.id, _FIRST_LIMIT.label("rank"))
    query = query.where(seen.items())
    if wanted.priority is not None or wanted.words.split():
        query = query.join(case, case.c.id == item.c.case_id)
    if wanted.band:
        query = query.where(condition(wanted.band, cut, deadline.c.due_at))
    for asked, column in ((wanted.unit, item.c.unit), (wanted.sop, item.c.sop_id), (wanted.step, item.c.step)):
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


def _told(db: Connection, ids: Sequence[int]) -> list[Row]:
    """These rows, in this order, with everything a line shows; one query."""
    found = {row["id"]: dict(row) for row in db.execute(_LINES, {"ids": list(ids)}).mappings()}
    return [found[one] for one in ids]


def _lines() -> sa.Select[Any]:
    """Names, the matter, the first running limit of the case. Built once: to build it takes longer than to ask it."""
    subject = subject_of(case.c.id, case.c.start)
    running = sa.and_(deadline.c.case_id == item.c.case_id, deadline.c.ended_at.is_(None))
    standard = sa.exists().where(running, deadline.c.due_at == item.c.due_at, deadline.c.regime == "standard")
    return (
        sa.select(
            item.c.id, item.c.case_id, item.c.step, item.c.name, item.c.unit, item.c.role, item.c.assignee,
            item.c.opened_at, item.c.due_at, item.c.version, case.c.number, case.c.title, case.c.received_at,
            case.c.priority, case.c.suspended_at, case.c.sop_id, case.c.bundle,
            sa.func.coalesce(case.c.moved_at, case.c.received_at).label("moved_at"),
            unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), person.c.name.label("assignee_name"),
            subject.label("subject"), _FIRST_LIMIT.label("limit_due"), standard.label("by_standard"),
        )
        .join(case, case.c.id == item.c.case_id)
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
        .where(item.c.id.in_(sa.bindparam("ids", expanding=True)))
    )  # fmt: skip


_LINES = _lines()
