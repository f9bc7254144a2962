"""L009: a step whose name says that a paper is drawn up lists that paper among what it gives out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

_WRITES = re.compile(r"(擬|編製|填寫|製作|撰擬|撰寫|彙整|彙編|填報).*(稿|書|單|表|報告)")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        writes = node.kind in PERSON_KINDS and _WRITES.search(node.name)
        if writes and not any(form.direction == "out" for form in node.forms):
            yield node.id, f"「{node.name}」會產出文件，但沒有列出是哪一份。"


RULE = Rule(
    id="L009", name="document-output", level="warning",
    title="產出文件的步驟須列出文件", english="A step that writes a document names the document",
    sources=("R3.3", "R3.5", "R6.3", "P1.3", "P3.2", "P4.4", "I2.1", "I4.2", "I5.1"),
    wrong="「擬開會通知單稿」是方形，沒有文件", right="步驟的產出：開會通知單稿",
    look=_look,
)  # fmt: skip
