"""Examples of L017."""

from tests.sops.rules.parts import sheet

FAILS = sheet('revised="2024-05-01"', '<sop:legalBasis name="嘉義市政府96至99年度施政計畫編製規定" />')
AT = "p"
PASSES = sheet('revised="2009-11-26"', '<sop:legalBasis name="嘉義市政府96至99年度施政計畫編製規定" />')
