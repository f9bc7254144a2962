"""L031: every box comes after a start and leads to an end."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import from_here


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    inside = {node.id for node in sop.nodes.values() if node.parent is not None}
    reached = {one for start in sop.starts() for one in from_here(sop, start.id)}
    ends = {node.id for node in sop.nodes.values() if node.kind == "end"}
    for node in sop.nodes.values():
        if node.id in inside:
            continue  # the walk through the chart looks into sub-processes
        if node.id not in reached:
            yield node.id, f"「{node.name or node.id}」從任何起點都走不到。"
        elif not from_here(sop, node.id) & ends:
            yield node.id, f"「{node.name or node.id}」之後到不了終點。"


RULE = Rule(
    id="L031", name="no-dangling", level="error",
    title="不得懸空，皆可到終點", english="Every box is reached, and reaches an end",
    sources=("R7.1", "R2.4", "R2.5"),
    wrong="發出稽催單後無後續", right="有追蹤與結束",
    look=_look,
)  # fmt: skip
