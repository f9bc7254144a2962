"""Which markings a case can come to stand in: every one it was seen in, and none that no way leads to."""

from __future__ import annotations

import random
from itertools import combinations

from engine import flow
from engine.flow.reaching import reaches
from engine.flow.run import is_armed_timer
from engine.sops.sop import PERSON_KINDS
from tests.flow.test_walks import models
from tests.flow.walking import Pair


def main_tokens(projection: flow.Projection, state: flow.State) -> frozenset[str]:
    return frozenset(token for token in state.tokens if not is_armed_timer(projection, token))


def test_every_marking_of_a_random_case_is_reached_and_no_other_pair_of_steps() -> None:
    several = strangers = 0
    for seed, model, projection in models(60):
        seen: set[frozenset[str]] = set()
        for number in range(3):
            pair = Pair(model, projection, random.Random(seed * 1000 + number))
            for _ in range(25):
                if not pair.go(1):
                    break
                seen.add(main_tokens(projection, pair.state))
        for marking in seen:
            assert reaches(projection, marking), (seed, sorted(marking))
        several += sum(len(marking) > 1 for marking in seen)
        main = projection.scopes[""].sop
        if all(node.kind != "parallel" for scope in projection.scopes.values() for node in scope.sop.nodes.values()):
            steps = [path for path, step in projection.steps.items() if step.kind in PERSON_KINDS and not step.side]
            for pair_of in list(combinations(steps, 2))[:5]:
                strangers += 1
                assert not reaches(projection, pair_of), (main.id, pair_of)
    assert several > 100 and strangers > 20
