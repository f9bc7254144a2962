"""L033: no way leads to a step that puts something into effect without passing an approval, where the SOP has one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import always_before
from engine.sops.sop import MACHINE_KINDS, PERSON_KINDS

_EFFECT = re.compile(r"^(公告|發布|施行|開通|函頒|頒布|實施)")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    approvals = {node.id for node in sop.nodes.values() if node.approval is not None}
    if not approvals:
        return
    before = always_before(sop)
    for node in sop.nodes.values():
        if node.kind in PERSON_KINDS | MACHINE_KINDS and _EFFECT.match(node.name) and not before[node.id] & approvals:
            yield node.id, f"有一條路不經核定就走到「{node.name}」。"


RULE = Rule(
    id="L033", name="approve-before-effect", level="error",
    title="先核可後生效", english="What takes effect has been approved before",
    sources=("I2.3", "I5.3", "P5.7", "P5.9", "P4.5", "R4.5"),
    wrong="設定完成 → 單位主管核閱", right="核閱 ◇ 核可 → 設定",
    look=_look,
)  # fmt: skip
