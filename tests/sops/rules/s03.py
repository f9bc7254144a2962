"""Examples of S03."""

from tests.sops.charts import file, flow, node

AROUND = (
    node("startEvent", "S"), node("parallelGateway", "P"), node("userTask", "A"), node("userTask", "B"),
    node("parallelGateway", "Q"), node("userTask", "C"), node("userTask", "D"), node("endEvent", "E"),
)  # fmt: skip
FORK = (flow("S", "P"), flow("P", "A"), flow("P", "B"), flow("A", "Q"), flow("B", "Q"), flow("Q", "C"), flow("C", "E"))
FAILS = file(*AROUND, *FORK, flow("Q", "D"), flow("D", "E"))
AT = "Q"
PASSES = file(*AROUND, *FORK)
