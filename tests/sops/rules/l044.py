"""Examples of L044."""

from tests.sops.charts import node
from tests.sops.rules.parts import step

FAILS = step("召開初審小組會議")
AT = "A"
PASSES = step("召開初審小組會議").replace(
    b"</bpmn:process>", f"{node('userTask', 'B', name='簽報委員名單')}</bpmn:process>".encode()
)
