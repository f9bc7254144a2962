"""L024: nothing written in an SOP is a password, a telephone or identity number, or an address of the inner network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import texts
from engine.sops.rules.subject import Subject

_SAID = {
    "密碼": re.compile(r"(?:密碼|password|passwd|pwd)\s*(?:[：:=]|為)\s*[A-Za-z0-9!@#$%^&*_-]{4,}", re.IGNORECASE),
    "帳號": re.compile(r"(?:帳號|account)\s*(?:[：:=])\s*[A-Za-z0-9._-]{3,}", re.IGNORECASE),
    "電話號碼": re.compile(r"(?<![\d-])(?:09\d{2}[- ]?\d{3}[- ]?\d{3}|\(?0[2-8]\d?\)?[- ]?\d{3,4}[- ]?\d{4})(?!\d)"),
    "身分證字號": re.compile(r"(?<![A-Za-z0-9])[A-Z][12]\d{8}(?!\d)"),
    "內部網址": re.compile(r"(?<!\d)(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}(?:\.\d{1,3})?(?!\d)"),
    "電子郵件": re.compile(r"[A-Za-z0-9._%+-]+@(?!example\.)[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
}


def _look(subject: Subject) -> Iterator[Hit]:
    for element, text in texts(subject):
        for what, pattern in _SAID.items():
            if pattern.search(text):
                yield element, f"文字裡像是有{what}；流程文件不得寫個資、帳號或密碼。"


RULE = Rule(
    id="L024", name="no-secret-no-pii", level="error",
    title="不得有個資、帳號、密碼", english="No secret and no personal data in the text of an SOP",
    sources=("P2", "I5", "R9"),
    wrong="SOP 內印共用帳號密碼", right="指向密碼管理程序",
    look=_look,
)  # fmt: skip
