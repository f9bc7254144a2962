"""改分: the control office gives a case to another unit, outside the drawn step, when the unit was wrong."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.cases import documents, people_of, sight
from engine.cases.act import of_case
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, item
from engine.cases.settle import reroute
from engine.cases.surroundings import Office
from engine.errors import Invalid, NotNow
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["transfer"]


def transfer(
    db: Connection, case_id: int, unit: str, *, reason: str, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """Another unit is responsible from now on; what lies open there goes to its pool. The deadline does not change.

    Drafts stay with their steps. Who held the case and the new unit's chief are told. Invalid for an unknown unit and
    for one where nobody holds the role an open step asks for; NotNow before any unit is responsible.
    """
    act = of_case(db, case_id, verb="transfer", who=who, at=at, office=office)
    sight.require(db, who, "transfer", act.case)
    if act.case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    old = act.case["unit"]
    if old is None:
        raise NotNow("no_unit_yet", "這個案件還沒有權責單位，請先完成分文。")
    known = people.units(db, at)
    if unit not in known:
        raise Invalid("unit", "請選擇改分的單位。", fields={"unit": "請選擇改分的單位。"})
    if unit == old:
        sentence = f"本案的權責單位已經是{known[unit].name}。"
        raise Invalid("same_unit", sentence, fields={"unit": sentence})
    reason = required_reason(reason)
    for role in _roles_asked(db, case_id, old):
        if people.seat(db, role, unit, at) is None:
            sentence = f"{known[unit].name}沒有人擔任{people.role_name(db, role)}，不能改分到這個單位。"
            raise Invalid("nobody_there", sentence, fields={"unit": sentence})
    before = people_of.holders_of(db, case_id, at)
    act.change(unit=unit)
    act.effects |= {"from": old, "unit": unit}
    reroute(act)
    documents.make(act, None, kind="distribution", facts={"unit": unit})
    chiefs = people_of.resolve(act, "section_chief@responsible") or people_of.resolve(act, "unit_head@responsible")
    people_of.tell_persons(
        act, [*before, *chiefs], kind="transferred", key=f"transferred:{case_id}:{act.id}", facts={"unit": unit}
    )  # fmt: skip
    act.finish(reason=reason)


def _roles_asked(db: Connection, case_id: int, unit: str) -> list[str]:
    """The roles of the open steps that would move along."""
    rows = sa.select(item.c.role).where(item.c.case_id == case_id, item.c.unit == unit, ITEM_IS_OPEN).distinct()
    return list(db.execute(rows).scalars())
