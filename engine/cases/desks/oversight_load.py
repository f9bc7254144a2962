"""Workload as capacity: what lies ahead of a unit's people, and how much working time there is for it.

People stand by unit and in the order of their names, always; no figure of a person is a measure of anybody. Standard
time is for planning: hours ahead are those of the open steps that have one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.oversight import Scope
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, item
from engine.dates.records import deadline
from engine.dates.workdays import Calendar
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.office.records import absence, membership, person, substitution
from engine.store import Connection

__all__ = ["Load", "UnitLoad", "capacity", "loads", "takers"]

#: absences that begin within so long are in view
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Load:
    """One person's open work. ``free`` is the working time until ``next_due`` without what they are away."""

    id: int
    name: str
    items: int = 0
    ahead: timedelta = timedelta()
    without: int = 0  # open items whose step has no standard time
    next_due: datetime | None = None
    free: timedelta | None = None
    away: Sequence[tuple[datetime, datetime]] = ()
    substitutes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """The people of a unit in the order of their names, and what waits there to be taken."""

    id: str
    name: str
    people: Sequence[Load]
    pool: int
    pool_ahead: timedelta


@dataclass(slots=True)
class _Sum:
    items: int = 0
    ahead: timedelta = timedelta()
    without: int = 0
    dues: list[datetime] = field(default_factory=list)


def capacity(db: Connection, seen: Scope, *, at: datetime, calendar: Calendar, only: str = "") -> list[UnitLoad]:
    """The people of the units in view, or of ``only`` one of them, with their open work. Seven queries, one more where
    versions plan differently, and one for each SOP version that was not read before."""
    names = people.units(db)
    wanted = sorted(one for one in names if (seen.units is None or one in seen.units) and only in ("", one))
    who = _people(db, wanted, at)
    held, pool = _sums(db, seen, wanted, sorted({one for group in who.values() for one in group}), calendar)
    dues = _dues(db, held, at)
    away, stand_ins = _away(db, held, at), _substitutes(db, held, at)

    def load(one: int, name: str) -> Load:
        found, gone = held[one], away.get(one, ())
        due = dues.get(one)
        free = None if due is None else _free(calendar, at, due, gone)
        return Load(one, name, found.items, found.ahead, found.without, due, free, gone, stand_ins.get(one, ()))

    return [
        UnitLoad(
            key, names[key].name,
            sorted((load(one, name) for one, name in who.get(key, {}).items()), key=lambda each: (each.name, each.id)),
            pool.get(key, _Sum()).items, pool.get(key, _Sum()).ahead,
        )
        for key in wanted if who.get(key) or pool.get(key)
    ]  # fmt: skip


def takers(db: Connection, seen: Scope, *, at: datetime) -> list[UnitLoad]:
    """The same people with how much they hold and when they are away, to choose one from: what lies ahead of them, and
    what nobody has taken, is not summed up. Five queries."""
    names = people.units(db)
    who = _people(db, sorted(one for one in names if seen.units is None or one in seen.units), at)
    found = loads(db, {one: name for group in who.values() for one, name in group.items()}, who=seen.who, at=at)
    return [
        UnitLoad(
            key, names[key].name,
            [found[one] for one, _ in sorted(who[key].items(), key=lambda each: (each[1], each[0]))], 0, timedelta(),
        )
        for key in sorted(who)
    ]  # fmt: skip


def loads(db: Connection, known: Mapping[int, str], *, who: Person, at: datetime) -> dict[int, Load]:
    """How much these people hold of what ``who`` may know of, when they are away and who stands in; three queries."""
    query = sa.select(item.c.assignee, sa.func.count().label("items")).where(
        ITEM_IS_OPEN, item.c.assignee.in_(sorted(known)), people.not_excluded(who, item.c.case_id)
    )
    held: dict[int, int] = {row.assignee: row.items for row in db.execute(query.group_by(item.c.assignee))}
    away, stand_ins = _away(db, known, at), _substitutes(db, known, at)
    return {
        one: Load(one, name, held.get(one, 0), away=away.get(one, ()), substitutes=stand_ins.get(one, ()))
        for one, name in known.items()
    }


def _people(db: Connection, units: Sequence[str], at: datetime) -> dict[str, dict[int, str]]:
    day = people.office_day(at)
    query = (
        sa.select(membership.c.unit_id, person.c.id, person.c.name)
        .join(person, person.c.id == membership.c.person_id)
        .where(
            membership.c.unit_id.in_(units), person.c.active,
            sa.or_(membership.c.since.is_(None), membership.c.since <= day),
            sa.or_(membership.c.until.is_(None), membership.c.until >= day),
        )
    )  # fmt: skip
    found: dict[str, dict[int, str]] = {}
    for row in db.execute(query):
        found.setdefault(row.unit_id, {})[row.id] = row.name
    return found


