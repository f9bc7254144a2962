"""Examples of L014."""

from engine.sops import forms
from tests.sops.charts import ext, plain
from tests.sops.rules.parts import subject

MADE = plain(task=ext('<sop:form ref="report" direction="out" />'))
FAILS = MADE
AT = "A"
PASSES = subject(MADE, forms={"A": forms.read({"properties": {"held_on": {"type": "string", "title": "日期"}}})})
