"""Examples of L047."""

from tests.sops.rules.parts import sheet

FAILS = sheet('revised="2009-11-26"')
AT = "p"
PASSES = sheet('revised="2009-11-26" version="1"')
