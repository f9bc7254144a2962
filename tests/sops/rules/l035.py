"""Examples of L035."""

from tests.sops.rules.parts import step

FAILS = step("設定決行用語等")
AT = "A"
PASSES = step("設定決行用語與流程")
