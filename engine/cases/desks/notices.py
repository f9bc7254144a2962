"""What was told to a person, newest first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.cases.desks.lists import Page
from engine.cases.records import case
from engine.errors import Missing
from engine.office import people
from engine.office.people import Person
from engine.office.records import notice
from engine.store import Connection

__all__ = ["notice_of", "notices"]


def notices(db: Connection, *, who: Person, page: int = 1, size: int = 50, only_unread: bool = False) -> Page:
    """The person's notices with the case they speak of, unread ones first; not the digests, which only repeat them."""
    number = min(max(page, 1), 10_000)
    query = (
        sa.select(
            notice.c.id, notice.c.kind, notice.c.level, notice.c.facts, notice.c.at, notice.c.read_at, notice.c.case_id,
            notice.c.urgent, case.c.number, case.c.title, sa.func.count().over().label("total"),
        )
        .join(case, case.c.id == notice.c.case_id, isouter=True)
        .where(
            notice.c.person_id == who.id, notice.c.kind != "digest", people.not_excluded(who, notice.c.case_id)
        )
        .order_by(notice.c.read_at.is_not(None), notice.c.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )  # fmt: skip
    if only_unread:
        query = query.where(notice.c.read_at.is_(None))
    rows = [dict(row) for row in db.execute(query).mappings()]
    return Page(rows, rows[0]["total"] if rows else 0, number, size)


def notice_of(db: Connection, notice_id: int, *, who: Person) -> dict[str, Any]:
    """One notice, if it was told to this person; Missing otherwise."""
    row = db.execute(
        sa.select(notice.c.id, notice.c.case_id, notice.c.read_at).where(
            notice.c.id == notice_id, notice.c.person_id == who.id, people.not_excluded(who, notice.c.case_id)
        )
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("no_such_notice", "查無此通知。")
    return dict(row)
