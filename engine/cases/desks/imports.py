"""Files that were brought in, and what is said of each of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.lists import Page
from engine.cases.records import case, import_batch, import_row
from engine.office import people
from engine.office.people import Person
from engine.office.records import person
from engine.store import Connection

__all__ = ["batches", "rows"]

PAGE = 100


def batches(db: Connection, *, most: int = 50) -> Sequence[Mapping[str, Any]]:
    """The newest first."""
    columns = [c for c in import_batch.c if c.name not in ("content", "nonce")]
    query = sa.select(*columns, person.c.name.label("by_name")).join(
        person, person.c.id == import_batch.c.by, isouter=True
    )
    return [dict(row) for row in db.execute(query.order_by(import_batch.c.id.desc()).limit(most)).mappings()]


def rows(
    db: Connection, batch_id: int, *, who: Person, verdict: str = "", page: int = 1, size: int = PAGE
) -> Page:  # fmt: skip
    """One page, the mistaken rows first, else as they stand in the sheet; of one verdict only where asked. Not those
    that became a case ``who`` is excluded from."""
    number = min(max(page, 1), 10_000)
    query = (
        sa.select(import_row, case.c.number, sa.func.count().over().label("total"))
        .join(case, case.c.id == import_row.c.case_id, isouter=True)
        .where(import_row.c.batch_id == batch_id, people.not_excluded(who, import_row.c.case_id))
        .order_by(sa.case((import_row.c.verdict == "bad", 0), else_=1), import_row.c.row)
        .limit(size)
        .offset((number - 1) * size)
    )
    if verdict:
        query = query.where(import_row.c.verdict == verdict)
    found = [dict(row) for row in db.execute(query).mappings()]
    return Page(found, found[0]["total"] if found else 0, number, size)
