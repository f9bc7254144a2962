"""Examples of L043."""

from tests.sops.charts import plain

NOTE = '<sop:note id="註2" step="A">各單位自訂較短期限者從其規定。</sop:note>'
LIMIT = '<sop:deadline id="D" name="限辦" regime="petition" length="5" unit="workday" met="A"{} />'
FAILS = plain(head=NOTE + LIMIT.format(""))
AT = "A"
PASSES = plain(head=NOTE + LIMIT.format(' shorterOf="unit"'))
