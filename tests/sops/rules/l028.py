"""Examples of L028."""

from tests.sops.charts import plain

FAILS = plain(head='<sop:note id="註4">要點須會法制科。</sop:note>')
AT = "p"
PASSES = plain(head='<sop:note id="註4" step="A">要點須會法制科。</sop:note>')
