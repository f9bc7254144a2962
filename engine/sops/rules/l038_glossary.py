"""L038: of two words for the same thing an SOP uses one."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import names
from engine.sops.rules.subject import Subject

_SAME = (
    ("客戶端電腦", "使用者電腦"), ("記錄表", "紀錄表"), ("回復單", "回覆單"), ("會議記錄", "會議紀錄"),
    ("陳情民眾", "陳情人"), ("帳戶", "帳號"), ("函覆", "函復"),
)  # fmt: skip


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    written = " ".join(name for _, name in names(sop))
    for one, other in _SAME:
        if one in written and other in written:
            yield sop.id, f"「{one}」和「{other}」指同一件事，請只用一個詞。"


RULE = Rule(
    id="L038", name="glossary", level="warning",
    title="同一事物只用一個詞", english="One thing has one name in an SOP",
    sources=("I1.6", "I2.3", "R9.3", "P4.1"),
    wrong="「客戶端電腦」與「使用者電腦」並存", right="統一",
    look=_look,
)  # fmt: skip
