"""L003: every line that leaves a gateway says when it is taken, and no two say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind != "exclusive" or len(node.outgoing) < 2:
            continue
        names = {flow: sop.flows[flow].name.strip() for flow in node.outgoing}
        said = Counter(names.values())
        for flow, name in names.items():
            if not name:
                to = sop.nodes[sop.flows[flow].target].name
                yield flow, f"「{node.name}」往「{to}」的分流沒有標籤：線上要寫明何時走這條路，例如「是」。"
            elif said[name] > 1:
                yield flow, f"「{node.name}」有 {said[name]} 條分流都寫「{name}」，看不出該走哪一條。"


RULE = Rule(
    id="L003", name="labelled-branches", level="error",
    title="閘道分流須有標籤且不重複", english="Every branch of a gateway has a label of its own",
    sources=("R4.3", "P5.2"),
    wrong="◇ 的兩條線都沒有字", right="「是」「否」各接一個步驟",
    look=_look,
)  # fmt: skip
