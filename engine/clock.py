"""The tick: take what is due, one transaction each, so that a poisoned row never stops the others.

Only this and the doors open transactions. The time is handed in: a rehearsal ticks with a virtual clock.

Any number of clocks may tick on one database: whoever claims an alarm rings it, the others go on elsewhere. No leader
is needed, and none can be lost. The newest instant a clock ticked at is kept; a clock that is far behind it is wrong,
or the other was: nothing rings until it has caught up or an administrator says that it is right (``trust``).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from engine.cases import incidents, periodic, ringing
from engine.cases.operators import OPERATORS
from engine.cases.records import case as case_table
from engine.cases.ringing import Outcome
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.dates.records import tick as tick_table
from engine.dates.workdays import Calendar
from engine.errors import BadSop, Invalid, NotNow, Stuck
from engine.library import publication
from engine.office import journal, notices, people
from engine.office.people import Person, office_day
from engine.store import Connection, Store

__all__ = [
    "BEHIND", "Health", "Ticked", "bring_into_force", "health", "ring_due", "start_periods", "tick", "trust",
    "working_days",
]  # fmt: skip

#: how long a poisoned alarm waits before it is tried again: 1, 2, 4 … minutes, a day at most
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
#: a step back of the clock that is borne: nothing rings twice, and nothing that rang is unrung
TOLERATED = timedelta(minutes=5)
#: a last tick older than this is told by /health
LATE = timedelta(minutes=5)
#: alarms in a row that the database did not answer for, before the tick asks whether it is there
_MOST_SILENCE = 3
#: alarms that ring in one transaction: each waits for the others' cases that long, and saves a commit
_TOGETHER = 20
BEHIND = "clock_behind"
_NAME = "tick"
#: the newest tick that a clock found itself behind
_WRONG = "behind"


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: alarms rung, and those that could not ring (each an incident). ``paused``: the clock is wrong.

    ``overtaken``: their case or step was over before. ``aside``: the database gave no answer for them in time; the next
    tick tries again.
    """

    rang: int
    stuck: int
    paused: bool = False
    overtaken: int = 0
    aside: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """``last``: the newest instant any clock ticked at; ``age``: how long ago, negative when the clock is behind it."""

    state: Literal["never", "ok", "late", "paused"]
    last: datetime | None = None
    age: timedelta | None = None


def tick(store: Store, at: datetime, office: Office, *, batch: int = 500) -> Ticked:
    """Ring everything due before ``at``, oldest first, and say that a clock is alive. Nothing when ``at`` is behind."""
    if _is_behind(store, at):
        return Ticked(0, 0, paused=True)
    done = ring_due(store, at, office, batch=batch)
    bring_into_force(store, at, office)
    with store.act() as db:
        _heartbeat(db, at, done.rang)
        _right_again(db, at)
    return done


def ring_due(store: Store, at: datetime, office: Office, *, batch: int = 500) -> Ticked:
    """Ring everything due before ``at``, oldest first, whatever other ticks said.

    On PostgreSQL neighbours of different cases ring in one transaction; SQLite's only writer is given back after each.
    Where that fails, or somebody holds a case, its alarm rings in a transaction of its own; where that fails as well it
    steps aside. An alarm whose case is held for too long is put aside, and the case's others with it.
    """
    count: Counter[str] = Counter()
    tried: set[int] = set()  # those that could not ring are still due: read past them
    alone: set[int] = set()
    held: set[int] = set()
    silence = 0
    while True:
        with store.look() as db:
            rows = deadlines.due_now(db, at, batch + count["aside"])
        due = deque(row._asdict() for row in rows if row.id not in tried)
        if not due:
            break
        while due:
            together = [] if store.is_sqlite else _neighbours(due, alone, held)
            if together:
                done = _ring_together(store, together, at, office)
                count.update(outcome.value for outcome in done.values())
                tried.update(done)
                left = [alarm for alarm in together if alarm["id"] not in done]
                alone.update(alarm["id"] for alarm in left)
                if done and left:
                    _leave_the_nearer_half(due)
                else:
                    due.extendleft(reversed(left))
                continue
            alarm = due.popleft()
            tried.add(alarm["id"])
            if alarm["case_id"] in held:
                count["aside"] += 1
                continue
            try:
                said = _ring(store, alarm, at, office)
            except OperationalError:
                held.add(alarm["case_id"])
                said, silence = "aside", silence + 1
                if silence == _MOST_SILENCE:
                    _ask(store)
                    silence = 0
            else:
                silence = 0
            count[said] += 1
            if said == "taken":
                _leave_the_nearer_half(due)
    return Ticked(count["rang"], count["stuck"], overtaken=count["overtaken"], aside=count["aside"])


