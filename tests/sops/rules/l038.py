"""Examples of L038."""

from tests.sops.charts import node, plain

FAILS = plain(node("userTask", "B", name="檢視客戶端電腦"), node("userTask", "C", name="設定使用者電腦"))
AT = "p"
PASSES = plain(node("userTask", "B", name="檢視使用者電腦"), node("userTask", "C", name="設定使用者電腦"))
