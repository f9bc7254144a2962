"""Examples of L018."""

from tests.sops.rules.parts import sheet

NOTE = '<sop:note id="註1" step="A">逾期即追蹤。</sop:note>'
FAILS = sheet('kind="per-case"', NOTE)
AT = "p"
PASSES = sheet('kind="per-case" unit="planning-rdec"', NOTE)
