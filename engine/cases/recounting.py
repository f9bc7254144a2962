"""The calendar changes, and every running deadline follows: shown first, then done, case by case.

The change itself is one act on the subject ``calendar``; each case that it touches gets an entry of its own under the
same act id, in bounded batches, so that a city's worth of cases never waits for one transaction. A recount asks only
how things stand: what was done before a crash is not done again, and taking the closure back recounts the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from engine.cases import incidents, limits, once, people_of, recount_state
from engine.cases.act import Act, lock_free, of_case
from engine.cases.records import ITEM_IS_OPEN, idempotency
from engine.cases.records import case as case_table
from engine.cases.records import item as item_table
from engine.cases.recount_state import State, unfinished
from engine.cases.surroundings import Office
from engine.dates import calendars, changes, touched
from engine.dates.calendars import Change
from engine.dates.records import alarm as alarm_table
from engine.dates.workdays import Calendar
from engine.errors import Refusal, Stuck
from engine.office import journal, people
from engine.office.people import SYSTEM, Person
from engine.store import Connection, Prepared, Store

__all__ = [
    "Ahead", "Move", "Recounted", "apply", "begin", "portion", "preview", "recount_all", "resume", "unfinished",
    "was_done", "would_do",
]  # fmt: skip

#: cases in one transaction, and in one portion
BATCH = 50
PORTION = 300
_RECOUNT = "依目前的辦公日曆重算"
#: what somebody started with the old calendar while the recount ran is found in the next round
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Move:
    """One deadline that a calendar moves."""

    case_id: int
    number: str
    path: str
    name: str
    regime: str
    old: datetime
    new: datetime


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a calendar would do. ``others``: further cases, in which no date moves but a rung rings at another time."""

    moves: Sequence[Move]
    others: int
    cases: int  # touched in all


@dataclass(frozen=True, slots=True)
class Recounted:
    """What a recount did. ``stuck``: cases that could not be recounted, each an incident."""

    act_id: str
    cases: int
    deadlines: int
    stuck: int


def preview(db: Connection, calendar: Calendar, *, since: date | None) -> Ahead:
    """The open deadlines that this calendar would move, the cases in the order they came; nothing is written."""
    found = touched.by_calendar(db, calendar, since=since)
    moving = {one.row.case_id for one in found if one.moves}
    numbers = _numbers(db, moving)
    moves = [
        Move(one.row.case_id, numbers[one.row.case_id], one.row.path, one.row.name, one.row.regime, one.row.due_at,
             one.to.due)
        for one in found if one.moves
    ]  # fmt: skip
    others = {one.row.case_id for one in found if one.rungs} - moving
    return Ahead(moves, len(others), len({one.row.case_id for one in found}))


def would_do(db: Connection, change: Change) -> Ahead:
    """``preview`` of a change that is not written yet."""
    if change.since is None:
        return Ahead((), 0, 0)
    return preview(db, calendars.with_change(db, change), since=change.since)


def begin(
    store: Store, change: Change, *, who: Person, at: datetime, office: Office, key: str | None = None
) -> None:  # fmt: skip
    """The change counts, and its recount is begun. A door's verb: it opens its own transactions.

    One act: the right is asked, the days are written, the calendar gets its entry, the recount is noted as begun. A
    change that says nothing new does nothing. ``key``: the same form twice is one change.
    """
    with store.look() as db:
        people.require(db, who, "manage_calendar")
        ahead = would_do(db, change)
    act_id = journal.new_act()
    with store.act() as db:
        asked = {"verb": change.verb, "days": sorted(day.isoformat() for day in change.becomes), "why": change.reason}
        if once.done_before(db, key, who=who, at=at, asked=asked) is not None or not change.new:
            return
        calendars.write(db, change, who=who, at=at, act_id=act_id, moving=len(ahead.moves))
        if change.since is not None:
            recount_state.begin(
                db, act=act_id, since=change.since.isoformat(), reason=change.reason, by=who.id, at=at,
                total=ahead.cases,
            )  # fmt: skip
        once.remember(db, key, {"act": act_id})


