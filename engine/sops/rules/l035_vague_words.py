"""L035: the name of a step holds none of the words that leave open what is to be done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_VAGUE = re.compile(r"等$|等等|等相關|適時|視情況|儘速|盡速|酌情|相關事宜|必要時")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        found = _VAGUE.search(node.name)
        if found is not None:
            yield node.id, f"「{node.name}」的「{found[0]}」含糊，請列明。"


RULE = Rule(
    id="L035", name="vague-words", level="warning",
    title="步驟名不得含糊", english="The name of a step leaves nothing open",
    sources=("M11", "I1.5", "I1.7", "I1.8"),
    wrong="「…決行用語等」", right="列明每一項",
    look=_look,
)  # fmt: skip
