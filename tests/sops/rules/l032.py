"""Examples of L032."""

from tests.sops.rules.parts import sheet

FAILS = sheet('kind="project"')
AT = "p"
PASSES = FAILS.replace(b'<bpmn:userTask id="A"', '<bpmn:userTask id="A" name="檢討會議"'.encode())
