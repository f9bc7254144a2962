"""L040: a step named after a question leads to a gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import followers
from engine.sops.sop import PERSON_KINDS

_ASKS = re.compile(r"是否|有無|能否|可否|吻合與否|判斷")
_PAPER = re.compile(r"之.*(報告|意見|資料|說明)")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        asks = node.kind in PERSON_KINDS and _ASKS.search(node.name) and not _PAPER.search(node.name)
        if asks and not any(follower.kind == "exclusive" for follower in followers(sop, node)):
            yield node.id, f"「{node.name}」是判斷，後面卻沒有決策閘道。"


RULE = Rule(
    id="L040", name="question-needs-gateway", level="error",
    title="判斷的步驟須接閘道", english="A step that asks whether is followed by a gateway",
    sources=("I1.4", "R4.3", "R8.4", "M11"),
    wrong="「資訊科檢視…吻合」為方形", right="檢視 → ◇ 吻合？",
    look=_look,
)  # fmt: skip
