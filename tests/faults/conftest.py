"""Slices of kills on one database, in a process of their own, and what they left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from engine.office import accounts
from engine.store import Store
from tests import laid
from tests.cases.conftest import Desk
from tests.faults.agreement import problems
from tests.faults.evidence import Evidence, Line
from tests.faults.killing import Plan, as_argument
from tests.webui.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
#: how many die on each database
KILLS = int(os.environ.get("SOPFLOW_KILLS") or (10_000 if SOAK else 300))
#: printed with each run; the same seed takes the same people to the same places
SEED = int(os.environ.get("SOPFLOW_SEED", "1"))


@dataclass
class Aftermath:
    said: list[Line]
    problems: list[str]

    def count(self, what: str, **facts: object) -> int:
        return sum(line["what"] == what and all(line.get(k) == v for k, v in facts.items()) for line in self.said)

    @property
    def failed(self) -> Counter[str]:
        """How often each check was not met."""
        return Counter(each.partition(":")[0] for each in self.problems)

    @property
    def deaths(self) -> list[Line]:
        return [line for line in self.said if line["what"] == "died"]

    @property
    def inside(self) -> int:
        """How many died between BEGIN and COMMIT."""
        return sum(line["moment"] not in ("committed", "a late blow") for line in self.deaths)

    @property
    def places(self) -> Counter[tuple[str, str]]:
        return Counter((line["verb"], line["moment"]) for line in self.deaths)

    def summary(self) -> str:
        return (
            f"{len(self.deaths)} kills, {self.inside} between BEGIN and COMMIT, at "
            f"{len(self.places)} places; acknowledged {self.count('acked')}, "
            f"answered again {self.count('acked', replayed=True)}, refused {self.count('refused')}, "
            f"alarms seen ringing {self.count('rang')}, timers among them {self.count('rang', kind='timer')}"
        )


@pytest.fixture
def desk(store: Store, taipei: Callable[[str], datetime]) -> Desk:
    """The small city of the cases' tests, on Thursday 2026-11-26, 09:00."""
    return Desk(laid.city(taipei("2026-11-26T09:00"), store))


@pytest.fixture(scope="session")
def hashed() -> str:
    """One password hash for everybody at the web desk: argon2 is slow on purpose."""
    return accounts._hasher.hash(PASSWORD)


@pytest.fixture
def slice_of(store: Store, tmp_path: Path) -> Callable[..., Aftermath]:
    """``slice_of(kills, build=...)``: so many deaths on this database; afterwards everything is compared."""

    def run(kills: int, build: str = "sound") -> Aftermath:
        evidence = Evidence(tmp_path / "evidence.jsonl")
        url = store.url.render_as_string(hide_password=False)
        plan = Plan(url, str(evidence.path), kills, SEED, build)
        store.close()
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.killing", as_argument(plan)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=7200,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said = evidence.lines()
        aftermath = Aftermath(said, problems(store, said))
        print(f"\n{store.engine.dialect.name}, {build}, seed {SEED}: {aftermath.summary()}; {dict(aftermath.failed)}")
        return aftermath

    return run
