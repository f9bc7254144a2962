"""Examples of L010."""

from dataclasses import replace

from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Remark, Sop, Tie
from tests.sops.charts import ext
from tests.sops.rules.parts import step


def drawn(chart: bytes) -> Sop:
    """The chart with a data object tied to its step."""
    remark = Remark("D", "data", "申請計畫書格式")
    drawing = Drawing({"D": Bounds(0, 0, 10, 10)}, {}, remarks=(remark,), ties={"T": Tie("A", "D", ((0, 0), (1, 1)))})
    return replace(bpmn.read(chart), drawing=drawing)


FAILS = drawn(step("填寫"))
AT = "A"
PASSES = drawn(step("填寫", ext('<sop:form ref="plan-format" direction="out" />')))
