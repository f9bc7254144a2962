"""An alarm whose case the database does not give away in time waits; the others ring, and the clock goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from engine import clock, store
from engine.cases import ringing
from engine.cases.records import case, incident
from engine.dates.records import alarm, tick
from engine.flow import State, dump
from engine.store import Store
from tests.clock.city import ALARMS, City

Taipei = Callable[[str], datetime]
#: everything of a case opened on 26 November is due
LATE = "2026-12-09T10:00"


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[set[int]], None]:
    """From now on the database answers for none of these cases in time."""
    sound = ringing.ring

    def of(held: set[int]) -> None:
        def ring(db: Any, row: Any, **more: Any) -> Any:
            if row["case_id"] in held:
                raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))
            return sound(db, row, **more)

        monkeypatch.setattr(ringing, "ring", ring)

    return of


def _waiting(city: City) -> set[int]:
    waits = sa.select(alarm.c.case_id).where(alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    return {row["case_id"] for row in city.rows(waits)}


def test_a_held_case_is_put_aside_and_the_others_ring_and_the_next_tick_tries_again(
    city: City, taipei: Taipei, hold: Callable[[set[int]], None]
) -> None:
    ids = city.copies(12)
    held = set(ids[:5])  # more in a row than the tick bears without asking
    hold(held)
    done = clock.tick(city.store, taipei(LATE), city.office)
    assert (done.rang, done.aside, done.stuck) == (7 * ALARMS, 5 * ALARMS, 0)
    assert _waiting(city) == held
    assert city.rows(sa.select(incident)) == [], "nothing is wrong with them"
    assert city.rows(sa.select(tick.c.at).where(tick.c.name == "tick")) == [{"at": taipei(LATE)}], "the clock is alive"
    hold(set())
    again = clock.tick(city.store, taipei(LATE) + timedelta(seconds=15), city.office)
    assert (again.rang, again.aside) == (5 * ALARMS, 0)


def test_more_put_aside_than_are_read_at_once_do_not_hide_the_others(
    city: City, taipei: Taipei, hold: Callable[[set[int]], None]
) -> None:
    ids = city.copies(9)
    hold(set(ids[:6]))
    done = clock.tick(city.store, taipei(LATE), city.office, batch=4)
    assert (done.rang, done.aside) == (3 * ALARMS, 6 * ALARMS)


def test_a_database_that_is_away_ends_the_tick_and_loses_nothing(
    city: City, taipei: Taipei, hold: Callable[[set[int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = city.copies(4)
    hold(set(ids))

    def away(_store: Store) -> None:
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(clock, "_ask", away)
    with pytest.raises(OperationalError):
        clock.tick(city.store, taipei(LATE), city.office)
    monkeypatch.undo()
    assert clock.tick(city.store, taipei(LATE), city.office).rang == 4 * ALARMS


def test_a_case_that_somebody_really_holds_for_too_long(
    city: City, taipei: Taipei, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL holds the one case, SQLite everything; both say so in the end, and nothing is lost."""
    ids = city.copies(3)
    monkeypatch.setattr(store, "_POSTGRESQL_LIMITS", "-c lock_timeout=200ms")
    hurried = Store(city.store.url)
    if hurried.is_sqlite:
        sa.event.listen(hurried.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    with city.store.act() as somebody:
        somebody.execute(sa.select(case.c.id).where(case.c.id == ids[0]).with_for_update())
        if hurried.is_sqlite:
            with pytest.raises(OperationalError):
                clock.tick(hurried, taipei(LATE), city.office)
        else:
            done = clock.tick(hurried, taipei(LATE), city.office)
            assert (done.rang, done.aside) == (2 * ALARMS, ALARMS)
    again = clock.tick(hurried, taipei(LATE), city.office)
    assert (again.rang, again.aside) == ((3 if hurried.is_sqlite else 1) * ALARMS, 0)
    hurried.close()


def test_the_alarms_of_a_case_that_is_over_are_overtaken_and_never_say_that_they_rang(
    city: City, taipei: Taipei
) -> None:
    ids = city.copies(3)
    with city.store.act() as db:  # it closed, and its alarms somehow went on waiting
        db.execute(sa.update(case).where(case.c.id == ids[1]).values(status="withdrawn"))
    done = clock.tick(city.store, taipei(LATE), city.office)
    assert (done.rang, done.overtaken, done.stuck) == (2 * ALARMS, ALARMS, 0)
    of_it = city.rows(sa.select(alarm.c.rang_at, alarm.c.silenced_at).where(alarm.c.case_id == ids[1]))
    assert of_it == [{"rang_at": None, "silenced_at": taipei(LATE)}] * ALARMS


def test_a_timer_whose_step_is_done_is_overtaken(city: City, taipei: Taipei) -> None:
    with city.store.act() as db:  # its step was left, and the timer somehow went on waiting
        [row] = city.rows(sa.select(case.c.bundle, case.c.start))
        assert row["start"] == "S"
        db.execute(sa.update(case).values(state=dump(State((), {}, {}))))
    done = clock.tick(city.store, taipei(LATE), city.office)
    assert (done.rang, done.overtaken) == (ALARMS - 1, 1)
    [timer] = city.rows(sa.select(alarm).where(alarm.c.kind == "timer"))
    assert timer["rang_at"] is None and timer["silenced_at"] == taipei(LATE)


def test_an_alarm_that_was_silenced_after_it_was_read_is_overtaken_and_one_that_rang_is_another_clock_s(
    city: City, taipei: Taipei
) -> None:
    rows = city.rows(sa.select(alarm).where(alarm.c.kind != "timer").order_by(alarm.c.id))
    at = taipei(LATE)
    with city.store.act() as db:
        db.execute(sa.update(alarm).where(alarm.c.id == rows[0]["id"]).values(silenced_at=at))
        db.execute(sa.update(alarm).where(alarm.c.id == rows[1]["id"]).values(rang_at=at))
    said = []
    for row in rows:
        with city.store.act() as db:
            said.append(ringing.ring(db, row, at=at, office=city.office))
    assert said == [ringing.Outcome.OVERTAKEN, ringing.Outcome.TAKEN, ringing.Outcome.RANG]
    assert [bool(one) for one in said] == [False, False, True]


def test_neighbours_ring_in_one_transaction_and_one_that_cannot_ring_takes_none_with_it(
    city: City, taipei: Taipei, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = city.copies(25)
    at = taipei("2026-12-02T08:00")  # the reminder of each
    sound = ringing.ring

    def ring(db: Any, row: Any, **more: Any) -> Any:
        if row["case_id"] == ids[7]:
            raise ValueError("poisoned")
        return sound(db, row, **more)

    monkeypatch.setattr(ringing, "ring", ring)
    commits: list[int] = []
    sa.event.listen(city.store.engine, "commit", lambda _: commits.append(1))
    done = clock.ring_due(city.store, at, city.office)
    assert (done.rang, done.stuck) == (24, 1)
    # on PostgreSQL the first twenty one by one, because one of them fails, then five together; and the incident
    assert len(commits) == (24 if city.store.is_sqlite else 19 + 1) + 1
    rows = city.rows(sa.select(alarm.c.case_id, alarm.c.rang_at).where(alarm.c.kind == "reminder"))
    assert {row["case_id"] for row in rows if row["rang_at"] is None} == {ids[7]}


def test_two_alarms_of_one_case_never_ring_in_one_transaction(
    city: City, taipei: Taipei, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first does may silence the second."""
    city.copies(3)
    seen: list[list[int]] = []
    sound = ringing.ring_together

    def ring_together(db: Any, rows: Any, **more: Any) -> Any:
        seen.append([row["case_id"] for row in rows])
        return sound(db, rows, **more)

    monkeypatch.setattr(ringing, "ring_together", ring_together)
    assert clock.tick(city.store, taipei(LATE), city.office).rang == 3 * ALARMS
    assert bool(seen) is not city.store.is_sqlite, "SQLite's one writer is given back after each alarm"
    assert all(len(set(rows)) == len(rows) for rows in seen)


def test_an_alarm_of_a_case_that_is_over_is_silenced_among_neighbours_too(city: City, taipei: Taipei) -> None:
    ids = city.copies(4)
    with city.store.act() as db:
        db.execute(sa.update(case).where(case.c.id == ids[2]).values(status="withdrawn"))
    done = clock.tick(city.store, taipei("2026-12-02T08:00"), city.office)
    assert (done.rang, done.overtaken) == (3, 1)
    [row] = city.rows(sa.select(alarm).where(alarm.c.case_id == ids[2], alarm.c.kind == "reminder"))
    assert row["rang_at"] is None and row["silenced_at"] is not None
