"""Examples of L020."""

from tests.sops.charts import ext
from tests.sops.rules.parts import step

FAILS = step("擬稿")
AT = "A"
PASSES = step("擬稿", ext('<sop:standardTime value="0.5" unit="workday" />'))
