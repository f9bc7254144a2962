"""Examples of L008."""

from tests.sops.charts import choosing, flow, node
from tests.sops.rules.parts import branch

ASKED = '<bpmn:laneSet id="LS"><bpmn:lane id="L"><bpmn:extensionElements><sop:who role="officer" unit="applicant" />'
LANE = f"{ASKED}</bpmn:extensionElements><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
FAILS = branch(choosing('r == "yes"', 'r == "no"', before=LANE), "核可", "駁回")
AT = "B1"
TOLD = node("userTask", "M", name="通知申請人") + flow("M", "E1")
PASSES = FAILS.replace(b'sourceRef="G" targetRef="E1"', b'sourceRef="G" targetRef="M"').replace(
    b"</bpmn:process>", f"{TOLD}</bpmn:process>".encode()
)