def _sums(
    db: Connection, seen: Scope, units: Sequence[str], ids: Sequence[int], calendar: Calendar
) -> tuple[dict[int, _Sum], dict[str, _Sum]]:
    """Open work by person, wherever it lies, and by unit what nobody has taken."""
    if not ids and not units:
        return {}, {}
    free = sa.and_(item.c.assignee.is_(None), item.c.unit.in_(units))
    by = (item.c.assignee, sa.case((free, item.c.unit)).label("pool"), item.c.sop_id, item.c.step)
    here = (ITEM_IS_OPEN, sa.or_(item.c.assignee.in_(ids), free), people.not_excluded(seen.who, item.c.case_id))
    rows = db.execute(sa.select(*by, sa.func.count().label("items")).where(*here).group_by(*by)).all()
    standard, differ = _standard_times(db, {(row.sop_id, row.step) for row in rows}, calendar)
    held: dict[int, _Sum] = {one: _Sum() for one in ids}
    pool: dict[str, _Sum] = {}

    def add(row: Any, time: timedelta | None) -> None:
        into = held[row.assignee] if row.assignee is not None else pool.setdefault(row.pool, _Sum())
        into.items += row.items
        if time is None:
            into.without += row.items
        else:
            into.ahead += row.items * time

    for row in rows:
        if row.sop_id not in differ:
            add(row, standard[row.sop_id, row.step])
    if differ:  # each piece of work by the version of its own case
        exact = (
            sa.select(*by, case.c.bundle, case.c.start, sa.func.count().label("items"))
            .join(case, case.c.id == item.c.case_id)
            .where(*here, item.c.sop_id.in_(sorted(differ)))
            .group_by(*by, case.c.bundle, case.c.start)
        )
        for row in db.execute(exact):
            add(row, _standard_time(db, row.bundle, row.start, row.step, calendar))
    return held, pool


def _standard_times(
    db: Connection, wanted: Collection[tuple[str, str]], calendar: Calendar
) -> tuple[dict[tuple[str, str], timedelta | None], set[str]]:
    """What is planned for these steps by (SOP, path), and the SOPs of which open cases are planned differently."""
    found: dict[tuple[str, str], timedelta | None] = {}
    differ: set[str] = set()
    for sop_id, bundle, start in db.execute(_OPEN_VERSIONS).all():
        for key in wanted:
            if key[0] == sop_id:
                time = _standard_time(db, bundle, start, key[1], calendar)
                if found.setdefault(key, time) != time:
                    differ.add(sop_id)
    return found, differ


_OPEN_VERSIONS = sa.select(case.c.sop_id, case.c.bundle, case.c.start).where(CASE_IS_OPEN).distinct()


def _standard_time(db: Connection, bundle: str, start: str, path: str, calendar: Calendar) -> timedelta | None:
    """What a version plans for a step; None where it plans nothing, or does not know the step."""
    step = shelf.projection(db, bundle, start).steps.get(path)
    standard = step.node.standard_time if step is not None else None
    return None if standard is None else _length(standard.value, standard.unit, calendar)


def _length(value: float, unit: str, calendar: Calendar) -> timedelta:
    """A standard time as working time; a calendar day counts as a working one, which is on the safe side."""
    if unit == "hour":
        return timedelta(hours=value)
    if unit == "minute":
        return timedelta(minutes=value)
    return value * calendar.day_length


def _dues(db: Connection, held: Mapping[int, Any], at: datetime) -> dict[int, datetime]:
    """The next limit of each person's open cases that is still ahead."""
    query = (
        sa.select(item.c.assignee, sa.func.min(deadline.c.due_at).label("due"))
        .join(deadline, sa.and_(deadline.c.case_id == item.c.case_id, deadline.c.ended_at.is_(None)))
        .where(
            ITEM_IS_OPEN, item.c.assignee.in_(sorted(held)), deadline.c.regime != "standard",
            deadline.c.stopped_at.is_(None), deadline.c.due_at >= at,
        )
        .group_by(item.c.assignee)
    )  # fmt: skip
    return {row.assignee: row.due for row in db.execute(query)}


def _away(db: Connection, held: Mapping[int, Any], at: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
    query = (
        sa.select(absence.c.person_id, absence.c.since, absence.c.until)
        .where(
            absence.c.person_id.in_(sorted(held)), absence.c.ended_at.is_(None), absence.c.until > at,
            absence.c.since < at + AHEAD,
        )
        .order_by(absence.c.since, absence.c.id)
    )  # fmt: skip
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for row in db.execute(query):
        found.setdefault(row.person_id, []).append((row.since, row.until))
    return found


def _substitutes(db: Connection, held: Mapping[int, Any], at: datetime) -> dict[int, list[str]]:
    query = (
        sa.select(substitution.c.person_id, person.c.name)
        .join(person, person.c.id == substitution.c.substitute_id)
        .where(
            substitution.c.person_id.in_(sorted(held)), substitution.c.until > at, substitution.c.since < at + AHEAD,
            person.c.active,
        )
        .order_by(substitution.c.since, substitution.c.id)
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    for row in db.execute(query):
        known = found.setdefault(row.person_id, [])
        if row.name not in known:
            known.append(row.name)
    return found


def _free(
    calendar: Calendar, at: datetime, due: datetime, away: Sequence[tuple[datetime, datetime]]
) -> timedelta:  # fmt: skip
    """The working time until the due date, less the working time away; absences that overlap count once."""
    free = calendar.worked(at, due)
    reached = at
    for since, until in sorted(away):
        since, until = max(since, reached), min(until, due)
        if since < until:
            free -= calendar.worked(since, until)
            reached = until
    return free
