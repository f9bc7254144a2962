"""Papers a step hands out by itself: notices, letters, lists, records that are filed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import item
from engine.flow import ProjectedStep
from engine.office import people

_UNANSWERED = "unanswered:"


@operator("document.record", optional=("tell", "units"))
def record(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Register every official form the step hands out, or the record itself where it hands out none.

    ``tell`` names who hears of it, as a ladder does; each hears once, and whoever acts not at all. ``role@each``: in
    each of ``units``; ``role@unanswered:<step>``: in the units that did not do that step of many before it was left.
    """
    made = documents.hand_out(act, step, kind="record") or [documents.make(act, step, kind="record")]
    told = [person for to in str(args.get("tell") or "").split() for person in _meant(act, to, args)]
    people_of.tell_persons(
        act, told, kind="told", key=f"document:{made[0]}", facts={"step": step.path, "name": step.node.name}
    )
    return {}


def _meant(act: Act, to: str, args: Mapping[str, Any]) -> list[int]:
    role, _, rule = to.partition("@")
    if rule == "each":
        units = [str(unit) for unit in args.get("units") or ()]
    elif rule.startswith(_UNANSWERED):
        units = _unanswered(act, rule.removeprefix(_UNANSWERED))
    else:
        return people_of.resolve(act, to)
    return [p.id for unit in units for p in people.holders(act.db, role, unit, act.at) if p.id is not None]


def _unanswered(act: Act, step: str) -> list[str]:
    """The units whose item of the newest opening was cut off."""
    here = (item.c.case_id == act.case["id"], item.c.step == step)
    newest = sa.select(sa.func.max(item.c.opening)).where(*here).scalar_subquery()
    return list(
        act.db.scalars(sa.select(item.c.each_unit).where(*here, item.c.opening == newest, item.c.status != "done"))
    )
