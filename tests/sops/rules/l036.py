"""Examples of L036."""

from tests.sops.charts import ext
from tests.sops.rules.parts import step

FAILS = step("設定瀏覽器")
AT = "A"
PASSES = step("設定瀏覽器", ext('<sop:checklist><sop:item id="i1">首頁已設定</sop:item></sop:checklist>'))
