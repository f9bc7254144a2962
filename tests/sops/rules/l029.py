"""Examples of L029."""

from tests.sops.charts import flow
from tests.sops.rules.parts import sheet

FAILS = sheet('kind="periodic"')
AT = "p"
PASSES = FAILS.replace(b"</bpmn:process>", f"{flow('A', 'A', flow_id='again')}</bpmn:process>".encode())
