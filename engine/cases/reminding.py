"""A word to whoever has the work: a supervisor's reminder (提醒), the control office's follow-up (追蹤通知).

What is said stands in the journal, as the reason; the notice only leads to the case, so that no words about people
leave it. Neither takes the case further.
"""

from __future__ import annotations

from datetime import datetime, time

import sqlalchemy as sa

from engine.cases import people_of, sight
from engine.cases.act import of_case, of_item
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, item
from engine.cases.surroundings import Office
from engine.cases.working import _still_open
from engine.dates.workdays import local_day
from engine.errors import NotNow
from engine.office import people
from engine.office.people import CONTROL_UNIT, Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["follow_up", "remind"]


def remind(
    db: Connection, item_id: int, *, reason: str, who: Person, at: datetime, office: Office, seen: int | None = None
) -> None:
    """Remind whoever has this item, or could take it, with a word; their stand-ins hear of it as well."""
    act, row = of_item(db, item_id, verb="remind", who=who, at=at, office=office)
    people.require(db, who, "remind", row)
    _still_open(db, row, seen, at)
    reason = required_reason(reason)
    holders = [row["assignee"]] if row["assignee"] else _ids(people.holders(db, row["role"], row["unit"], at))
    stand_ins = people.standing_in(db, holders, at)
    told = [each for one in holders for each in (one, *stand_ins.get(one, ()))]
    if not told:
        raise NotNow("nobody_to_tell", "這個步驟目前沒有可以提醒的人。")
    facts = {"step": row["step"], "name": row["name"]}
    people_of.tell_persons(act, told, kind="remind", key=f"remind:{item_id}:{act.id}", facts=facts)
    act.finish(step=row["step"], reason=reason)


def follow_up(db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> None:
    """Ask those who hold a case in control how it stands; once a day and case, whoever asks.

    Not what lies with the control office itself. NotNow when it is out of control, or was asked today already.
    """
    act = of_case(db, case_id, verb="follow_up", who=who, at=at, office=office)
    sight.require(db, who, "follow_up", act.case)
    if act.case["controlled_at"] is None or act.case["released_at"] is not None or act.case["status"] != "open":
        raise NotNow("not_in_control", "這個案件目前不在列管中。")
    morning = office.calendar.at(local_day(at), time())
    today = sa.select(entry.c.id).where(
        entry.c.subject == f"case:{case_id}", entry.c.verb == "follow_up", entry.c.at >= morning
    )
    if db.scalar(today.limit(1)) is not None:
        raise NotNow("followed_up_today", "這個案件今天已經發過追蹤通知。")
    reason = required_reason(reason)
    work = db.execute(
        sa.select(item.c.assignee, item.c.role, item.c.unit).where(
            item.c.case_id == case_id, ITEM_IS_OPEN, item.c.unit != CONTROL_UNIT
        )
    ).all()
    holders = [
        one for row in work
        for one in ([row.assignee] if row.assignee else _ids(people.holders(db, row.role, row.unit, at)))
    ]  # fmt: skip
    stand_ins = people.standing_in(db, holders, at)
    told = [each for one in holders for each in (one, *stand_ins.get(one, ()))]
    if not told:
        raise NotNow("nobody_to_tell", "這個案件目前由研考科審視中，沒有可以通知的承辦單位。")
    people_of.tell_persons(act, told, kind="follow-up", key=f"follow-up:{case_id}:{local_day(at)}", facts={})
    act.finish(reason=reason)


def _ids(persons: list[Person]) -> list[int]:
    return [one.id for one in persons if one.id is not None]
