"""L048: an SOP that is not shared names at least one indicator."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    if not subject.sop.shared and not subject.sop.indicators:
        yield subject.sop.id, "沒有連結任何績效指標。"


RULE = Rule(
    id="L048", name="kpi-linked", level="warning",
    title="須連結績效指標", english="An SOP is linked to what it is measured by",
    sources=("M1", "Z8", "M14", "M11"),
    wrong="空白", right="連到衡量指標",
    look=_look,
)  # fmt: skip
