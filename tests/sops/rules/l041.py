"""Examples of L041."""

from tests.sops.charts import ext, file, flow, node

USES = node("userTask", "A", ext('<sop:form ref="application" direction="in" />'), name="評審")
MAKES = node("userTask", "B", ext('<sop:form ref="application" direction="out" />'), name="提送申請書")
AROUND = (node("startEvent", "S"), node("endEvent", "E"), USES, MAKES)
FAILS = file(*AROUND, flow("S", "A"), flow("A", "B"), flow("B", "E"))
AT = "A"
PASSES = file(*AROUND, flow("S", "B"), flow("B", "A"), flow("A", "E"))
