"""Examples of L019."""

from tests.sops.charts import plain

ALL = '<sop:w5h1 who="承辦人" what="受理" when="隨到隨辦" where="服務台" why="服務" how="登錄" />'
SHEET = b'<sop:sheet kind="per-case" shared="false" />'
PASSES = plain().replace(SHEET, f'<sop:sheet kind="per-case">{ALL}</sop:sheet>'.encode())
FAILS = PASSES.replace("隨到隨辦".encode(), b"")
AT = "p"
