"""The control list 列管清單: every case in control until it is released, with both clocks; and its monthly figures.

A reply closes the document (公文除管), a release ends the control (解除列管): the list goes by the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.in_order import InOrder
from engine.cases.desks.lists import PAGE, Page
from engine.cases.desks.matter import subject_of
from engine.cases.desks.oversight import Scope
from engine.cases.desks.oversight_trends import office_day
from engine.cases.desks.pauses import waits_of
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, document, item
from engine.dates.records import deadline
from engine.dates.workdays import Calendar, local_day
from engine.library import shelf
from engine.library.records import sop
from engine.office import people
from engine.office.records import entry, person, unit
from engine.store import Connection, UtcDateTime

__all__ = ["DUE", "LATE", "Month", "Sought", "control_list", "cycles", "in_control", "months"]

Row = Mapping[str, Any]
#: when the next follow-up is due
DUE = ("past", "today", "week")
#: the register's form of the checklist that stands before a release
_CHECKLIST = "release-checklist"
#: classes of lateness in working days: up to and including this many
LATE = (5, 10, 30)

IN_CONTROL = sa.and_(case.c.controlled_at.is_not(None), case.c.released_at.is_(None), CASE_IS_OPEN)
_RUNS = sa.and_(deadline.c.ended_at.is_(None), deadline.c.regime == "follow-up", deadline.c.stopped_at.is_(None))
_FOLLOW_UP = sa.and_(deadline.c.case_id == case.c.id, _RUNS)
#: limits of whole cases
_OF_A_CASE = (deadline.c.step.is_(None), deadline.c.regime.not_in(("standard", "follow-up")))
_OF_CASE = sa.and_(deadline.c.case_id == case.c.id, *_OF_A_CASE)
_INTERIM = sa.exists().where(document.c.case_id == case.c.id, document.c.kind == "dispatch-record")


@dataclass(frozen=True, slots=True)
class Sought:
    """What the control list is narrowed to; '' and None are everything. ``cycle`` is ``1-week``; ``days`` at least so
    many working days in control."""

    unit: str = ""
    sop: str = ""
    cycle: str = ""
    days: int | None = None
    due: str = ""
    interim: bool = False
    reopened: bool = False
    words: str = ""


def control_list(
    db: Connection, seen: Scope, sought: Sought, *, at: datetime, calendar: Calendar, page: int = 1, size: int = PAGE,
    most: int | None = None,
) -> Page:  # fmt: skip
    """A page of what is in control, the longest first. Four queries: how many, the cases, where they stand, and what
    those wait for that stand with nobody."""
    query = _narrowed(sa.select(case.c.id, case.c.controlled_at), seen, sought, at, calendar)
    total = int(db.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)
    number = min(max(page, 1), 10_000)
    keys = (
        query.order_by(case.c.controlled_at, case.c.id).limit(most or size).offset(0 if most else (number - 1) * size)
    )
    rows = [dict(row) for row in db.execute(_told(keys.subquery())).mappings()]
    standing = _standing(db, rows)
    waiting = waits_of(db, rows)
    for row in rows:
        row["items"] = standing.get(row["id"], [])
        row["waits"] = waiting.get(row["id"], [])
    return Page(rows, total, number, most or size)


def in_control(
    db: Connection, seen: Scope, sought: Sought, *, at: datetime, calendar: Calendar, ids: Sequence[int] | None,
    limit: int,
) -> list[int]:  # fmt: skip
    """The cases that were ticked, or with ``ids`` None everything the list is narrowed to, the longest first."""
    query = _narrowed(sa.select(case.c.id), seen, Sought() if ids is not None else sought, at, calendar)
    if ids is not None:
        query = query.where(case.c.id.in_(list(ids)))
    return list(db.scalars(query.order_by(case.c.controlled_at, case.c.id).limit(limit)))


def cycles(db: Connection, seen: Scope) -> list[tuple[int, str]]:
    """The follow-up cycles (length, unit) that run now, for the filter."""
    query = (
        sa.select(deadline.c.length, deadline.c.unit)
        .select_from(InOrder(deadline, case, case.c.id == deadline.c.case_id))
        .where(IN_CONTROL, seen.cases(), _FOLLOW_UP)
        .distinct()
        .order_by(deadline.c.unit, deadline.c.length)
    )
    return [(row.length, row.unit) for row in db.execute(query)]


def _narrowed(
    query: sa.Select[Any], seen: Scope, sought: Sought, at: datetime, calendar: Calendar
) -> sa.Select[Any]:  # fmt: skip
    query = query.where(IN_CONTROL, seen.cases())
    if sought.unit:
        query = query.where(case.c.unit == sought.unit)
    if sought.sop:
        query = query.where(case.c.sop_id == sought.sop)
    length, _, counted = sought.cycle.partition("-")
    if length.isascii() and length.isdigit() and len(length) < 9:
        cycle = sa.and_(_FOLLOW_UP, deadline.c.length == int(length), deadline.c.unit == counted)
        query = query.where(sa.exists().where(cycle))
    if sought.days:
        query = query.where(case.c.controlled_at < calendar.at(calendar.add(local_day(at), 1 - sought.days), time()))
    if sought.due in DUE:
        midnight = calendar.at(local_day(at) + timedelta(days=1), time())
        until = {"past": at, "today": midnight, "week": midnight + timedelta(days=6)}[sought.due]
        query = query.where(sa.exists().where(_FOLLOW_UP, deadline.c.due_at < until))
    if sought.interim:
        query = query.where(case.c.dispatched_at.is_not(None), _INTERIM)
    if sought.reopened:
        query = query.where(case.c.reopened_at.is_not(None))
    for word in sought.words.split()[:5]:
        columns = (case.c.number, case.c.title)
        query = query.where(sa.or_(*(column.contains(word, autoescape=True) for column in columns)))
    return query


def _told(page: sa.Subquery) -> sa.Select[Any]:
    def one(column: sa.ColumnElement[Any], where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
        return sa.select(column).where(where).order_by(deadline.c.id.desc()).limit(1).scalar_subquery()

    subject = subject_of(case.c.id, case.c.start)
    rounds = sa.select(sa.func.count()).where(document.c.case_id == case.c.id, document.c.kind == "follow-up-sheet")
    asked = sa.select(sa.func.max(entry.c.at)).where(
        entry.c.subject == sa.literal("case:") + sa.cast(case.c.id, sa.String), entry.c.verb == "follow_up"
    )
    return (
        sa.select(
            case.c.id, case.c.number, case.c.title, case.c.unit, case.c.sop_id, case.c.bundle, case.c.start,
            case.c.received_at, case.c.controlled_at, case.c.dispatched_at, case.c.reopened_at, case.c.suspended_at,
            case.c.priority, unit.c.name.label("unit_name"), sop.c.name.label("sop_name"), subject.label("subject"),
            one(deadline.c.due_at, _OF_CASE).label("due_at"), one(deadline.c.due_at, _FOLLOW_UP).label("follow_due"),
            one(deadline.c.length, _FOLLOW_UP).label("cycle_length"),
            one(deadline.c.unit, _FOLLOW_UP).label("cycle_unit"),
            sa.and_(case.c.dispatched_at.is_not(None), _INTERIM).label("interim"),
            rounds.scalar_subquery().label("rounds"), asked.scalar_subquery().label("asked_at"),
        )
        .select_from(page)
        .join(case, case.c.id == page.c.id)
        .join(unit, unit.c.id == case.c.unit, isouter=True)
        .join(sop, sop.c.id == case.c.sop_id, isouter=True)
        .order_by(page.c.controlled_at, page.c.id)
    )  # fmt: skip


def _standing(db: Connection, rows: Sequence[Row]) -> dict[int, list[Row]]:
    """The open items of each case. ``releases``: the SOP's own step whose checklist stands before the release."""
    of = {row["id"]: row for row in rows}
    query = (
        sa.select(item.c.id, item.c.case_id, item.c.step, item.c.name, item.c.unit, item.c.assignee,
                  unit.c.name.label("unit_name"), person.c.name.label("assignee_name"))
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
        .where(item.c.case_id.in_(sorted(of)), ITEM_IS_OPEN)
        .order_by(item.c.id)
    )  # fmt: skip
    found: dict[int, list[Row]] = {}
    for row in db.execute(query).mappings().all():
        of_case = of[row["case_id"]]
        step = shelf.projection(db, of_case["bundle"], of_case["start"]).steps.get(row["step"])
        releases = step is not None and any(form.ref == _CHECKLIST for form in step.forms)
        found.setdefault(row["case_id"], []).append({**row, "releases": releases})
    return found


