"""L027: a note that names a monthly day agrees with the calendar and the deadlines of its step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import Node

_DAY = re.compile(r"(?:每月|次月)(\d{1,2})日")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    kept = {day for node in sop.nodes.values() for day in _days(node)} | {
        int(day) for deadline in sop.deadlines for day in re.findall(r"\d+", deadline.at or "")
    }
    asking = re.compile("疑義|待確認|不一|出入|異於|採")
    for note in sop.notes:
        said = {int(day) for day in _DAY.findall(note.text)}
        if kept and said and not said & kept and not asking.search(note.text):
            days = "、".join(str(day) for day in sorted(said))
            yield note.step or sop.id, f"「{note.id}」寫 {days} 日，流程裡沒有這個日期。"


def _days(node: Node) -> Iterator[int]:
    rule = node.calendar.rule if node.calendar is not None else ""
    for text in (rule, node.name, *(deadline.at or "" for deadline in node.deadlines)):
        yield from (int(day) for day in re.findall(r"\d+", text))


RULE = Rule(
    id="L027", name="deadline-consistent", level="warning",
    title="期限的描述須一致", english="What a note says of a limit is what the chart keeps",
    sources=("R9.3", "R8.1", "R1c", "M8"),
    wrong="5日前／15日前", right="一致",
    look=_look,
)  # fmt: skip
