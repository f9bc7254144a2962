"""What waits for a person: their own work and what their role may take, by how much time is left; what they have done.

The time left is that of the nearest limit that binds the step: its own, or the case's. A standard time is for planning
and makes nothing late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from engine.cases.desks.lists import PAGE, Page
from engine.cases.desks.matter import subject_of
from engine.cases.records import ITEM_IS_OPEN, case, item
from engine.dates.records import deadline
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Invalid
from engine.library.records import sop
from engine.office import people
from engine.office.people import Person
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["BANDS", "WAITS", "Narrowed", "Waiting", "band_of", "edges", "inbox"]

View = Literal["mine", "role", "done"]
#: the views of what is to be done, one's own first
WAITS: tuple[View, ...] = ("mine", "role")
#: from the most pressing on
BANDS = ("late30", "late", "today", "soon", "later", "none")
#: more than this many that a person has done are not counted to the end
_MOST_DONE = 1000


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of the list is asked for; an empty field asks for all."""

    band: str = ""
    sop: str = ""
    step: str = ""
    unit: str = ""
    priority: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page; how many lie in each band; and what one could narrow it by, as (value, words), each once."""

    page: Page
    counts: Mapping[str, int]
    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def inbox(
    db: Connection, *, who: Person, at: datetime, calendar: Calendar, soon: int, view: View = "mine",
    narrowed: Narrowed = Narrowed(), page: int = 1, size: int = PAGE,
) -> Waiting:  # fmt: skip
    """Work items of this person: ``mine`` (claimed or assigned), ``role`` (free to claim), ``done`` (newest first).

    ``soon``: what is due within so many working days is due soon.
    """
    if view == "done":
        return Waiting(_done(db, who, narrowed, page, size), {})
    borders = edges(at, calendar, soon)
    if view == "mine":
        own = people.reach(who, item.c.case_id, lambda one: item.c.assignee.in_(sorted(one.ids)))
    else:
        seats = people.reach(who, item.c.case_id, lambda one: _within(people.seats(db, one)))
        # not "assignee IS NULL": by that index SQLite would read everything in the house that is free
        own = sa.and_(sa.func.coalesce(item.c.assignee, 0) == 0, seats)
    until = _until().label("until")
    waiting = (
        sa.select(
            item.c.id, item.c.case_id, item.c.name, item.c.step, item.c.unit, item.c.due_at, until,
            case.c.sop_id, case.c.priority,
        )
        .join(case, case.c.id == item.c.case_id)
        .where(ITEM_IS_OPEN, own, *_words(narrowed.words))
    ).cte("waiting").prefix_with("MATERIALIZED")  # fmt: skip  # else the limit is sought anew wherever it is named
    counts, choices = _counted(db, waiting, narrowed, borders)
    chosen = [
        column == value
        for column, value in (
            (waiting.c.sop_id, narrowed.sop), (waiting.c.name, narrowed.step), (waiting.c.unit, narrowed.unit),
            (waiting.c.priority, narrowed.priority),
        )
        if value not in ("", None)
    ]  # fmt: skip
    if narrowed.band:
        chosen.append(_band(waiting.c.until, borders) == narrowed.band)
    number = min(max(page, 1), 10_000)
    nearest = (waiting.c.until.is_(None), waiting.c.until, waiting.c.priority.desc())
    order = (*nearest, waiting.c.due_at.is_(None), waiting.c.due_at, waiting.c.id)
    ids = sa.select(waiting.c.id, waiting.c.until).where(*chosen).order_by(*order).limit(size)
    rows = _rows(db, ids.offset((number - 1) * size))
    rows.sort(key=_pressing)
    total = sum(counts.values()) if not narrowed.band else counts.get(narrowed.band, 0)
    return Waiting(Page(rows, total, number, size), counts, choices)


def _pressing(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The order of the query once more: the rows of a page come back in any."""
    far = datetime.max.replace(tzinfo=TAIPEI)
    return (row["until"] or far, -row["priority"], row["due_at"] or far, row["id"])


def edges(at: datetime, calendar: Calendar, soon: int) -> tuple[datetime, datetime, datetime, datetime]:
    """The instants before which a limit is 30 days late, late, due today, due soon: within ``soon`` working days."""
    today = at.astimezone(TAIPEI).date()
    try:
        last = calendar.add(today, soon)
    except Invalid:  # beyond the published calendar
        last = today + timedelta(days=soon)

    def midnight_after(day: Any) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=TAIPEI) + timedelta(days=1)

    return midnight_after(today - timedelta(days=30)), at, midnight_after(today), midnight_after(last)


def band_of(until: datetime | None, borders: Sequence[datetime]) -> str:
    """In which band a limit lies; ``borders`` are those of ``edges``."""
    if until is None:
        return "none"
    return next((band for band, border in zip(BANDS, borders, strict=False) if until < border), "later")


def _band(until: sa.ColumnElement[Any], borders: Sequence[datetime]) -> sa.ColumnElement[str]:
    """``band_of`` for the database."""
    whens = [(until < border, sa.literal(band)) for band, border in zip(BANDS, borders, strict=False)]
    return sa.case((until.is_(None), sa.literal("none")), *whens, else_=sa.literal("later"))


