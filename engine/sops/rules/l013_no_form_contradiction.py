"""L013: who says that no form is used, has no step that gives one out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_NONE = re.compile(r"(使用表格|表格)[：:]?\s*無|無使用表格|不使用表格")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    said = any(_NONE.search(text) for text in (sop.documentation, *(note.text for note in sop.notes)))
    for node in sop.nodes.values() if said else ():
        if any(form.direction == "out" for form in node.forms):
            yield node.id, f"這個流程寫明不使用表格，但「{node.name}」產出文件。"


RULE = Rule(
    id="L013", name="no-form-contradiction", level="error",
    title="「無表格」不得與產出矛盾", english="An SOP that says it uses no form gives none out",
    sources=("R3.3", "R3.5", "R6"),
    wrong="使用表格「無」，卻產出議會工作報告", right="表格列「議會工作報告格式」",
    look=_look,
)  # fmt: skip
