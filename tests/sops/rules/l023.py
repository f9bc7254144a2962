"""Examples of L023."""

from tests.sops.charts import ext, plain

FAILS = plain(task=ext("<sop:approval />"))
AT = "A"
PASSES = plain(task=ext('<sop:approval level="一層" />'))
