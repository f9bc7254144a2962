"""The SOPs as people look them up: which version is in force, how much runs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.cases.records import CASE_IS_OPEN, case
from engine.errors import Missing
from engine.library.bundles import stored_folder
from engine.library.folder import SopFolder
from engine.library.records import form_register, sop, sop_version
from engine.office import people
from engine.office.people import Person
from engine.office.records import person, role
from engine.sops.sop import Sop
from engine.store import Connection

__all__ = [
    "Procedure",
    "folder_in_force",
    "folder_of",
    "named",
    "open_cases",
    "papers",
    "procedure",
    "procedures",
    "roles",
]

#: content hash → what it holds; more than a city has in force at once
_MOST = 500
_folders: dict[str, SopFolder] = {}

_IN_FORCE = sop_version.alias("in_force")
_OPEN = sa.select(sa.func.count()).where(case.c.sop_id == sop.c.id, CASE_IS_OPEN).correlate(sop).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Procedure:
    """One SOP with the version in force and every version it has had."""

    row: Mapping[str, Any]
    sop: Sop
    versions: Sequence[Mapping[str, Any]]


def procedures(db: Connection, *, words: str = "") -> Sequence[Mapping[str, Any]]:
    """SOPs in one query: name, division, version in force, by whom, open cases. ``words`` seek in name and id."""
    query = (
        sa.select(
            sop.c.id, sop.c.name, sop.c.division, sop.c.shared,
            _IN_FORCE.c.number, _IN_FORCE.c.published_at, person.c.name.label("published_by"), _OPEN.label("open"),
        )
        .join(_IN_FORCE, _IN_FORCE.c.id == sop.c.in_force, isouter=True)
        .join(person, person.c.id == _IN_FORCE.c.published_by, isouter=True)
        .order_by(sop.c.shared, sop.c.division, sop.c.id)
    )  # fmt: skip
    for word in words.split()[:5]:
        query = query.where(sa.or_(*(c.icontains(word, autoescape=True) for c in (sop.c.name, sop.c.id))))
    return [dict(row) for row in db.execute(query).mappings()]


def named(db: Connection) -> list[tuple[str, str]]:
    """(id, name) of every procedure that cases are opened of, for a filter."""
    query = sa.select(sop.c.id, sop.c.name).where(sop.c.shared.is_(False)).order_by(sop.c.id)
    return [(row.id, row.name) for row in db.execute(query)]


def procedure(db: Connection, sop_id: str) -> Procedure:
    """One SOP. Raises Missing when it is unknown or nothing of it is in force."""
    row = db.execute(
        sa.select(
            sop.c.id, sop.c.name, sop.c.division, sop.c.shared, _IN_FORCE.c.number, _IN_FORCE.c.published_at,
            _IN_FORCE.c.hash, person.c.name.label("published_by"), _OPEN.label("open"),
        )
        .join(_IN_FORCE, _IN_FORCE.c.id == sop.c.in_force)
        .join(person, person.c.id == _IN_FORCE.c.published_by, isouter=True)
        .where(sop.c.id == sop_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("no_such_sop", "查無此作業流程。")
    versions = (
        sa.select(
            sop_version.c.number, sop_version.c.state, sop_version.c.published_at, person.c.name.label("published_by")
        )
        .join(person, person.c.id == sop_version.c.published_by, isouter=True)
        .where(sop_version.c.sop_id == sop_id)
        .order_by(sop_version.c.number.desc())
    )
    held = [dict(version) for version in db.execute(versions).mappings()]
    return Procedure(dict(row), folder_in_force(db, sop_id).sop, held)


def folder_in_force(db: Connection, sop_id: str) -> SopFolder:
    """What the version in force holds: chart, forms and tables, parsed once per content and process."""
    found = db.execute(
        sa.select(sop_version.c.hash, sop_version.c.id)
        .join(sop, sop.c.in_force == sop_version.c.id)
        .where(sop.c.id == sop_id)
    ).first()
    if found is None:
        raise Missing("no_such_sop", "查無此作業流程。")
    if found.hash not in _folders:
        row = db.execute(
            sa.select(sop_version, sop.c.division)
            .join(sop, sop.c.id == sop_version.c.sop_id)
            .where(sop_version.c.id == found.id)
        ).mappings().one()  # fmt: skip
        while len(_folders) >= _MOST:
            _folders.pop(next(iter(_folders)), None)
        _folders[found.hash] = stored_folder(row)
    return _folders[found.hash]


def folder_of(db: Connection, sop_id: str, number: int) -> SopFolder:
    """What one version holds, a draft or published. Raises Missing."""
    row = db.execute(
        sa.select(sop_version, sop.c.division)
        .join(sop, sop.c.id == sop_version.c.sop_id)
        .where(sop_version.c.sop_id == sop_id, sop_version.c.number == number)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("no_such_version", "沒有這個版本。")
    return stored_folder(row)


def papers(db: Connection) -> Mapping[str, Mapping[str, Any]]:
    """The form register: ref → number and official name."""
    return {row["ref"]: dict(row) for row in db.execute(sa.select(form_register)).mappings()}


def roles(db: Connection) -> Mapping[str, str]:
    """What each role is called."""
    return {row.id: row.name for row in db.execute(sa.select(role.c.id, role.c.name))}


def open_cases(
    db: Connection, sop_id: str, *, who: Person, units: Sequence[str] | None, limit: int = 50
) -> Sequence[Mapping[str, Any]]:
    """Open cases of an SOP, the newest first; ``units`` limits what the asker may see, None is the whole house."""
    query = (
        sa.select(case.c.id, case.c.number, case.c.title, case.c.received_at, case.c.unit)
        .where(case.c.sop_id == sop_id, CASE_IS_OPEN, people.not_excluded(who, case.c.id))
        .order_by(case.c.id.desc())
        .limit(limit)
    )
    if units is not None:
        query = query.where(case.c.unit.in_(sorted(units)))
    return [dict(row) for row in db.execute(query).mappings()]
