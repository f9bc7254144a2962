"""Examples of L015."""

from tests.sops.charts import plain

FAILS = plain(head='<sop:legalBasis name="嘉義市政府市務會議" />')
AT = "p"
PASSES = plain(head='<sop:legalBasis name="嘉義市政府市務會議作業要點" />')
