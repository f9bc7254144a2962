"""L014: a paper a person is asked to fill in can be filled in: its step has a screen form."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        asked = node.kind == "user" and any(form.direction == "out" for form in node.forms)
        if asked and node.id not in subject.forms and node.outcome is None:
            yield node.id, f"「{node.name}」要產出表單，但沒有填寫的畫面，也沒有範本。"


RULE = Rule(
    id="L014", name="form-attached", level="info",
    title="表單須附空白範本", english="A form listed for the SOP is used with a screen form or kept as a blank",
    sources=("M1", "M14", "Z2", "R2.2", "R5.2", "R9.2", "R9.4", "R3.3"),
    wrong="只寫名稱", right="名稱加上範本，或有填寫畫面",
    look=_look,
)  # fmt: skip
