"""The journal of the whole office, sought by whoever has to prove what happened. It shows acts, never answers.

Paged by the entry last shown, not by counting: the hundredth page costs what the first does. The reasons of informants'
cases are neither shown nor sought, and a case that the asker is excluded from is not there at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.records import case
from engine.office import people
from engine.office.people import OFFICE_ZONE, SYSTEM, Person
from engine.office.records import entry, exclusion, person
from engine.store import Connection, is_storable

__all__ = ["MOST_LINES", "Found", "Search", "every", "find"]

PAGE = 50
#: what one download holds at most
MOST_LINES = 20_000
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Search:
    """What is sought. ``about``: a case's number, or a subject such as ``sop:petition-online``; ``by``: an account or a
    name, ``system`` for the machine; ``since`` and ``until`` are office days, both counted in."""

    about: str = ""
    by: str = ""
    verb: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    act: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Search()


@dataclass(frozen=True, slots=True)
class Found:
    """One page, newest first. ``older`` and ``newer`` are entries to go on from, None where nothing is left."""

    rows: Sequence[Mapping[str, Any]]
    older: int | None = None
    newer: int | None = None


_e = entry.c
_COLUMNS = (
    _e.id, _e.subject, _e.seq, _e.act_id, _e.verb, _e.at, _e.by, _e.step, _e.reason, person.c.name.label("by_name"),
)  # fmt: skip


def find(
    db: Connection, search: Search, *, who: Person, before: int | None = None, after: int | None = None,
    size: int = PAGE,
) -> Found:  # fmt: skip
    """One page of what fits, in at most five statements whatever the number of rows. NotAllowed."""
    people.require(db, who, "see_journal")
    query = _fitting(db, search, who)
    edge = before if before is not None else after
    mark = db.execute(sa.select(_e.at, _e.id).where(_e.id == edge)).first() if edge is not None else None
    place = sa.tuple_(_e.at, _e.id)
    order: tuple[Any, ...] = (_e.at.desc(), _e.id.desc())
    if mark is not None and before is not None:
        query = query.where(place < sa.tuple_(sa.literal(mark.at, _e.at.type), sa.literal(mark.id)))
    elif mark is not None:
        query = query.where(place > sa.tuple_(sa.literal(mark.at, _e.at.type), sa.literal(mark.id)))
        order = (_e.at, _e.id)
    rows = list(db.execute(query.order_by(*order).limit(size + 1)).mappings())
    more, rows = len(rows) > size, rows[:size]
    backwards = mark is not None and before is None
    if backwards:
        rows.reverse()
    if not rows:
        return Found(())
    older = rows[-1]["id"] if more or backwards else None
    newer = rows[0]["id"] if (more if backwards else mark is not None) else None
    return Found(_with_cases(db, rows), older, newer)


def every(db: Connection, search: Search, *, who: Person, most: int = MOST_LINES) -> Iterator[Mapping[str, Any]]:
    """All that fits, newest first, page by page; no more than ``most``."""
    told, before = 0, None
    while told < most:
        page = find(db, search, who=who, before=before, size=min(1000, most - told))
        yield from page.rows
        told += len(page.rows)
        before = page.older
        if before is None:
            return


def _fitting(db: Connection, search: Search, who: Person) -> sa.Select[Any]:
    query = sa.select(*_COLUMNS).join(person, person.c.id == _e.by, isouter=True)
    excluded = sa.select(exclusion.c.case_id).where(exclusion.c.person_id.in_(sorted(who.ids)))
    query = query.where(_e.subject.not_in(_subjects(excluded)))
    if search.about:
        query = query.where(_e.subject == _subject(db, search.about))
    if search.by:
        ids = _ids(db, search.by)
        query = query.where(_e.by.is_(None) if ids is None else sa.and_(_e.by.is_not(None), _e.by.in_(ids)))
    if search.verb:
        query = query.where(_e.verb == search.verb)
    if search.since is not None:
        query = query.where(_e.at >= _midnight(search.since))
    if search.until is not None:
        query = query.where(_e.at < _midnight(search.until + timedelta(days=1)))
    if search.words:
        sealed = sa.select(case.c.id).where(case.c.informant)
        for word in search.words.split()[:5]:
            query = query.where(_e.reason.contains(word, autoescape=True))
        query = query.where(_e.subject.not_in(_subjects(sealed)))
    if search.act:
        query = query.where(_e.act_id == search.act)
    return query


def _subjects(ids: sa.Select[Any]) -> sa.Select[Any]:
    column = ids.selected_columns[0]
    return ids.with_only_columns(sa.literal("case:") + sa.cast(column, sa.String))


def _subject(db: Connection, about: str) -> str:
    """A chain's own name; a case's is found by its number. One that nobody has finds nothing."""
    if ":" in about or about == "office":
        return about
    found = db.scalar(sa.select(case.c.id).where(case.c.number == about[:20])) if is_storable(about) else None
    return f"case:{found}"


def _ids(db: Connection, by: str) -> list[int] | None:
    """Who is meant by an account or a name; None is the machine."""
    if by in (SYSTEM.account, SYSTEM.name):
        return None
    known = sa.select(person.c.id).where(sa.or_(person.c.account == by, person.c.name == by))
    return list(db.scalars(known)) or [_NOBODY] if is_storable(by) else [_NOBODY]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_ZONE)


def _with_cases(db: Connection, rows: Sequence[sa.RowMapping]) -> list[dict[str, Any]]:
    """Beside each entry the case or the person it is about; an informant's case keeps its reasons to itself."""
    ids = {int(row["subject"][5:]) for row in rows if row["subject"].startswith("case:")}
    named = {int(row["subject"][7:]) for row in rows if row["subject"].startswith("person:")}
    names = people.names(db, named)
    query = sa.select(case.c.id, case.c.number, case.c.sop_id, case.c.informant).where(case.c.id.in_(sorted(ids)))
    cases = {row.id: row for row in db.execute(query)} if ids else {}
    found = []
    for row in rows:
        about = cases.get(int(row["subject"][5:])) if row["subject"].startswith("case:") else None
        masked = about is not None and about.informant and row["reason"] is not None
        found.append({
            **row, "case_id": about and about.id, "number": about and about.number, "sop_id": about and about.sop_id,
            "person": names.get(int(row["subject"][7:])) if row["subject"].startswith("person:") else None,
            "reason": None if masked else row["reason"], "masked": masked,
        })  # fmt: skip
    return found
