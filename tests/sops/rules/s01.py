"""Examples of S01."""

from tests.sops.rules.parts import named, step

FAILS = named(step(""))
AT = "A"
PASSES = named(step("登錄來件"))
