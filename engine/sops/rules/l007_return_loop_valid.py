"""L007: a returned matter goes to a step from which the same gateway is reached again."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import branches, from_here


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind != "exclusive":
            continue
        for flow in branches(sop, node):
            if flow.name.startswith("退回") and node.id not in from_here(sop, flow.target) and not sop.shared:
                target = sop.nodes[flow.target].name
                yield flow.id, f"「{flow.name}」通往「{target}」，修正之後回不到「{node.name}」。"


RULE = Rule(
    id="L007", name="return-loop-valid", level="error",
    title="退回須回到可修正的步驟", english="What is returned goes back to where it can be mended",
    sources=("R8.8", "P5.5"),
    wrong="退回修正 → 結束", right="退回修正 → 擬稿",
    look=_look,
)  # fmt: skip
