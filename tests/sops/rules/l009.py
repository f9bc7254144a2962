"""Examples of L009."""

from tests.sops.charts import ext
from tests.sops.rules.parts import step

FAILS = step("擬開會通知單稿")
AT = "A"
PASSES = step("擬開會通知單稿", ext('<sop:form ref="meeting-notice" direction="out" />'))
