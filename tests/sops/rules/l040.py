"""Examples of L040."""

from tests.sops.charts import choosing
from tests.sops.rules.parts import step

FAILS = step("檢視資料是否吻合")
AT = "A"
PASSES = choosing('r == "yes"', 'r == "no"').replace(
    b'<bpmn:userTask id="A"', '<bpmn:userTask id="A" name="檢視資料是否吻合"'.encode()
)
