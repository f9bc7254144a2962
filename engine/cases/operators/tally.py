"""The cases of an SOP counted: how the last month went, which are late now, which are not over yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import case
from engine.dates import roc
from engine.dates.records import deadline
from engine.dates.workdays import TAIPEI, local_day
from engine.flow import ProjectedStep
from engine.office import people
from engine.store import Connection

#: lines a list writes out; the rest it counts
MOST_LINES = 300
_OF_CASE = sa.and_(deadline.c.step.is_(None), deadline.c.regime != "standard")


@operator("cases.tally", optional=("sop", "start", "late_by"), results=("count", "units"))
def tally(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Count the cases of an SOP (``start``: those opened by it) and register every form handed out with the figures.

    ``count`` and ``units`` are of the open cases that are late by ``late_by`` days or more, the longest first.
    """
    among = [case.c.sop_id == str(args.get("sop") or act.case["sop_id"]), case.c.id != act.case["id"]]
    if args.get("start"):
        among.append(case.c.start == str(args["start"]))
    late = _late(act.db, among, act.at - timedelta(days=int(args.get("late_by") or 0)))
    units = list(dict.fromkeys(row.unit for row in late if row.unit is not None))
    names = {unit: people.unit_name(act.db, unit) for unit in units}
    lines = [f"{row.number} {names.get(row.unit, '')} {roc.short(local_day(row.due))}" for row in late]
    facts = {**_month_before(act.db, among, act.at), "count": len(late), "list": "\n".join(lines[:MOST_LINES])}
    documents.hand_out(act, step, kind="record", facts=facts)
    return {"count": len(late), "units": units}


@operator("cases.pending", optional=("sop", "start"), results=("count", "units"))
def pending(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The open cases of an SOP (``start``: those opened by it), listed on what the step hands out.

    ``units`` are theirs, each once, in the order of their oldest case. ``count`` is of the cases that somebody is
    responsible for and can be asked about; one that still waits for its unit is listed and asked of nobody.
    """
    among = [case.c.sop_id == str(args.get("sop") or act.case["sop_id"]), case.c.id != act.case["id"]]
    if args.get("start"):
        among.append(case.c.start == str(args["start"]))
    rows = act.db.execute(
        sa.select(case.c.number, case.c.unit, case.c.title).where(*among, case.c.status == "open").order_by(case.c.id)
    ).all()
    units = list(dict.fromkeys(row.unit for row in rows if row.unit is not None))
    names = {unit: people.unit_name(act.db, unit) for unit in units}
    lines = [f"{row.number} {names.get(row.unit, '')} {row.title}" for row in rows[:MOST_LINES]]
    documents.make(act, step, kind="record", facts={"count": len(rows), "list": "\n".join(lines)})
    return {"count": sum(row.unit is not None for row in rows), "units": units}


def _late(db: Connection, among: list[sa.ColumnElement[bool]], before: datetime) -> list[Any]:
    """The open cases whose own deadline ran out before this instant: number, unit, and since when."""
    due = sa.func.min(deadline.c.due_at).label("due")
    late = (
        sa.select(case.c.number, case.c.unit, due)
        .join(deadline, deadline.c.case_id == case.c.id)
        .where(
            *among, case.c.status == "open", _OF_CASE, deadline.c.ended_at.is_(None), deadline.c.stopped_at.is_(None),
            deadline.c.due_at < before,
        )
        .group_by(case.c.number, case.c.unit)
        .order_by(due, case.c.number)
    )  # fmt: skip
    return list(db.execute(late))


def _month_before(db: Connection, among: list[sa.ColumnElement[bool]], at: datetime) -> dict[str, Any]:
    """The calendar month before: how many came in, how many ended, how many of these too late."""
    first = local_day(at).replace(day=1)
    begin = (first - timedelta(days=1)).replace(day=1)
    since, until = (datetime(day.year, day.month, 1, tzinfo=TAIPEI) for day in (begin, first))

    def count(*where: sa.ColumnElement[bool]) -> int:
        return int(db.scalar(sa.select(sa.func.count()).select_from(case).where(*among, *where)) or 0)

    ended = (case.c.status == "ended", case.c.ended_at >= since, case.c.ended_at < until)
    over = sa.func.coalesce(deadline.c.met_at, deadline.c.ended_at) > deadline.c.due_at
    too_late = sa.exists().where(deadline.c.case_id == case.c.id, _OF_CASE, over, deadline.c.stopped_at.is_(None))
    closed, late = count(*ended), count(*ended, too_late)
    received = count(case.c.received_at >= since, case.c.received_at < until)
    return {
        "month": f"{roc.year(begin)}/{begin.month}", "received": received, "closed": closed, "closed_late": late,
        "closed_in_time": closed - late, "open": count(case.c.status == "open"),
    }  # fmt: skip
