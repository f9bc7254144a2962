"""會辦: what is asked of a person's units, and what was asked in one case. One query each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.matter import subject_of
from engine.cases.desks.visible import not_excluded
from engine.cases.records import case, opinion
from engine.office import people
from engine.office.people import Person
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["opinions", "opinions_in"]

#: of one person's units; more are never asked at once
MOST = 200
_ASKER, _GIVER, _RESPONSIBLE = person.alias("asker"), person.alias("giver"), unit.alias("responsible")


def opinions(db: Connection, who: Person, at: datetime) -> list[Mapping[str, Any]]:
    """The opinions this person could give, the soonest due first; ``overdue`` says that its day is over.

    Of the roles they hold and of the units they are chief of; never of a case they are kept out of.
    """
    led = people.units_led(db, who)
    seats = sorted(seat for seat in people.seats(db, who) if seat[0] not in led)
    mine = [opinion.c.unit.in_(sorted(led))]
    if seats:
        mine.append(sa.tuple_(opinion.c.unit, opinion.c.role).in_(seats))
    subject = subject_of(case.c.id, case.c.start)
    query = (
        sa.select(
            opinion, case.c.number, case.c.title, case.c.received_at, case.c.priority, subject.label("subject"),
            unit.c.name.label("unit_name"), _ASKER.c.name.label("asked_by_name"),
            _RESPONSIBLE.c.name.label("case_unit_name"),
        )
        .join(case, case.c.id == opinion.c.case_id)
        .join(unit, unit.c.id == opinion.c.unit, isouter=True)
        .join(_RESPONSIBLE, _RESPONSIBLE.c.id == case.c.unit, isouter=True)
        .join(_ASKER, _ASKER.c.id == opinion.c.asked_by, isouter=True)
        .where(opinion.c.state == sa.literal_column("'asked'"), sa.or_(*mine), not_excluded(who, opinion.c.case_id))
        .order_by(opinion.c.due_at.is_(None), opinion.c.due_at, opinion.c.id)
        .limit(MOST)
    )  # fmt: skip
    return [_told(row, at) for row in db.execute(query).mappings()]


def opinions_in(db: Connection, case_id: int, at: datetime) -> list[Mapping[str, Any]]:
    """Every opinion asked in one case, oldest first, with names."""
    query = (
        sa.select(
            opinion, unit.c.name.label("unit_name"), _ASKER.c.name.label("asked_by_name"),
            _GIVER.c.name.label("given_by_name"),
        )
        .join(unit, unit.c.id == opinion.c.unit, isouter=True)
        .join(_ASKER, _ASKER.c.id == opinion.c.asked_by, isouter=True)
        .join(_GIVER, _GIVER.c.id == opinion.c.given_by, isouter=True)
        .where(opinion.c.case_id == case_id)
        .order_by(opinion.c.id)
    )  # fmt: skip
    return [_told(row, at) for row in db.execute(query).mappings()]


def _told(row: Any, at: datetime) -> Mapping[str, Any]:
    due = row["due_at"]
    return {**row, "overdue": row["state"] == "asked" and due is not None and due < at}
