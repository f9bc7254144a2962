"""Examples of L050."""

from tests.sops.charts import plain

LIMIT = '<sop:deadline id="D" name="工時" regime="standard" length="1" unit="workday" met="A">{}</sop:deadline>'
PUNISHED = '<sop:escalation after="1" unit="workday" to="holder" opens="shared-reward-discipline" />'
FAILS = plain(head=LIMIT.format(PUNISHED))
AT = "p"
PASSES = plain(head=LIMIT.format('<sop:reminder before="1" unit="hour" to="holder" />'))
