"""L051: names hold no compatibility characters, no replacement characters, and the right 市."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.said import names
from engine.sops.rules.subject import Subject

_SAID = {"無法辨識的字元": "\ufffd", "「巿」（應為「市」）": "\u5dff"}


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for element, text in (*names(sop), *((note.step or sop.id, note.id) for note in sop.notes)):
        for what, character in _SAID.items():
            if character in text:
                yield element, f"「{text}」含有{what}。"
        digits = "".join(one for one in text if one in "０１２３４５６７８９")
        if digits or any("\uf900" <= one <= "\ufaff" for one in text):
            yield element, f"「{text}」含有全形數字或相容字，請改用一般字元。"


RULE = Rule(
    id="L051", name="unicode-normalised", level="warning",
    title="文字須正規化", english="Names are written in ordinary characters",
    sources=("M1",),
    wrong="「註２」「巿政府」", right="「註2」「市政府」",
    look=_look,
)  # fmt: skip
