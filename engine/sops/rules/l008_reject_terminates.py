"""L008: a refusal of what somebody from outside asked for passes a step that tells them, and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import branches, from_here

_TELLS = re.compile(r"通知|函復|回復|回覆|告知|復知|退還|註明|登錄|紀錄|記錄")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if not any(lane.who is not None and lane.who.unit == "applicant" for lane in sop.lanes):
        return  # nobody asked for anything: who wrote it hears of it as holder of the step
    for node in sop.nodes.values():
        if node.kind != "exclusive":
            continue
        for flow in branches(sop, node):
            if not flow.name.startswith(("駁回", "不受理", "不予受理")):
                continue
            behind = [sop.nodes[one] for one in from_here(sop, flow.target)]
            if not any(one.kind == "end" for one in behind):
                yield flow.id, f"「{flow.name}」之後到不了終點。"
            elif not any(_TELLS.search(one.name) or one.kind == "call" for one in behind):
                yield flow.id, f"「{flow.name}」直接結束，沒有通知或函復申請人的步驟。"


RULE = Rule(
    id="L008", name="reject-terminates", level="error",
    title="駁回須有通知與終點", english="Whoever is refused is told, and the case comes to an end",
    sources=("P4.2", "R2.5", "R10.1"),
    wrong="駁回 → 無", right="駁回 → 通知申請人 → 結束",
    look=_look,
)  # fmt: skip
