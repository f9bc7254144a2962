"""誰查閱了什麼: who looked at which petitioner, why, and who was refused. Never the petitioner.

Read from the journal, which is the only record of a look; the case is named by its number, not by what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.lists import Page
from engine.cases.records import case
from engine.office import people
from engine.office.people import Person
from engine.office.records import OF_IDENTITY, entry, person
from engine.store import Connection

__all__ = ["KINDS", "Sought", "access", "every_look"]

#: what happened → the verbs of the journal
KINDS: Mapping[str, tuple[str, ...]] = {
    "opened": ("identity.open", "attachment.open"),
    "refused": ("identity.refused",),
    "destroyed": ("identity.destroy",),
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked for; an empty field asks for all. ``since`` and ``until`` are instants, the last not included."""

    number: str = ""
    person: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def access(db: Connection, sought: Sought, *, who: Person, page: int = 1, size: int = PAGE) -> Page:
    """One page of looks, the newest first."""
    people.require(db, who, "read_access")
    number = min(max(page, 1), 10_000)
    query = _looks(sought, who).add_columns(sa.func.count().over().label("total"))
    rows = db.execute(query.limit(size).offset((number - 1) * size)).mappings()
    found = [dict(row) for row in rows]
    return Page(found, found[0]["total"] if found else 0, number, size)


def every_look(db: Connection, sought: Sought, *, who: Person) -> Iterator[Mapping[str, Any]]:
    """All of them, for a sheet."""
    people.require(db, who, "read_access")
    for row in db.execute(_looks(sought, who), execution_options={"yield_per": 500}).mappings():
        yield dict(row)


def _looks(sought: Sought, who: Person) -> sa.Select[Any]:
    case_id = sa.cast(sa.func.substr(entry.c.subject, len("case:") + 1), sa.BigInteger)
    query = (
        sa.select(
            entry.c.id, entry.c.at, entry.c.verb, entry.c.reason, case.c.id.label("case_id"), case.c.number,
            case.c.informant, person.c.name, person.c.account,
        )
        .join(case, case.c.id == case_id)
        .join(person, person.c.id == entry.c.by, isouter=True)
        .where(sa.text(OF_IDENTITY), people.not_excluded(who, case.c.id))
        .order_by(entry.c.at.desc(), entry.c.id.desc())
    )  # fmt: skip
    verbs: Sequence[str] = KINDS.get(sought.kind, ())
    if verbs:
        query = query.where(entry.c.verb.in_(verbs))
    if sought.number:
        query = query.where(case.c.number.contains(sought.number, autoescape=True))
    if sought.person:
        hit = (column.contains(sought.person, autoescape=True) for column in (person.c.name, person.c.account))
        query = query.where(sa.or_(*hit))
    if sought.since is not None:
        query = query.where(entry.c.at >= sought.since)
    if sought.until is not None:
        query = query.where(entry.c.at < sought.until)
    return query
