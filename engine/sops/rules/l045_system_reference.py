"""L045: no text of an SOP holds a web address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import texts
from engine.sops.rules.subject import Subject

_ADDRESS = re.compile(r"https?://|www\.[a-z0-9-]+\.", re.IGNORECASE)


def _look(subject: Subject) -> Iterator[Hit]:
    for element, text in texts(subject):
        if _ADDRESS.search(text):
            yield element, "文字裡有網址；請寫系統的名稱，網址會變。"


RULE = Rule(
    id="L045", name="system-reference", level="warning",
    title="系統不得寫網址", english="A system goes by its name, not by an address",
    sources=("R9.3", "I1.1"),
    wrong="兩個系統名同一網址", right="寫系統名稱，網址由設定管理",
    look=_look,
)  # fmt: skip
