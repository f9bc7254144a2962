"""Where the cases of an SOP wait: what is open at each step, how long it lies before somebody takes it, how long the
step itself then takes. Over all cases and never of a person: nobody's name is read here.

What is open is counted from its index alone; the times are those of the newest cases, in the office's hours, what
stood still (停止計時) taken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.practice import Own, pinned
from engine.cases.desks.spent import in_hours, worked
from engine.cases.records import ITEM_IS_OPEN, case, item, suspension
from engine.dates.workdays import Calendar
from engine.errors import Missing
from engine.library import shelf
from engine.library.records import bundle
from engine.office import people
from engine.office.people import Person
from engine.office.records import entry
from engine.sops.sop import Sop
from engine.store import Connection

__all__ = ["AMONG", "NEWEST", "Queue", "Queues", "queues"]

#: how many cases the times are taken from, the newest ones
NEWEST = 500
#: and among how many of the house they are looked for: those of a rare SOP lie thinly
AMONG = 20_000
#: by these somebody takes a step in hand
_TAKES = ("claim", "assign", "save_draft")


@dataclass(frozen=True, slots=True)
class Queue:
    """One step. ``open``: now, ``free`` of them with nobody; ``oldest``: working hours the longest of them lies.

    ``waited``: median hours until somebody took it, of ``times``; ``took``: median hours from then until it was done,
    of those ``taken`` by somebody first. None where nothing was counted.
    """

    id: str
    name: str
    lane: str
    open: int = 0
    free: int = 0
    oldest: float | None = None
    times: int = 0
    waited: float | None = None
    taken: int = 0
    took: float | None = None
    standard: float | None = None


@dataclass(frozen=True, slots=True)
class Queues:
    """``steps``: those at which somebody works, in the order of the file. ``cases``: how many the times are from."""

    steps: Sequence[Queue]
    cases: int

    @property
    def open(self) -> int:
        return sum(step.open for step in self.steps)


def queues(
    db: Connection, sop: Sop, *, who: Person, at: datetime, calendar: Calendar, units: Collection[str] | None = None
) -> Queues:
    """Seven statements, whatever ran; cases that ``who`` is kept out of are not among them.

    ``units``: only the steps of these units' cases, and what these units do in the cases of others; None: the house.
    """
    here = pinned(db, sop.id)
    waiting = _open(db, sop, here, who, units)
    newest = (
        sa.select(case.c.id, case.c.bundle, case.c.unit)
        .where(
            case.c.id > sa.select(sa.func.coalesce(sa.func.max(case.c.id), 0) - AMONG).scalar_subquery(),
            case.c.bundle.in_(here), people.not_excluded(who, case.c.id), _theirs(units, case.c.id, case.c.unit),
        )
        .order_by(case.c.id.desc())
        .limit(NEWEST)
    )  # fmt: skip
    rows = db.execute(newest).all()
    bundles = {row.id: row.bundle for row in rows}
    theirs = {row.id for row in rows if units is None or row.unit in units}
    waited, took = _times(db, Own(db, sop), bundles, calendar, units or (), theirs)
    found = []
    for id_, node in sop.nodes.items():
        if id_ not in waiting and id_ not in waited and node.kind not in ("user", "manual", "task"):
            continue
        lane = sop.lane_of(id_)
        count, free, since = waiting.get(id_, (0, 0, None))
        before, own = waited.get(id_, ()), took.get(id_, ())
        found.append(Queue(
            id_, node.name or id_, lane.name if lane else "", count, free,
            worked(since, at, (), calendar) if since is not None else None,
            len(before), median(before) if before else None, len(own), median(own) if own else None,
            in_hours(node.standard_time, calendar),
        ))  # fmt: skip
    return Queues(found, len(bundles))


def _theirs(
    units: Collection[str] | None, case_id: sa.ColumnElement[int], unit: sa.ColumnElement[str | None]
) -> sa.ColumnElement[bool]:
    """The case is of one of these units, or something in it is theirs to do."""
    if units is None:
        return sa.true()
    named = sorted(units)
    does = sa.exists().where(item.c.case_id == case_id, item.c.unit.in_(named)).correlate_except(item)
    return sa.or_(unit.in_(named), does)


def _open(
    db: Connection, sop: Sop, here: Sequence[str], who: Person, units: Collection[str] | None
) -> dict[str, tuple[int, int, datetime | None]]:  # fmt: skip
    """By step of this SOP: how many are open, how many of them nobody has, since when the oldest. What is open within a
    called procedure stands at the box that calls it."""
    rows = db.execute(sa.select(bundle.c.hash, bundle.c.sop_id).where(bundle.c.hash.in_(here))).all()
    of: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        of[row.sop_id].append(row.hash)
    groups = db.execute(
        sa.select(
            item.c.sop_id, item.c.step, sa.func.count().label("many"),
            sa.func.sum(sa.case((item.c.assignee.is_(None), 1), else_=0)).label("free"),
            sa.func.min(item.c.opened_at).label("since"),
        )
        .where(
            ITEM_IS_OPEN, item.c.sop_id.in_(sorted(of)), people.not_excluded(who, item.c.case_id),
            _with(units),
        )
        .group_by(item.c.sop_id, item.c.step)
    )  # fmt: skip
    found: dict[str, tuple[int, int, datetime | None]] = {}
    for group in groups:
        step = _written(db, sop, of[group.sop_id], group.step)
        if step is not None:
            many, free, since = found.get(step, (0, 0, None))
            oldest = group.since if since is None else min(since, group.since)
            found[step] = (many + group.many, free + int(group.free), oldest)
    return found


def _with(units: Collection[str] | None) -> sa.ColumnElement[bool]:
    """Open work that lies with one of these units, or in a case of theirs."""
    if units is None:
        return sa.true()
    named = sorted(units)
    theirs = sa.exists().where(case.c.id == item.c.case_id, case.c.unit.in_(named))
    return sa.or_(item.c.unit.in_(named), theirs)


def _written(db: Connection, sop: Sop, hashes: Iterable[str], path: str) -> str | None:
    """Where in this SOP's chart a path of its case stands: its step, or the box of the call it is inside of."""
    parts = path.split("/")
    for name in hashes:
        known = shelf.opened(db, name)
        for n in range(len(parts), 0, -1):
            try:
                procedure, step = known.written_in("/".join(parts[:n]))
            except Missing:
                break
            if procedure == sop.id:
                return step
    return None


