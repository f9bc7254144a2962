"""L001: what has been laid before somebody for approval is decided in a gateway, never by a single line."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import Node


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.approval is None or _decides_inside(subject, node):
            continue
        followers = [sop.nodes[sop.flows[flow].target] for flow in node.outgoing]
        if [follower.kind for follower in followers] != ["exclusive"]:
            yield node.id, f"「{node.name}」是核定步驟，下一個必須是決策閘道，分出核可與退回的路。"


def _decides_inside(subject: Subject, node: Node) -> bool:
    """A called procedure in which the approval has a gateway of its own."""
    called = subject.library.get(node.called or "")
    return called is not None and any(
        inner.approval is not None
        and any(called.nodes[called.flows[f].target].kind == "exclusive" for f in inner.outgoing)
        for inner in called.nodes.values()
    )


RULE = Rule(
    id="L001", name="approval-followed-by-gateway", level="error",
    title="核定步驟須接決策閘道", english="An approval is followed by a gateway",
    sources=(
        "R2.1", "R3.6", "R5.1", "R5.5", "R5.6", "R6.2", "R6.4", "R8.4", "R8.6", "R8.7", "R10.1", "R10.2",
        "P1.5", "P2.2", "P3.1", "P3.3", "P4.2", "P4.7", "P4.10", "P5.3", "P5.4",
        "I1.4", "I2.2", "I2.3", "I3.1", "I4.3", "I5.2", "I5.3",
    ),
    wrong="首長核定 → 發開會通知單", right="首長核定 → ◇ 核可／退回修正／駁回",
    look=_look,
)  # fmt: skip
