"""L005: a diamond through which a single line runs decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    arriving = Counter(flow.target for flow in sop.flows.values())
    for node in sop.nodes.values():
        if node.kind in ("exclusive", "parallel") and len(node.outgoing) == 1 and arriving[node.id] <= 1:
            yield node.id, f"閘道「{node.name or node.id}」只有一條進、一條出，沒有決定任何事，請改為步驟或刪除。"


RULE = Rule(
    id="L005", name="degenerate-gateway", level="warning",
    title="閘道不得只有一條出路", english="A gateway with one way in and one way out decides nothing",
    sources=("R10.3",),
    wrong="獎勵的菱形只有一條線", right="改為步驟",
    look=_look,
)  # fmt: skip
