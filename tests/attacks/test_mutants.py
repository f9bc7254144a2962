"""Twenty thousand files nobody wrote: none runs anything, hangs, grows, or ends in anything but a refusal.

The mutants are tried in children with limits on CPU and memory. A failure names seed and number; to see one again:
``python -m tests.attacks.mutating SEED NUMBER 1``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadSop, Stuck
from engine.sops import expressions
from tests.attacks import mutating
from tests.attacks.corpus import CANARY, RUN

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("SOPFLOW_SEED", "1"))
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
BATCHES, IN_BATCH = 8, 25_000 if SOAK else 2_500
EXPRESSIONS = 2_000_000 if SOAK else 200_000


@pytest.fixture(autouse=True)
def nothing_runs() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists()


def in_a_child(first: int, count: int) -> dict[str, Any]:
    """What became of these mutants. A child that was killed names the mutant it was at."""
    command = [sys.executable, "-m", "tests.attacks.mutating", str(SEED), str(first), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    child = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
    last = (child.stdout.splitlines() or ["none"])[-1]
    assert child.returncode == 0, f"seed {SEED}, mutant {last}: exit {child.returncode}: {child.stderr[-800:]}"
    told: dict[str, Any] = json.loads(last)
    return told


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_mutated_file_is_refused_or_runs_and_nothing_else(batch: int) -> None:
    told = in_a_child(batch * IN_BATCH, IN_BATCH)
    print(f"seed {SEED}, batch {batch}: {told['outcomes']}, slowest {told['slowest']}")
    assert told["failures"] == []
    assert sum(told["outcomes"].values()) == IN_BATCH
    # the mutants are worth something: many get past the reader, and some still run
    assert told["outcomes"]["refused"] > IN_BATCH * 0.15
    assert told["outcomes"]["ran"] > IN_BATCH * 0.02


def test_the_harness_sees_a_mutant_that_breaks_something(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The control: with a reader that lets a KeyError out, the same harness reports it with its number."""

    def broken(data: bytes) -> Any:
        raise KeyError("lane")

    monkeypatch.setattr(mutating.bpmn, "read", broken)
    monkeypatch.setattr(mutating.resource, "setrlimit", lambda *limits: None)
    mutating.main(SEED, 0, 30)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert any("KeyError" in failure for failure in told["failures"])


def test_a_child_that_never_ends_is_killed_and_named() -> None:
    """The control for hanging: a child under the same limit, in an endless loop."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); print(7, flush=True)\nwhile True: pass"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert child.returncode != 0
    assert child.stdout.strip() == "7"


# ---- expressions

_WORDS = [
    "a", "b", "r", "True", "None", "1", "0", "2.5", "-1", "'x'", '"核可"', "==", "!=", "<", ">=", "and", "or", "not",
    "in", "not in", "(", ")", "[", "]", ",", "+", "-", "*", "/", "today", "due('D')", "days_between(a, b)", "is", "if",
    "else", "lambda", ":", ".", "__class__", "**", "//", "%", "{", "}", "f'{a}'", "for", "=", ":=", "\\", "\n", "\x00",
    "é", "字", "_", "__import__('os')", "1e99", "9" * 30, "await", "yield", "*", "@", "~", "<<", RUN,
]  # fmt: skip


def _random_text(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return "".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 40)))
    few = _WORDS[:30] if rng.random() < 0.7 else _WORDS
    return " ".join(rng.choice(few) for _ in range(rng.randrange(1, 12)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
def test_any_text_is_a_value_or_a_refusal() -> None:
    rng = random.Random(SEED)
    values = {"a": 1, "b": "x", "r": "yes"}
    functions = {"today": 3, "due": str, "days_between": lambda a, b: 1}
    answered = 0
    for number in range(EXPRESSIONS):
        text = _random_text(rng)
        try:
            found = expressions.evaluate(expressions._read.__wrapped__(text), values, functions)
        except (BadSop, Stuck):
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, number {number}: {text!r}") from error
        assert found is None or isinstance(found, bool | int | float | str | list), text
        answered += 1
    assert answered > EXPRESSIONS * 0.02
