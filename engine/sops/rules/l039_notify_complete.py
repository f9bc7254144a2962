"""L039: a step that notifies says whom: in its name, its co-operating units, or what a newcomer reads there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import notes_of
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

_TELLS = re.compile(r"^(通知|轉知|函知|函送|函發|發函)")
_WHOM = re.compile(r"單位|機關|委員|申請|人員|同仁|議會|議員|廠商|局|處|科|課|人|者|代表|會|市府|首長|市長")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.kind not in PERSON_KINDS or not _TELLS.match(node.name):
            continue
        if "相關單位" in node.name and not node.co_units:
            yield node.id, f"「{node.name}」的「相關單位」是哪些？請列為協辦單位。"
        elif not (_WHOM.search(node.name) or node.co_units or _WHOM.search(notes_of(subject.sop, node))):
            yield node.id, f"「{node.name}」沒有寫通知誰。"


RULE = Rule(
    id="L039", name="notify-complete", level="warning",
    title="通知須有對象與附件", english="Who is told, by what, is said",
    sources=("P1.6", "P2.4", "I2.4", "R1a.3", "R2.2", "I3.2"),
    wrong="「核定轉知相關單位」（對象不明）", right="對象：決議主辦單位",
    look=_look,
)  # fmt: skip
