"""Text on a picture: what may appear, how wide it is, where a line breaks.

Widths come from the glyphs of Noto Sans CJK when that font is on the machine, else from an estimate that errs on the
wide side; so text that fits here fits its box on the page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

FAMILY = "Noto Sans CJK TC, Noto Sans TC, Microsoft JhengHei, PingFang TC, sans-serif"
#: line height as a multiple of the letter size
LEADING = 1.3
FONT_FILES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto-cjk/NotoSansCJK-Regular.ttc",
)
_NOT_FIRST = frozenset("，。、；：！？）」』】》〉…％,.;:!?)]}%／/・")
_NOT_LAST = frozenset("（「『【《〈([{")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
#: code points that are no letters and that XML forbids or warns of
_NO_LETTERS = frozenset(
    {*range(0xFDD0, 0xFDF0), *(p + end for p in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))}
)


def clean(text: str, limit: int = 200) -> str:
    """The text as one printable line: no control, direction or surrogate characters, at most `limit` letters."""
    kept: list[str] = []
    for letter in text[: 20 * limit]:
        if letter.isspace():
            letter = " "
        elif unicodedata.category(letter) in _UNSEEN or ord(letter) in _NO_LETTERS:
            continue
        if letter != " " or (kept and kept[-1] != " "):
            kept.append(letter)
    line = "".join(kept).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def width(text: str, size: float) -> float:
    """Width in pixels of one line of letters `size` pixels high."""
    return sum(_em(letter) for letter in text) * size


@lru_cache(maxsize=4096)
def wrap(text: str, room: float, size: float, most: int = 99) -> tuple[str, ...]:
    """The text in as few lines as fit into `room` pixels, of about equal length; past `most` lines it ends in '…'."""
    parts = _parts(text)
    if not parts:
        return ()
    lines = _fill(parts, room, size)
    if len(lines) > most:
        last = lines[most - 1]
        while last and width(last + "…", size) > room:
            last = last[:-1]
        return (*lines[: most - 1], last + "…")
    bracket = text.find("（", 1)
    if len(lines) == 2 and bracket > 0 and max(width(text[:bracket], size), width(text[bracket:], size)) <= room:
        return text[:bracket].rstrip(), text[bracket:].rstrip()
    low, high = room / len(lines), room
    for _ in range(8):
        middle = (low + high) / 2
        if len(_fill(parts, middle, size)) > len(lines) or _widest(_fill(parts, middle, size), size) > middle:
            low = middle
        else:
            high = middle
    return tuple(_fill(parts, high, size))


def _widest(lines: list[str], size: float) -> float:
    return max(width(line, size) for line in lines)


def _fill(parts: list[str], room: float, size: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for part in parts:
        if line and width((line + part).rstrip(), size) > room:
            lines.append(line.rstrip())
            line = part.lstrip()
        else:
            line += part
        while len(line) > 1 and width(line.rstrip(), size) > room:
            taken, cut = 0.0, 0
            while cut < len(line) - 1 and (cut == 0 or taken + width(line[cut], size) <= room):
                taken += width(line[cut], size)
                cut += 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _parts(text: str) -> list[str]:
    """The pieces a line may not be broken in: one Chinese character with its punctuation, or one Latin word."""
    parts: list[str] = []
    for letter in text:
        joined = bool(parts) and (
            letter in _NOT_FIRST
            or letter == " "
            or unicodedata.combining(letter) != 0
            or parts[-1][-1] in _NOT_LAST
            or (_latin(letter) and _latin(parts[-1][-1]))
        )
        if joined:
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _latin(letter: str) -> bool:
    return letter.isalnum() and unicodedata.east_asian_width(letter) not in ("W", "F")


@lru_cache(maxsize=20_000)
def _em(letter: str) -> float:
    measured = _measure()(letter)
    if measured is not None:
        return measured
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in ("W", "F", "A"):
        return 1.0
    return 0.95 if letter in "MW@%mw" else 0.66


@lru_cache(maxsize=1)
def _measure() -> Callable[[str], float | None]:
    """Gives a letter's advance in ems from the font file, None where there is no font or no way to read it."""
    path = next((p for p in FONT_FILES if Path(p).is_file()), None)
    if path is None:
        return lambda letter: None
    try:
        from PIL import ImageFont
    except ImportError:
        return lambda letter: None
    face = ImageFont.truetype(path, 100)
    return lambda letter: float(face.getlength(letter)) / 100
