"""Clocks killed with SIGKILL in the middle of their rounds: nothing that was due is lost, nothing is doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from engine.cases.records import item
from engine.dates.records import alarm
from engine.office import journal
from engine.office.records import digest, entry, notice
from tests.clock.city import ALARMS, City
from tests.faults.evidence import Evidence

ROOT = Path(__file__).parents[2]
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
KILLS = 2000 if SOAK else 60
CASES = 12_000 if SOAK else 400
SEED = int(os.environ.get("SOPFLOW_SEED", "1"))


def test_clocks_that_are_killed_lose_nothing_and_double_nothing(
    city: City, taipei: Callable[[str], datetime], tmp_path: Path
) -> None:
    city.copies(CASES)
    evidence = Evidence(tmp_path / "evidence.jsonl")
    plan = {
        "url": city.store.url.render_as_string(hide_password=False), "evidence": str(evidence.path), "kills": KILLS,
        "seed": SEED, "longest": 0.05, "before": taipei("2026-11-27T09:00").isoformat(),
        "at": taipei("2026-12-09T10:00").isoformat(),
    }  # fmt: skip
    city.store.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.clock.killing", json.dumps(plan)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    rang = sum(len(line["alarms"]) for line in evidence.lines())
    print(f"\n{city.store.engine.dialect.name}: {said['kills']} kills, {rang} alarms seen ringing")
    assert said["failed"] == 0
    assert said["kills"] >= KILLS / 3, "some had ended before the blow; the others died at work"
    # none lost
    assert city.rows(sa.select(alarm.c.id).where(alarm.c.rang_at.is_(None))) == []
    items = Counter((row["step"], row["status"]) for row in city.rows(sa.select(item.c.step, item.c.status)))
    assert items == {("A", "cut"): CASES, ("B", "open"): CASES}
    # none doubled: not in the journal, not in what the clocks said, not in the mails
    lines = city.rows(
        sa.select(entry.c.subject, entry.c.verb, entry.c.effects).where(entry.c.verb.in_(("ring", "timer")))
    )
    assert len(lines) == CASES * ALARMS
    about = Counter((row["subject"], row["verb"], row["effects"].get("rung")) for row in lines)
    assert set(about.values()) == {1}
    seen = Counter(alarm_id for line in evidence.lines() for alarm_id in line["alarms"])
    assert set(seen.values()) <= {1} and set(seen) <= {row["id"] for row in city.rows(sa.select(alarm.c.id))}
    assert len(city.rows(sa.select(notice.c.id).where(notice.c.kind == "escalation"))) == 2 * CASES
    mails = Counter(
        row["person_id"] for row in city.rows(sa.select(notice.c.person_id).where(notice.c.kind == "digest"))
    )
    assert mails == {1: 1, 2: 1, 3: 1} == Counter(row["person_id"] for row in city.rows(sa.select(digest)))
    # each notice is told by one digest, or waits for the next: a clock may have rung it while another sent the digest
    told = sum(row["notices"] for row in city.rows(sa.select(digest.c.notices)))
    kinds = notice.c.kind.in_(("escalation", "reminder"))
    untold = city.rows(sa.select(notice.c.id).where(notice.c.digest_id.is_(None), kinds))
    assert told + len(untold) == 3 * CASES
    with city.store.look() as db:
        assert journal.verify(db) == []
