"""L002: the gateway behind an approval has a way for yes and a way for no."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import REJECTED, RETURNED
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import branches, followers


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.approval is None:
            continue
        for gateway in followers(sop, node):
            if gateway.kind != "exclusive":
                continue
            names = [flow.name for flow in branches(sop, gateway)]
            refused = [name for name in names if REJECTED.search(name) or RETURNED.search(name)]
            if not refused:
                yield gateway.id, f"「{gateway.name}」沒有退回或駁回的分支：不核可的時候沒有路可走。"
            elif len(refused) == len(names):
                yield gateway.id, f"「{gateway.name}」沒有核可的分支。"


RULE = Rule(
    id="L002", name="approval-outcomes", level="error",
    title="核定的分支須含核可與非核可", english="An approval may be refused, and the chart says where that leads",
    sources=("R2.1", "P4.2", "M13"),
    wrong="◇ 核可 → 通過（只有一條線）", right="◇ 核可／退回修正／駁回",
    look=_look,
)  # fmt: skip
