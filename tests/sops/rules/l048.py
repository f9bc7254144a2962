"""Examples of L048."""

from tests.sops.charts import plain

FAILS = plain()
AT = "p"
PASSES = plain(head='<sop:indicator ref="petition-on-time" />')
