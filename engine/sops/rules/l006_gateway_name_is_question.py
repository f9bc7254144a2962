"""L006: the name of a gateway asks; the answers stand on its lines."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject

_ANSWERS = ("是", "否", "有", "無", "核可", "退回", "駁回", "通過", "不通過", "合格", "不合格")


def _look(subject: Subject) -> Iterator[Hit]:
    for node in subject.sop.nodes.values():
        if node.kind != "exclusive" or len(node.outgoing) < 2:
            continue
        name = node.name.strip()
        if not name:
            yield node.id, "決策閘道沒有名稱，看不出在決定什麼。"
        elif name in _ANSWERS:
            yield node.id, f"決策閘道的名稱「{name}」是答案；請寫成問句，例如「是否…」「…結果」。"


RULE = Rule(
    id="L006", name="gateway-name-is-question", level="warning",
    title="菱形名稱須為問句", english="A gateway is named by its question, not by an answer",
    sources=("P5.4",),
    wrong="名稱「否」", right="「是否需修訂」",
    look=_look,
)  # fmt: skip