def bring_into_force(store: Store, at: datetime, office: Office) -> None:
    """Versions of SOPs whose day has come; one that could no longer run, or a scenario of which no longer walks, waits
    as a draft, and is an incident.

    Its scenarios are walked before the transaction, with no database held. What changed meanwhile is walked next time.
    """
    with store.look() as db:
        due = publication.due_versions(db, at)
    for version in due:
        try:
            _walk(store, version, at, office)
            with store.act() as db:
                publication.take_effect(
                    db, version, operators=OPERATORS, rehearse=office.rehearsed(office_day(at)), at=at
                )  # fmt: skip
        except NotNow:
            continue
        except BadSop as bad:
            with store.act() as db:
                held = publication.hold(db, version, why=bad.sentence, at=at)
                if held is not None:
                    error = Stuck("version_held", f"作業流程「{held}」的新版無法如期生效：{bad.sentence}")
                    incidents.note(db, case_id=None, error=error, at=at, step=held)


def _walk(store: Store, version: int, at: datetime, office: Office) -> None:
    if office.walk is None:
        return
    with store.look() as db:
        folder = publication.due_folder(db, version)
    if folder is not None:
        office.walk(store, folder, office.calendar, office_day(at))


def _neighbours(due: deque[dict[str, Any]], alone: set[int], held: set[int]) -> list[dict[str, Any]]:
    """The next alarms that may ring together, taken from ``due``: each of another case, in their order; or none."""
    found: dict[int, dict[str, Any]] = {}
    while due and len(found) < _TOGETHER:
        alarm = due[0]
        if alarm["id"] in alone or alarm["case_id"] in held or alarm["case_id"] in found:
            break
        found[alarm["case_id"]] = due.popleft()
    if len(found) == 1:
        due.extendleft(found.values())
        return []
    return list(found.values())


