"""Who a case means by "holder", "section_chief@responsible" or "unit_head@fixed:planning", and telling them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, item
from engine.office import notices, people
from engine.store import Connection

__all__ = ["holders_of", "resolve", "tell", "tell_holders", "unit_by_rule"]


def unit_by_rule(case: Mapping[str, Any], rule: str) -> str | None:
    """The unit a lane's or a ladder's rule means in this case; None for people outside the house."""
    if rule.startswith("fixed:"):
        return rule[6:]
    if rule == "applicant":
        return None
    return case["unit"]  # responsible, child: the unit the case is in


def holders_of(db: Connection, case_id: int, at: Any) -> list[int]:
    """Persons with the case in hand: assignees of its open items, or everyone who could take an unclaimed one."""
    found: list[int] = []
    rows = db.execute(
        sa.select(item.c.assignee, item.c.role, item.c.unit).where(item.c.case_id == case_id, ITEM_IS_OPEN)
    ).all()
    for assignee, role, unit in rows:
        found += [assignee] if assignee else _ids(people.holders(db, role, unit, at))
    return list(dict.fromkeys(found))


def _ids(persons: Iterable[people.Person]) -> list[int]:
    return [p.id for p in persons if p.id is not None]


def resolve(act: Act, to: str) -> list[int]:
    """Person ids for one recipient of a ladder. The petitioner is not among them: he is told by letters only."""
    if to == "applicant":
        return []
    if to == "holder":
        return holders_of(act.db, act.case["id"], act.at)
    role, _, rule = to.partition("@")
    unit = unit_by_rule(act.case, rule)
    return _ids(people.holders(act.db, role, unit, act.at)) if unit else []


def tell(
    act: Act, to: Iterable[str], *, kind: str, key: str, level: int = 0, facts: Mapping[str, Any] | None = None
) -> list[int]:
    """Post one notice per person, however many ways lead to him; the persons told."""
    told = list(dict.fromkeys(person for recipient in to for person in resolve(act, recipient)))
    for person in told:
        _post(act, act.case["id"], person, kind=kind, key=key, level=level, facts=facts)
    return told


def tell_holders(act: Act, case_id: int, *, kind: str, key: str, facts: Mapping[str, Any]) -> None:
    """Tell those who hold another case."""
    for person in holders_of(act.db, case_id, act.at):
        _post(act, case_id, person, kind=kind, key=key, level=0, facts=facts)


def _post(
    act: Act, case_id: int, person: int, *, kind: str, key: str, level: int, facts: Mapping[str, Any] | None
) -> None:
    notices.post(
        act.db, key=f"{key}:{person}", to=person, case_id=case_id, kind=kind, level=level, at=act.at,
        facts={"number": act.case["number"], **(facts or {})},
    )  # fmt: skip
    act.note("told", person)
