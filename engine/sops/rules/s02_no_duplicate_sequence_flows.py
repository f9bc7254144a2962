"""S02: between two boxes one line leads under one condition."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    seen: set[tuple[str, str, str | None]] = set()
    for flow in subject.sop.flows.values():
        way = (flow.source, flow.target, flow.condition)
        if way in seen:
            yield flow.id, "這條流向與另一條相同，請刪除其中一條。"
        seen.add(way)


RULE = Rule(
    id="S02", name="no-duplicate-sequence-flows", level="warning",
    title="兩點之間不得有重複的流向", english="No two lines lead the same way under the same condition",
    sources=("bpmnlint",),
    wrong="兩條一樣的線", right="一條",
    look=_look,
)  # fmt: skip
