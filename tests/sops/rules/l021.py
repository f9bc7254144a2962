"""Examples of L021."""

from tests.sops.charts import ext, plain

LIMIT = '<sop:deadline id="D" name="限辦" regime="petition" length="{}" unit="workday" met="A" />'
NINE = ext('<sop:standardTime value="9" unit="workday" />')
FAILS = plain(head=LIMIT.format(5), task=NINE)
AT = "p"
PASSES = plain(head=LIMIT.format(9), task=NINE)
