"""What could not go on: the cases that are stuck, the alarms that could not ring, and what became of the older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.lists import Page
from engine.cases.incidents import NOT_BEGUN
from engine.cases.records import case, incident
from engine.dates.records import alarm
from engine.errors import Missing
from engine.library.records import sop
from engine.office import people
from engine.office.people import Person
from engine.office.records import person, unit
from engine.store import Connection

__all__ = ["Counts", "counts", "incidents", "one"]

PAGE = 50
_IS_OPEN = incident.c.resolved_at.is_(None)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait; ``by_code`` the most frequent first."""

    open: int
    over: int
    by_code: Sequence[tuple[str, int]]


def _query(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(
            incident, case.c.number, case.c.title, case.c.status.label("case_status"),
            sa.and_(case.c.status == "open", case.c.state.in_(NOT_BEGUN)).label("not_begun"),
            sop.c.name.label("sop_name"), unit.c.name.label("unit_name"), person.c.name.label("resolved_by_name"),
            *more,
        )
        .join(case, case.c.id == incident.c.case_id, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .join(unit, unit.c.id == case.c.unit, isouter=True)
        .join(person, person.c.id == incident.c.resolved_by, isouter=True)
    )  # fmt: skip


def incidents(
    db: Connection, *, who: Person, over: bool = False, code: str = "", page: int = 1, size: int = PAGE
) -> Page:
    """Those that wait, the oldest first; or those that are ``over``, the newest first. One query.

    Not of cases that the person is excluded from.
    """
    number = min(max(page, 1), 10_000)
    query = _query(sa.func.count().over().label("total")).where(
        ~_IS_OPEN if over else _IS_OPEN, people.not_excluded(who, incident.c.case_id)
    )
    order = (incident.c.resolved_at.desc(), incident.c.id.desc()) if over else (incident.c.at, incident.c.id)
    if code:
        query = query.where(incident.c.code == code)
    rows = db.execute(query.order_by(*order).limit(size).offset((number - 1) * size)).mappings()
    found = [dict(row) for row in rows]
    return Page(found, found[0]["total"] if found else 0, number, size)


def counts(db: Connection) -> Counts:
    """How many wait, by code."""
    rows = db.execute(
        sa.select(incident.c.code, sa.func.count().label("n")).where(_IS_OPEN).group_by(incident.c.code)
    ).all()  # fmt: skip
    over = db.scalar(sa.select(sa.func.count()).select_from(incident).where(~_IS_OPEN)) or 0
    by_code = sorted(((row.code, row.n) for row in rows), key=lambda pair: (-pair[1], pair[0]))
    return Counts(sum(n for _, n in by_code), over, by_code)


def one(db: Connection, incident_id: int, *, who: Person) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """One incident with the alarm that could not ring, and the others of its case, newest first. Raises Missing, also
    for one of a case that the person is excluded from."""
    query = _query(
        alarm.c.kind.label("alarm_kind"), alarm.c.tries.label("alarm_tries"), alarm.c.due_at.label("alarm_due"),
    ).join(alarm, alarm.c.id == incident.c.alarm_id, isouter=True)  # fmt: skip
    mine = incident.c.id == incident_id, people.not_excluded(who, incident.c.case_id)
    row = db.execute(query.where(*mine)).mappings().first()
    if row is None:
        raise Missing("no_such_incident", "查無此異常。")
    others: Sequence[Mapping[str, Any]] = ()
    if row["case_id"] is not None:
        same = _query().where(incident.c.case_id == row["case_id"], incident.c.id != incident_id)
        others = [dict(r) for r in db.execute(same.order_by(incident.c.id.desc()).limit(PAGE)).mappings()]
    return dict(row), others
