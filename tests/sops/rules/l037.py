"""Examples of L037."""

from tests.sops.rules.parts import step

FAILS = step("會議作業作業準備")
AT = "A"
PASSES = step("會議作業準備")
