"""L042: a channel that a note names occurs in a start, a step, a branch or a screen form."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import names
from engine.sops.rules.subject import Subject

_CHANNELS = ("電話", "傳真", "臨櫃", "書面", "線上", "電子郵件", "到府")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.shared:
        return  # its callers know by which way the matter came
    drawn = " ".join([*(name for _, name in names(sop)), sop.documentation, *sop.sheet.w5h1.values()])
    asked = " ".join(label for form in subject.forms.values() for field in form.fields for _, label in field.choices)
    fields = " ".join(field.title for form in subject.forms.values() for field in form.fields)
    for note in sop.notes:
        named = [channel for channel in _CHANNELS if channel in note.text]
        for channel in named if len(named) >= 3 else ():
            if channel not in drawn + asked + fields:
                yield note.step or sop.id, f"「{note.id}」列了「{channel}」，流程裡沒有這個型態的起點、分支或欄位。"


RULE = Rule(
    id="L042", name="variant-coverage", level="warning",
    title="案件型態都有路徑", english="Every way in that the notes name has its way through the chart",
    sources=("R1c.1", "R3.1", "R1"),
    wrong="傳真無路徑", right="五種管道各有起點",
    look=_look,
)  # fmt: skip
