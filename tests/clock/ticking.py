"""One clock in a process of its own, as ``sopflow clock`` is: warm, then waiting, then one tick at a given instant.

Run as ``python -m tests.clock.ticking PLAN`` (a JSON object): it says ``ready``, ticks when a line arrives on stdin,
and says what it rang, in order. ``build`` "no check" is the broken one: it claims without asking who was faster.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import clock
from engine.cases import ringing
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.dates.records import alarm
from engine.dates.workdays import Calendar
from engine.store import Connection, Store


class Watched(Store):
    """Says which alarms rang in transactions that were committed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rang: list[int] = []
        self.ringing: list[int] = []
        # who rings is proved here, not what a power cut leaves: ten thousand waits for the disk would add nothing
        sa.event.listen(self.engine, "connect", self._hurry)

    def _hurry(self, raw: Any, _record: Any) -> None:
        raw.execute("PRAGMA synchronous=OFF" if self.is_sqlite else "SET synchronous_commit = off")
        if not self.is_sqlite:
            raw.commit()

    @contextmanager
    def act(self) -> Iterator[Connection]:
        self.ringing.clear()
        with super().act() as db:
            yield db
        self.rang += self.ringing


def main() -> None:
    plan = json.loads(sys.argv[1])
    store = Watched(plan["url"])
    sound = ringing.ring

    def ring(db: Connection, row: Any, *, at: datetime, office: Office) -> bool:
        done = sound(db, row, at=at, office=office)
        if done:
            store.ringing.append(row["id"])
        return done

    def claim(db: Connection, alarm_id: int, at: datetime) -> bool:
        db.execute(alarm.update().where(alarm.c.id == alarm_id).values(rang_at=at))
        return True

    def claim_all(db: Connection, alarm_ids: Iterable[int], at: datetime) -> set[int]:
        return {alarm_id for alarm_id in alarm_ids if claim(db, alarm_id, at)}

    ringing.ring = ring
    if plan["build"] == "no check":
        deadlines.claim, deadlines.claim_all = claim, claim_all
    office = Office(calendar=Calendar())
    clock.tick(store, datetime.fromisoformat(plan["before"]), office)
    print("ready", flush=True)
    sys.stdin.readline()
    ticked = clock.tick(store, datetime.fromisoformat(plan["at"]), office)
    store.close()
    print(json.dumps({"rang": store.rang, "said": ticked.rang, "stuck": ticked.stuck}), flush=True)


if __name__ == "__main__":
    main()
