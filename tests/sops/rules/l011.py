"""Examples of L011."""

from tests.sops.charts import ext, plain

LISTED = '<sop:form ref="overview" />'
FAILS = plain(head=LISTED)
AT = "p"
PASSES = plain(head=LISTED, task=ext('<sop:form ref="overview" direction="out" />'))
