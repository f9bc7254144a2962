"""Examples of L039."""

from tests.sops.charts import ext
from tests.sops.rules.parts import step

FAILS = step("轉知相關單位")
AT = "A"
PASSES = step("轉知相關單位", ext('<sop:coUnit ref="works" />'))
