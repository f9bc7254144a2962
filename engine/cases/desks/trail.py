"""The timeline of a case, a page at a time: newest acts first, all of them, or only those of people or the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa

from engine.cases.desks.discreet import lines_of
from engine.cases.desks.lists import Page
from engine.office.people import Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["BY", "trail"]

By = Literal["", "people", "machine"]
BY: tuple[By, ...] = ("", "people", "machine")
SIZE = 30


def trail(
    db: Connection, case_row: Mapping[str, Any], *, who: Person, page: int = 1, by: By = "", size: int = SIZE
) -> Page:
    """Journal lines of a case as far as ``who`` may know of them. ``by`` people: what somebody did; machine: what a
    clock or an operator did."""
    known = lines_of(db, case_row, who)
    lines = sa.select(entry).where(entry.c.subject == f"case:{case_row['id']}", known.where())
    if by:
        lines = lines.where(entry.c.by.is_not(None) if by == "people" else entry.c.by.is_(None))
    total = int(db.execute(sa.select(sa.func.count()).select_from(lines.subquery())).scalar_one())
    number = min(max(page, 1), max(1, -(-total // size)))
    rows = db.execute(lines.order_by(entry.c.seq.desc()).limit(size).offset((number - 1) * size)).mappings()
    return Page([known.read(dict(row)) for row in rows], total, number, size)
