"""Examples of L026."""

from tests.sops.charts import plain

LIMIT = '<sop:deadline id="D" name="限辦" regime="petition" length="5" unit="workday" met="A"{} />'
FAILS = plain(head=LIMIT.format(""))
AT = "p"
PASSES = plain(head=LIMIT.format(' ladder="rdec"'))
