"""修正對照表: what became different from one content of an SOP to another, beside each other, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from engine.errors import Conflict, Invalid, NotNow
from engine.library import drafts
from engine.library.folder import SopFolder
from engine.office import people
from engine.office.people import Person
from engine.sops import compare, unit_names
from engine.sops.compare import Change
from engine.sops.texts import clean_text
from engine.store import Connection

__all__ = ["Amendment", "amended", "changes", "explain", "mark", "names"]

_MOST = 400
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Amendment:
    """All changes of one element ('' for the SOP as a whole), and why."""

    element: str
    named: str
    changes: tuple[Change, ...]
    reason: str = ""

    @property
    def before(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.before for change in self.changes if change.before))

    @property
    def after(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.after for change in self.changes if change.after))


def changes(old: SopFolder | None, new: SopFolder, *, units: Mapping[str, str] = _NONE) -> list[Change]:
    """Of chart, screen forms and decision tables; of an SOP that was not there before everything is new.

    ``units``: id → name, for readers; one that is not among them is told by its id.
    """
    if old is None:
        return [Change("added", f"新增{name}。", id_, after=name) for id_, name in _steps(new).items()]
    steps = {**_steps(old), **_steps(new)}
    return [
        *compare.changes(unit_names.named(old.sop, units), unit_names.named(new.sop, units)),
        *compare.field_changes(old.screen_forms, new.screen_forms, steps),
        *compare.table_changes(old.decision_tables, new.decision_tables),
    ]


def amended(
    old: SopFolder | None, new: SopFolder, reasons: Mapping[str, str], *, units: Mapping[str, str] = _NONE
) -> Sequence[Amendment]:
    """The same by element, in the order in which an element is first named."""
    called = {**(names(old) if old is not None else {}), **names(new)}
    rows: dict[str, list[Change]] = {}
    for change in changes(old, new, units=units):
        rows.setdefault(change.element or "", []).append(change)
    return [
        Amendment(element, called.get(element, element) or "整個流程", tuple(found), reasons.get(element, ""))
        for element, found in rows.items()
    ]


def mark(reasons: Mapping[str, str]) -> str:
    """A short name for exactly these reasons: what a page was made of."""
    return hashlib.sha256(repr(sorted(reasons.items())).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def explain(db: Connection, sop_id: str, reasons: Mapping[str, str], *, seen: str, who: Person, at: datetime) -> None:
    """Why each element is changed. Part of the draft like its chart: no act of its own.

    ``seen``: the ``mark`` of the reasons that were read; Conflict where somebody has written others since.
    """
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    if draft.state != "draft":
        raise NotNow("draft_in_review", "這份草案已送審，退回或收回之後才能修改。", at=draft.submitted_at)
    if seen != mark(draft.reasons):
        raise Conflict("reasons_changed", "您開啟之後有人改過修正理由，您填的尚未儲存；請重新開啟對照表。")
    if len(reasons) > _MOST or any(len(element) > 200 for element in reasons):
        raise Invalid("too_many_reasons", "修正理由太多。")
    kept = {element: said for element, text in reasons.items() if (said := clean_text(text, limit=500))}
    drafts.put(db, draft, reasons=kept, hands=drafts.with_hand(draft, who))


def _steps(folder: SopFolder) -> dict[str, str]:
    return {id_: node.name or id_ for id_, node in folder.sop.nodes.items()}


def names(folder: SopFolder) -> dict[str, str]:
    """What people call the things a change, a finding or a remark may be about."""
    sop = folder.sop
    found = _steps(folder)
    for id_, flow in sop.flows.items():
        found[id_] = f"「{found.get(flow.source, flow.source)}」到「{found.get(flow.target, flow.target)}」"
    found |= {lane.id: f"泳道 {lane.name or lane.id}" for lane in sop.lanes}
    found |= {limit.id: f"期限 {limit.name or limit.id}" for limit in sop.deadlines}
    found |= {name: f"決策表 {name}" for name in folder.tables}
    found[sop.id] = "整個流程"
    return found
