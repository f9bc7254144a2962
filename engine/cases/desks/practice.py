"""How an SOP is really done: how long its steps take, where its cases go back, which branches they take.

Of the newest cases only, measured in working time, and never of a person: nobody's name is read here. What an import
or the machine did in a moment is not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

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
NEWEST = 1000
_HOURS_OF_A_DAY = 8


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
    rows = db.execute(
        sa.select(
            case.c.bundle, sa.func.count().label("cases"),
            sa.func.coalesce(sa.func.sum(sa.case((CASE_IS_OPEN, 1), else_=0)), 0).label("open"),
        ).group_by(case.c.bundle)
    ).all()  # fmt: skip
    pinned = {row.hash: row.versions for row in db.execute(sa.select(bundle.c.hash, bundle.c.versions))}
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        version = pinned.get(row.bundle, {}).get(sop_id)
        if version is not None:
            counted[version][0] += row.open
            counted[version][1] += row.cases
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
    """Four statements, whatever ran."""
    looked = (
        sa.select(case.c.id)
        .where(case.c.bundle.in_(pinned(db, sop.id)))
        .order_by(case.c.id.desc())
        .limit(newest)
        .subquery()
    )
    here = sa.select(looked.c.id)
    bundles = {row.id: row.bundle for row in db.execute(sa.select(case.c.id, case.c.bundle).where(case.c.id.in_(here)))}
    own = Own(db, sop, bundles)
    done = db.execute(
        sa.select(item.c.case_id, item.c.step, item.c.opening, item.c.opened_at, item.c.done_at, item.c.done_by).where(
            item.c.case_id.in_(here)
        )
    ).all()
    subjects = sa.select(sa.literal("case:") + sa.cast(looked.c.id, sa.String))
    told = db.execute(
        sa.select(entry.c.subject, entry.c.verb, entry.c.step, entry.c.effects).where(
            entry.c.subject.in_(subjects), entry.c.verb.not_in(("ring", "save_draft", "claim", "identity.open"))
        )
    ).all()
    return Practice(
        len(bundles), _times(sop, own, done, calendar), _returned(sop, own, told), _branches(sop, own, told)
    )  # fmt: skip


def pinned(db: Connection, sop_id: str) -> list[str]:
    """The bundles in which this SOP is: as the case's own or as one that it calls."""
    rows = db.execute(sa.select(bundle.c.hash, bundle.c.versions))
    return sorted(row.hash for row in rows if sop_id in row.versions)


class Own:
    """Which paths of a case are written in this SOP, and as which step."""

    def __init__(self, db: Connection, sop: Sop, bundles: Mapping[int, str]) -> None:
        self._db, self._sop, self._bundles = db, sop, bundles
        self._known: dict[tuple[str, str], str | None] = {}

    def step(self, case_id: int, path: str | None) -> str | None:
        name = self._bundles.get(case_id)
        if name is None or not path:
            return None
        key = (name, path)
        if key not in self._known:
            try:
                procedure, step = shelf.opened(self._db, name).written_in(path)
            except Missing:
                procedure, step = "", ""
            self._known[key] = step if procedure == self._sop.id else None
        return self._known[key]


def _times(sop: Sop, own: Own, rows: Iterable[Any], calendar: Calendar) -> list[StepTime]:
    hours: dict[str, list[float]] = defaultdict(list)
    again: Counter[str] = Counter()
    for row in rows:
        step = own.step(row.case_id, row.step)
        if step is None:
            continue
        again[step] += row.opening > 1
        if row.done_at is not None and row.done_by is not None:
            hours[step].append(calendar.worked(row.opened_at, row.done_at) / timedelta(hours=1))
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
        if row.verb not in ("send_back", "recall"):
            continue
        case_id = int(row.subject[5:])
        to = row.effects.get("to") if row.verb == "send_back" else row.step
        here, there = own.step(case_id, row.step), own.step(case_id, to)
        if here is not None and there is not None:
            pairs[here if row.verb == "send_back" else "", there] += 1
    return [
        Returned(_name(sop, here) if here else "（自行收回）", _name(sop, there), times)
        for (here, there), times in pairs.most_common()
    ]


def _branches(sop: Sop, own: Own, told: Iterable[Any]) -> list[Branch]:
    taken: Counter[tuple[str, str]] = Counter()
    for row in told:
        case_id = int(row.subject[5:])
        for gateway, way in row.effects.get("branches", ()):
            step = own.step(case_id, gateway)
            if step is not None:
                taken[step, str(way).rpartition("/")[2]] += 1
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
