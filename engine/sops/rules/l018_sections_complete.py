"""L018: the sheet has its steps, its notes, and the unit that answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import MACHINE_KINDS, PERSON_KINDS


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if not any(node.kind in PERSON_KINDS | MACHINE_KINDS or node.kind == "call" for node in sop.nodes.values()):
        yield sop.id, "處理流程裡沒有任何步驟。"
    if not sop.notes and not sop.shared:
        yield sop.id, "作業注意事項是空的。"
    if not sop.sheet.unit:
        yield sop.id, "沒有寫承辦單位。"


RULE = Rule(
    id="L018", name="sections-complete", level="error",
    title="五個章節須完整", english="The sections of the sheet are all there",
    sources=("P5", "M3"),
    wrong="缺使用單位", right="處理流程、法令依據、注意事項、使用表格、承辦單位俱全",
    look=_look,
)  # fmt: skip
