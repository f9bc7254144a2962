"""How an SOP is really done: how long its steps take, where its cases go back, which branches they take.

Of the newest cases only, measured in working time, and never of a person: nobody's name is read here. What an import
or the machine did in a moment is not counted.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases.desks.in_order import InOrder
from engine.cases.records import CASE_IS_OPEN, case, item
from engine.dates.workdays import Calendar
from engine.errors import Missing
from engine.library import shelf
from engine.library.records import bundle, sop_version
from engine.office.records import entry
from engine.sops.sop import Sop
from engine.store import Connection

__all__ = ["NEWEST", "Branch", "Own", "Practice", "Returned", "StepTime", "pinned", "practice", "running"]

#: how many cases are looked at, the newest ones
NEWEST = 500
_HOURS_OF_A_DAY = 8
_HOUR = timedelta(hours=1)
_BACK = ("send_back", "recall")
#: neither a way back nor a branch is in these
_SAY_NOTHING = ("ring", "save_draft", "claim", "identity.open")


@dataclass(frozen=True, slots=True)
class StepTime:
    """Working hours of the times a step was done. ``standard`` None: the SOP names none. ``again``: how often it was
    opened once more in a case; ``over``: how many times took longer than the standard time."""

    id: str
    name: str
    lane: str
    times: int
    median: float
    most: float  # the 80th percentile
    standard: float | None
    over: int
    again: int


@dataclass(frozen=True, slots=True)
class Returned:
    """How often cases went back from one step to another."""

    from_step: str
    to_step: str
    times: int


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of a decision, and its share of all times the decision was passed."""

    gateway: str
    label: str
    to_step: str
    times: int
    share: float


@dataclass(frozen=True, slots=True)
class Practice:
    """``cases``: how many were looked at."""

    cases: int
    steps: Sequence[StepTime]
    returned: Sequence[Returned]
    branches: Sequence[Branch]


def running(db: Connection, sop_id: str) -> Sequence[Mapping[str, Any]]:
    """Versions with the cases that are pinned to them: open ones and all. A shared procedure counts its callers'."""
    known = db.execute(sa.select(bundle.c.hash, bundle.c.versions))
    version_in = {row.hash: row.versions[sop_id] for row in known if sop_id in row.versions}
    query = (
        sa.select(
            case.c.bundle, sa.func.count().label("cases"),
            sa.func.coalesce(sa.func.sum(sa.case((CASE_IS_OPEN, 1), else_=0)), 0).label("open"),
        )
        .where(case.c.bundle.in_(sorted(version_in)))
        .group_by(case.c.bundle)
    )  # fmt: skip
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in db.execute(query):
        counted[version_in[row.bundle]][0] += row.open
        counted[version_in[row.bundle]][1] += row.cases
    versions = db.execute(
        sa.select(sop_version.c.id, sop_version.c.number)
        .where(sop_version.c.sop_id == sop_id, sop_version.c.state == "published")
        .order_by(sop_version.c.number.desc())
    )
    return [
        {"number": v.number, "open": counted[v.id][0] if v.id in counted else 0,
         "cases": counted[v.id][1] if v.id in counted else 0}
        for v in versions
    ]  # fmt: skip


def practice(db: Connection, sop: Sop, *, calendar: Calendar, newest: int = NEWEST) -> Practice:
    """Four statements, whatever ran. What many cases did alike comes counted from the database."""
    looked = (
        sa.select(case.c.id, case.c.bundle)
        .where(case.c.bundle.in_(pinned(db, sop.id)))
        .order_by(case.c.id.desc())
        .limit(newest)
        .cte("looked")
    )
    cases = int(db.scalar(sa.select(sa.func.count()).select_from(looked)) or 0)
    own = Own(db, sop)
    done = sa.select(
        looked.c.bundle, item.c.step, item.c.opening, item.c.opened_at, item.c.done_at, item.c.done_by
    ).select_from(InOrder(looked, item, item.c.case_id == looked.c.id))
    told = db.execute(_told(looked)).all()
    return Practice(
        cases, _times(sop, own, db.execute(done), calendar), _returned(sop, own, told), _branches(sop, own, told)
    )  # fmt: skip


