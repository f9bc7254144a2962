"""Examples of L024."""

from tests.sops.charts import plain

FAILS = plain(head='<sop:note id="註1" step="A">以共用帳號登入，密碼：abcd1234。</sop:note>')
AT = "A"
PASSES = plain(head='<sop:note id="註1" step="A">密碼依密碼管理程序領取，分機 123。</sop:note>')
