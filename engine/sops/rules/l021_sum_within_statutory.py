"""L021: from the opening to the step that meets it, the standard times do not exceed the limit of the case."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import Node, Sop

_DAYS = {"workday": 1.0, "hour": 1 / 8, "day": 1.0}


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for deadline in sop.deadlines:
        counts = deadline.of == "case" and deadline.unit == "workday" and deadline.length is not None
        if not counts or deadline.starts is not None or not deadline.met:
            continue
        needed = min(_longest(sop, end) for end in deadline.met if end in sop.nodes) if deadline.met else 0
        if deadline.length is not None and needed > deadline.length:
            yield sop.id, f"到「{deadline.name}」的標準工時共 {needed:g} 工作天，超過期限的 {deadline.length} 工作天。"


def _longest(sop: Sop, end: str) -> float:
    """The working days of the longest way from a start to a node that passes nothing twice."""
    known: dict[str, float] = {}

    def way(node: Node, seen: frozenset[str]) -> float:
        if node.id in known:
            return known[node.id]
        here = node.standard_time.value * _DAYS[node.standard_time.unit] if node.standard_time else 0.0
        before = (flow.source for flow in sop.flows.values() if flow.target == node.id and flow.source not in seen)
        known[node.id] = here + max((way(sop.nodes[one], seen | {one}) for one in before), default=0.0)
        return known[node.id]

    return way(sop.nodes[end], frozenset([end]))


RULE = Rule(
    id="L021", name="sum-within-statutory", level="warning",
    title="標準工時總和不逾期限", english="The standard times along the longest way fit into the limit of the case",
    sources=("R1a", "R1b", "R1c", "M8"),
    wrong="路徑9天、限辦5日", right="路徑不超過5日",
    look=_look,
)  # fmt: skip
