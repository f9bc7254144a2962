"""Procedures that SOPs refer to and nobody has brought into force: the workshop's backlog. Reading only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.library.blank import is_good_id
from engine.library.bundles import standing, stored_folder
from engine.library.folder import SHARED
from engine.library.records import sop, sop_draft
from engine.sops.sop import Sop
from engine.store import Connection

__all__ = ["Missed", "Waiting", "missed"]

#: the name of another flow, as sentences quote it
_QUOTED = re.compile("「([^「」]{3,40}(?:流程|程序))」")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reference: the SOP that waits, and in which step or note."""

    sop: str
    name: str
    step: str


@dataclass(slots=True)
class Missed:
    """A procedure that is not there, by its code where a box calls it, else by the name it is quoted by.

    ``begun``: the code of the draft that somebody has begun for it; ``retired``: it was in force once. ``unit`` and
    ``division`` are those of the first SOP that waits.
    """

    name: str
    waiting: list[Waiting] = field(default_factory=list)
    called: bool = False
    begun: str | None = None
    retired: bool = False
    unit: str | None = None
    division: str = ""

    @property
    def sops(self) -> int:
        return len({one.sop for one in self.waiting})

    @property
    def code(self) -> str:
        """The code its draft would have, where it is told."""
        return self.name if is_good_id(self.name) else ""

    @property
    def title(self) -> str:
        """The name its draft would have."""
        return self.waiting[0].step if self.code and self.called else "" if self.code else self.name


def missed(db: Connection) -> Sequence[Missed]:
    """Of all SOPs in force and all open drafts; those most waited for first.

    A reference is a call box, an SOP that an escalation opens, or the name of a flow in quotation marks in a step, its
    documentation or a note.
    """
    held = standing(db)
    query = sa.select(sop_draft, sop.c.division).join(sop, sop.c.id == sop_draft.c.sop_id)
    written = {row["sop_id"]: stored_folder(row) for row in
               db.execute(query.where(sop_draft.c.ended_at.is_(None))).mappings()}  # fmt: skip
    retired = set(db.scalars(sa.select(sop.c.id).where(sop.c.retired_at.is_not(None))))
    known = {_plain(found.sop.name) for found in held.values()}
    begun = {key: name for name, found in written.items() if name not in held for key in (name, _plain(found.sop.name))}
    rows: dict[str, Missed] = {}
    for name, found in {**held, **written}.items():
        for wanted, step, called in _references(found.sop):
            if wanted in held or _plain(wanted) in known:
                continue
            draft = begun.get(wanted) or begun.get(_plain(wanted))
            if draft == name:  # it speaks of itself
                continue
            row = rows.setdefault(wanted, Missed(wanted, unit=found.sop.sheet.unit, division=found.division))
            row.begun, row.retired, row.called = draft, wanted in retired, row.called or called
            if row.division == SHARED and found.division != SHARED:
                row.unit, row.division = found.sop.sheet.unit, found.division
            if (one := Waiting(name, found.sop.name, step)) not in row.waiting:
                row.waiting.append(one)
    return sorted(rows.values(), key=lambda row: (-row.sops, row.name))


def _references(chart: Sop) -> Iterator[tuple[str, str, bool]]:
    """What it refers to, by code or by name; the step that does; whether a box or a rung calls it."""
    for node in chart.nodes.values():
        step = node.name or node.id
        if node.kind == "call":
            yield node.called or step, step, True
        for rung in (rung for limit in node.deadlines for rung in limit.rungs if rung.opens):
            yield rung.opens or "", step, True
        for name in _QUOTED.findall(f"{node.name} {node.documentation}"):
            yield name, step, False
    for limit in chart.deadlines:
        for rung in limit.rungs:
            if rung.opens:
                yield rung.opens, limit.name, True
    for note in chart.notes:
        about = chart.nodes.get(note.step or "")
        for name in _QUOTED.findall(note.text):
            yield name, about.name or about.id if about is not None else "", False


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
