"""Three clocks at work on one database, killed with SIGKILL again and again until everything has rung.

Run as ``python -m tests.clock.killing PLAN`` in a process of its own without threads or open connections, because it
forks. Each clock says outside the database what it rang, after the commit; each dies in the middle of some statement,
around a COMMIT, or between two alarms, wherever the blow falls.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import clock
from engine.cases import periodic, ringing
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.office import digests
from engine.store import Connection, Store
from tests.faults.evidence import Evidence

CLOCKS = 3


class Watched(Store):
    """Says which alarms rang, once their transaction is over."""

    evidence: Evidence | None = None
    ringing: tuple[int, ...] = ()

    @contextmanager
    def act(self) -> Iterator[Connection]:
        self.ringing = ()
        with super().act() as db:
            yield db
        if self.ringing and self.evidence is not None:
            self.evidence.say("rang", alarms=list(self.ringing))


def live(store: Watched, at: datetime) -> None:
    """All the rounds that write, as one clock does them."""
    office = Office(calendar=Calendar())
    clock.tick(store, at, office)
    periodic.start_due(store, at, office)
    digests.send_due(store, at=at, is_working=clock.working_days(office.calendar))


def main() -> None:
    plan = json.loads(sys.argv[1])
    luck = random.Random(plan["seed"])
    at = datetime.fromisoformat(plan["at"])
    store = Watched(plan["url"])
    sound = ringing.ring

    def ring(db: Connection, row: Any, *, at: datetime, office: Office) -> bool:
        done = sound(db, row, at=at, office=office)
        store.ringing += (row["id"],) if done else ()
        return done

    ringing.ring = ring
    live(store, datetime.fromisoformat(plan["before"]))  # everything is compiled and parsed before the first fork
    store.evidence = Evidence(Path(plan["evidence"]))
    store.close()
    gc.freeze()
    kills = 0
    alive: list[int] = []
    while True:
        while len(alive) < CLOCKS:
            alive.append(_born(store, at))
        if kills >= plan["kills"]:
            break
        time.sleep(luck.uniform(0.005, plan["longest"]))
        pid = alive.pop(luck.randrange(len(alive)))
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        kills += os.WIFSIGNALED(status)
    failed = [pid for pid in alive if os.waitpid(pid, 0)[1] != 0]
    print(json.dumps({"kills": kills, "failed": len(failed)}))


def _born(store: Watched, at: datetime) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            live(store, at)
            status = 0
        finally:
            os._exit(status)
    return pid


if __name__ == "__main__":
    main()
