"""檢舉: a report whose informant nobody who handles it may know, and whose accused may not know of it.

The type of the case marks it when it is opened; the service centre and the control office mark one that turns out to be
a report. Nothing takes the mark off. Whoever is excluded reads the case nowhere, does not get it through a person they
stand in for, and is told nothing of it; see ``people.not_excluded``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine.cases import attachments, sight
from engine.cases.act import of_case
from engine.cases.reasons import required_reason
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, draft, item
from engine.cases.surroundings import Office
from engine.errors import Invalid, Missing, NotNow
from engine.office import people, vault
from engine.office.people import Person
from engine.office.records import exclusion, notice, person
from engine.store import Connection

__all__ = ["Excluded", "exclude", "excluded", "mark", "readmit", "see_identity", "stranded"]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who is kept away from the case, since when and why."""

    person_id: int
    name: str
    reason: str
    at: datetime


def mark(db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> None:
    """The case is an informant's report from now on: its unit no longer reads who handed it in."""
    act = of_case(db, case_id, verb="mark_informant", who=who, at=at, office=office)
    sight.require(db, who, "mark_informant", act.case)
    if act.case["informant"]:
        raise NotNow("already_informant", "本案已是檢舉案。")
    reason = required_reason(reason)
    if office.key is None:
        raise Invalid("no_key", "系統沒有身分保管金鑰，無法密封附件。")
    act.change(informant=True)
    act.effects["sealed"] = attachments.seal_case(db, case_id, office.key)
    act.finish(reason=reason)


def exclude(
    db: Connection, case_id: int, person_id: int, *, reason: str, who: Person, at: datetime, office: Office
) -> Sequence[str]:
    """Keep a person away from the case. What of it lay on their desk goes back to the pool, their drafts are gone.

    Returns the names of open steps that nobody can do any more; the case then needs another unit or another holder.
    """
    act = of_case(db, case_id, verb="exclude", who=who, at=at, office=office)
    sight.require(db, who, "exclude", act.case)
    known = db.execute(sa.select(person.c.name).where(person.c.id == person_id)).first()
    if known is None:
        raise Invalid("person", "請選擇要排除的人員。", fields={"person": "查無此人員。"})
    if person_id in people.excluded_from(db, case_id):
        raise NotNow("already_excluded", f"{known.name}已經被排除於本案之外。")
    reason = required_reason(reason)
    row = {"case_id": case_id, "person_id": person_id, "reason": reason, "by": who.id, "at": at}
    db.execute(sa.insert(exclusion), row)
    mine = sa.and_(item.c.case_id == case_id, ITEM_IS_OPEN)
    own_drafts = sa.select(item.c.id).where(item.c.case_id == case_id)  # also of a step that may open again
    db.execute(draft.delete().where(draft.c.by == person_id, draft.c.item_id.in_(own_drafts)))
    back = db.execute(
        item.update()
        .where(mine, item.c.assignee == person_id)
        .values(assignee=None, version=item.c.version + 1)
        .returning(item.c.step)
    )
    _untold(db, case_id, person_id, at)
    act.effects |= {"excluded": person_id, "handed_back": [row.step for row in back]}
    left = stranded(db, case_id, at)
    if left:
        act.effects["stranded"] = list(left)
    act.finish(reason=reason)
    return left


def _untold(db: Connection, case_id: int, person_id: int, at: datetime) -> None:
    """What they were to be told of it is neither mailed nor put into a digest any more."""
    theirs = sa.and_(notice.c.case_id == case_id, notice.c.person_id == person_id)
    db.execute(sa.update(notice).where(theirs, notice.c.read_at.is_(None)).values(read_at=at))
    waiting = sa.and_(theirs, notice.c.state == sa.literal_column("'waiting'"))
    db.execute(sa.update(notice).where(waiting).values(state="none", next_try_at=None))


def readmit(
    db: Connection, case_id: int, person_id: int, *, reason: str, who: Person, at: datetime, office: Office
) -> None:
    """The person may see the case again as far as their role and unit go; what they were kept from stays entered."""
    act = of_case(db, case_id, verb="readmit", who=who, at=at, office=office)
    sight.require(db, who, "exclude", act.case)
    if person_id not in people.excluded_from(db, case_id):
        raise Missing("not_excluded", "這個人沒有被排除。")
    reason = required_reason(reason)
    db.execute(sa.delete(exclusion).where(exclusion.c.case_id == case_id, exclusion.c.person_id == person_id))
    act.effects["excluded"] = person_id
    act.finish(reason=reason)


def excluded(db: Connection, case_id: int) -> list[Excluded]:
    """Who is kept away from the case, the first first. For those who may exclude."""
    rows = db.execute(
        sa.select(exclusion.c.person_id, person.c.name, exclusion.c.reason, exclusion.c.at)
        .join(person, person.c.id == exclusion.c.person_id)
        .where(exclusion.c.case_id == case_id)
        .order_by(exclusion.c.at, exclusion.c.person_id)
    )
    return [Excluded(*row) for row in rows]


def stranded(db: Connection, case_id: int, at: datetime) -> list[str]:
    """Open steps whose every holder is excluded: nobody is left to do them."""
    rows = db.execute(
        sa.select(item.c.name, item.c.role, item.c.unit)
        .join(case, case.c.id == item.c.case_id)
        .where(item.c.case_id == case_id, ITEM_IS_OPEN, CASE_IS_OPEN)
        .order_by(item.c.id)
    ).all()
    return [
        row.name
        for row in rows
        if all(case_id in one.excluded for one in people.holders(db, row.role, row.unit, at))
    ]  # fmt: skip


def see_identity(
    db: Connection, row: Mapping[str, object], *, reason: str, who: Person, at: datetime, office: Office
) -> dict[str, str]:
    """Who handed the case in, with a reason; ``row`` is the case's head. Whoever is refused stands in the journal."""
    if office.key is None:
        raise Missing("no_key", "系統沒有身分保管金鑰，無法查閱陳情人資料。")
    pieces = sight.pieces(db, int(str(row["id"])))
    return vault.open(db, {**row, "units": {p["unit"] for p in pieces}}, office.key, who=who, at=at, reason=reason)
