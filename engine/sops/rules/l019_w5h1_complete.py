"""L019: the sheet answers who, what, when, where, why and how."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_SAID = {"何人": "who", "何事": "what", "何時": "when", "何地": "where", "為何": "why", "如何": "how"}


def _look(subject: Subject) -> Iterator[Hit]:
    missing = [word for word, name in _SAID.items() if not (subject.sop.sheet.w5h1.get(name) or "").strip()]
    if missing:
        yield subject.sop.id, f"5W1H 還沒有填：{'、'.join(missing)}。"


RULE = Rule(
    id="L019", name="w5h1-complete", level="error",
    title="5W1H 須完整", english="Who, what, when, where, why and how are all answered",
    sources=("M1", "Z1"),
    wrong="何時：空白", right="六項都填",
    look=_look,
)  # fmt: skip
