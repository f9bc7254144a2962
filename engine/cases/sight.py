"""Through what a person sees a case: the case itself, work they have or had in it, an opinion their unit is asked for,
the case of their unit that opened it.

For the verbs of whole cases: whoever does not see the case reads Missing, whoever sees it but may not do this reads
NotAllowed. Whether it is open, the verb asks afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases.records import case, child, item, opinion
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["may", "pieces", "require", "thing"]

_NOBODY = sa.null().cast(sa.BigInteger)
_ASKING = case.alias("asking")
_PIECES = (
    sa.select(item.c.unit, item.c.role, item.c.assignee, item.c.done_by)
    .where(item.c.case_id == sa.bindparam("case_id"))
    .union(
        sa.select(opinion.c.unit, opinion.c.role, _NOBODY, opinion.c.given_by).where(
            opinion.c.case_id == sa.bindparam("case_id"), opinion.c.state != "taken back"
        ),
        # the unit whose case opened this one asked for it, and whoever worked on that case before
        sa.select(_ASKING.c.unit, sa.literal(""), _NOBODY, _NOBODY)
        .join(child, child.c.parent_id == _ASKING.c.id)
        .where(child.c.case_id == sa.bindparam("case_id"), _ASKING.c.unit.is_not(None)),
        sa.select(item.c.unit, sa.literal(""), _NOBODY, _NOBODY)
        .join(child, child.c.parent_id == item.c.case_id)
        .where(child.c.case_id == sa.bindparam("case_id"), item.c.status == "done", item.c.each_unit == ""),
    )
    .limit(200)
)


def pieces(db: Connection, case_id: int) -> list[Mapping[str, Any]]:
    """What there is or was to do in the case, as permission is asked by it: case_id, unit, role, assignee, done_by."""
    return [{**row, "case_id": case_id} for row in db.execute(_PIECES, {"case_id": case_id}).mappings()]


def may(db: Connection, who: Person, verb: str, case: Mapping[str, Any], **facts: Any) -> bool:
    """For buttons: whether ``require`` would let the person pass."""
    return people.may(db, who, verb, thing(db, who, case, **facts))


def require(db: Connection, who: Person, verb: str, case: Mapping[str, Any], **facts: Any) -> None:
    """Asks the permission table about the case as a whole; ``facts`` are what the verb's tests read besides."""
    people.require(db, who, verb, thing(db, who, case, **facts))


def thing(db: Connection, who: Person, case: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    """The case as the permission table is asked about it: with the units that had work in it, asked opinions too."""
    work = pieces(db, case["id"])
    units = {piece["unit"] for piece in work}
    if any(people.may(db, who, "see", piece) for piece in work):
        # seen through a piece of work: what remains to be asked is whether they may
        units |= {unit for unit, _ in who.all_memberships}
    return {**case, **facts, "units": units}