def _told(looked: sa.CTE) -> sa.Select[Any]:
    """What the journals of these cases say of ways back and of branches, and how often."""
    back = entry.c.verb.in_(_BACK)
    columns = (
        looked.c.bundle, sa.case((back, entry.c.verb)).label("verb"), sa.case((back, entry.c.step)).label("step"),
        sa.case((back, entry.c.effects["to"].as_string())).label("to"),
        sa.cast(entry.c.effects["branches"], sa.Text).label("branches"),
    )  # fmt: skip
    subject = sa.literal("case:") + sa.cast(looked.c.id, sa.String)
    return (
        sa.select(*columns, sa.func.count().label("times"))
        .select_from(InOrder(looked, entry, entry.c.subject == subject))
        .where(entry.c.verb.not_in(_SAY_NOTHING))
        .group_by(*columns)
    )


def pinned(db: Connection, sop_id: str) -> list[str]:
    """The bundles in which this SOP is: as the case's own or as one that it calls."""
    rows = db.execute(sa.select(bundle.c.hash, bundle.c.versions))
    return sorted(row.hash for row in rows if sop_id in row.versions)


class Own:
    """Which paths of a case are written in this SOP, and as which step."""

    def __init__(self, db: Connection, sop: Sop) -> None:
        self._db, self._sop = db, sop
        self._known: dict[tuple[str, str], str | None] = {}

    def step(self, bundle: str, path: str | None) -> str | None:
        if not path:
            return None
        key = (bundle, path)
        if key not in self._known:
            try:
                procedure, step = shelf.opened(self._db, bundle).written_in(path)
            except Missing:
                procedure, step = "", ""
            self._known[key] = step if procedure == self._sop.id else None
        return self._known[key]


def _times(sop: Sop, own: Own, rows: Iterable[Any], calendar: Calendar) -> list[StepTime]:
    hours: dict[str, list[float]] = defaultdict(list)
    again: Counter[str] = Counter()
    for bundle_hash, path, opening, opened_at, done_at, done_by in rows:
        step = own.step(bundle_hash, path)
        if step is None:
            continue
        if opening > 1:
            again[step] += 1
        if done_at is not None and done_by is not None:
            hours[step].append(calendar.worked(opened_at, done_at) / _HOUR)
    found = []
    for id_, node in sop.nodes.items():
        took = sorted(hours.get(id_, ()))
        if not took:
            continue
        lane, standard = sop.lane_of(id_), _in_hours(node.standard_time)
        found.append(StepTime(
            id_, node.name or id_, lane.name if lane else "", len(took), _rank(took, 50), _rank(took, 80), standard,
            sum(one > standard for one in took) if standard is not None else 0, again[id_],
        ))  # fmt: skip
    return found


def _in_hours(standard: Any) -> float | None:
    if standard is None:
        return None
    return float(standard.value) * (1 if standard.unit == "hour" else _HOURS_OF_A_DAY)


def _rank(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: a time that really was."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]


def _returned(sop: Sop, own: Own, told: Iterable[Any]) -> list[Returned]:
    pairs: Counter[tuple[str, str]] = Counter()
    for row in told:
        if row.verb is None:
            continue
        to = row.to if row.verb == "send_back" else row.step
        here, there = own.step(row.bundle, row.step), own.step(row.bundle, to)
        if here is not None and there is not None:
            pairs[here if row.verb == "send_back" else "", there] += row.times
    return [
        Returned(_name(sop, here) if here else "（自行收回）", _name(sop, there), times)
        for (here, there), times in pairs.most_common()
    ]


def _branches(sop: Sop, own: Own, told: Iterable[Any]) -> list[Branch]:
    taken: Counter[tuple[str, str]] = Counter()
    for row in told:
        for gateway, way in json.loads(row.branches or "null") or ():
            step = own.step(row.bundle, gateway)
            if step is not None:
                taken[step, str(way).rpartition("/")[2]] += row.times
    found = []
    for id_, node in sop.nodes.items():
        if node.kind != "exclusive":
            continue
        total = sum(n for (gateway, _), n in taken.items() if gateway == id_)
        for way in node.outgoing if total else ():
            flow = sop.flows.get(way)
            if flow is not None:
                n = taken[id_, way]
                found.append(Branch(node.name or id_, flow.name or "（未命名）", _name(sop, flow.target), n, n / total))
    return found


def _name(sop: Sop, step: str) -> str:
    node = sop.nodes.get(step)
    return node.name if node is not None and node.name else step
