"""Which cases a person may see, as one condition of a query: never more than ``seen_by`` shows case by case.

Who sees a case only because an extension of it waits for their signature finds it in the list of extensions.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.cases.records import case, item, opinion
from engine.office import people
from engine.office.people import Person
from engine.office.records import exclusion
from engine.store import Connection

__all__ = ["not_excluded", "visible"]


def visible(db: Connection, who: Person) -> sa.ColumnElement[bool]:
    """True of the rows of ``case`` that this person may see: through the case, or through work in it."""
    if people.in_control_office(who) or (people.CONTROL_UNIT, "service_center") in who.all_memberships:
        return not_excluded(who, case.c.id)
    units = sorted({unit for unit, _ in who.all_memberships} | people.units_led(db, who))
    seats = sorted(seat for seat in people.seats(db, who) if seat[0] not in units)
    ids = sorted(who.ids)
    work = sa.or_(_of_theirs(item, units, seats), item.c.assignee.in_(ids), item.c.done_by == who.id)
    asked = sa.or_(_of_theirs(opinion, units, seats), opinion.c.given_by == who.id)
    through = sa.or_(
        case.c.unit.in_(units),
        case.c.opened_by.in_(ids),
        sa.exists().where(item.c.case_id == case.c.id, work),
        sa.exists().where(opinion.c.case_id == case.c.id, opinion.c.state != "taken back", asked),
    )
    return sa.and_(through, not_excluded(who, case.c.id))


def _of_theirs(table: sa.Table, units: list[str], seats: list[tuple[str, str]]) -> sa.ColumnElement[bool]:
    here = table.c.unit.in_(units)
    return sa.or_(here, sa.tuple_(table.c.unit, table.c.role).in_(seats)) if seats else here


def not_excluded(who: Person, case_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Not one of the cases this person is kept out of, whatever they hold."""
    return ~sa.exists().where(exclusion.c.case_id == case_id, exclusion.c.person_id.in_(sorted(who.ids)))
