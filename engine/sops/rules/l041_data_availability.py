"""L041: a paper that is made only after the step that uses it cannot be there yet."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import from_here


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.sheet.kind != "per-case":
        return  # what recurs uses the papers of the time before
    makers: dict[str, set[str]] = {}
    for node in sop.nodes.values():
        for form in node.forms:
            if form.direction == "out":
                makers.setdefault(form.as_ or form.ref, set()).add(node.id)
    for node in sop.nodes.values():
        if node.kind == "start":
            continue  # what it takes in is brought along
        later = from_here(sop, node.id)
        for form in node.forms:
            made = makers.get(form.as_ or form.ref, set()) - {node.id}
            before = any(node.id in from_here(sop, maker) for maker in made)
            if form.direction == "in" and made & later and not before:
                yield node.id, f"「{node.name}」要用的「{form.ref}」在它之後才產生。"


RULE = Rule(
    id="L041", name="data-availability", level="error",
    title="資料先產生後使用", english="What a step uses has been made before",
    sources=("R5.3", "R4.1"),
    wrong="評審小組先於提送申請書", right="提送 → 評審",
    look=_look,
)  # fmt: skip
