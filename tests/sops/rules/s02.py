"""Examples of S02."""

from tests.sops.charts import flow, plain

FAILS = plain(flow("S", "A", flow_id="again"))
AT = "again"
PASSES = plain()
