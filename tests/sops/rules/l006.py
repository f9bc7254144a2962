"""Examples of L006."""

from tests.sops.charts import choosing

CHART = choosing('r == "yes"', 'r == "no"')
FAILS = CHART.replace(b'<bpmn:exclusiveGateway id="G"', '<bpmn:exclusiveGateway id="G" name="否"'.encode())
AT = "G"
PASSES = CHART.replace(b'<bpmn:exclusiveGateway id="G"', '<bpmn:exclusiveGateway id="G" name="是否需修訂"'.encode())
