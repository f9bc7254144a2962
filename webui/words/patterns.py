"""What a pattern is: a Chinese sentence with numbered holes, ``第 {0} 頁，共 {1} 筆``, and how English fills them.

English may turn the holes round, and may ask one for its number: ``{0} {0|case|cases}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
#: Han, or the punctuation that comes with it
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]")
HOLE = re.compile(r"\{(\d+)(?:\|([^|{}]*)\|([^|{}]*))?\}")

_MARKS = str.maketrans({
    "，": ", ", "、": ", ", "；": "; ", "：": ": ", "。": ". ", "（": " (", "）": ") ", "「": "“", "」": "”", "『": "‘",
    "』": "’", "／": "/", "\u3000": " ", "？": "?", "！": "!", "＋": "+", "％": "%", "《": "“", "》": "”", "〈": "‘",
    "〉": "’", "＝": "=", "～": "–", "…": "…", "．": ".",
})  # fmt: skip

#: a piece of a pattern: words, or the number of a hole
Piece = str | int


def written(pieces: Iterable[Piece]) -> str:
    """The pattern as the catalogue's key."""
    return "".join(f"{{{one}}}" if isinstance(one, int) else one for one in pieces)


def marks_only(pattern: str) -> str | None:
    """What no catalogue need hold: punctuation around holes. None where there is a word."""
    if HAN.search(pattern):
        return None
    return re.sub(r"(?<=[\w})])“", " “", re.sub(r" {2,}", " ", pattern.translate(_MARKS)))


def matcher(pattern: str) -> re.Pattern[str] | None:
    """Finds the values of the holes in a whole sentence; None for a pattern without holes."""
    holes = [found.span() for found in HOLE.finditer(pattern)]
    if not holes:
        return None
    parts, at = [], 0
    for begin, end in holes:
        parts += [re.escape(pattern[at:begin]), "(.*?)"]
        at = end
    parts.append(re.escape(pattern[at:]))
    return re.compile("".join(parts), re.DOTALL)


def filled(english: str, values: list[str]) -> str:
    """The English sentence with its holes filled."""

    def one(found: re.Match[str]) -> str:
        value = values[int(found[1])]
        return value if found[2] is None else number(value, found[2], found[3])

    return HOLE.sub(one, english)


def number(value: object, single: str, many: str) -> str:
    return single if str(value).strip() == "1" else many
