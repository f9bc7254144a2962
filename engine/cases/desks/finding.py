"""Cases found again: by number, by two characters of their text, by what they are and when they came.

The pairs of characters name candidates; the candidates' own answers decide. Only what the asker may see is found, and
no question reads more than a fixed number of cases to their end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import words
from engine.cases.desks.lists import PAGE, Page
from engine.cases.desks.matter import subject_of
from engine.cases.desks.procedures import named
from engine.cases.desks.visible import visible
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, answer, case, case_gram, imported, item
from engine.dates import roc
from engine.dates.records import deadline
from engine.dates.workdays import TAIPEI
from engine.errors import Missing
from engine.library.records import sop
from engine.office.people import Person
from engine.office.records import unit
from engine.store import Connection

__all__ = ["Found", "Sought", "by_number", "choices", "find", "item_called", "number_or_id"]

#: more than this many are not counted to the end: who finds a thousand has to ask more closely
MOST = 1000
#: candidates whose texts are read, the newest first
MOST_READ = 500
#: pairs that are looked up, the rarest first; the answers themselves are looked into anyway
_MOST_PAIRS = 12
_MOST_TOKENS = 8
_SERIAL = re.compile(r"(?:(?P<year>\d{2,3})-)?(?P<serial>\d{1,6})")
_WHOLE = re.compile(r"(?P<year>\d{3})-?(?P<serial>\d{6})")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked for; an empty field asks for nothing. ``since`` and ``until`` are days of receipt, both counted."""

    words: str = ""
    status: str = ""
    sop: str = ""
    unit: str = ""
    channel: str = ""
    type: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, one.name) == one.default for one in fields(self))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of cases. ``more``: there are more than were counted; ``excerpts``: case id → where the word stands."""

    page: Page
    more: bool
    excerpts: Mapping[int, tuple[str, str, str]] = field(default_factory=dict)


def find(db: Connection, sought: Sought, *, who: Person, at: datetime, page: int = 1, size: int = PAGE) -> Found:
    """The cases this person may see and asked for, the newest first; those of that very number before them."""
    where = sa.and_(visible(db, who), *_filters(sought))
    number = min(max(page, 1), 10_000)
    if not sought.words.strip():
        few = sa.select(sa.literal(1)).select_from(case).where(where).limit(MOST + 1).subquery()
        total = int(db.execute(sa.select(sa.func.count()).select_from(few)).scalar_one())
        ids = sa.select(case.c.id).where(where).order_by(case.c.id.desc()).limit(size).offset((number - 1) * size)
        # an offset beyond what is counted would walk all cases only to show an empty page
        rows = _rows(db, ids, at) if (number - 1) * size < min(total, MOST) else []
        return Found(Page(rows, min(total, MOST), number, size), total > MOST)
    numbered = by_number(db, sought.words, where=where, at=at)
    candidates, more = _candidates(db, words.tokens(sought.words)[:_MOST_TOKENS], where)
    found = list(dict.fromkeys([*numbered, *candidates]))
    shown = found[(number - 1) * size : number * size]
    order = {case_id: n for n, case_id in enumerate(shown)}
    rows = sorted(_rows(db, shown, at), key=lambda row: order[row["id"]])
    told = {row["id"] for row in rows if any(word in (row["subject"] or "") for word in sought.words.split())}
    texts = _texts(db, shown)
    excerpts = {one: cut for one in shown if one not in told and (cut := _excerpt(sought.words, texts.get(one, ())))}
    return Found(Page(rows, len(found), number, size), more, excerpts)


def by_number(db: Connection, typed: str, *, where: sa.ColumnElement[bool], at: datetime) -> list[int]:
    """Cases of this number: whole (115-000123, 115000123), without its zeros (115-123), the serial alone, or the
    number it had before the office moved in."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    if not plain or len(plain) > 60:
        return []
    numbers: list[str] = []
    if found := _WHOLE.fullmatch(plain) or _SERIAL.fullmatch(plain):
        last = roc.year(at.astimezone(TAIPEI).date())
        years: Iterable[int] = [int(found["year"])] if found["year"] else range(last, last - 20, -1)
        numbers = [f"{year}-{int(found['serial']):06}" for year in years]
    old = sa.select(imported.c.case_id).where(imported.c.old_number.in_({plain, typed.strip()}))
    named = sa.union(sa.select(case.c.id).where(case.c.number.in_(numbers)), old)
    query = sa.select(case.c.id).where(case.c.id.in_(named), where)
    return list(db.scalars(query.order_by(case.c.id.desc())))


