"""The form register as people look it up: each official form with the steps in force that take it or hand it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.library import shelf
from engine.library.records import form_register, sop_version
from engine.library.records import sop as sop_table
from engine.library.register import normal
from engine.sops.sop import Form, Sop
from engine.store import Connection

__all__ = ["Registered", "Use", "listed"]


@dataclass(frozen=True, slots=True)
class Use:
    """Where a form stands in the SOPs in force. ``step`` None: the sheet of the whole SOP names it."""

    sop_id: str
    sop_name: str
    shared: bool
    step: str | None
    step_name: str
    direction: str  # in | out


@dataclass(frozen=True, slots=True)
class Registered:
    """One form of the register, and where it is used."""

    ref: str
    number: str | None
    name: str
    version: int
    aliases: Sequence[str]
    uses: Sequence[Use]


#: the versions in force → ref → uses: a published version never changes
_kept: dict[tuple[tuple[str, str], ...], Mapping[str, Sequence[Use]]] = {}


def listed(db: Connection, words: str = "") -> list[Registered]:
    """The forms whose number, name, code or one of whose aliases holds every word; by name. Full width and half width,
    and spaces, make no difference."""
    used = _used(db)
    rows = db.execute(sa.select(form_register).order_by(form_register.c.name, form_register.c.ref)).mappings()
    sought = [normal(word) for word in words.split()]
    return [
        Registered(
            row["ref"], row["number"], row["name"], row["version"], tuple(row["aliases"]), used.get(row["ref"], ())
        )
        for row in rows
        if all(any(word in said for said in _said(row)) for word in sought)
    ]  # fmt: skip


def _said(row: sa.RowMapping) -> list[str]:
    return [normal(text) for text in (row["ref"], row["number"] or "", row["name"], *row["aliases"])]


def _used(db: Connection) -> Mapping[str, Sequence[Use]]:
    query = sa.select(sop_table.c.id, sop_version.c.hash).join(sop_version, sop_table.c.in_force == sop_version.c.id)
    key = tuple((row.id, row.hash) for row in db.execute(query.order_by(sop_table.c.id)))
    if key not in _kept:
        found: dict[str, list[Use]] = defaultdict(list)
        for folder in shelf.in_force(db).values():
            for ref, use in _of(folder.sop):
                found[ref].append(use)
        _kept.clear()
        _kept[key] = {ref: tuple(uses) for ref, uses in found.items()}
    return _kept[key]


def _of(sop: Sop) -> list[tuple[str, Use]]:
    at_steps = [(form, node.id, node.name or node.id) for node in sop.nodes.values() for form in node.forms]
    known = {form.ref for form, _, _ in at_steps}
    on_sheet: list[tuple[Form, str | None, str]] = [(form, None, "") for form in sop.forms if form.ref not in known]
    every: dict[tuple[str, Use], None] = {}
    for form, step, name in (*on_sheet, *at_steps):
        every[form.ref, Use(sop.id, sop.name, sop.shared, step, name, form.direction)] = None
    return list(every)
