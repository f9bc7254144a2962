"""L049: an SOP by which matters of citizens come in looks for duplicates, and deletes none."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    forms = (subject.forms[start.id] for start in sop.starts() if start.id in subject.forms)
    identity = any(field.identity for form in forms for field in form.fields)
    compared = any("duplicate" in (node.called or "") or "重複" in node.name for node in sop.nodes.values())
    if identity and "陳情" in sop.name and not compared:
        yield sop.id, "受理民眾案件，但沒有重複登打的檢核。"


RULE = Rule(
    id="L049", name="intake-dedupe", level="warning",
    title="受理類流程須防重複", english="What comes in from citizens is compared with what is there",
    sources=("R1a.1", "R1a.2", "M8"),
    wrong="重複案直接刪除不留痕", right="檢核 → 登錄備查",
    look=_look,
)  # fmt: skip