def number_or_id(db: Connection, which: str) -> int:
    """The id of a case named by its number (115-000001) or its id. Raises Missing.

    In the words a stranger reads for a case that is not theirs: nobody learns here which numbers exist.
    """
    number = which.strip()
    by_id = number.isascii() and number.isdigit() and len(number) <= 18
    where = case.c.id == int(number) if by_id else case.c.number == number[:20]
    found = db.execute(sa.select(case.c.id).where(where)).scalar() if number.isprintable() else None
    if found is None:
        raise Missing("missing", "查無此資料，或您無權查看。")
    return int(found)


def item_called(db: Connection, case_id: int, step: str | None, *, status: str) -> tuple[int | None, list[str]]:
    """The newest work item of that step (or of that id) with this status; without a step the only one there is. Also
    the steps that there are."""
    query = sa.select(item.c.id, item.c.step).where(item.c.case_id == case_id, item.c.status == status)
    rows = db.execute(query.order_by(item.c.id.desc())).all()
    wanted = [row for row in rows if step is None or step in (row.step, str(row.id))]
    steps = sorted({row.step for row in rows})
    return wanted[0].id if wanted else None, steps


def choices(db: Connection) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What the filters offer: procedures and units by name, channels and types as the newest cases have them."""
    newest = sa.select(case.c.channel, case.c.type).order_by(case.c.id.desc()).limit(2 * MOST).subquery()
    seen = db.execute(sa.select(newest.c.channel, newest.c.type).distinct()).all()
    units = db.execute(sa.select(unit.c.id, unit.c.name).order_by(unit.c.name)).all()
    return {
        "sop": named(db),
        "unit": [(row.id, row.name) for row in units],
        "channel": [(one, one) for one in sorted({row.channel for row in seen if row.channel})],
        "type": [(one, one) for one in sorted({row.type for row in seen if row.type})],
    }


def _filters(sought: Sought) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if sought.status == "control":
        found += [case.c.controlled_at.is_not(None), case.c.released_at.is_(None)]
    elif sought.status == "open":
        found.append(CASE_IS_OPEN)
    elif sought.status:
        found.append(case.c.status == sought.status)
    for column, value in (
        (case.c.sop_id, sought.sop), (case.c.unit, sought.unit), (case.c.channel, sought.channel),
        (case.c.type, sought.type),
    ):  # fmt: skip
        if value:
            found.append(column == value)
    if sought.since is not None:
        found.append(case.c.received_at >= _midnight(sought.since))
    if sought.until is not None:
        found.append(case.c.received_at < _midnight(sought.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TAIPEI)


def _candidates(db: Connection, wanted: Sequence[str], where: sa.ColumnElement[bool]) -> tuple[list[int], bool]:
    """Cases whose texts hold every token, the newest first; and whether there may be more."""
    rarest = _rarest(db, sorted({gram for token in wanted for gram in _asked(token)})) if wanted else []
    if not rarest:
        return [], False
    first, *others = [case_gram.alias(f"g{n}") for n in range(len(rarest))]
    query = sa.select(first.c.case_id).join(case, case.c.id == first.c.case_id).where(_is(first, rarest[0]), where)
    for gram, table in zip(rarest[1:], others, strict=True):
        query = query.where(sa.exists().where(table.c.case_id == first.c.case_id, _is(table, gram)))
    if len(rarest[0]) == 1:
        query = query.distinct()  # several pairs begin with it
    ids = list(db.scalars(query.order_by(first.c.case_id.desc()).limit(MOST_READ)))
    more = len(ids) == MOST_READ
    if any(len(token) > 2 for token in wanted):  # a pair by itself was found for certain
        texts = _texts(db, ids)
        ids = [one for one in ids if words.found_in(wanted, texts.get(one, ()))]
    return ids, more


def _texts(db: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """What was handed in with these cases, in words."""
    if not ids:
        return {}
    opening = (
        sa.select(answer.c.case_id, answer.c.answers)
        .join(case, sa.and_(case.c.id == answer.c.case_id, case.c.start == answer.c.step))
        .where(answer.c.case_id.in_(ids))
        .order_by(answer.c.id)
    )
    return {
        case_id: [value for value in given.values() if isinstance(value, str)]
        for case_id, given in db.execute(opening)
    }  # fmt: skip


def _asked(token: str) -> list[str]:
    return [token] if len(token) == 1 else [token[n : n + 2] for n in range(len(token) - 1)]


def _rarest(db: Connection, grams: Sequence[str]) -> list[str]:
    """The rarest first, so that the database begins with the shortest list; nothing when one of them is nowhere."""
    grams = grams[: 4 * _MOST_PAIRS]
    counts = [
        sa.select(sa.literal(n).label("n"), sa.func.count().label("many")).select_from(
            sa.select(sa.literal(1)).select_from(case_gram).where(_is(case_gram, gram)).limit(MOST_READ).subquery()
        )
        for n, gram in enumerate(grams)
    ]
    many = {row.n: row.many for row in db.execute(sa.union_all(*counts))}
    if not all(many.values()):
        return []
    return sorted(grams, key=lambda gram: many[grams.index(gram)])[:_MOST_PAIRS]


def _is(table: Any, gram: str) -> sa.ColumnElement[bool]:
    """A pair, or every pair that begins with a single character."""
    if len(gram) == 2:
        return sa.and_(table.c.gram == gram)
    following = ord(gram) + 1
    return sa.and_(
        table.c.gram >= gram, table.c.gram < chr(0xE000 if following == 0xD800 else min(following, 0x10FFFF))
    )


def _rows(db: Connection, ids: Sequence[int] | sa.Select[Any], at: datetime) -> list[dict[str, Any]]:
    """What the list shows of these cases: what it is about, where it lies, which limit runs."""
    if not isinstance(ids, sa.Select) and not ids:
        return []
    of_case = case.c.id
    subject = subject_of(of_case, case.c.start)
    step = sa.select(sa.func.min(item.c.name)).where(item.c.case_id == of_case, ITEM_IS_OPEN)
    limit = sa.select(sa.func.min(deadline.c.due_at)).where(
        deadline.c.case_id == of_case, deadline.c.ended_at.is_(None), deadline.c.regime != "standard",
        deadline.c.stopped_at.is_(None),
    )  # fmt: skip
    query = (
        sa.select(
            case.c.id, case.c.number, case.c.title, case.c.status, case.c.received_at, case.c.channel, case.c.type,
            case.c.priority, case.c.suspended_at, case.c.controlled_at, case.c.released_at,
            unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), subject.label("subject"),
            step.scalar_subquery().label("step_name"), limit.scalar_subquery().label("due_at"),
        )
        .join(unit, unit.c.id == case.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .where(case.c.id.in_(ids))
        .order_by(case.c.id.desc())
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]


def _excerpt(typed: str, texts: Sequence[str]) -> tuple[str, str, str] | None:
    """A few words around the place in the longest text where what was typed stands as it was: (before, it, after)."""
    for text in sorted(texts, key=len, reverse=True)[:1]:
        for word in typed.split():
            where = text.find(word)
            if where >= 0:
                end = where + len(word)
                return text[max(0, where - 16) : where], text[where:end], text[end : end + 24]
    return None
