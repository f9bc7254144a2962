"""L016: a regulation cited in 「」 by a note or an instruction stands in the legal basis."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_CITED = re.compile(r"「([^「」]{4,60}(?:法|條例|細則|辦法|規則|要點|規範|作業規定|作業須知|注意事項))」")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    listed = [law.name for law in sop.legal_basis]
    written = [(note.step or sop.id, note.text) for note in sop.notes]
    written += [(node.id, node.documentation) for node in sop.nodes.values()]
    for element, text in written:
        for name in _CITED.findall(text):
            if not any(name in law or law in name for law in listed):
                yield element, f"這裡引用「{name}」，但法令依據沒有列。"


RULE = Rule(
    id="L016", name="cited-law-listed", level="warning",
    title="注意事項引用的法規須列入法令依據", english="What the notes cite is among the legal basis",
    sources=("P3", "I5", "P6"),
    wrong="注意事項引用執行要點，法令依據沒有", right="已列入法令依據",
    look=_look,
)  # fmt: skip
