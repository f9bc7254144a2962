"""A clock that jumps: forward, back, into 2038 and 2100. Random scripts, compared after every tick with a small model.

The model is all there is to know: what is due rings once, at the first tick after it; a tick more than five minutes
behind the newest does nothing; nothing is ever unrung.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import clock
from engine.cases.records import incident
from engine.dates import deadlines
from engine.dates.records import alarm
from engine.dates.records import tick as tick_table
from engine.errors import NotAllowed, NotNow
from engine.office import journal, people
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.store import Connection
from tests.clock.city import City

Taipei = Callable[[str], datetime]
#: on each database; every number of a script is told by its seed
SCRIPTS = 1500 if os.environ.get("SOPFLOW_SOAK") == "1" else 150
STEPS = 12
ALARMS = 8
FIVE_MINUTES = timedelta(minutes=5)
LANDMARKS = (
    datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(2100, 2, 28, 15, 59, 59, tzinfo=UTC), datetime(2100, 3, 1, tzinfo=UTC),
    datetime(2099, 12, 31, 16, tzinfo=UTC),
)  # fmt: skip
FORWARD = (timedelta(seconds=1), timedelta(minutes=3), timedelta(hours=1), timedelta(days=1), timedelta(days=400))
BACK = (
    timedelta(seconds=1), timedelta(minutes=4), FIVE_MINUTES, FIVE_MINUTES + timedelta(seconds=1), timedelta(hours=1),
    timedelta(days=1), timedelta(days=400), timedelta(days=30_000),
)  # fmt: skip


@dataclass
class Model:
    """``due``: alarm → when it falls due; ``rang``: alarm → the tick that rang it."""

    due: dict[int, datetime]
    newest: datetime | None = None
    rang: dict[int, datetime] = field(default_factory=dict)

    def behind(self, at: datetime) -> bool:
        return self.newest is not None and at < self.newest - FIVE_MINUTES

    def tick(self, at: datetime) -> bool:
        if self.behind(at):
            return False
        for number, due in self.due.items():
            if due <= at and number not in self.rang:
                self.rang[number] = at
        self.newest = max(self.newest or at, at)
        return True


def script(city: City, chance: random.Random, begins: datetime) -> Model:
    """Fresh alarms on the one case there is: days of a reminder, spread over the century; none left of the script
    before, and no tick ever."""
    spread = [chance.choice((timedelta(minutes=chance.randrange(60)), timedelta(days=chance.randrange(500)),
                             timedelta(days=chance.randrange(27_000)))) for _ in range(ALARMS)]  # fmt: skip
    due = [begins + each for each in spread]
    with city.store.act() as db:
        db.execute(sa.delete(tick_table))
        db.execute(sa.delete(notice))
        [like] = db.execute(sa.select(alarm).order_by(alarm.c.id).limit(1)).mappings().all()
        db.execute(sa.delete(alarm).where(alarm.c.id != like["id"]))
        row = {name: value for name, value in like.items() if name != "id"} | {"kind": "reminder", "silenced_at": None}
        made = {
            int(db.scalar(alarm.insert().returning(alarm.c.id), {**row, "rung": 100 + n, "due_at": each})): each
            for n, each in enumerate(due)
        }
        db.execute(alarm.update().where(alarm.c.id == like["id"]).values(silenced_at=begins))
    return Model(made)


def rang(city: City, model: Model) -> dict[int, datetime]:
    rows = city.rows(sa.select(alarm.c.id, alarm.c.rang_at).where(alarm.c.id.in_(model.due)))
    return {row["id"]: row["rang_at"] for row in rows if row["rang_at"] is not None}


def next_instant(chance: random.Random, now: datetime) -> datetime:
    lot = chance.random()
    if lot < 0.55:
        return now + chance.choice(FORWARD) * chance.randint(1, 3)
    if lot < 0.63:
        return chance.choice(LANDMARKS)
    return max(now - chance.choice(BACK), datetime(2001, 1, 1, tzinfo=UTC))


def walk(city: City, seed: int, begins: datetime) -> tuple[int, int]:
    """One script; how many ticks were paused, and how many alarms rang."""
    chance = random.Random(seed)
    model = script(city, chance, begins)
    now, paused = begins, 0
    for step in range(STEPS):
        now = next_instant(chance, now)
        before = dict(model.rang)
        expected = model.tick(now)
        done = clock.tick(city.store, now, city.office)
        where = f"seed {seed}, step {step}, at {now}"
        assert done.paused is not expected, where
        assert (done.rang, done.stuck) == (len(model.rang) - len(before), 0), where
        assert rang(city, model) == model.rang, where
        with city.store.look() as db:
            state = clock.health(db, now)
        assert (state.last, state.state == "paused") == (model.newest, model.behind(now)), where
        paused += not expected
        if not expected and chance.random() < 0.4:
            with city.store.act() as db:
                assert clock.trust(db, who=SYSTEM, at=now) == model.newest, where
            model.newest = now
    told = city.rows(sa.select(notice.c.key).where(notice.c.kind == "reminder"))
    assert len(told) == len(model.rang), f"seed {seed}"
    return paused, len(model.rang)


@pytest.fixture
def fresh(city: City) -> City:
    with city.store.act() as db:  # one person to tell, so that notices and alarms can be counted against each other
        db.execute(alarm.update().values(to=["section_chief@fixed:planning"]))
    return city


def test_no_alarm_rings_twice_and_none_is_unrung_in_any_script_of_jumps(fresh: City) -> None:
    first = 0 if fresh.store.is_sqlite else SCRIPTS
    done = [walk(fresh, first + n, fresh.at) for n in range(SCRIPTS)]
    # the scripts were worth walking: clocks went back too far, and alarms rang
    assert sum(paused for paused, _ in done) > SCRIPTS
    assert sum(rung for _, rung in done) > 2 * SCRIPTS
    with fresh.store.look() as db:
        assert journal.verify(db) == []


def test_a_build_without_the_check_of_the_claim_is_caught_by_the_same_scripts(
    fresh: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at what is due without asking whether it rang: the next tick would ring it again."""

    def claim(db: Connection, alarm_id: int, at: datetime) -> bool:
        db.execute(alarm.update().where(alarm.c.id == alarm_id).values(rang_at=at))
        return True

    def due_now(db: Connection, at: datetime, limit: int = 100) -> list[object]:
        waiting = sa.select(alarm).where(alarm.c.due_at <= at, alarm.c.silenced_at.is_(None))
        return list(db.execute(waiting.order_by(alarm.c.due_at, alarm.c.id).limit(limit)))

    monkeypatch.setattr(deadlines, "claim", claim)
    monkeypatch.setattr(deadlines, "due_now", due_now)
    with pytest.raises(AssertionError):
        for seed in range(10):
            walk(fresh, seed, fresh.at)


