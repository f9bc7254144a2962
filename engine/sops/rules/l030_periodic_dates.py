"""L030: a periodic SOP has at least one date: of its start, or of a deadline."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.sheet.kind != "periodic" or sop.shared:
        return
    dated = any(start.calendar is not None for start in sop.starts())
    dated |= any(deadline.regime in ("fixed", "backward") for deadline in subject.deadlines.values())
    if not dated:
        yield sop.id, "這是週期性流程，但沒有寫任何月、日或規則。"


RULE = Rule(
    id="L030", name="periodic-dates", level="warning",
    title="週期流程須有日期", english="What recurs says on which day",
    sources=("M12", "P4"),
    wrong="「定期」", right="「次月5日前」",
    look=_look,
)  # fmt: skip
