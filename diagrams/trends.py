"""Pictures of numbers: bars over weeks, bars over classes. Pure: numbers in, SVG out.

Drawn by hand and not by a charting library: those keep their looks in an inline style sheet, which the pages' policy
refuses inside a page and which is lost where the picture is opened alone. Here every look is an attribute. Series
differ by pattern and by place, never by colour alone; the table with the same numbers stands beside every picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Series", "bars"]

_WIDTH, _HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 44, 44
_INK, _SOFT, _LINE = "#1d2733", "#4c5a69", "#d5dbe1"
_FONT = "Noto Sans TC, Noto Sans CJK TC, PingFang TC, Microsoft JhengHei, sans-serif"
#: full, striped, hollow
_FILLS = ("#0f4c63", "url(#stripes)", "#ffffff")
_EDGES = ("#0f4c63", "#1d6336", "#a1181d")
_STRIPES = (
    '<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#ffffff"/><rect width="3" height="6" fill="#1d6336"/></pattern>'
)


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted, and how many of it at each place of the axis."""

    name: str
    values: Sequence[int]


def bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Up to three series side by side over the labels; a whole SVG document."""
    top = _round_up(max((value for one in series for value in one.values), default=0))
    room = _WIDTH - _LEFT - _RIGHT
    slot = room / max(1, len(labels))
    bar = min(28.0, slot * 0.8 / max(1, len(series)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        f' role="img" font-family="{_FONT}" font-size="13" fill="{_INK}">',
        f"<title>{escape(title)}</title><defs>{_STRIPES}</defs>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_legend(series),
        *_grid(top),
    ]
    for n, label in enumerate(labels):
        middle = _LEFT + slot * (n + 0.5)
        first = middle - bar * len(series) / 2
        for k, one in enumerate(series):
            parts.append(_bar(first + bar * k, bar, one.values[n], top, k))
        if n % _every(len(labels)) == 0:
            parts.append(
                f'<text x="{middle:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" fill="{_SOFT}">'
                f"{escape(label)}</text>"
            )
    parts.append("</svg>")
    return "".join(parts)


def _bar(left: float, width: float, value: int, top: int, kind: int) -> str:
    high = (_HEIGHT - _TOP - _BOTTOM) * value / top
    if not high:
        return ""
    return (
        f'<rect x="{left + 1:.1f}" y="{_HEIGHT - _BOTTOM - high:.1f}" width="{max(1.0, width - 2):.1f}"'
        f' height="{high:.1f}" fill="{_FILLS[kind]}" stroke="{_EDGES[kind]}" stroke-width="1.5"/>'
    )


def _legend(series: Sequence[Series]) -> list[str]:
    found, left = [], float(_LEFT)
    for k, one in enumerate(series):
        found.append(
            f'<rect x="{left}" y="12" width="14" height="14" fill="{_FILLS[k]}" stroke="{_EDGES[k]}"'
            f' stroke-width="1.5"/><text x="{left + 20}" y="24">{escape(one.name)}</text>'
        )
        left += 20 + sum(14 if letter > "\u2e80" else 8 for letter in one.name) + 28
    return found


def _grid(top: int) -> list[str]:
    found = []
    for n in range(5):
        value = top * n / 4
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * n / 4
        colour = _LINE if n else _SOFT
        found.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="{colour}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{_SOFT}">{value:g}</text>'
        )
    return found


def _round_up(most: int) -> int:
    """The top of the axis: a multiple of four of a round size, so that every line is a whole number."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if step * size * 4 >= most:
                return step * size * 4
        size *= 10


def _every(labels: int) -> int:
    """Every how many a label is written, so that none runs into the next."""
    return max(1, -(-labels // 14))
