"""年度檢視: an SOP in force is looked over once a year, by its owners. When each is due, and who is told.

The year begins with its publication, and anew with each look that left it as it is. How long it is, is the office's.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from engine.errors import Invalid
from engine.library.bundles import standing
from engine.library.records import sop, sop_draft, sop_version
from engine.office import chosen, notices, people
from engine.office.people import Person, office_day
from engine.store import Connection

__all__ = ["AHEAD", "MOST", "PROPOSED", "Review", "change", "due", "months", "remind", "reviews"]

_NAME, _KEY = "reviews", "months"
#: months from one look to the next (建議值; the sources ask for one a year), and as many as the office may choose
PROPOSED, MOST = 12, 60
#: so long before the day its owners are told, and the workshop lists it
AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Review:
    """``due``: the day by which it is looked over. ``draft``: somebody is writing a new version of it."""

    sop_id: str
    name: str
    unit: str | None
    due: date
    draft: bool

    def is_late(self, today: date) -> bool:
        return self.due < today


def months(db: Connection) -> int:
    """How many months lie between two looks."""
    return int(chosen.stored(db, _NAME).get(_KEY, PROPOSED))


def change(db: Connection, new: int, *, who: Person, at: datetime) -> None:
    """Another interval from now on, with one journal line. Raises NotAllowed for all but administrators, Invalid."""
    people.require(db, who, "manage_settings")
    if not 1 <= new <= MOST:
        said = f"檢視間隔須為 1 至 {MOST} 個月。"
        raise Invalid("review_months", said, fields={_KEY: said})
    old = months(db)
    if new != old:
        chosen.choose(db, _NAME, old={_KEY: old}, new={_KEY: new}, verb="settings.reviews", who=who, at=at)


def due(published_at: datetime, looked_at: datetime | None, every: int) -> date:
    """So many months after it was published or last looked over; the first of March where there is no 29 February."""
    day = office_day(max(published_at, looked_at or published_at))
    year, month = divmod(day.year * 12 + day.month - 1 + every, 12)
    last = date(year, month + 1, monthrange(year, month + 1)[1])
    return last.replace(day=day.day) if day.day <= last.day else last + timedelta(days=1)


def reviews(db: Connection) -> list[Review]:
    """Every SOP in force with the day of its next look, the soonest first. Shared procedures are SOPs too."""
    every, held = months(db), standing(db)
    query = (
        sa.select(sop.c.id, sop.c.looked_at, sop_version.c.published_at, sop_draft.c.id.label("draft"))
        .join(sop_version, sop_version.c.id == sop.c.in_force)
        .join(sop_draft, sa.and_(sop_draft.c.sop_id == sop.c.id, sop_draft.c.ended_at.is_(None)), isouter=True)
        .where(sop_version.c.published_at.is_not(None))
    )
    found = [
        Review(
            row.id, held[row.id].sop.name, held[row.id].sop.sheet.unit, due(row.published_at, row.looked_at, every),
            row.draft is not None,
        )
        for row in db.execute(query)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.due, one.sop_id))


def remind(db: Connection, at: datetime) -> int:
    """Tell the owners what is due within a month, and again what is overdue: once each day it is due; how many were
    told. What somebody is revising needs no word."""
    today, count = office_day(at), 0
    told: dict[tuple[int, str, date], list[Review]] = defaultdict(list)
    for one in reviews(db):
        if one.due - AHEAD <= today and not one.draft:
            for owner in _owners(db, one.unit, at):
                told[owner, "yearly_late" if one.is_late(today) else "yearly", one.due].append(one)
    for (owner, what, day), some in told.items():
        posted = notices.post(
            db, key=f"workshop:{what}:{day}:{owner}", to=owner, case_id=None, kind="workshop", at=at,
            facts={"sop": some[0].sop_id, "name": some[0].name, "what": what, "many": len(some), "on": str(day),
                   "about": "yearly"},
        )  # fmt: skip
        count += posted is not None
    return count


def _owners(db: Connection, unit: str | None, at: datetime) -> list[int]:
    """The process owners of its unit or the next above that has one; where there is none, the control office's."""
    for place in (unit, people.CONTROL_UNIT):
        if place is not None and place in people.units(db):
            here = [one.id for one in people.holders(db, people.OWNER_ROLE, place, at) if one.id is not None]
            if here:
                return here
    return []
