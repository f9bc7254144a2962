"""Random cases in random models: the engine offers what an independent token game offers, after every step."""

from __future__ import annotations

import ast
import os
import random
from collections import Counter
from functools import lru_cache
from pathlib import Path
from statistics import median

import pytest

from engine import flow
from engine.errors import BadSop
from engine.flow import engine_room, run
from tests.flow import token_game
from tests.flow.models import Model, random_model
from tests.flow.walking import Differs, Pair, projection_of

WALKS_PER_MODEL = 8
WALKS = 20_000 if os.environ.get("SOPFLOW_SOAK") == "1" else 2_000
STEPS = 40
FIRST_SEED = int(os.environ.get("SOPFLOW_SEED", "1"))


@lru_cache(maxsize=8)
def models(count: int) -> tuple[tuple[int, Model, flow.Projection], ...]:
    """The first so many models that are not too wide to be proven, with their seeds."""
    found = []
    seed = FIRST_SEED
    while len(found) < count:
        model = random_model(seed)
        try:
            found.append((seed, model, projection_of(model)))
        except BadSop as refusal:
            assert refusal.code == "too_complex", (seed, refusal.code, refusal.element)
        seed += 1
    return tuple(found)


def walk_all(count: int) -> Counter[str]:
    told: Counter[str] = Counter()
    for seed, model, projection in models(-(-count // WALKS_PER_MODEL)):
        for number in range(WALKS_PER_MODEL):
            try:
                pair = Pair(model, projection, random.Random(seed * 1000 + number))
                told["steps"] += pair.go(STEPS)
                told["moves"] += pair.moves
                told["refused moves"] += pair.refused_moves
            except Differs as difference:
                raise Differs(f"model {seed}, walk {number}: {difference}") from None
            told["walks"] += 1
    return told


def test_a_random_case_is_offered_what_the_token_game_offers_after_every_step():
    told = walk_all(WALKS)
    print(f"{told['walks']} walks, {told['steps']} steps, {told['moves']} moves back, models from seed {FIRST_SEED}")
    assert told["walks"] >= WALKS
    assert told["steps"] > told["walks"] * 5
    assert told["moves"] > told["walks"] / 4
    assert told["refused moves"] > 0


def test_the_token_game_knows_nothing_of_the_house():
    tree = ast.parse(Path(token_game.__file__).read_text())
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert modules == {"__future__", "re", "collections.abc", "dataclasses", "lxml"}


def test_the_random_models_are_rich_enough_to_mean_something():
    made = [model for _, model, _ in models(WALKS // WALKS_PER_MODEL)]
    shares = Counter(trait for model in made for trait in model.traits)
    sizes = [model.nodes for model in made]
    for trait in ("parallel pair inside a loop", "boundary timer", "call", "nested gateways"):
        print(f"{trait}: {shares[trait] / len(made):.0%}")
        assert shares[trait] >= 0.3 * len(made), trait
    print(f"nodes: median {median(sizes)}, largest {max(sizes)}")
    assert median(sizes) >= 15


def fires_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_room.LazyJoin, "_check_threshold_unstructured", lambda self, my_task: True)


def loses_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine_room.marking_of

    def short(walk: engine_room.Walk) -> engine_room.Marking:
        marking = whole(walk)
        if len(marking.waiting) > 1:
            marking.waiting.pop()
        return marking

    monkeypatch.setattr(run, "marking_of", short)


def takes_the_wrong_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    def opposite(condition: engine_room.Condition, task: engine_room.Token) -> bool:
        task.workflow.taken = condition.way
        return not task.workflow.act.holds(condition.point, condition.way)

    monkeypatch.setattr(engine_room.Condition, "_matches", opposite)


@pytest.mark.parametrize("break_it", [fires_early, loses_a_token, takes_the_wrong_branch])
def test_a_seeded_engine_bug_is_caught_by_the_same_comparison(break_it, monkeypatch):
    break_it(monkeypatch)
    with pytest.raises(Differs):
        walk_all(200)
