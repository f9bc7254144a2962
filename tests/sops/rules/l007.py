"""Examples of L007."""

from tests.sops.charts import choosing, flow, node
from tests.sops.rules.parts import branch

FAILS = branch(choosing('r == "yes"', 'r == "no"'), "核可", "退回修正")
AT = "B1"
MENDED = node("userTask", "M") + flow("M", "A")
PASSES = FAILS.replace(b'sourceRef="G" targetRef="E1"', b'sourceRef="G" targetRef="M"').replace(
    b"</bpmn:process>", f"{MENDED}</bpmn:process>".encode()
)