def test_a_build_that_lets_its_last_tick_go_back_is_caught_by_the_same_scripts(
    fresh: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(db: Connection, name: str, at: datetime, rang: int) -> None:
        db.execute(sa.delete(tick_table).where(tick_table.c.name == name))
        db.execute(tick_table.insert(), {"name": name, "at": at, "rang": rang})

    monkeypatch.setattr(clock, "_write", write)
    with pytest.raises(AssertionError):
        for seed in range(40):
            walk(fresh, seed, fresh.at)


# -- the pause itself ------------------------------------------------------------------------------------------------


def test_a_step_back_of_five_minutes_is_borne_and_a_longer_one_is_not(city: City, taipei: Taipei) -> None:
    newest = taipei("2026-12-01T12:00")
    assert not clock.tick(city.store, newest, city.office).paused
    assert not clock.tick(city.store, newest - FIVE_MINUTES, city.office).paused
    assert clock.tick(city.store, newest - FIVE_MINUTES - timedelta(seconds=1), city.office).paused
    with city.store.look() as db:
        assert clock.health(db, newest).last == newest, "the newest tick is kept, not the last"


def test_a_clock_behind_rings_nothing_and_tells_the_administrators_once_a_day(city: City, taipei: Taipei) -> None:
    clock.tick(city.store, taipei("2026-12-10T12:00"), city.office)
    wrong = taipei("2026-11-30T09:00")
    with city.store.act() as db:
        db.execute(alarm.update().values(rang_at=None, silenced_at=None))
    for minute in range(5):
        assert clock.tick(city.store, wrong + timedelta(minutes=minute), city.office) == clock.Ticked(0, 0, paused=True)
    [noted] = city.rows(sa.select(incident).where(incident.c.code == clock.BEHIND))
    assert (noted["case_id"], noted["resolved_at"]) == (None, None)
    [told] = city.rows(sa.select(notice).where(notice.c.kind == "incident"))
    assert told["urgent"] and told["state"] == "waiting"
    assert city.rows(sa.select(alarm.c.id).where(alarm.c.rang_at.is_not(None))) == []
    clock.tick(city.store, wrong + timedelta(days=1), city.office)
    assert len(city.rows(sa.select(notice).where(notice.c.kind == "incident"))) == 2


def test_when_it_has_caught_up_it_rings_and_the_incident_is_over(city: City, taipei: Taipei) -> None:
    newest = taipei("2026-12-02T09:00")
    clock.tick(city.store, newest, city.office)
    clock.tick(city.store, newest - timedelta(hours=2), city.office)
    open_ = sa.select(incident).where(incident.c.code == clock.BEHIND, incident.c.resolved_at.is_(None))
    assert len(city.rows(open_)) == 1
    assert not clock.tick(city.store, newest, city.office).paused
    assert len(city.rows(open_)) == 1, "another clock may still be behind"
    done = clock.tick(city.store, newest + timedelta(hours=9), city.office)
    assert done.paused is False
    assert city.rows(open_) == []


def test_two_clocks_of_which_one_is_wrong_make_one_incident_not_one_a_minute(city: City, taipei: Taipei) -> None:
    at = taipei("2026-12-02T09:00")
    for minute in range(30):
        now = at + timedelta(minutes=minute)
        assert not clock.tick(city.store, now, city.office).paused
        assert clock.tick(city.store, now - timedelta(hours=1), city.office).paused
    assert len(city.rows(sa.select(incident).where(incident.c.code == clock.BEHIND))) == 1
    assert len(city.rows(sa.select(notice).where(notice.c.kind == "incident"))) == 1


def test_an_administrator_says_that_the_clock_is_right(city: City, taipei: Taipei) -> None:
    wrong, right = taipei("2031-01-01T09:00"), taipei("2026-11-27T09:00")
    clock.tick(city.store, wrong, city.office)
    assert clock.tick(city.store, right, city.office).paused
    with city.store.look() as db:
        clerk, admin = people.get(db, "clerk", right), people.get(db, "admin", right)
    with city.store.act() as db, pytest.raises(NotAllowed):
        clock.trust(db, who=clerk, at=right)
    with city.store.act() as db:
        assert clock.trust(db, who=admin, at=right) == wrong
    assert not clock.tick(city.store, right, city.office).paused
    with city.store.look() as db:
        [line] = [entry for entry in journal.of(db, "office") if entry.verb == "clock.trust"]
    assert line.by == admin.id
    with city.store.act() as db, pytest.raises(NotNow):
        clock.trust(db, who=admin, at=right)


def test_health_tells_the_last_tick_and_its_age(city: City, taipei: Taipei) -> None:
    at = taipei("2026-12-02T09:00")

    def state(now: datetime) -> tuple[str, object]:
        with city.store.look() as db:
            found = clock.health(db, now)
        return found.state, found.age

    assert state(at) == ("never", None)
    clock.tick(city.store, at, city.office)
    assert state(at + timedelta(minutes=1)) == ("ok", timedelta(minutes=1))
    assert state(at + timedelta(minutes=6)) == ("late", timedelta(minutes=6))
    assert state(at - timedelta(minutes=6)) == ("paused", -timedelta(minutes=6))
