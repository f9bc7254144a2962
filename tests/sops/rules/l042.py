"""Examples of L042."""

from dataclasses import replace

from engine.sops import bpmn
from tests.sops.charts import plain

NOTE = '<sop:note id="註1" step="A">受理電話、書面與傳真三種來件。</sop:note>'
FAILS = plain(head=NOTE)
AT = "A"
PASSES = replace(bpmn.read(FAILS), documentation="電話、書面與傳真來件。")
