"""Examples of L034."""

from tests.sops.charts import file, flow, node

AROUND = (
    node("startEvent", "S"), node("endEvent", "E"),
    node("userTask", "A", name="登錄文件"), node("userTask", "B", name="發布文件"),
)  # fmt: skip
FAILS = file(*AROUND, flow("S", "B"), flow("B", "A"), flow("A", "E"))
AT = "B"
PASSES = file(*AROUND, flow("S", "A"), flow("A", "B"), flow("B", "E"))
