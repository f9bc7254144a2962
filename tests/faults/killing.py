"""The parent of those who die: it makes a city, then keeps three clerks and a ticker at work on it and kills them.

Run as ``python -m tests.faults.killing PLAN`` (a JSON object), in a process of its own: it has no threads, and no
connection is open when it forks, because SQLite's locks and PostgreSQL's sockets do not survive being inherited.
Everything is parsed, compiled and warm before the first fork, so that a death costs milliseconds.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine import clock
from engine.cases import ringing
from engine.cases.surroundings import Office
from tests import laid
from tests.faults.builds import break_build
from tests.faults.clerks import OPEN, Clerks
from tests.faults.evidence import Evidence, Line
from tests.faults.moments import Fate, Moments, WatchedStore

__all__ = ["BEGINS", "Plan", "Slice", "as_argument"]

BEGINS = datetime.fromisoformat("2026-11-26T09:00+08:00")
#: virtual time from the first death to the last, 300 deaths later: every rung and timer of a petition falls due in it
FORTY_DAYS = timedelta(days=40)
#: who is at work at any moment
CREW = ("clerk", "clerk", "clerk", "ticker")
#: lives per death before the slice gives up: a build in which nobody gets as far as dying is broken in another way
MOST_BIRTHS = 5
#: where the blow falls: after so many statements, each number in its turn; shorter acts die at their COMMIT
STATEMENTS = {"clerk": 26, "ticker": 14}


@dataclass(frozen=True, slots=True)
class Plan:
    """``kills`` deaths on one database; ``build`` is sound or one of the broken ones."""

    url: str
    evidence: str
    kills: int
    seed: int
    build: str = "sound"


class Slice:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.luck = random.Random(plan.seed)
        self.evidence = Evidence(Path(plan.evidence))
        self.store = WatchedStore(plan.url)
        self.office: Office | None = None
        self.kills = self.births = 0
        self.alive: dict[int, str] = {}
        self.owned: dict[int, list[str]] = {}
        self.pending: dict[str, Line] = {}
        self._read = 0
        self._places: dict[str, list[int]] = {role: [] for role in STATEMENTS}
        self._last_tick = BEGINS

    @property
    def now(self) -> datetime:
        return BEGINS + self.lasts * min(self.kills / self.plan.kills, 1.0)

    @property
    def lasts(self) -> timedelta:
        return FORTY_DAYS * max(self.plan.kills / 300, 1.0)

    # -- the run -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        self._make_city()
        gc.freeze()
        while self.kills < self.plan.kills and self.births < MOST_BIRTHS * self.plan.kills + 50:
            if len(self.alive) < len(CREW):
                self._born()
            else:
                self._bury(*os.wait())
        for pid in self.alive:
            os.kill(pid, signal.SIGKILL)
        while self.alive:
            self._bury(*os.wait())
        self._close()

    def _make_city(self) -> None:
        """The organisation, the SOPs, the first petitions, and every statement compiled once."""
        city = laid.city(BEGINS, self.store)
        self.office = city.office
        clerks = self._clerks(Moments(self.evidence, "warm", Fate()), BEGINS)
        for _ in range(2 * OPEN):
            clerks.act()
        clock.tick(self.store, BEGINS, city.office)
        self.store.close()

    def _born(self) -> None:
        at_work = list(self.alive.values())
        role = next(r for r in CREW if at_work.count(r) < CREW.count(r))
        self.births += 1
        self._collect()
        owned = {key for keys in self.owned.values() for key in keys}
        again = (
            [key for key in self.pending if key not in owned and self.luck.random() < 0.7] if role == "clerk" else []
        )
        fate = self._fate(role)
        ours, theirs = os.pipe() if fate.outside else (None, None)
        seed = self.luck.getrandbits(64)
        since, now = self._last_tick, self.now
        if role == "ticker":
            self._last_tick = now
        pid = os.fork()
        if pid == 0:
            self._in_child(lambda: self._live(role, fate, theirs, seed, since, now, again))
        self.alive[pid], self.owned[pid] = role, again
        if ours is not None and theirs is not None:
            os.close(theirs)
            self._kill_from_outside(pid, ours)
            os.close(ours)

    def _fate(self, role: str) -> Fate:
        """Most die between two statements, each place in its turn; some around COMMIT; some whenever the blow falls."""
        act = self.luck.randint(1, 3)
        lot = self.luck.random()
        if lot < 0.66:
            places = self._places[role]
            if not places:
                places += range(STATEMENTS[role])
            return Fate(act, statement=places.pop(self.luck.randrange(len(places))))
        if lot < 0.76:
            return Fate(act, at="commit")
        if lot < 0.86:
            return Fate(act, at="committed")
        return Fate(act, outside=True)

    def _kill_from_outside(self, pid: int, pipe: int) -> None:
        """Waits until the act has begun, then strikes within the time an act takes."""
        if not select.select([pipe], [], [], 10)[0] or os.read(pipe, 1) != b"b":
            return  # it ended without beginning such an act
        time.sleep(self.luck.uniform(0, 0.012))
        os.kill(pid, signal.SIGKILL)
        self._bury(*os.waitpid(pid, 0), outside=b"a" not in os.read(pipe, 10))

    def _bury(self, pid: int, status: int, outside: bool | None = None) -> None:
        role = self.alive.pop(pid)
        self.owned.pop(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self.kills += 1
            if outside is not None:
                self.evidence.say("died", role=role, verb=None, moment="a blow" if outside else "a late blow")
        elif status != 0:
            self.evidence.say("crashed", verb=role, why=f"exit status {status}")

    def _collect(self) -> None:
        """Which forms were sent and never answered."""
        with self.evidence.path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in map(json.loads, whole.splitlines()):
            if line.get("key") is None:
                continue
            if line["what"] == "asked":
                self.pending[line["key"]] = line
            elif line["what"] in ("acked", "refused"):
                self.pending.pop(line["key"], None)

    # -- in a child --------------------------------------------------------------------------------------------------

    def _in_child(self, live: Callable[[], None]) -> None:
        status = 1
        try:
            live()
            status = 0
        except BaseException:
            self.evidence.say("crashed", verb="child", why=traceback.format_exc(limit=-4))
        finally:
            os._exit(status)

    def _live(
        self, role: str, fate: Fate, pipe: int | None, seed: int, since: datetime, now: datetime, again: list[str]
    ) -> None:
        break_build(self.plan.build)
        moments = Moments(self.evidence, role, fate, pipe)
        self._watched(moments)
        if role == "ticker":
            for part in (0.3, 0.6, 1.0):
                self._tick(since + (now - since) * part)
            return
        clerks = self._clerks(moments, now, seed)
        for key in again:
            clerks.again(self.pending[key])
        for _ in range(12):
            clerks.act()

    def _watched(self, moments: Moments) -> None:
        self.store.moments = moments
        moments.watch(self.store)
        sound = ringing.ring

        def ring(db: Any, alarm: Any, *, at: datetime, office: Office) -> bool:
            moments.enter("ring")
            rang = sound(db, alarm, at=at, office=office)
            if rang:
                self.store.rang.append({"alarm": alarm["id"], "kind": alarm["kind"], "at": at})
            return rang

        ringing.ring = ring

    def _tick(self, at: datetime) -> None:
        assert self.office is not None
        ticked = clock.tick(self.store, at, self.office)
        self.evidence.say("ticked", at=at, rang=ticked.rang, stuck=ticked.stuck)

    def _clerks(self, moments: Moments, now: datetime, seed: int | None = None) -> Clerks:
        assert self.office is not None
        luck = random.Random(self.luck.getrandbits(64) if seed is None else seed)
        return Clerks(self.store, self.office, self.evidence, moments, luck, now)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        """Nobody dies any more: what is due rings, and every form ever sent is sent once more."""
        pid = os.fork()
        if pid == 0:
            self._in_child(self._last_rites)
        if os.waitpid(pid, 0)[1] != 0:
            self.evidence.say("crashed", verb="closing", why="the closing round did not end")

    def _last_rites(self) -> None:
        break_build(self.plan.build)
        moments = Moments(self.evidence, "closing", Fate())
        self._watched(moments)
        sent = {line["key"]: line for line in self.evidence.lines() if line["what"] == "asked" and line["key"]}
        clerks = self._clerks(moments, BEGINS + self.lasts)
        self.evidence.say("closing")
        for asked in sent.values():
            clerks.again(asked)
        self._tick(BEGINS + self.lasts + timedelta(minutes=1))


def main() -> None:
    Slice(Plan(**json.loads(sys.argv[1]))).run()


def as_argument(plan: Plan) -> str:
    return json.dumps(asdict(plan))


if __name__ == "__main__":
    main()
