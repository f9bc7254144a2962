"""The year as a strip: a line per duty, a mark on the day it begins, a bar until it is due. Pure: days in, SVG out.

By hand for the reason of ``trends``. What is only proposed is hollow, what the sources say is full; the table with the
same days stands beside the picture. A name is never cut: it is set smaller, on two lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from diagrams import lettering
from diagrams.strokes import fitted, number, path, rect, words
from engine.sops.sop import Bounds

__all__ = ["Line", "Span", "strip"]

_LEFT, _RIGHT, _TOP, _ROW = 300, 16, 48, 40
_WIDTH = 1200
_INK, _SOFT, _LINE, _BAND = "#1d2733", "#4c5a69", "#d5dbe1", "#f3f6f8"
_MARK, _BAR = "#0f4c63", "#9cc3d3"
_FONT = "Noto Sans TC, Noto Sans CJK TC, PingFang TC, Microsoft JhengHei, sans-serif"
_TODAY = "#a1181d"


@dataclass(frozen=True, slots=True)
class Span:
    """One period: from the day it begins to the day it is due (None: nothing is due by itself). ``daily``: it begins
    anew on every working day in between."""

    on: date
    due: date | None
    proposed: bool
    told: str
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` begins, and by which SOP; '' where the one says the other already."""

    what: str
    name: str
    spans: Sequence[Span]


def strip(
    title: str, year: int, lines: Sequence[Line], months: Sequence[str], today: date | None = None, now: str = ""
) -> str:
    """A whole SVG document. ``months``: the twelve names; what lies outside the year is drawn to its edge. ``now``: the
    word at the line of today."""
    height = _TOP + _ROW * max(1, len(lines)) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" font-family="{_FONT}" font-size="13" fill="{_INK}">',
        f'<title>{escape(title)}</title><rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for n, name in enumerate(months, 1):
        left = _x(date(year, n, 1), year)
        right = _x(date(year, n + 1, 1), year) if n < 12 else float(_WIDTH - _RIGHT)
        if n % 2:
            parts.append(
                f'<rect x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{height - _TOP - 12}"'
                f' fill="{_BAND}"/>'
            )
        middle = (left + right) / 2
        parts.append(
            f'<text x="{middle:.1f}" y="{_TOP - 12}" text-anchor="middle" fill="{_SOFT}">{escape(name)}</text>'
        )
    for n, line in enumerate(lines):
        parts += _line(line, year, _TOP + _ROW * n)
    if today is not None and today.year == year:
        parts += _now(_x(today, year), height, now)
    parts.append("</svg>")
    return "".join(parts)


def _x(day: date, year: int) -> float:
    whole = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    gone = min(max((day - date(year, 1, 1)).days, 0), whole)
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * gone / whole


def _now(x: float, height: int, word: str) -> list[str]:
    found = [path(f"M{number(x)} {_TOP - 4}V{height - 12}", thick=1.6, ink=_TODAY, dashes="4 3")]
    if word:
        wide = lettering.width(word, 12) + 12
        left = min(max(x - wide / 2, 0.0), _WIDTH - wide - 2)
        found.append(rect(Bounds(left, 2, wide, 18), _TODAY, thick=0.5, ink=_TODAY, round_=3))
        found.append(words((word,), left + wide / 2, 11, 12, ink="#ffffff", bold=True))
    return found


def _line(line: Line, year: int, top: int) -> list[str]:
    middle = top + _ROW / 2
    parts = [*_named(line, middle), path(f"M0 {top + _ROW}H{_WIDTH}", thick=1, ink=_LINE)]
    for span in line.spans:
        left = _x(span.on, year)
        if span.due is not None and span.due > span.on:
            box = Bounds(left, middle - 4, max(3.0, _x(span.due, year) - left), 8)
            if span.daily:
                along = f"M{number(box.x)} {number(middle)}h{number(box.width)}"
                parts.append(path(along, thick=6, ink=_MARK, dashes="1.5 3"))
            else:
                parts.append(rect(box, _BAR, thick=0.8, ink=_MARK))
                end = box.x + box.width
                parts.append(path(f"M{number(end)} {number(middle - 8)}v16", thick=2.4, ink=_MARK))
        if not span.daily:
            fill = "#ffffff" if span.proposed else _MARK
            mark = path(f"M{number(left)} {number(middle - 6)}l5 6l-5 6l-5 -6Z", fill=fill, thick=1.4, ink=_MARK)
            parts.append(f"<g><title>{escape(span.told)}</title>{mark}</g>")
    return parts


def _named(line: Line, middle: float) -> list[str]:
    """What begins, and under it by which SOP, each in the largest letters in which it fits."""
    room = _LEFT - 18
    told = [(*fitted(line.what, room, 16 if line.name else 24, 13, 8), _INK)]
    if line.name:
        told.append((*fitted(line.name, room, 24, 12, 8), _SOFT))
    highs = [len(lines) * size * lettering.LEADING for lines, size, _ in told]
    top = middle - sum(highs) / 2
    found = []
    for (lines, size, ink), high in zip(told, highs, strict=True):
        found.append(words(lines, 8, top + high / 2, size, anchor="start", ink=ink))
        top += high
    return [f"<g><title>{escape(f'{line.what} {line.name}'.strip())}</title>{''.join(found)}</g>"]
