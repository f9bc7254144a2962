"""Which cases a person may see, as one condition of a query: never more than ``seen_by`` shows case by case.

Who sees a case only because an extension of it waits for their signature finds it in the list of extensions.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from engine.cases.records import case, item, opinion
from engine.office import people
from engine.office.people import Person, not_excluded
from engine.store import Connection

__all__ = ["not_excluded", "visible"]


def visible(db: Connection, who: Person) -> sa.ColumnElement[bool]:
    """True of the rows of ``case`` that this person may see: through the case, or through work in it."""
    return people.reach(who, case.c.id, lambda one: _seen(db, one))


def _seen(db: Connection, who: Person) -> sa.ColumnElement[bool]:
    if people.in_control_office(who) or (people.CONTROL_UNIT, "service_center") in who.all_memberships:
        return sa.true()
    units = sorted({unit for unit, _ in who.all_memberships} | people.units_led(db, who))
    seats = sorted(seat for seat in people.seats(db, who) if seat[0] not in units)
    ids = sorted(who.ids)
    work = sa.or_(_of_theirs(item, units, seats), item.c.assignee.in_(ids), item.c.done_by == who.id)
    asked = sa.or_(_of_theirs(opinion, units, seats), opinion.c.given_by == who.id)
    return sa.or_(
        case.c.unit.in_(units),
        case.c.opened_by.in_(ids),
        _there_is(item, work),
        _there_is(opinion, opinion.c.state != "taken back", asked),
    )


def _there_is(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """EXISTS, said so that PostgreSQL looks into each case's own rows: it would read the whole table otherwise."""
    one = sa.select(sa.literal(1)).where(table.c.case_id == case.c.id, *conditions).limit(1)
    return one.correlate(case).scalar_subquery().is_not(None)


def _of_theirs(table: sa.Table, units: Sequence[str], seats: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """A piece of work of one of these units, or for one of these roles."""
    ways = [table.c.unit.in_(units)]
    if seats:
        ways.append(sa.tuple_(table.c.unit, table.c.role).in_(seats))
    return sa.or_(*ways)
