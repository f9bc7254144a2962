"""S03: a parallel gateway joins or parts; in an exclusive one both reads well enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    arriving = Counter(flow.target for flow in sop.flows.values())
    for node in sop.nodes.values():
        if node.kind == "parallel" and len(node.outgoing) > 1 and arriving[node.id] > 1:
            yield node.id, f"並行閘道「{node.name or node.id}」又合流又分流，請拆成兩個。"


RULE = Rule(
    id="S03", name="no-gateway-join-fork", level="warning",
    title="閘道不得同時合流又分流", english="A gateway joins ways or parts them, not both",
    sources=("bpmnlint",),
    wrong="並行閘道兩進兩出", right="先合流，再分流",
    look=_look,
)  # fmt: skip