def apply(
    store: Store, change: Change, *, who: Person, at: datetime, office: Office, key: str | None = None
) -> Recounted:  # fmt: skip
    """``begin``, and the whole recount at once."""
    begin(store, change, who=who, at=at, office=office, key=key)
    return resume(store, who=who, at=at, office=office)


def recount_all(store: Store, *, who: Person, at: datetime, office: Office) -> Recounted:
    """Make every open deadline agree with the calendar as it stands: after new office hours, or to be sure."""
    with store.look() as db:
        people.require(db, who, "manage_calendar")
        total = preview(db, calendars.load(db), since=None).cases
    with store.act() as db:
        act_id = journal.new_act()
        calendars.write_recount(db, who=who, at=at, act_id=act_id, reason=_RECOUNT)
        recount_state.begin(db, act=act_id, since=None, reason=_RECOUNT, by=who.id, total=total, at=at)
    return resume(store, who=who, at=at, office=office)


def resume(store: Store, *, who: Person, at: datetime, office: Office) -> Recounted:
    """Carry a recount to its end: begun by ``begin``, or cut off by a crash. Nothing unfinished: nothing happens."""
    with store.look() as db:
        people.require(db, who, "manage_calendar")
    so_far = None
    while (further := portion(store, at=at, office=office, who=who, whoever=True)) is not None:
        so_far = further
    if so_far is None:
        return Recounted("", 0, 0, 0)
    return Recounted(so_far.act, so_far.cases, so_far.deadlines, len(so_far.stuck))


def portion(
    store: Store, *, at: datetime, office: Office, who: Person | None = None, whoever: bool = False,
    most: int | None = None,
) -> State | None:  # fmt: skip
    """Carry the recount on by some cases (``PORTION``); how far it is then. A door's verb: its own transactions.

    None: nothing is left to do, or somebody else is at it (``whoever``: even so). ``who`` None: whoever decided it.
    """
    most = most or PORTION
    with store.act() as db:
        begun = recount_state.take(db, at, whoever=whoever)
        if begun is None:
            return None
        who = who or _decided(db, begun, at)
        calendar = calendars.load(db)
    since = date.fromisoformat(begun.since) if begun.since else None
    one = _Recount(who, at, replace(office, calendar=calendar), begun.act, begun.reason, since)
    left: list[int] = []
    after, last = begun.after, None
    with store.look() as db:
        while len(left) < most and (last := touched.span(db, after)) is not None:
            found = {each.row.case_id for each in touched.in_span(db, calendar, since=since, after=after, last=last)}
            left += sorted(found - set(begun.stuck))
            after = last
    over = last is None  # every case has been looked at
    if len(left) > most:
        left, after = left[:most], left[most - 1]
    moved: dict[int, int] = {}
    stuck: set[int] = set()
    for batch in _batches(left):
        done = _together(store, batch, one)
        done |= {case_id: _alone(store, case_id, one) for case_id in batch if case_id not in done}
        moved |= {case_id: n for case_id, n in done.items() if n is not None}
        stuck |= {case_id for case_id, n in done.items() if n is None}
    so_far = replace(
        begun, after=after, found=begun.found or bool(left), cases=begun.cases + len(moved),
        deadlines=begun.deadlines + sum(moved.values()), stuck=(*begun.stuck, *sorted(stuck)),
    )  # fmt: skip
    ended = over and (not so_far.found or so_far.round == ROUNDS)
    if over and not ended:  # what somebody started with the old calendar meanwhile
        so_far = replace(so_far, round=so_far.round + 1, after=0, found=False)
    with store.act() as db:
        return recount_state.put(db, so_far, at=at, ended=ended)


def _decided(db: Connection, begun: State, at: datetime) -> Person:
    """Whoever decided the change; the system where that person has left."""
    try:
        return people.get(db, begun.by, at) if begun.by is not None else SYSTEM
    except Refusal:
        return SYSTEM


def was_done(db: Connection, key: str, who: Person) -> bool:
    """Whether this very form has been sent by this person before, and counted."""
    mine = sa.and_(idempotency.c.key == key, idempotency.c.person_id == (who.id or 0))
    return db.scalar(sa.select(idempotency.c.key).where(mine)) is not None


