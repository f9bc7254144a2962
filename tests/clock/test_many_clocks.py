"""Thousands of alarms due in one second, three clocks as processes of their own: each rings once. On both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.dates.records import alarm
from engine.office.records import entry, notice
from tests.clock.city import City

ROOT = Path(__file__).parents[2]
CLOCKS = 3
SOAK = bool(os.environ.get("SOPFLOW_SOAK"))


@dataclass
class Told:
    """What the clocks say they rang, each in its order."""

    clocks: list[list[int]]
    stuck: int

    @property
    def times(self) -> Counter[int]:
        return Counter(number for rang in self.clocks for number in rang)


@pytest.fixture
def ring(city: City, taipei: Callable[[str], datetime]) -> Callable[..., Told]:
    """``ring(cases, build)``: the first reminder of so many cases falls due in one second; the clocks tick together."""

    def run(cases: int, build: str = "sound") -> Told:
        city.copies(cases)
        second = taipei("2026-12-02T08:00")
        with city.store.act() as db:
            due = sa.select(alarm.c.due_at).where(alarm.c.kind == "reminder").distinct()
            assert db.execute(due).scalars().all() == [second]
            # to one person, so that the clocks have as little as possible to do between claims
            db.execute(alarm.update().values(to=["section_chief@fixed:planning"]))
        plan = {
            "url": city.store.url.render_as_string(hide_password=False), "build": build,
            "before": (second - timedelta(minutes=1)).isoformat(), "at": (second + timedelta(seconds=1)).isoformat(),
        }  # fmt: skip
        city.store.close()
        clocks = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.clock.ticking", json.dumps(plan)],
                cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True,
            )
            for _ in range(CLOCKS)
        ]  # fmt: skip
        try:
            for each in clocks:
                assert each.stdout is not None
                assert each.stdout.readline() == "ready\n", each.communicate()[1]
            for each in clocks:
                assert each.stdin is not None
                each.stdin.write("now\n")
                each.stdin.flush()
            said = [each.communicate(timeout=600) for each in clocks]
        finally:
            for each in clocks:
                each.kill()
        assert [each.returncode for each in clocks] == [0] * CLOCKS, "".join(err[-2000:] for _, err in said)
        told: list[dict[str, Any]] = [json.loads(out) for out, _ in said]
        return Told([one["rang"] for one in told], sum(one["stuck"] for one in told))

    return run


def test_of_thousands_of_alarms_in_one_second_each_rings_once(city: City, ring: Callable[..., Told]) -> None:
    alarms = 10_000 if SOAK else 2_500  # five batches, and hundreds of turns of each clock at the others' alarms
    told = ring(alarms)
    due = {row["id"] for row in city.rows(sa.select(alarm.c.id).where(alarm.c.kind == "reminder"))}
    assert len(due) == alarms
    assert set(told.times) == due, "what a clock said it rang, and nothing else"
    assert set(told.times.values()) == {1}
    assert told.stuck == 0
    assert sum(len(rang) > 0 for rang in told.clocks) > 1, "several clocks were at work"
    rang = sa.select(sa.func.count()).where(alarm.c.rang_at.is_not(None))
    assert city.rows(rang) == [{"count_1": alarms}]
    assert city.rows(sa.select(sa.func.count()).where(notice.c.kind == "reminder")) == [{"count_1": alarms}]
    entries = sa.select(entry.c.subject).where(entry.c.verb == "ring")
    assert set(Counter(row["subject"] for row in city.rows(entries)).values()) == {1}


def test_a_build_that_claims_without_checking_rings_twice_and_is_seen(city: City, ring: Callable[..., Told]) -> None:
    told = ring(300, "no check")
    assert max(told.times.values()) > 1
    entries = sa.select(entry.c.subject).where(entry.c.verb == "ring")
    assert max(Counter(row["subject"] for row in city.rows(entries)).values()) > 1
