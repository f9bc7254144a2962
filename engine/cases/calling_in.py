"""A word to those who have not handed in: many units or plans of one case, reminded in one act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from engine.cases import people_of, sight
from engine.cases.act import Act, of_case
from engine.cases.desks import handing_in
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, item
from engine.cases.surroundings import Office
from engine.errors import Invalid, NotNow
from engine.office import notices, people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["call_in", "may"]


def call_in(
    db: Connection, case_id: int, step: str, picked: Collection[int], *, reason: str, who: Person, at: datetime,
    office: Office,
) -> int:  # fmt: skip
    """Remind these lines of a box or a step; how many people were told, at once and by mail.

    One entry of the case that waits, one of each child. Invalid for a line that is not there or has handed in.
    """
    act = of_case(db, case_id, verb=handing_in.CALLED_IN, who=who, at=at, office=office)
    sight.require(db, who, "call_in", act.case, done_by=_worked_on(act))
    if act.case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    asked = handing_in.asked_at(db, act.case, step, who=people.SYSTEM, at=at)
    owing = {line.id: line for line in asked.lines if line.state == "open"}
    chosen = [line for line in asked.lines if line.id in set(picked)]
    if not chosen or not set(picked) <= owing.keys():
        sentence = "請勾選尚未提送的單位。" if not chosen else "勾選的單位中有已提送的，請重新勾選。"
        raise Invalid("picked", sentence, fields={"picked": sentence})
    reason = required_reason(reason)
    told: dict[int, int] = {}  # person → the case the notice leads to
    for line in chosen:
        told |= dict.fromkeys(_holders(act, line, asked.kind), line.case_id or case_id)
        if line.case_id is not None:
            act.touch(line.case_id, handing_in.CALLED_IN, {"parent": act.case["number"]})
    if not told:
        raise NotNow("nobody_to_tell", "勾選的單位目前沒有可以提醒的人。")
    name = act.projection.steps[step].node.name if step in act.projection.steps else step
    for person, about in told.items():
        notices.post(
            db, key=f"call-in:{act.id}:{person}", to=person, case_id=about, kind="remind", at=at, urgent=True,
            facts={"number": act.case["number"], "step": step, "name": name},
        )  # fmt: skip
    act.effects |= {"lines": [line.id for line in chosen], "told": sorted(told)}
    act.finish(step=step, reason=reason)
    return len(told)


def may(db: Connection, case_row: people.Facts, who: Person) -> bool:
    """For the button: whether ``call_in`` would let the person pass."""
    return case_row["status"] == "open" and sight.may(
        db, who, "call_in", case_row, done_by=_worked(db, case_row["id"], who)
    )


def _worked_on(act: Act) -> int | None:
    return _worked(act.db, act.case["id"], act.who)


def _worked(db: Connection, case_id: int, who: Person) -> int | None:
    """The person's own id when they have done a step of this case that is not one of many units."""
    mine = sa.select(item.c.id).where(
        item.c.case_id == case_id, item.c.done_by == who.id, item.c.each_unit == "", item.c.status == "done"
    )
    return who.id if who.id is not None and db.execute(mine.limit(1)).first() is not None else None


def _holders(act: Act, line: handing_in.Line, kind: str) -> list[int]:
    """Who has it in hand or could take it, and who stands in for them."""
    if kind == "child":
        found = people_of.holders_of(act.db, line.id, act.at)
    else:
        row = act.db.execute(
            sa.select(item.c.assignee, item.c.role, item.c.unit).where(item.c.id == line.id, ITEM_IS_OPEN)
        ).one()
        held = [one.id for one in people.holders(act.db, row.role, row.unit, act.at) if one.id is not None]
        found = [row.assignee] if row.assignee else held
    stand_ins = people.standing_in(act.db, found, act.at)
    return [each for one in found for each in (one, *stand_ins.get(one, ()))]
