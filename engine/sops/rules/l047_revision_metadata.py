"""L047: the sheet holds the date of the revision and the number of the version."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sheet = subject.sop.sheet
    if not sheet.revised:
        yield subject.sop.id, "流程單沒有修訂日期。"
    if not sheet.version:
        yield subject.sop.id, "流程單沒有版次。"


RULE = Rule(
    id="L047", name="revision-metadata", level="error",
    title="須有修訂日期與版次", english="The sheet says when it was revised, and which version it is",
    sources=("M9", "I3", "I3.4", "P3", "P4"),
    wrong="無日期", right="「98年11月修訂 第1版」",
    look=_look,
)  # fmt: skip
