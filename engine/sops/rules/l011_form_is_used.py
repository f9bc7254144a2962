"""L011: a form listed for the SOP is handed in or given out by one of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    used = {form.ref for node in sop.nodes.values() for form in node.forms}
    for form in sop.forms:
        if form.ref not in used:
            yield sop.id, f"使用表格「{form.ref}」沒有任何步驟使用。"


RULE = Rule(
    id="L011", name="form-is-used", level="warning",
    title="表單須被使用", english="Every form of the SOP is used by a step of it",
    sources=("R4.4", "R9.1"),
    wrong="申請計畫總表沒有畫進流程", right="每一張表單都有步驟使用",
    look=_look,
)  # fmt: skip
