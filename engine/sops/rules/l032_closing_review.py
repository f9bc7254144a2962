"""L032: a periodic SOP or a project has a step of review, reward or feedback, or hands that to a procedure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

#: done every day by the system, and by people only where it fails
_ROUTINE = re.compile("每日")
_REVIEW = re.compile(r"檢討|獎懲|獎勵|回饋|敘獎|考評|評核|成效|績效|檢視|檢核|核對|總結|結案|滿意度|紀錄|裁示|追蹤")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    if sop.sheet.kind in ("periodic", "project") and not sop.shared:
        people = any(node.kind in PERSON_KINDS for node in sop.nodes.values())
        looked = any(_REVIEW.search(node.name) for node in sop.nodes.values())
        if people and not looked and not _ROUTINE.search(sop.name):
            yield sop.id, "結束之前沒有檢討、獎懲或回饋的步驟。"


RULE = Rule(
    id="L032", name="closing-review", level="warning",
    title="專案與週期流程結束前須檢討", english="What recurs or is a project is looked back upon before it ends",
    sources=("R3.7", "R4.5", "P3.7", "P6.3", "R10.4", "P5.8"),
    wrong="報結即終", right="檢討、獎懲或回饋 → 終",
    look=_look,
)  # fmt: skip
