"""L020: a step that waits for a person says how long it should take; a limit of its own will do."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import from_here
from engine.sops.sop import PERSON_KINDS, Node, Sop


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.kind not in PERSON_KINDS:
            continue
        if node.standard_time is None:
            if not _has_limit(subject.sop, node):
                yield node.id, f"「{node.name}」沒有標準工時。"
        elif node.standard_time.value <= 0:
            yield node.id, f"「{node.name}」的標準工時必須大於零。"


def _has_limit(sop: Sop, node: Node) -> bool:
    """Whether a deadline runs for this step: its own, or one of the case that ends here or later."""
    running = (d for d in sop.deadlines if node.id == d.starts or from_here(sop, node.id) & {*d.met})
    return bool(node.deadlines) or any(running)


RULE = Rule(
    id="L020", name="standard-time-present", level="error",
    title="每個步驟須有標準工時", english="Every step of a person has its standard time",
    sources=("M2", "M4", "M10", "Z4", "Z6", "P2.1"),
    wrong="步驟沒有工時", right="「0.5 工作天」",
    look=_look,
)  # fmt: skip
