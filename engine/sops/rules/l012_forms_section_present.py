"""L012: an SOP names its forms; one without any paper says so by having none at any step either."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    produced = any(form.direction == "out" for node in sop.nodes.values() for form in node.forms)
    if not sop.shared and produced and not sop.forms:
        yield sop.id, "步驟有產出文件，但流程的使用表格欄是空的。"


RULE = Rule(
    id="L012", name="forms-section-present", level="error",
    title="使用表格欄必填", english="What forms an SOP uses is said, be it none",
    sources=("P5",),
    wrong="使用表格欄缺漏", right="列出表格，或每一步都填得到畫面",
    look=_look,
)  # fmt: skip
