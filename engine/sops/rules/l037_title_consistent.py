"""L037: a title holds no word twice running, and one that speaks of revising has a step that revises."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import names
from engine.sops.rules.subject import Subject

_TWICE = re.compile(r"([\u4e00-\u9fff]{2,4})\1")
#: two words of which the second begins as the first ends
_SOUNDS_SO = ("政府政府", "收文收文")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for element, name in names(sop):
        twice = _TWICE.search(name)
        if twice is not None and twice[0] not in _SOUNDS_SO:
            yield element, f"名稱「{name}」有疊字「{twice[0]}」。"
    if "修訂" in sop.name and not any(re.search("修|擬", node.name) for node in sop.nodes.values()):
        yield sop.id, f"名稱「{sop.name}」說要修訂，流程裡沒有修訂的步驟。"


RULE = Rule(
    id="L037", name="title-consistent", level="warning",
    title="名稱一致", english="The title says what the SOP does, once",
    sources=("P5.1", "P5.8", "I1"),
    wrong="「作業作業流程」", right="一致",
    look=_look,
)  # fmt: skip
