"""Examples of L002."""

from tests.sops.charts import choosing, ext, outcome
from tests.sops.rules.parts import branch

APPROVED = ext('<sop:approval level="一層" />', outcome("r", "yes", "no"))
CHART = choosing('r == "yes"', 'r == "no"', task=APPROVED)
FAILS = branch(CHART, "核可", "核可（副本）")
AT = "G"
PASSES = branch(CHART, "核可", "退回修正")
