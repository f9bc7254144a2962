"""Examples of L005."""

from tests.sops.charts import choosing

FAILS = choosing(None)
AT = "G"
PASSES = choosing('r == "yes"', 'r == "no"')
