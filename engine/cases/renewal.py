"""Before running cases are carried over (``renewing``): which run by an older version, what would become of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, item
from engine.cases.records import case as case_table
from engine.cases.renewing import renew
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.errors import Refusal
from engine.library import bundles, shelf
from engine.office import people
from engine.office.people import Person
from engine.sops.sop import PERSON_KINDS
from engine.store import Connection

__all__ = ["Outlook", "landings", "outlook", "to_renew"]

#: refusals that go away when another step is chosen
_CHOOSE = frozenset({"carry_step", "carry_alone", "carry_parallel", "carry_landing", "carry_twice"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of one case. ``refused``: why it stays. ``steps``: (path, name now, name then); where a path
    timer is due at once, where it leads. ``limits``: (name, due now, due then), None where there is none."""

    case: Mapping[str, Any]
    refused: str | None
    #: the step that keeps it, where another one may be chosen for it: (path, name now)
    missing: tuple[str, str] | None = None
    steps: tuple[tuple[str, str, str], ...] = ()
    limits: tuple[tuple[str, datetime | None, datetime | None], ...] = ()


def to_renew(db: Connection, sop_id: str, *, who: Person, most: int = 200) -> list[Mapping[str, Any]]:
    """Open cases of an SOP that run by another version than the one in force, the oldest first."""
    now = bundles.name_now(db, sop_id)
    query = (
        sa.select(case_table.c.id, case_table.c.number, case_table.c.title, case_table.c.unit, case_table.c.opened_by)
        .where(
            case_table.c.sop_id == sop_id, case_table.c.status == "open", case_table.c.bundle != now,
            people.not_excluded(who, case_table.c.id),
        )
        .order_by(case_table.c.id)
        .limit(most)
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]


def landings(db: Connection, sop_id: str) -> dict[str, str]:
    """The steps of the version in force at which a case may go on: path → name. In an act: it names the version."""
    bundle = shelf.bundle(db, sop_id)
    found: dict[str, str] = {}
    for node in shelf.opened(db, bundle).sop.starts():
        for path, step in shelf.projection(db, bundle, node.id).steps.items():
            if step.kind in PERSON_KINDS and step.node.each is None:
                found[path] = step.node.name or path
    return found


def outlook(
    db: Connection, case: Mapping[str, Any], *, who: Person, at: datetime, office: Office,
    lands: Mapping[str, str] = MappingProxyType({}),
) -> Outlook:  # fmt: skip
    """Done for real and taken back at once: what it says is what will happen."""
    before = _standing(db, case["id"])
    trial = db.begin_nested()
    try:
        renew(db, case["id"], reason="試算", who=who, at=at, office=office, lands=lands)
        after = _standing(db, case["id"])
    except Refusal as refused:
        element = refused.element or ""
        missing = (element, before[0][element]) if refused.code in _CHOOSE and element in before[0] else None
        return Outlook(case, refused.sentence, missing)
    finally:
        trial.rollback()
    led_to = "、".join(name for path, name in after[0].items() if path not in before[0])
    steps = tuple((path, name, after[0].get(path, led_to)) for path, name in before[0].items())
    paths = dict.fromkeys([*before[1], *after[1]])
    told = ((before[1].get(path), after[1].get(path)) for path in paths)
    changed = tuple(
        ((was or now or ("", None))[0], was[1] if was else None, now[1] if now else None)
        for was, now in told
        if was is None or now is None or was[1] != now[1]
    )
    return Outlook(case, None, None, steps, changed)


def _standing(db: Connection, case_id: int) -> tuple[dict[str, str], dict[str, tuple[str, datetime]]]:
    rows = db.execute(sa.select(item.c.step, item.c.name).where(item.c.case_id == case_id, ITEM_IS_OPEN))
    steps = {row.step: row.name for row in rows}
    return steps, {row.path: (row.name, row.due_at) for row in deadlines.open_of(db, case_id)}
