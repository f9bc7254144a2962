"""Examples of S04."""

from tests.sops.charts import flow, node, plain

FAILS = plain(node("endEvent", "F"), flow("A", "F"))
AT = "A"
PASSES = plain()
