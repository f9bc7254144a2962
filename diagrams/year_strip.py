"""The year as a strip: a line per duty, a mark on the day it begins, a bar until it is due. Pure: days in, SVG out.

By hand for the reason of ``trends``. What is only proposed is hollow, what the sources say is full; the table with the
same days stands beside the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

__all__ = ["Line", "Span", "strip"]

_LEFT, _RIGHT, _TOP, _ROW = 300, 16, 40, 30
_WIDTH = 1200
_INK, _SOFT, _LINE, _BAND = "#1d2733", "#4c5a69", "#d5dbe1", "#f3f6f8"
_MARK, _BAR = "#0f4c63", "#9cc3d3"
_FONT = "Noto Sans TC, Noto Sans CJK TC, PingFang TC, Microsoft JhengHei, sans-serif"
#: characters of a name that fit beside the strip; the whole name is in its title
_MOST = 19


@dataclass(frozen=True, slots=True)
class Span:
    """One period: from the day it begins to the day it is due (None: nothing is due by itself)."""

    on: date
    due: date | None
    proposed: bool
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    spans: Sequence[Span]


def strip(title: str, year: int, lines: Sequence[Line], months: Sequence[str], today: date | None = None) -> str:
    """A whole SVG document. ``months``: the twelve names; what lies outside the year is drawn to its edge."""
    height = _TOP + _ROW * max(1, len(lines)) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" font-family="{_FONT}" font-size="13" fill="{_INK}">',
        f'<title>{escape(title)}</title><rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, name in enumerate(months, 1):
        left = _x(date(year, number, 1), year)
        right = _x(date(year, number + 1, 1), year) if number < 12 else float(_WIDTH - _RIGHT)
        if number % 2:
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
        x = _x(today, year)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{height - 12}" stroke="#a1181d" stroke-dasharray="4 3"/>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _x(day: date, year: int) -> float:
    whole = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    gone = min(max((day - date(year, 1, 1)).days, 0), whole)
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * gone / whole


def _line(line: Line, year: int, top: int) -> list[str]:
    middle = top + _ROW / 2
    short = line.name if len(line.name) <= _MOST else line.name[: _MOST - 1] + "…"
    parts = [
        f'<text x="8" y="{middle + 5:.1f}">{escape(short)}<title>{escape(line.name)}</title></text>',
        f'<line x1="0" x2="{_WIDTH}" y1="{top + _ROW}" y2="{top + _ROW}" stroke="{_LINE}"/>',
    ]
    for span in line.spans:
        left = _x(span.on, year)
        if span.due is not None and span.due > span.on:
            wide = max(2.0, _x(span.due, year) - left)
            parts.append(
                f'<rect x="{left:.1f}" y="{middle - 4:.1f}" width="{wide:.1f}" height="8" fill="{_BAR}"'
                f' stroke="{_MARK}" stroke-width="0.5"/>'
            )
        fill = "#ffffff" if span.proposed else _MARK
        parts.append(
            f'<path d="M{left:.1f} {middle - 6:.1f}l5 6l-5 6l-5 -6z" fill="{fill}" stroke="{_MARK}">'
            f"<title>{escape(span.told)}</title></path>"
        )
    return parts
