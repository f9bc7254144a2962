"""Examples of L031."""

from tests.sops.charts import node, plain

FAILS = plain(node("userTask", "B", name="發出稽催單"))
AT = "B"
PASSES = plain()
