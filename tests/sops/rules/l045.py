"""Examples of L045."""

from tests.sops.charts import plain

FAILS = plain(head='<sop:note id="註1" step="A">到 https://example.invalid/ 登錄。</sop:note>')
AT = "A"
PASSES = plain(head='<sop:note id="註1" step="A">到公文系統登錄。</sop:note>')
