"""Who a case means by "holder", "section_chief@responsible" or "unit_head@fixed:planning", and telling them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, child, item
from engine.cases.records import case as case_table
from engine.flow import Projection
from engine.library import shelf
from engine.office import notices, people
from engine.sops.rungs import MEETING_LIST, presses_upwards
from engine.store import Connection

__all__ = [
    "asked_by", "holders_of", "reached", "resolve", "still_asked", "tell", "tell_holders", "tell_persons", "told_by",
    "unit_by_rule",
]  # fmt: skip


def unit_by_rule(db: Connection, case: Mapping[str, Any], rule: str) -> str | None:
    """The unit a lane's or a ladder's rule means in this case; None for people outside the house.

    The caller of a child case is the unit of the lane in which its parent's call box stands.
    """
    if rule.startswith("fixed:"):
        return rule[6:]
    if rule == "applicant":
        return None
    asks = asked_by(db, case["id"]) if rule == "caller" else None
    if asks is not None:
        projection, parent, box = asks
        lane = projection.steps[box].who
        return None if lane is None else unit_by_rule(db, parent, lane.unit)
    unit: str | None = case["unit"]  # responsible, child: the unit the case is in
    return unit


def asked_by(db: Connection, case_id: int) -> tuple[Projection, Mapping[str, Any], str] | None:
    """Who asks for a child case: the parent's chart, its case and the path of the box that opened the child."""
    above = child.c.parent_id == case_table.c.id
    query = sa.select(case_table, child.c.step).join(child, above).where(child.c.case_id == case_id)
    parent = db.execute(query).mappings().first()
    if parent is None:
        return None
    projection = shelf.projection(db, parent["bundle"], parent["start"])
    return (projection, dict(parent), parent["step"]) if parent["step"] in projection.steps else None


def holders_of(db: Connection, case_id: int, at: Any, *, pressed: bool = False) -> list[int]:
    """Persons with the case in hand: assignees of its open items, or everyone who could take an unclaimed one.

    ``pressed``: an escalation asks, and nobody holds a case for it at the mayor's office or outside.
    """
    found: list[int] = []
    rows = db.execute(
        sa.select(item.c.assignee, item.c.role, item.c.unit).where(item.c.case_id == case_id, ITEM_IS_OPEN)
    ).all()
    for assignee, role, unit in rows:
        if pressed and presses_upwards(f"{role}@fixed:{unit}"):
            continue
        found += [assignee] if assignee else _ids(people.holders(db, role, unit, at))
    return list(dict.fromkeys(found))


def _ids(persons: Iterable[people.Person]) -> list[int]:
    return [p.id for p in persons if p.id is not None]


def reached(db: Connection, case: Mapping[str, Any], to: str, at: datetime, *, pressed: bool = False) -> list[int]:
    """Person ids for one recipient of a ladder. The petitioner is not among them: he is told by letters only.

    ``pressed``: by an escalation. ``child`` beside a step of many units are those that have not done it yet.
    """
    if to in ("applicant", MEETING_LIST):
        return []
    if to == "holder":
        return holders_of(db, case["id"], at, pressed=pressed)
    role, _, rule = to.partition("@")
    units = still_asked(db, case["id"]) if rule == "child" else []
    units = units or [unit for unit in (unit_by_rule(db, case, rule),) if unit]
    return [person for unit in units for person in _ids(people.holders(db, role, unit, at))]


def still_asked(db: Connection, case_id: int) -> list[str]:
    """The units that still have an item of their own of a step of many units."""
    owed = (item.c.case_id == case_id, item.c.each_unit != "", ITEM_IS_OPEN)
    return list(db.scalars(sa.select(item.c.each_unit).where(*owed).order_by(item.c.id)))


def told_by(db: Connection, case: Mapping[str, Any], kind: str, to: Iterable[str], at: datetime) -> list[int]:
    """Everybody a rung reaches at that instant: its recipients, and whoever stands in for one of them.

    An escalation never reaches the mayor's office or anybody outside, whoever armed it, also not where the case lies.
    """
    presses = kind == "escalation"
    named = [one for one in to if not presses or not presses_upwards(one)]
    found = [person for one in named for person in reached(db, case, one, at, pressed=presses)]
    stand_ins = people.standing_in(db, found, at)
    return list(dict.fromkeys(each for person in found for each in (person, *stand_ins.get(person, ()))))


def resolve(act: Act, to: str) -> list[int]:
    """``reached`` for the case of an act, now."""
    return reached(act.db, act.case, to, act.at)


def tell(
    act: Act, to: Iterable[str], *, kind: str, key: str, level: int = 0, facts: Mapping[str, Any] | None = None,
    with_stand_ins: bool = False,
) -> list[int]:  # fmt: skip
    """Post one notice per person, however many ways lead to him; the persons told.

    ``with_stand_ins``: whoever stands in for one of them is told as well, as for every rung of a ladder.
    """
    if with_stand_ins:
        told = told_by(act.db, act.case, kind, to, act.at)
    else:
        told = list(dict.fromkeys(person for recipient in to for person in resolve(act, recipient)))
    return [
        one for one in told if _post(act, act.case["id"], one, kind=kind, key=key, level=level, facts=facts)
    ]  # fmt: skip


def tell_persons(
    act: Act, persons: Iterable[int | None], *, kind: str, key: str, facts: Mapping[str, Any]
) -> None:  # fmt: skip
    """Tell these people, each once; never the one who acts."""
    for person in dict.fromkeys(persons):
        if person is not None and person != act.who.id:
            _post(act, act.case["id"], person, kind=kind, key=key, level=0, facts=facts)


def tell_holders(act: Act, case_id: int, *, kind: str, key: str, facts: Mapping[str, Any]) -> None:
    """Tell those who hold another case."""
    for person in holders_of(act.db, case_id, act.at):
        _post(act, case_id, person, kind=kind, key=key, level=0, facts=facts)


def _post(
    act: Act, case_id: int, person: int, *, kind: str, key: str, level: int, facts: Mapping[str, Any] | None
) -> bool:
    """False: was told before, or is excluded from the case and told nothing of it."""
    if case_id != act.case["id"] and person in people.excluded_from(act.db, act.case["id"]):
        return False  # the notice of another case would name this one
    posted = notices.post(
        act.db, key=f"{key}:{person}", to=person, case_id=case_id, kind=kind, level=level, at=act.at,
        facts={"number": act.case["number"], **(facts or {})},
    )  # fmt: skip
    if posted is not None:
        act.note("told", person)
    return posted is not None
