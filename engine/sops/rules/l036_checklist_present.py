"""L036: who sets up, installs, inspects or tests has a checklist, or fields for what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

_INSPECTS = re.compile(r"設定|安裝|檢查|測試")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.kind in PERSON_KINDS and _INSPECTS.search(node.name) and not (node.checklists or node.outcome):
            asked = subject.forms.get(node.id)
            if asked is None or not asked.fields:
                yield node.id, f"「{node.name}」沒有檢查清單，也沒有填寫檢查結果的欄位。"


RULE = Rule(
    id="L036", name="checklist-present", level="warning",
    title="設定、檢查類步驟須有檢查清單", english="Who sets up or inspects ticks off what",
    sources=("I1.5", "I1.7", "I1.8", "M11"),
    wrong="設定瀏覽器無清單", right="清單4項",
    look=_look,
)  # fmt: skip
