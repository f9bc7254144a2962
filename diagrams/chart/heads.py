"""What stands above the table on every page: the title, the head's words and values, which page of how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagrams import lettering
from diagrams.chart import cells
from diagrams.chart.page import Page
from diagrams.lettering import LEADING, clean
from diagrams.strokes import words
from diagrams.wording import Worded

__all__ = ["drawn", "high"]

TITLE, LETTER = 16.0, 11.0
_QUIET = "#4a5260"
_PAGE_ROOM = 110.0


def high(told: Sequence[cells.Told], title: str, head: Sequence[tuple[str, str]], page: Page | None) -> float:
    """Everything above the rows, the table's own head included."""
    lines = max([1, *(len(column.head) for column in told)])
    found = lines * cells.LETTER * LEADING + 2 * cells.PAD
    if page is not None:
        found += len(_title(title, page)) * TITLE * LEADING + 8
        found += len(_lines(head, page)) * LETTER * LEADING + (6 if head else 0)
    return found


def drawn(
    title: str, head: Sequence[tuple[str, str]], page: Page | None, index: int, count: int, worded: Worded
) -> Iterator[str]:
    if page is None:
        return
    left, y = page.margin, page.margin
    lines = _title(title, page)
    size = len(lines) * TITLE * LEADING
    yield words(lines, left, y + size / 2, TITLE, anchor="start", bold=True)
    told = (worded("第 {0} 頁，共 {1} 頁", index + 1, count),)
    yield words(told, page.wide - page.margin, y + TITLE * LEADING / 2, LETTER, anchor="end", ink=_QUIET)
    y += size + 4
    facts = _lines(head, page)
    yield words(facts, left, y + len(facts) * LETTER * LEADING / 2, LETTER, anchor="start", ink=_QUIET)


def _title(title: str, page: Page) -> tuple[str, ...]:
    return lettering.wrap(title, page.wide - 2 * page.margin - _PAGE_ROOM, TITLE)


def _lines(head: Sequence[tuple[str, str]], page: Page) -> tuple[str, ...]:
    """As many pairs in a line as fit."""
    room = page.wide - 2 * page.margin
    lines: list[str] = []
    for word, value in head:
        pair = f"{clean(word, 40)}：{clean(value)}"
        joined = f"{lines[-1]}　　{pair}" if lines else pair
        if lines and lettering.width(joined, LETTER) <= room:
            lines[-1] = joined
        else:
            lines += lettering.wrap(pair, room, LETTER)
    return tuple(lines)