# -- the months


@dataclass(slots=True)
class Month:
    """``in_time`` and ``too_late``: answers, that is limits met in the month; ``late``: limits that passed unmet in it,
    by working days until they were met or until now."""

    first: date
    received: int = 0
    in_time: int = 0
    too_late: int = 0
    released: int = 0
    in_control: int = 0  # at its end
    late: tuple[int, ...] = (0,) * (len(LATE) + 1)


def months(db: Connection, seen: Scope, *, at: datetime, calendar: Calendar, last: int = 12) -> list[Month]:
    """The figures of the last months, this one so far included, the newest first. Three queries."""
    today = local_day(at)
    firsts = [_month(today, -n) for n in range(last)]
    found = {first: Month(first) for first in firsts}
    mine = seen.cases()
    in_control = int(db.scalar(sa.select(sa.func.count()).select_from(case).where(IN_CONTROL, mine)) or 0)
    spans = [(n, calendar.at(first, time()), calendar.at(_month(first, 1), time())) for n, first in enumerate(firsts)]
    for row in db.execute(_flows(spans, at, seen)):
        month = found[firsts[row.n]]
        month.received, month.released, month.in_time, month.too_late = row.came, row.released, row.kept, row.missed
        month.in_control = in_control
        in_control += row.gone - row.came
    for due, until, n in _passed(db, spans[-1][1], at, seen):
        days = calendar.between(due, until or today)
        place = next((k for k, most in enumerate(LATE) if days <= most), len(LATE))
        month = found[due.replace(day=1)]
        month.late = (*month.late[:place], month.late[place] + n, *month.late[place + 1 :])
    return list(found.values())