def _leave_the_nearer_half(due: deque[dict[str, Any]]) -> None:
    """Another clock is at work here: what is skipped is looked at again later."""
    for _ in range(len(due) // 2):
        due.popleft()


def _ring_together(
    store: Store, alarms: Sequence[dict[str, Any]], at: datetime, office: Office
) -> dict[int, Outcome]:  # fmt: skip
    """All in one transaction; none when one of them cannot ring, for then nothing happened."""
    try:
        with store.act() as db:
            return ringing.ring_together(db, alarms, at=at, office=office)
    except Exception:  # which one it is, and why, is found out one by one
        return {}


def _ring(store: Store, alarm: dict[str, Any], at: datetime, office: Office) -> str:
    """One alarm in its own transaction: rang, overtaken, taken, or stuck."""
    try:
        with store.act() as db:
            return ringing.ring(db, alarm, at=at, office=office).value
    except OperationalError:
        raise
    except Exception as error:  # whatever is wrong with this row is not the others' trouble
        _push_forward(store, alarm, error, at)
        return "stuck"


def _ask(store: Store) -> None:
    """Whether the database is there at all, and lets anybody write. Raises OperationalError when not."""
    with store.act() as db:
        db.execute(sa.select(1))


def start_periods(store: Store, at: datetime, office: Office) -> periodic.Started:
    """Open the periodic cases that are due; none while the clock is behind."""
    if _is_behind(store, at):
        return periodic.Started()
    return periodic.start_due(store, at, office)


def health(db: Connection, at: datetime) -> Health:
    """How the clocks of this database do."""
    last = _last(db)
    if last is None:
        return Health("never")
    age = at - last
    if age < -TOLERATED:
        return Health("paused", last, age)
    return Health("late" if age > LATE else "ok", last, age)


def trust(db: Connection, *, who: Person, at: datetime) -> datetime:
    """An administrator says that this clock is right and the newest tick was not: time goes on from ``at``.

    What rang stays rung. Returns the instant that was wrong. NotNow when nothing is paused.
    """
    people.require(db, who, "manage_settings")
    last = _last(db)
    if last is None or at >= last - TOLERATED:
        raise NotNow("clock_not_paused", "計時沒有暫停，不需要確認。")
    db.execute(sa.update(tick_table).where(tick_table.c.name == _NAME).values(at=at))
    db.execute(sa.delete(tick_table).where(tick_table.c.name == _WRONG))
    incidents.resolve(db, None, at=at, code=BEHIND)
    journal.write(
        db, subject="office", verb="clock.trust", who=who, at=at, act_id=journal.new_act(),
        effects={"was": last.isoformat()},
    )  # fmt: skip
    return last


def working_days(calendar: Calendar) -> Any:
    """``is_working`` for wings that know no calendar; beyond the published years the week decides."""

    def is_working(day: date) -> bool:
        try:
            return calendar.is_working(day)
        except Invalid:
            return day.weekday() < 5

    return is_working


def _last(db: Connection) -> datetime | None:
    last: datetime | None = db.scalar(sa.select(tick_table.c.at).where(tick_table.c.name == _NAME))
    return last


def _is_behind(store: Store, at: datetime) -> bool:
    """Whether this clock is behind the newest tick; if so, an incident and one notice a day to each administrator."""
    with store.look() as db:
        last = _last(db)
    if last is None or at >= last - TOLERATED:
        return False
    wrong = Stuck(BEHIND, "系統時間早於上次執行的時間五分鐘以上，計時已暫停。")
    with store.act() as db:
        _write(db, _WRONG, last, 0)
        incidents.note(db, case_id=None, error=wrong, at=at)
        for person_id in people.administrators(db):
            notices.post(
                db, key=f"clock:{office_day(at)}:{person_id}", to=person_id, case_id=None, kind="incident",
                facts={"about": "clock", "last": last.isoformat()}, at=at, urgent=True,
            )  # fmt: skip
    return True


def _push_forward(store: Store, alarm: dict[str, Any], error: Exception, at: datetime) -> None:
    reason = error if isinstance(error, Stuck) else Stuck("alarm", "這個案件的計時無法處理，已列為異常。")
    wait = min(_FIRST_WAIT * 2 ** min(alarm["tries"], 11), _LONGEST_WAIT)
    with store.act() as db:
        deadlines.push_forward(db, alarm["id"], at + wait)
        exists = db.scalar(sa.select(case_table.c.id).where(case_table.c.id == alarm["case_id"]))
        incidents.note(db, case_id=exists, step=alarm["step"] or None, error=reason, at=at, alarm_id=alarm["id"])


def _heartbeat(db: Connection, at: datetime, rang: int) -> None:
    _write(db, _NAME, at, rang)


def _right_again(db: Connection, at: datetime) -> None:
    """No clock has been behind for a while: the incident is over. Not at once, for another one may still be."""
    behind = db.scalar(sa.select(tick_table.c.at).where(tick_table.c.name == _WRONG))
    if behind is not None and behind < at - 2 * TOLERATED:
        db.execute(sa.delete(tick_table).where(tick_table.c.name == _WRONG))
        incidents.resolve(db, None, at=at, code=BEHIND)


def _write(db: Connection, name: str, at: datetime, rang: int) -> None:
    """One row for all clocks, never set back; the first two of a new database may write it in the same moment."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    beat = insert(tick_table).values(name=name, at=at, rang=rang)
    newest = sa.case((tick_table.c.at < beat.excluded.at, beat.excluded.at), else_=tick_table.c.at)
    db.execute(beat.on_conflict_do_update(index_elements=["name"], set_={"at": newest, "rang": rang}))
