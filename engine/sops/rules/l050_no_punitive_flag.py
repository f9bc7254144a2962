"""L050: what follows from a standard time is a reminder; only a limit of law or of the case may escalate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_PUNISHES = re.compile(r"discipline|懲處|記點|扣分|申誡")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        for rung in node.standard_time.reminders if node.standard_time else ():
            if rung.kind != "reminder" or rung.opens:
                yield node.id, f"「{node.name}」的標準工時只能提醒，不能升級或移送。"
    for deadline in subject.deadlines.values():
        if deadline.regime == "standard" and any(_PUNISHES.search(rung.opens or "") for rung in deadline.rungs):
            yield sop.id, f"「{deadline.name}」是標準工時，逾時不得轉獎懲。"


RULE = Rule(
    id="L050", name="no-punitive-flag", level="error",
    title="標準工時不進懲處", english="Standard time reminds; it never punishes",
    sources=("M10", "Z6"),
    wrong="逾標準工時 → 扣分", right="逾標準工時 → 提醒",
    look=_look,
)  # fmt: skip
