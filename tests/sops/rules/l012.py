"""Examples of L012."""

from tests.sops.charts import ext, plain

MADE = ext('<sop:form ref="overview" direction="out" />')
FAILS = plain(task=MADE)
AT = "p"
PASSES = plain(task=MADE, head='<sop:form ref="overview" />')
