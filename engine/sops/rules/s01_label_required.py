"""S01: steps, calls, starts, ends and deciding gateways are named."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.name.strip() or node.kind in ("parallel", "shown"):
            continue
        if node.kind == "exclusive" and len(node.outgoing) < 2:
            continue  # ways come together here: there is nothing to say
        yield node.id, f"「{node.id}」沒有名稱。"


RULE = Rule(
    id="S01", name="label-required", level="warning",
    title="步驟、起訖與決策須有名稱", english="Whatever a reader meets on the chart has a name",
    sources=("bpmnlint",),
    wrong="空白的方形", right="「登錄來件」",
    look=_look,
)  # fmt: skip
