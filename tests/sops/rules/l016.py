"""Examples of L016."""

from tests.sops.charts import plain

CITING = '<sop:note id="註1" step="A">依「城鎮風貌計畫執行要點」辦理。</sop:note>'
FAILS = plain(head=CITING)
AT = "A"
PASSES = plain(head=CITING + '<sop:legalBasis name="城鎮風貌計畫執行要點" />')
