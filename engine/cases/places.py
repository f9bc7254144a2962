"""A place as it is compared: 示例路十二號前 and 示例路１２號 are one. Pure."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normal"]

_DIGITS = {**{str(n): n for n in range(10)}, **{c: n for n, c in enumerate("〇一二三四五六七八九")}, "零": 0, "兩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = re.compile(r"[0-9〇零一二兩三四五六七八九十百千]+(?=[段巷弄號樓鄰之])")
#: the town and district in front, that some write and some leave out
_TOWN = re.compile(r"^(?:台灣省?)?(?:[^0-9]{2}[市縣](?![場府立民政容]))?(?:[東西南北中]區)?")
#: words that say "near it" without naming another place
_NEAR = re.compile(r"(?:正?前方?|旁邊?|附近|對面|門口|路口|巷口|一帶|周邊|處|口)$")
#: shorter than this it names no place
_LEAST = 3


def normal(text: str) -> str:
    """One way of writing a place; '' for what is too short to be one."""
    folded = unicodedata.normalize("NFKC", text[:200]).casefold().replace("臺", "台").replace("塲", "場")
    kept = "".join(c for c in folded if c.isalnum())
    place = _NUMBER.sub(lambda found: str(_number(found[0])), _TOWN.sub("", kept) or kept)
    while (shorter := _NEAR.sub("", place)) != place and len(shorter) >= _LEAST:
        place = shorter
    return place if len(place) >= _LEAST else ""


def _number(words: str) -> int:
    """一百二十三 → 123; 一二三, read digit by digit, too."""
    if not set(words) & _TENS.keys():
        return int("".join(str(_DIGITS[c]) for c in words))
    total, one = 0, 0
    for c in words:
        if c in _TENS:
            total, one = total + (one or 1) * _TENS[c], 0
        else:
            one = one * 10 + _DIGITS[c]
    return total + one
