"""L043: where a note says that units keep limits of their own, a deadline reads a table or the limit of the unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_DIFFERS = re.compile(r"(各單位|各局處|單位).{0,12}(自訂|另訂|較短|不同).{0,10}(期限|天數|時限|日數)")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    kept = any(one.decision or one.shorter_of for one in subject.deadlines.values())
    for note in sop.notes:
        if not kept and _DIFFERS.search(note.text):
            yield note.step or sop.id, f"「{note.id}」說期限因單位不同，但沒有任何期限依決策表或單位自訂。"


RULE = Rule(
    id="L043", name="unit-deadline-table", level="warning",
    title="期限因單位或類別不同時須有決策表", english="Limits that differ by unit or kind stand in a table",
    sources=("R1a", "R1b", "R1c"),
    wrong="未規範", right="取最短，或依決策表",
    look=_look,
)  # fmt: skip
