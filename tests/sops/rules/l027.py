"""Examples of L027."""

from tests.sops.charts import plain

FIXED = '<sop:deadline id="D" name="月報" regime="fixed" at="day 5 of month" met="A" />'
NOTE = '<sop:note id="註3" step="A">每月{}日前上網填報。</sop:note>'
FAILS = plain(head=NOTE.format(15) + FIXED)
AT = "A"
PASSES = plain(head=NOTE.format(5) + FIXED)
