"""L046: of the lines that lead on, four in five go downwards."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.rules.ways import from_here

_SHARE = 0.8
#: a chart of fewer lines fits on any page
_FEW = 10


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.drawing is None:
        return
    down = across = 0
    for flow in sop.flows.values():
        source, target = sop.drawing.shapes.get(flow.source), sop.drawing.shapes.get(flow.target)
        if source is None or target is None or flow.source in from_here(sop, flow.target):
            continue  # not drawn, or a way back
        down += target.y > source.y
        across += target.y <= source.y
    if down + across >= _FEW and down / (down + across) < _SHARE:
        share = round(100 * down / (down + across))
        yield sop.id, f"只有 {share}% 的流向往下；流程圖應由上而下，泳道分欄。"


RULE = Rule(
    id="L046", name="vertical-layout", level="warning",
    title="直式排版", english="The chart runs from top to bottom",
    sources=("M5", "M9", "M11", "M12", "Z3"),
    wrong="橫式超出頁寬", right="由上而下",
    look=_look,
)  # fmt: skip
