"""L044: an SOP in which a committee meets says who belongs to it: by a step, a call, or what a newcomer reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import notes_of
from engine.sops.rules.subject import Subject
from engine.sops.sop import PERSON_KINDS

_MEETS = re.compile(r"召開.*(委員會|小組|評審|審查)")
_MEMBERS = re.compile(r"委員|成員|組成|召集人|小組成員|名單|名冊|代表")


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind in PERSON_KINDS and _MEETS.search(node.name):
            told = _MEMBERS.search(notes_of(sop, node)) or any(
                other.called == "shared-member-appointment" or _MEMBERS.search(other.name)
                for other in sop.nodes.values() if other.id != node.id
            )  # fmt: skip
            if not told:
                yield node.id, f"「{node.name}」沒有說由誰組成。"


RULE = Rule(
    id="L044", name="body-defined", level="warning",
    title="評議組織須有組成", english="A committee that meets has been put together",
    sources=("P1.2", "P3.1", "P3.4", "P3.5", "R10.2"),
    wrong="「召開初審會議」無組成", right="委員遴聘依共用程序",
    look=_look,
)  # fmt: skip
