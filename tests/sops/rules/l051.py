"""Examples of L051."""

from tests.sops.rules.parts import step

FAILS = step("巿政府審查")
AT = "A"
PASSES = step("市政府審查")
