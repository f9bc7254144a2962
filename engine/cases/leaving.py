"""Somebody leaves: their account is closed, and what lies on their desk goes back to their colleagues' pool."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from engine.cases.act import lock_all, of_item
from engine.cases.records import ITEM_IS_OPEN, case, item
from engine.cases.surroundings import Office
from engine.errors import Conflict, Invalid, Missing
from engine.office import accounts, journal, people, units
from engine.office.people import Person
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["end_unit", "leave", "open_of_unit", "open_work"]


def open_work(db: Connection, person_id: int, *, who: Person) -> list[Mapping[str, Any]]:
    """What lies on a person's desk, by number, step and date; not what it is about, for who only keeps the accounts."""
    rows = db.execute(
        sa.select(item.c.id, item.c.case_id, case.c.number, item.c.name, unit.c.name.label("unit_name"), item.c.due_at)
        .join(case, case.c.id == item.c.case_id)
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .where(item.c.assignee == person_id, ITEM_IS_OPEN, people.not_excluded(who, item.c.case_id))
        .order_by(item.c.due_at.is_(None), item.c.due_at, item.c.id)
    ).mappings()
    return [dict(row) for row in rows]


def open_of_unit(db: Connection, unit_id: str, *, who: Person) -> int:
    """How much lies open in a unit, in hand or in its pool, as far as ``who`` may know."""
    mine = people.not_excluded(who, item.c.case_id)
    return int(db.scalar(sa.select(sa.func.count()).where(item.c.unit == unit_id, ITEM_IS_OPEN, mine)) or 0)


def end_unit(
    db: Connection, unit_id: str, *, last: date, successor: str | None, who: Person, at: datetime
) -> None:  # fmt: skip
    """The unit works until ``last``; Invalid, and nothing ended, while it owes what nobody could do after that day."""
    units.end(db, unit_id, last=last, successor=successor, who=who, at=at)
    owed = sa.select(item.c.role, sa.func.count()).where(item.c.unit == unit_id, ITEM_IS_OPEN).group_by(item.c.role)
    after = datetime.combine(last + timedelta(days=1), time(), people.OFFICE_ZONE)
    for role, pieces in db.execute(owed.order_by(item.c.role)).all():
        if not people.holders(db, role, unit_id, after):
            called, named = people.role_name(db, role), people.unit_name(db, unit_id)
            sentence = f"{named}還有 {pieces} 件待辦，之後沒有{called}能辦；請選擇有{called}的承接單位，或先改分案件。"
            raise Invalid("unit_owes", sentence, fields={"successor": sentence})


def leave(
    db: Connection, person_id: int, *, seen: int, who: Person, at: datetime, office: Office
) -> int:  # fmt: skip
    """Close the account; hand its open work back to the pools, drafts included. How many pieces.

    ``seen``: how many the administrator saw; Conflict when there are others by now. One entry for the account and one
    for every case, all of one act.
    """
    people.require(db, who, "manage_accounts")
    account = db.scalar(sa.select(person.c.account).where(person.c.id == person_id))
    if account is None:
        raise Missing("person_missing", "查無此人員。")
    now = len(open_work(db, person_id, who=who))
    if now != seen:
        raise Conflict("work_changed", f"他的待辦剛剛有變動，現在是 {now} 件，請看過再停用。")
    work = sorted(open_work(db, person_id, who=people.SYSTEM), key=itemgetter("case_id"))
    lock_all(db, [row["case_id"] for row in work])
    act_id = journal.new_act()
    accounts.set_active(db, account, False, who=who, at=at, act_id=act_id)
    for row in work:
        act, piece = of_item(db, row["id"], verb="hand_back", who=who, at=at, office=office)
        act.id = act_id
        db.execute(
            item.update().where(item.c.id == row["id"]).values(assignee=None, version=item.c.version + 1)
        )  # fmt: skip
        act.effects |= {"from": person_id, "left": True}
        act.finish(step=piece["step"])
    return len(work)
