"""S05: boxes, circles and diamonds stand beside each other; only a boundary event sits on its step."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    shapes = sop.drawing.shapes if sop.drawing is not None else {}
    placed = [
        (node, shapes[node.id])
        for node in sop.nodes.values()
        if node.id in shapes and node.kind not in ("boundary", "subprocess")
    ]
    placed.sort(key=lambda one: one[1].y)
    for at, (node, here) in enumerate(placed):
        for other, there in placed[at + 1 :]:
            if there.y >= here.y + here.height:
                break  # from here on everything stands below
            if there.x < here.x + here.width and here.x < there.x + there.width and node.parent == other.parent:
                yield other.id, f"「{other.name or other.id}」和「{node.name or node.id}」疊在一起。"


RULE = Rule(
    id="S05", name="no-overlapping-elements", level="warning",
    title="圖形不得重疊", english="No two boxes of the drawing overlap",
    sources=("bpmnlint",),
    wrong="兩個方形疊在一起", right="各有位置",
    look=_look,
)  # fmt: skip