@dataclass(frozen=True, slots=True)
class _Recount:
    who: Person
    at: datetime
    office: Office
    act_id: str
    reason: str
    since: date | None


def _batches(ids: Iterable[int]) -> list[list[int]]:
    rest = iter(sorted(ids))  # always in this order: two recounts never wait for each other
    return list(iter(lambda: list(islice(rest, BATCH)), []))


def _together(store: Store, batch: Sequence[int], one: _Recount) -> dict[int, int | None]:
    """Those of a batch that nobody holds, in one transaction; none when one of them could not be done.

    It waits for no case: it has written lines of others by then, and whoever holds the case may be waiting to write one
    of those.
    """
    try:
        with store.act() as db:
            return {case_id: _case(db, case_id, one) for case_id in sorted(lock_free(db, batch))}
    except (Refusal, DBAPIError, ArithmeticError, LookupError, TypeError, ValueError):
        return {}


def _alone(store: Store, case_id: int, one: _Recount) -> int | None:
    """One case in its own transaction; what cannot be recounted becomes an incident and stops no other."""
    try:
        with store.act() as db:
            return _case(db, case_id, one)
    except (Refusal, DBAPIError, ArithmeticError, LookupError, TypeError, ValueError) as problem:
        reason = problem if isinstance(problem, Stuck) else Stuck("recount", "這個案件的期限無法依新的日曆重算。")
        with store.act() as db:
            incidents.note(db, case_id=case_id, step=None, error=reason, at=one.at)
        return None


def _case(db: Connection, case_id: int, one: _Recount) -> int:
    """All deadlines of one case in one act; how many moved. Its holders are told once; of a standard time nobody is."""
    act = of_case(db, case_id, verb="recount", who=one.who, at=one.at, office=one.office)
    act.id = one.act_id
    found = touched.by_calendar(db, one.office.calendar, since=one.since, case_id=case_id)
    for each in found:
        for alarm_id, rings_at in each.rungs:
            db.execute(sa.update(alarm_table).where(alarm_table.c.id == alarm_id).values(due_at=rings_at))
        if not each.moves:
            if each.rungs:
                act.note("rungs", each.row.path)
            if each.settled:
                changes.say_again(db, each.row.id, each.to)
                act.note("settled", each.row.path)
            continue
        changes.move(
            db, each.row, each.to, kind="recount", why=one.reason, at=one.at, act=one.act_id,
            calendar=one.office.calendar,
        )  # fmt: skip
        was, becomes = each.row.due_at.isoformat(), each.to.due.isoformat()
        act.note("moved", {"path": each.row.path, "from": was, "to": becomes})
    limits_moved = [each for each in found if each.moves and each.row.regime != "standard"]
    if limits_moved:
        first = min(limits_moved, key=lambda each: each.to.due)
        people_of.tell(
            act, ["holder"], kind="recount", key=f"recount:{one.act_id}:{case_id}",
            facts={"name": "、".join(dict.fromkeys(each.row.name for each in limits_moved)),
                   "due": first.to.due.isoformat(), "from": first.row.due_at.isoformat()},
        )  # fmt: skip
    if found:
        act.limits = None
        _items_follow(act)
        act.finish(reason=one.reason)
    return sum(each.moves for each in found)


_OPEN_ITEMS = Prepared(
    sa.select(item_table.c.id, item_table.c.step, item_table.c.due_at).where(
        item_table.c.case_id == sa.bindparam("of_case"), ITEM_IS_OPEN
    )
)


def _items_follow(act: Act) -> None:
    """The dates on the desk are those of the deadlines."""
    for row in _OPEN_ITEMS.rows(act.db, of_case=act.case["id"]):
        due_at = limits.due_of(act, row.step)
        if due_at != row.due_at:
            act.db.execute(sa.update(item_table).where(item_table.c.id == row.id).values(due_at=due_at))


def _numbers(db: Connection, ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        some = case_table.c.id.in_(wanted[start : start + 500])
        found |= {row.id: row.number for row in db.execute(sa.select(case_table.c.id, case_table.c.number).where(some))}
    return found
