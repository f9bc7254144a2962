"""L029: a periodic SOP begins by the calendar or leads back to a step of its own."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import followers, from_here


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.sheet.kind != "periodic" or sop.shared or any(start.calendar is not None for start in sop.starts()):
        return
    round_again = any(
        node.id in from_here(sop, follower.id) for node in sop.nodes.values() for follower in followers(sop, node)
    )
    if not round_again:
        yield sop.id, "這是週期性流程，但沒有由年曆啟動的起點，也沒有循環。"


RULE = Rule(
    id="L029", name="periodic-has-loop", level="error",
    title="週期流程須有循環", english="What recurs is started by the calendar, or goes round",
    sources=("R7.3", "R8.3", "P2"),
    wrong="每月作業畫成一次性", right="每月由年曆啟動",
    look=_look,
)  # fmt: skip
