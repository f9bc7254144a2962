"""Examples of L025."""

from tests.sops.rules.parts import step

FAILS = step("依逾期追蹤流程辦理")
AT = "A"
PASSES = step("辦理逾期追蹤")
