"""Examples of L003."""

from tests.sops.charts import choosing

FAILS = choosing('r == "yes"', 'r == "no"')
AT = "B0"
PASSES = FAILS.replace(b'<bpmn:sequenceFlow id="B0"', '<bpmn:sequenceFlow id="B0" name="是"'.encode()).replace(
    b'<bpmn:sequenceFlow id="B1"', '<bpmn:sequenceFlow id="B1" name="否"'.encode()
)
