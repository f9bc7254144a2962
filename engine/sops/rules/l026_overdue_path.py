"""L026: a deadline has a ladder that reminds or escalates, or a timer that takes another way."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    timed = {node.timer.deadline for node in sop.nodes.values() if node.timer is not None}
    asked = {deadline for read in subject.reads for deadline in read.expression.deadlines}  # its date is handed on
    for deadline, element in (
        *((one, sop.id) for one in sop.deadlines),
        *((one, node.id) for node in sop.nodes.values() for one in node.deadlines),
    ):
        if not deadline.rungs and not deadline.ladder and deadline.id not in timed | asked:
            yield element, f"期限「{deadline.name}」到了沒有人會知道：請加上提醒、稽催，或逾期的分支。"


RULE = Rule(
    id="L026", name="overdue-path", level="error",
    title="有期限須有逾期的處理", english="A limit that is passed does something",
    sources=("R1a.5", "R1b.1", "R1c.3", "R3.2"),
    wrong="限辦5日，逾期沒有出口", right="提醒與稽催的階梯，或轉入追蹤的計時器",
    look=_look,
)  # fmt: skip
