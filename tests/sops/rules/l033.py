"""Examples of L033."""

from tests.sops.charts import ext, file, flow, node

SIGNED = node("userTask", "A", ext('<sop:approval level="二層" />'), name="單位主管核閱")
EFFECT = node("userTask", "B", name="發布帳號設定")
AROUND = (node("startEvent", "S"), node("endEvent", "E"), SIGNED, EFFECT)
FAILS = file(*AROUND, flow("S", "B"), flow("B", "A"), flow("A", "E"))
AT = "B"
PASSES = file(*AROUND, flow("S", "A"), flow("A", "B"), flow("B", "E"))
