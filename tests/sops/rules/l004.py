"""Examples of L004."""

from tests.sops.charts import choosing

FAILS = choosing("amount <= 100000", "amount >= 100000")
AT = "G"
PASSES = choosing("amount <= 100000", "amount > 100000")