def _until() -> sa.ScalarSelect[Any]:
    """The nearest limit that runs and binds the item: of its case, or of its own step."""
    return (
        sa.select(sa.func.min(deadline.c.due_at))
        .where(
            deadline.c.case_id == item.c.case_id,
            deadline.c.ended_at.is_(None),
            deadline.c.stopped_at.is_(None),
            deadline.c.regime != "standard",
            sa.or_(deadline.c.step.is_(None), deadline.c.step == item.c.step),
        )
        .scalar_subquery()
    )


def _within(seats: Iterable[tuple[str, str]]) -> sa.ColumnElement[bool]:
    seats = sorted(seats)
    if not seats:
        return sa.false()
    # the units by themselves, because SQLite finds no index for a pair
    return sa.and_(item.c.unit.in_(sorted({unit for unit, _ in seats})), sa.tuple_(item.c.unit, item.c.role).in_(seats))


def _words(words: str) -> list[sa.ColumnElement[bool]]:
    """Every word in number, title or step; the subject is what /cases is for."""
    columns = (case.c.number, case.c.title, item.c.name)
    return [sa.or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words.split()[:5]]


def _counted(
    db: Connection, waiting: sa.CTE, narrowed: Narrowed, borders: Sequence[datetime]
) -> tuple[dict[str, int], dict[str, list[tuple[str, str]]]]:
    """Counts per band of what the other filters leave, and the choices of every filter over all."""
    band = _band(waiting.c.until, borders).label("band")
    columns = (band, waiting.c.sop_id, waiting.c.name, waiting.c.unit, waiting.c.priority)
    groups = db.execute(
        sa.select(*columns, sop.c.name.label("sop_name"), unit.c.name.label("unit_name"), sa.func.count().label("many"))
        .join(sop, sop.c.id == waiting.c.sop_id, isouter=True)
        .join(unit, unit.c.id == waiting.c.unit, isouter=True)
        .group_by(*columns, sop.c.name, unit.c.name)
    ).all()
    counts = dict.fromkeys(BANDS, 0)
    for row in groups:
        asked = (
            (narrowed.sop, row.sop_id), (narrowed.step, row.name), (narrowed.unit, row.unit),
            (narrowed.priority, row.priority),
        )  # fmt: skip
        if all(wanted in ("", None, value) for wanted, value in asked):
            counts[row.band] += row.many
    named = {
        "sop": {(row.sop_id, row.sop_name or row.sop_id) for row in groups},
        "step": {(row.name, row.name) for row in groups},
        "unit": {(row.unit, row.unit_name or row.unit) for row in groups},
        "priority": {(str(row.priority), str(row.priority)) for row in groups},
    }
    return counts, {name: sorted(values, key=lambda pair: pair[1]) for name, values in named.items()}


def _done(db: Connection, who: Person, narrowed: Narrowed, page: int, size: int) -> Page:
    """What this person has completed, the newest first."""
    number = min(max(page, 1), 10_000)
    mine = sa.select(item.c.id).where(
        item.c.done_by == who.id, item.c.status == "done", people.not_excluded(who, item.c.case_id)
    )
    if narrowed.words:
        mine = mine.join(case, case.c.id == item.c.case_id).where(*_words(narrowed.words))
    few = mine.limit(_MOST_DONE).subquery()
    total = int(db.execute(sa.select(sa.func.count()).select_from(few)).scalar_one())
    ordered = mine.add_columns(sa.null().cast(item.c.due_at.type).label("until"))
    ordered = ordered.order_by(item.c.done_at.desc(), item.c.id.desc()).limit(size).offset((number - 1) * size)
    rows = _rows(db, ordered) if (number - 1) * size < total else []
    rows.sort(key=lambda row: (row["done_at"], row["id"]), reverse=True)
    return Page(rows, total, number, size)


def _rows(db: Connection, ids: sa.Select[Any]) -> list[dict[str, Any]]:
    """These items with what the list shows: step, case, what it is about, which date is only a standard time."""
    page = ids.subquery("page")
    subject = subject_of(item.c.case_id, case.c.start)
    standard = sa.exists().where(
        deadline.c.case_id == item.c.case_id, deadline.c.ended_at.is_(None), deadline.c.due_at == item.c.due_at,
        deadline.c.regime == "standard",
    )  # fmt: skip
    query = (
        sa.select(
            item.c.id, item.c.case_id, item.c.step, item.c.name, item.c.unit, item.c.role, item.c.assignee,
            item.c.status, item.c.opening, item.c.opened_at, item.c.due_at, item.c.done_at, item.c.late,
            item.c.version, page.c.until,
            case.c.number, case.c.title, case.c.status.label("case_status"), case.c.received_at, case.c.sop_id,
            case.c.priority, case.c.suspended_at, case.c.bundle,
            unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), person.c.name.label("assignee_name"),
            subject.label("subject"), standard.label("by_standard"),
        )
        .select_from(page)
        .join(item, item.c.id == page.c.id)
        .join(case, case.c.id == item.c.case_id)
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]
