"""Examples of S05."""

from dataclasses import replace

from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Sop
from tests.sops.charts import plain


def drawn(end_at: int) -> Sop:
    """Start, step and end, the end at this height."""
    places = {"S": 0, "A": 100, "E": end_at}
    shapes = {name: Bounds(0, y, 80, 60) for name, y in places.items()}
    return replace(bpmn.read(plain()), drawing=Drawing(shapes, {}))


FAILS = drawn(130)
AT = "E"
PASSES = drawn(200)
