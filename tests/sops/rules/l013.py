"""Examples of L013."""

from tests.sops.charts import ext, plain

MADE = ext('<sop:form ref="report" direction="out" />')
NOTE = '<sop:note id="表格" step="A">使用表格：無</sop:note>'
FAILS = plain(head=NOTE, task=MADE)
AT = "A"
PASSES = plain(task=MADE)
