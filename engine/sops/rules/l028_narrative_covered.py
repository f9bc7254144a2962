"""L028: each note hangs on a step of the chart."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for note in sop.notes:
        if note.step is None:
            yield sop.id, f"「{note.id}」沒有掛在任何步驟上。"
        elif note.step not in sop.nodes:
            yield sop.id, f"「{note.id}」掛在不存在的步驟「{note.step}」上。"


RULE = Rule(
    id="L028", name="narrative-covered", level="warning",
    title="注意事項的步驟須入圖", english="What the notes tell is a step of the chart",
    sources=("R5.4", "R5.7", "R7.2", "R8.3", "R8.9", "P3.6", "P6.4", "I3.3"),
    wrong="「會法制科」沒有入圖", right="註掛在步驟上",
    look=_look,
)  # fmt: skip
