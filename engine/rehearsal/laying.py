"""A city in memory as this one is today: its offices and people, an SOP, and what that calls. No case and no secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from engine.dates.records import unit_limit
from engine.dates.workdays import Calendar
from engine.library import bundles, shelf
from engine.library.folder import SopFolder
from engine.library.records import form_register, sop_version
from engine.office import records as r
from engine.office.people import SYSTEM
from engine.rehearsal import scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store, metadata

__all__ = ["MOST_ACTS", "Rows", "company", "furnish", "lay", "staff"]

#: acts of people and ringings of clocks in one walk
MOST_ACTS = 600
#: what a trial takes over from the city: its organisation, its forms, its units' limits; no case and no secret
_TAKEN = (r.unit, r.unit_name, r.role, r.person, r.membership, form_register, unit_limit)
_NONE: Mapping[str, SopFolder] = MappingProxyType({})
#: table → its rows
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
_EVER: Mapping[str, Any] = {"since": None, "until": None}
_NEVER: Mapping[str, Any] = {"since": None, "until": date(1990, 1, 1)}
_NOTHING = {"password_hash": None, "email": None, "failed": 0, "locked_until": None}


def lay(db: Connection, draft: SopFolder, calendar: Calendar, at: datetime, today: date) -> Virtual:
    """A city in memory with this city's offices and people, the draft, and what it calls in the versions in force."""
    store = Store("sqlite://")
    metadata.create_all(store.engine)
    furnish(store, staff(db, today), company(db, draft), at)
    return Virtual(store, scenarios.office(calendar), at, most=MOST_ACTS)


def furnish(store: Store, offices: Rows, folders: Iterable[SopFolder], at: datetime) -> None:
    """Put these rows into an empty store, and these SOPs in force."""
    with store.act() as mine:
        mine.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # a unit may stand before the one above it
        for name, rows in offices.items():
            if rows:
                mine.execute(sa.insert(metadata.tables[name]), rows)
        for folder in folders:
            _put(mine, folder, at)


def _put(db: Connection, folder: SopFolder, at: datetime) -> None:
    number = shelf.bring_in(db, folder, who=SYSTEM, at=at)
    row = db.execute(
        sa.select(sop_version).where(sop_version.c.sop_id == folder.id, sop_version.c.number == number)
    ).mappings().one()  # fmt: skip
    shelf.put_in_force(db, dict(row), folder, by=None, at=at)


def staff(db: Connection, today: date) -> Rows:
    """What a trial takes over from the city, by table: its offices as they are today, in whatever year the walk is."""
    query = {table: sa.select(table).order_by(*table.primary_key.columns) for table in _TAKEN}
    found = {table.name: [dict(row) for row in db.execute(query[table]).mappings()] for table in _TAKEN}
    found[r.person.name] = [{**row, **_NOTHING} for row in found[r.person.name]]
    found[r.membership.name] = [{**row, **_EVER} for row in found[r.membership.name] if _is_now(row, today)]
    found[r.unit.name] = [{**row, **(_EVER if _is_now(row, today) else _NEVER)} for row in found[r.unit.name]]
    return found


def _is_now(row: Mapping[str, Any], today: date) -> bool:
    return (row["since"] is None or row["since"] <= today) and (row["until"] is None or today <= row["until"])


def company(db: Connection, own: SopFolder, *, instead: Mapping[str, SopFolder] = _NONE) -> list[SopFolder]:
    """An SOP with all that its cases run or open, in the versions in force; ``instead``: these in place of those."""
    held = {**bundles.standing(db), **instead, own.id: own}
    wanted: dict[str, SopFolder] = {}
    asked = {own.id}
    while asked:
        wanted |= bundles.closure(asked.pop(), held.get)
        called = {node.called for folder in wanted.values() for node in folder.sop.nodes.values() if node.called}
        asked = (called & held.keys()) - wanted.keys()
    return list(wanted.values())
