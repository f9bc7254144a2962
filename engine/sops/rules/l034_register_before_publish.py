"""L034: where an SOP both registers and publishes a document, no way publishes it unregistered."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import always_before


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    registers = {node.id for node in sop.nodes.values() if node.name.startswith("登錄文件")}
    if not registers:
        return
    before = always_before(sop)
    for node in sop.nodes.values():
        if node.name.startswith("發布文件") and not before[node.id] & registers:
            yield node.id, f"「{node.name}」之前還沒有登錄文件。"


RULE = Rule(
    id="L034", name="register-before-publish", level="warning",
    title="先登錄後發布", english="A document is registered before it is published",
    sources=("I3.2",),
    wrong="發布 → 登錄", right="登錄 → 發布",
    look=_look,
)  # fmt: skip