def _flows(spans: Sequence[tuple[int, datetime, datetime]], at: datetime, seen: Scope) -> sa.Select[Any]:
    """Of each span, the newest first: cases that came into control, were released, left control either way; limits of
    whole cases in control that were met, in time as the limit then stood or not. Ranges of an index each."""
    columns = (sa.column("n", sa.Integer), sa.column("since", UtcDateTime), sa.column("until", UtcDateTime))
    span = sa.values(*columns, name="span").data(list(spans)).cte("spans")
    never = _never()

    def counted(column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        within = sa.and_(column >= span.c.since, column < span.c.until, column <= at)
        return sa.select(sa.func.count()).where(within, *where)

    def told(query: sa.Select[Any]) -> sa.ScalarSelect[Any]:
        return query.correlate(span).scalar_subquery()

    mine = seen.cases()

    def met(kept: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
        limits = counted(deadline.c.met_at, *_OF_A_CASE, kept, _of(seen), never.c.id.is_(None))
        return told(limits.select_from(deadline.outerjoin(never, never.c.id == deadline.c.case_id)))

    controlled = case.c.controlled_at.is_not(None)
    released = counted(case.c.released_at, mine)
    withdrawn = counted(case.c.ended_at, mine, controlled, case.c.released_at.is_(None))
    return sa.select(
        span.c.n, told(counted(case.c.controlled_at, mine)).label("came"), told(released).label("released"),
        (told(released.where(controlled)) + told(withdrawn)).label("gone"),
        met(deadline.c.met_at <= deadline.c.due_at).label("kept"),
        met(deadline.c.met_at > deadline.c.due_at).label("missed"),
    ).order_by(span.c.n)  # fmt: skip


def _never() -> sa.CTE:
    """Cases that never were in control: the fewer, and told by an index of their own, where each other one would have
    to be looked up."""
    return sa.select(case.c.id).where(case.c.controlled_at.is_(None)).cte("never").prefix_with("MATERIALIZED")


def _of(seen: Scope) -> sa.ColumnElement[bool]:
    """Limits of cases in view."""
    known = people.not_excluded(seen.who, deadline.c.case_id)
    if seen.units is None:
        return known
    return sa.and_(known, deadline.c.case_id.in_(sa.select(case.c.id).where(seen.over(case.c.unit))))


def _passed(db: Connection, begin: datetime, at: datetime, seen: Scope) -> list[tuple[date, date | None, int]]:
    """Limits of cases in control that passed unmet: the day, and the day on which they were met after all."""
    over = sa.func.coalesce(deadline.c.met_at, deadline.c.ended_at)
    never = _never()
    due, until = office_day(deadline.c.due_at).label("due"), office_day(over).label("until")
    query = (
        sa.select(due, until, sa.func.count().label("n"))
        .select_from(deadline.outerjoin(never, never.c.id == deadline.c.case_id))
        .where(
            deadline.c.due_at >= begin, deadline.c.due_at < at, *_OF_A_CASE, deadline.c.stopped_at.is_(None),
            sa.or_(over.is_(None), over > deadline.c.due_at), never.c.id.is_(None), _of(seen),
        )
        .group_by("due", "until")
    )  # fmt: skip
    return [
        (date.fromisoformat(row.due), date.fromisoformat(row.until) if row.until else None, row.n)
        for row in db.execute(query)
    ]


def _month(day: date, forward: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + forward, 12)
    return date(year, month + 1, 1)
