"""Every text of an SOP with the element it belongs to, for the rules that read words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.subject import Subject
from engine.sops.sop import Node, Sop

#: names of the ways out of an approval
REJECTED = re.compile(r"駁回|拒絕|否|不|未|免|撤案|停止|終止|解約|暫緩")
RETURNED = re.compile(r"退回|修正|補正|補強|補充|重擬|重審|有誤|不符|再審|未通過|退件")
APPROVED = re.compile(r"^(核可|通過|同意|核定|准|核備|決行|確認|定稿|優先|無意見|照案)")


def names(sop: Sop) -> Iterator[tuple[str, str]]:
    """The names a reader of the chart sees: of the SOP, its lanes, boxes and lines."""
    yield sop.id, sop.name
    yield from ((lane.id, lane.name) for lane in sop.lanes)
    yield from ((node.id, node.name) for node in sop.nodes.values())
    yield from ((flow.id, flow.name) for flow in sop.flows.values())


def texts(subject: Subject) -> Iterator[tuple[str, str]]:
    """Everything anybody wrote: names, instructions, notes, the sheet, choices, checklists and screen forms."""
    sop = subject.sop
    yield from names(sop)
    yield sop.id, sop.documentation
    yield from ((sop.id, text) for text in (*sop.sheet.w5h1.values(), sop.sheet.contact or ""))
    yield from ((note.step or sop.id, note.text) for note in sop.notes)
    for node in sop.nodes.values():
        yield node.id, node.documentation
        yield from ((node.id, item.text) for checklist in node.checklists for item in checklist.items)
        yield from ((node.id, choice.label) for choice in (node.outcome.choices if node.outcome else ()))
    for step, form in subject.forms.items():
        for field in form.fields:
            yield from ((step, text) for text in (field.title, field.help or ""))


def notes_of(sop: Sop, node: Node) -> str:
    """What a newcomer reads at a step: its instruction, its notes and its checklists."""
    pinned = [note.text for note in sop.notes if note.step == node.id]
    ticks = [item.text for checklist in node.checklists for item in checklist.items]
    return "\n".join([node.documentation, *pinned, *ticks])
