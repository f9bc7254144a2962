"""L025: a box named after another procedure calls that procedure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

_REFERS = re.compile(r"依.{1,20}(流程|程序)(辦理|$)|引用.{1,20}流程")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.kind in PERSON_KINDS and _REFERS.search(node.name):
            yield node.id, f"「{node.name}」指的是另一個流程，請改為呼叫活動。"
        elif node.kind == "call" and node.called and node.called not in subject.library:
            yield node.id, f"「{node.name}」呼叫的「{node.called}」還不存在。"


RULE = Rule(
    id="L025", name="call-activity-resolves", level="error",
    title="引用的流程須為呼叫活動且存在", english="A procedure referred to is called, and exists",
    sources=("P5.1", "P5.6", "I4.4", "I4.7", "I4.8", "R9.6", "R9.7", "R6.1", "R6.6", "P4.8", "P4.9", "R1a.1", "R1a.5"),
    wrong="「依逾期追蹤流程」是普通方形", right="呼叫 shared-follow-up",
    look=_look,
)  # fmt: skip
