"""Examples of L046."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Sop
from tests.sops.charts import file, flow, node


def drawn(place: Callable[[int], tuple[int, int]]) -> Sop:
    """A chain of a dozen steps, each at its place."""
    steps = [f"A{at}" for at in range(12)]
    chain = ["S", *steps, "E"]
    chart = file(
        node("startEvent", "S"), node("endEvent", "E"), *(node("userTask", step) for step in steps),
        *(flow(one, other) for one, other in pairwise(chain)),
    )  # fmt: skip
    shapes = {name: Bounds(*place(at), 10, 10) for at, name in enumerate(chain)}
    return replace(bpmn.read(chart), drawing=Drawing(shapes, {}))


FAILS = drawn(lambda at: (100 * at, 0))
AT = "p"
PASSES = drawn(lambda at: (0, 100 * at))
