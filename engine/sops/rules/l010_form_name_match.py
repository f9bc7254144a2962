"""L010: a data object drawn on the chart carries the name of a paper that a step beside it hands in or gives out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.drawing is None:
        return
    drawn = {remark.id: remark for remark in sop.drawing.remarks if remark.kind == "data"}
    for tie in sop.drawing.ties.values():
        for data, step in ((tie.source, tie.target), (tie.target, tie.source)):
            if data in drawn and step in sop.nodes and not sop.nodes[step].forms:
                name = drawn[data].text
                yield step, f"圖上的文件「{name}」接在「{sop.nodes[step].name}」，但這個步驟沒有列出任何表單。"


RULE = Rule(
    id="L010", name="form-name-match", level="error",
    title="圖上的表單名須與使用表格一致", english="A form used at a step is one of the SOP, or of the register",
    sources=("R4.4", "R8.2", "R8.5", "R9.1", "P4.1", "I1.3"),
    wrong="圖「申請計畫書格式」、表格「申請補助計畫書格式」", right="兩處同為「申請補助計畫書格式」",
    look=_look,
)  # fmt: skip
