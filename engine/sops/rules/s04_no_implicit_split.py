"""S04: one line leaves a step; where ways part, a gateway says which."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if len(node.outgoing) > 1 and node.kind not in ("exclusive", "parallel", "shown"):
            yield node.id, f"「{node.name or node.id}」直接接了 {len(node.outgoing)} 條流向；請用閘道寫明怎麼分。"


RULE = Rule(
    id="S04", name="no-implicit-split", level="warning",
    title="分流須由閘道表示", english="Ways part at a gateway, not at a step",
    sources=("bpmnlint",),
    wrong="步驟直接接兩條線", right="步驟 → 閘道 → 兩條線",
    look=_look,
)  # fmt: skip
