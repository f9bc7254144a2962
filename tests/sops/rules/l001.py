"""Examples of L001."""

from tests.sops.charts import choosing, ext, outcome, plain

APPROVED = ext('<sop:approval level="一層" />', outcome("r", "yes", "no"))
FAILS = plain(task=APPROVED)
AT = "A"
PASSES = choosing('r == "yes"', 'r == "no"', task=APPROVED)
