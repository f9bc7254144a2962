"""Examples of L030."""

from tests.sops.rules.parts import sheet

FAILS = sheet('kind="periodic"')
AT = "p"
PASSES = sheet('kind="periodic"', '<sop:deadline id="D" name="月報" regime="fixed" at="day 5 of month" met="A" />')
