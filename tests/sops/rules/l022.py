"""Examples of L022."""

from tests.sops.charts import plain

LANE = '<bpmn:lane id="L" name="彙辦窗口">{}<bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane>'
LANES = f'<bpmn:laneSet id="LS">{LANE}</bpmn:laneSet>'
WHO = '<bpmn:extensionElements><sop:who role="officer" unit="responsible" /></bpmn:extensionElements>'
FAILS = plain(LANES.format(""))
AT = "A"
PASSES = plain(LANES.format(WHO))
