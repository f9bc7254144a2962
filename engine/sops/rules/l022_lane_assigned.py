"""L022: a step of a person stands in a lane that says which role of which unit does it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind not in PERSON_KINDS:
            continue
        lane = sop.lane_of(node.id)
        if lane is None or lane.who is None:
            yield node.id, f"「{node.name}」沒有主辦：請放進寫明職務的泳道。"


RULE = Rule(
    id="L022", name="lane-assigned", level="error",
    title="每個步驟恰在一個泳道，泳道是職務", english="Each step stands in the lane of an office, not of a person",
    sources=("P2.1", "P2.3", "P4", "I3.2", "M9"),
    wrong="「檔案上傳」無負責人", right="泳道為彙辦窗口",
    look=_look,
)  # fmt: skip
