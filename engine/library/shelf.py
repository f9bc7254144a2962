"""The shelf of SOPs: bring in from folders, publish, export; and the ways to what a case runs.

A version is immutable once published; drafts wait beside it and are never overwritten. Publishing checks the SOP and
everything in force that calls it: if one of them would break, nothing is published.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from engine.errors import BadSop, Missing
from engine.library.accepting import accepted, settled
from engine.library.bundles import (
    bundle,
    closure,
    form,
    opened,
    projection,
    read_ahead,
    standing,
    stored_folder,
    table,
    within,
)
from engine.library.findings import Verdict, check
from engine.library.folder import FORM_ENDING, SopFolder, folder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version as version_table
from engine.office import journal, people
from engine.office.people import Person
from engine.sops import calls
from engine.sops.sop import Finding
from engine.store import Connection

__all__ = [
    "Loaded", "bring_in", "broken_callers", "bundle", "demand_sound", "export", "folder", "form", "in_force",
    "listed", "load", "lock", "opened", "projection", "publish", "put_in_force", "read_ahead", "table", "verdict",
    "within",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a look into the folders changed. ``refused`` were never published and wait as drafts: id → why."""

    published: tuple[str, ...] = ()
    drafted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


def load(
    db: Connection, root: Path, *, who: Person, at: datetime, operators: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> Loaded:  # fmt: skip
    """At start: an SOP never published is published from its folder; content never seen before becomes a draft.

    ``only``: these SOPs and all that they call, directly or through others; the others are not looked at.
    """
    known = _rows(db)
    seen = {tuple(row) for row in db.execute(sa.select(version_table.c.sop_id, version_table.c.hash))}
    unchanged: list[str] = []
    drafted: list[str] = []
    fresh: dict[str, SopFolder] = {}
    refused: dict[str, tuple[Finding, ...]] = {}
    for name, found in _wanted(folder(root), only).items():
        row = known.get(name)
        in_use = row is not None and (row["in_force"] is not None or row["retired_at"] is not None)
        if in_use and (name, found.hash) in seen:  # in force, drafted, or an older file that the library outgrew
            unchanged.append(name)
            continue
        try:
            bring_in(db, found, who=who, at=at)
        except BadSop as bad:
            refused[name] = (Finding(bad.code, "error", bad.sentence, bad.element),)
            continue
        if in_use:
            drafted.append(name)
        else:
            fresh[name] = found
    lock(db)
    refused |= _publishable(db, fresh, operators)
    good = {name: found for name, found in fresh.items() if name not in refused}
    drafts = {name: _draft(db, name, hash_=found.hash) for name, found in good.items()}
    _publish(db, drafts, who=who, at=at, operators=operators, sound=good)
    return Loaded(tuple(good), tuple(drafted), tuple(unchanged), refused)


def _wanted(all_: Mapping[str, SopFolder], only: Collection[str] | None) -> Mapping[str, SopFolder]:
    if only is None:
        return all_
    found: dict[str, SopFolder] = {}
    todo = list(only)
    while todo:
        name = todo.pop()
        if name in all_ and name not in found:
            found[name] = all_[name]
            todo += sorted(calls.called_by(all_[name].sop))
    return found


def bring_in(db: Connection, found: SopFolder, *, who: Person, at: datetime) -> int | None:
    """Keep a folder's content as a draft; the version's number, or None when just this is in force or drafted already.

    Raises BadSop when the chart is not readable, or is not the SOP its folder is named after; NotAllowed for anybody
    but a process owner or an administrator.
    """
    people.require(db, who, "publish")
    if found.sop.id != found.id:
        raise BadSop("sop_id", f"資料夾 {found.id} 裡的流程代碼是 {found.sop.id}，兩者應相同。", element=found.sop.id)
    row = _rows(db).get(found.id)
    if row is None:
        values = {"id": found.id, "name": found.sop.name, "division": found.division, "shared": found.sop.shared}
        db.execute(sop_table.insert().values(**values))
    elif row["hash"] == found.hash or _draft(db, found.id, hash_=found.hash) is not None:
        return None
    number = 1 + (db.scalar(sa.select(sa.func.max(version_table.c.number)).where(_of(found.id))) or 0)
    db.execute(
        version_table.insert().values(
            sop_id=found.id, number=number, state="draft", hash=found.hash, bpmn=found.bpmn.decode(),
            forms=dict(found.forms), tables=dict(found.tables), scenarios=found.scenarios,
        )
    )  # fmt: skip
    _journal(db, found.id, "sop.draft", who, at, {"number": number, "hash": found.hash})
    return number


def publish(
    db: Connection,
    sop_ids: str | Collection[str],
    *,
    who: Person,
    at: datetime,
    operators: Collection[str] | None = None,
) -> None:
    """Put the newest draft of an SOP in force; of several together, when they call each other.

    Raises Missing when there is no draft, BadSop with the findings when one of them, or an SOP in force that calls
    one of them, could not run with it; NotAllowed for anybody but a process owner or an administrator.
    """
    people.require(db, who, "publish")
    names = [sop_ids] if isinstance(sop_ids, str) else list(sop_ids)
    _publish(db, {name: _draft(db, name) for name in names}, who=who, at=at, operators=operators)


def _publish(
    db: Connection,
    drafts: Mapping[str, sa.RowMapping | None],
    *,
    who: Person,
    at: datetime,
    operators: Collection[str] | None,
    sound: Mapping[str, SopFolder] = MappingProxyType({}),
) -> None:
    """``sound``: what the drafts hold, where it was checked just now, together: it is not read and checked again."""
    if not drafts:
        return
    lock(db)
    rows: dict[str, sa.RowMapping] = {}
    for name, row in drafts.items():
        if row is None:
            raise Missing("no_draft", f"作業流程「{name}」沒有可發布的草案。", element=name)
        rows[name] = row
    new = {name: sound.get(name) or stored_folder(row) for name, row in rows.items()}
    callers = demand_sound(db, new, operators=operators, sound=sound)
    act = journal.new_act()
    for name, row in rows.items():
        number = put_in_force(db, dict(row), new[name], by=who.id, at=at)
        effects = {"number": number, "hash": new[name].hash, "callers": callers}
        _journal(db, name, "sop.publish", who, at, effects, act)


def demand_sound(
    db: Connection, new: Mapping[str, SopFolder], *, operators: Collection[str] | None, sound: Collection[str] = ()
) -> list[str]:
    """Pass when these, and everything in force that calls them, could run together; the callers. Raises BadSop."""
    shelf = {**in_force(db), **new}
    callers = _callers(new, shelf)
    stand = accepted(db, [*new, *callers])
    for name in [name for name in new if name not in sound]:
        _refuse(settled(check(new[name], _needed(name, shelf), operators=operators), stand[name]), new[name])
    for name in callers:
        verdict = settled(check(shelf[name], _needed(name, shelf), operators=operators), stand[name])
        _refuse(verdict, shelf[name], caller=True)
    return callers


def _callers(new: Mapping[str, SopFolder], shelf: Mapping[str, SopFolder]) -> list[str]:
    return [name for name in shelf if name not in new and not new.keys().isdisjoint(_needed(name, shelf))]


def broken_callers(
    db: Connection, new: Mapping[str, SopFolder], *, operators: Collection[str] | None = None
) -> list[tuple[SopFolder, Finding]]:
    """Which SOPs in force could not run any more were these in force, each with the first of its findings."""
    shelf = {**standing(db), **new}
    callers = _callers(new, shelf)
    stand = accepted(db, callers)
    verdicts = (
        (shelf[name], settled(check(shelf[name], _needed(name, shelf), operators=operators), stand[name]))
        for name in callers
    )
    return [(caller, verdict.blocking[0]) for caller, verdict in verdicts if verdict.blocking]


def lock(db: Connection) -> None:
    """Nobody else publishes between the check and what was checked."""
    db.execute(sa.select(sop_table.c.id).order_by(sop_table.c.id).with_for_update()).all()


def put_in_force(db: Connection, row: Mapping[str, Any], found: SopFolder, *, by: int | None, at: datetime) -> int:
    """A stored version that was found sound becomes what cases run from now on; its number."""
    newest = db.scalar(sa.select(sa.func.max(version_table.c.number)).where(_of(found.id)))
    number: int = row["number"] if row["number"] == newest else newest + 1  # an older draft becomes the newest version
    db.execute(
        version_table.update()
        .where(version_table.c.id == row["id"])
        .values(state="published", number=number, published_at=at, published_by=by, effective_on=None)
    )
    db.execute(
        sop_table.update()
        .where(sop_table.c.id == found.id)
        .values(
            in_force=row["id"], name=found.sop.name, division=found.division, shared=found.sop.shared, looked_at=None,
            retired_at=None,
        )
    )  # fmt: skip
    return number


def export(db: Connection, sop_id: str, root: Path, *, number: int | None = None) -> list[Path]:
    """Write a version (default: in force) back as ``<root>/<division>/<sop-id>/``, byte for byte; the files written."""
    query = sa.select(version_table, sop_table.c.division).join(sop_table, sop_table.c.id == version_table.c.sop_id)
    query = query.where(sop_table.c.id == sop_id)
    which = version_table.c.number == number if number is not None else version_table.c.id == sop_table.c.in_force
    row = db.execute(query.where(which)).mappings().first()
    if row is None:
        raise Missing("no_such_version", f"找不到作業流程「{sop_id}」的這個版本。", element=sop_id)
    place = root / row["division"] / sop_id
    place.mkdir(parents=True, exist_ok=True)
    texts = {f"{sop_id}.bpmn": row["bpmn"]}
    texts |= {f"{step}{FORM_ENDING}": text for step, text in row["forms"].items()}
    texts |= {f"{name}.dmn": text for name, text in row["tables"].items()}
    if row["scenarios"]:
        texts["scenarios.yaml"] = row["scenarios"]
    for name, text in texts.items():
        (place / name).write_bytes(text.encode())
    return [place / name for name in texts]


def in_force(db: Connection) -> dict[str, SopFolder]:
    """Every SOP in force, as its folder."""
    query = (
        sa.select(version_table, sop_table.c.division)
        .join(sop_table, sop_table.c.in_force == version_table.c.id)
        .order_by(sop_table.c.id)
    )
    return {row["sop_id"]: stored_folder(row) for row in db.execute(query).mappings()}


def verdict(db: Connection, sop_id: str, *, operators: Collection[str] | None = None) -> Verdict | None:
    """What publishing would say of the newest draft, or of what is in force where none waits; None: no such SOP.

    Raises BadSop when its chart is not readable.
    """
    row = _draft(db, sop_id)
    standing = in_force(db)
    found = stored_folder(row) if row is not None else standing.get(sop_id)
    if found is None:
        return None
    return check(found, _needed(sop_id, {**standing, sop_id: found}), operators=operators)


def listed(db: Connection) -> list[dict[str, Any]]:
    """One row per SOP, for a list: id, name, division, shared, version and hash in force, number of drafts."""
    drafts = (
        sa.select(version_table.c.sop_id, sa.func.count().label("drafts"))
        .where(version_table.c.state == "draft")
        .group_by(version_table.c.sop_id)
        .subquery()
    )
    query = (
        sa.select(
            sop_table.c.id, sop_table.c.name, sop_table.c.division, sop_table.c.shared,
            version_table.c.number.label("version"), version_table.c.hash, version_table.c.published_at,
            sa.func.coalesce(drafts.c.drafts, 0).label("drafts"),
        )
        .join(version_table, version_table.c.id == sop_table.c.in_force, isouter=True)
        .join(drafts, drafts.c.sop_id == sop_table.c.id, isouter=True)
        .order_by(sop_table.c.division, sop_table.c.id)
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]


def _publishable(
    db: Connection, fresh: Mapping[str, SopFolder], operators: Collection[str] | None
) -> dict[str, tuple[Finding, ...]]:
    """Of new SOPs that call each other: which cannot be published, and why. A caller falls with its callee."""
    refused: dict[str, tuple[Finding, ...]] = {}
    if not fresh:
        return refused
    standing = in_force(db)
    while True:
        shelf = {**standing, **{name: found for name, found in fresh.items() if name not in refused}}
        fallen = {
            name: verdict.blocking
            for name, found in fresh.items()
            if name not in refused and (verdict := check(found, _needed(name, shelf), operators=operators)).blocking
        }
        if not fallen:
            return refused
        refused |= fallen


def _needed(name: str, shelf: Mapping[str, SopFolder]) -> dict[str, SopFolder]:
    return closure(name, shelf.get)


def _refuse(verdict: Verdict, found: SopFolder, *, caller: bool = False) -> None:
    if not verdict.blocking:
        return
    first = verdict.blocking[0]
    if caller:
        raise BadSop(
            "caller_breaks", f"發布後「{found.sop.name}」會無法執行：{first.message}",
            element=found.id, findings=verdict.findings,
        )  # fmt: skip
    raise BadSop(
        "sop_findings", f"「{found.sop.name}」有 {len(verdict.blocking)} 項檢核發現，不能發布：{first.message}",
        element=first.element, findings=verdict.findings,
    )  # fmt: skip


def _rows(db: Connection) -> dict[str, sa.RowMapping]:
    query = sa.select(sop_table, version_table.c.hash).join(
        version_table, version_table.c.id == sop_table.c.in_force, isouter=True
    )
    return {row["id"]: row for row in db.execute(query).mappings()}


def _draft(db: Connection, sop_id: str, *, hash_: str | None = None) -> sa.RowMapping | None:
    """The newest draft, or the one with this content."""
    query = (
        sa.select(version_table, sop_table.c.division)
        .join(sop_table, sop_table.c.id == version_table.c.sop_id)
        .where(_of(sop_id), version_table.c.state == "draft")
        .order_by(version_table.c.number.desc())
    )
    if hash_ is not None:
        query = query.where(version_table.c.hash == hash_)
    return db.execute(query).mappings().first()


def _of(sop_id: str) -> sa.ColumnElement[bool]:
    return version_table.c.sop_id == sop_id


def _journal(
    db: Connection, sop_id: str, verb: str, who: Person, at: datetime, effects: dict[str, Any], act: str | None = None
) -> None:
    journal.write(
        db, subject=f"sop:{sop_id}", verb=verb, who=who, at=at, effects=effects, act_id=act or journal.new_act()
    )