def _times(
    db: Connection, own: Own, bundles: Mapping[int, str], calendar: Calendar, units: Collection[str],
    theirs: Collection[int],
) -> tuple[Mapping[str, list[float]], Mapping[str, list[float]]]:  # fmt: skip
    """Hours until a step was taken, and from then until it was done, by step: all steps of the cases that are
    ``theirs``, those of ``units`` in the others."""
    if not bundles:
        return {}, {}
    cases = sorted(bundles)
    done = db.execute(
        sa.select(item.c.case_id, item.c.step, item.c.unit, item.c.assignee, item.c.opened_at, item.c.done_at).where(
            item.c.case_id.in_(cases), item.c.status == "done", item.c.done_by.is_not(None)
        )
    ).all()
    taken: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    subjects = [f"case:{one}" for one in cases]
    told = sa.select(entry.c.subject, entry.c.step, entry.c.at).where(
        entry.c.subject.in_(subjects), entry.c.verb.in_(_TAKES)
    )
    for line in db.execute(told.order_by(entry.c.subject, entry.c.seq)):
        taken[int(line.subject[5:]), line.step].append(line.at)
    pauses: dict[int, list[Any]] = defaultdict(list)
    stood = sa.select(suspension.c.case_id, suspension.c.began_at, suspension.c.ended_at)
    for pause in db.execute(stood.where(suspension.c.case_id.in_(cases))).mappings():
        pauses[pause["case_id"]].append(pause)
    waited: dict[str, list[float]] = defaultdict(list)
    took: dict[str, list[float]] = defaultdict(list)
    for case_id, path, unit, assignee, opened_at, done_at in done:
        step = own.step(bundles[case_id], path)
        if step is None or not (case_id in theirs or unit in units):
            continue
        first = next((at for at in taken.get((case_id, path), ()) if opened_at <= at <= done_at), None)
        if first is None:  # given to somebody when it opened, or done by whoever did not take it first
            first = opened_at if assignee is not None else None
        around = pauses.get(case_id, ())
        waited[step].append(worked(opened_at, first or done_at, around, calendar))
        if first is not None:
            took[step].append(worked(first, done_at, around, calendar))
    return waited, took
