"""Examples of L049."""

from dataclasses import replace

from engine.sops import bpmn, forms
from tests.sops.charts import plain
from tests.sops.rules.parts import subject

WHO = forms.read({"properties": {"petitioner": {"type": "string", "title": "姓名", "x-sop-identity": True}}})
CHART = replace(bpmn.read(plain()), name="人民陳情")
FAILS = subject(CHART, forms={"S": WHO})
AT = "p"
COMPARED = replace(CHART, nodes={**CHART.nodes, "A": replace(CHART.nodes["A"], name="重複登打檢核")})
PASSES = subject(COMPARED, forms={"S": WHO})
