"""L023: a step of approval names the level at which it is decided, or takes it from its caller."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        given = node.kind == "call" or subject.sop.shared
        if node.approval is not None and not node.approval.level and not given:
            yield node.id, f"「{node.name}」沒有寫是第幾層核決。"


RULE = Rule(
    id="L023", name="approval-level", level="warning",
    title="核決層級須明示", english="An approval says of what level it is",
    sources=("I3.1", "R8", "R7"),
    wrong="「核定」未載層級", right="「一層」",
    look=_look,
)  # fmt: skip
