"""The cells of the columns: how wide each column is, where its words break, how high a step's row becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from diagrams import lettering
from diagrams.chart.columns import Column
from diagrams.lettering import LEADING, clean

LETTER = 11.0
PAD = 5.0
#: the most a column takes where its words would fill more
_MOST = {"owner": 92.0, "support": 84.0, "time": 80.0, "forms": 140.0}
_MOST_OTHER = 96.0
_LEAST = {"owner": 78.0, "time": 74.0}
_LEAST_OTHER = 52.0
#: the most a column is widened where the page has room to spare
_MOST_MORE = 90.0
#: letters of one paragraph
WORDS_MOST = 160


@dataclass(frozen=True, slots=True)
class Told:
    """One column with its words in lines. ``cells``: node → lines."""

    column: Column
    wide: float
    head: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]


def told(columns: Sequence[Column], squeeze: float = 1.0) -> list[Told]:
    """``squeeze``: part of the room the columns take at most."""
    found: list[Told] = []
    for column in columns:
        wide = column.wide or _wide(column, squeeze)
        inner = wide - 2 * PAD
        cells = {
            node: tuple(
                line for part in parts for line in lettering.wrap(clean(part, WORDS_MOST), inner, LETTER)
            )
            for node, parts in column.cells.items()
        }  # fmt: skip
        head = lettering.wrap(clean(column.title), inner, LETTER)
        found.append(Told(column, wide, head, cells))
    return found


def widened(columns: Sequence[Told], left: float) -> list[Told]:
    """The room that is left over, given to the columns whose words are broken, in the measure of what they lack."""
    lacking = [max(0.0, _natural(one.column) - one.wide) if one.column.wide is None else 0.0 for one in columns]
    whole = sum(lacking)
    share = min(1.0, left / whole) if whole else 0.0
    more = [one.wide + min(lack, _MOST_MORE) * share for one, lack in zip(columns, lacking, strict=True)]
    wider = [replace(one.column, wide=round(wide, 1)) for one, wide in zip(columns, more, strict=True)]
    return told(wider)


def _natural(column: Column) -> float:
    return 2 * PAD + 2 + max(
        (lettering.width(clean(part, WORDS_MOST), LETTER) for parts in column.cells.values() for part in parts),
        default=0.0,
    )  # fmt: skip


def _wide(column: Column, squeeze: float) -> float:
    head = lettering.width(clean(column.title), LETTER)
    least = _LEAST.get(column.key, _LEAST_OTHER)
    most = max(least, _MOST.get(column.key, _MOST_OTHER) * squeeze)
    return round(max(least, min(most, max(_natural(column), min(head, 60.0) + 2 * PAD + 2))), 1)


def heights(columns: Sequence[Told]) -> dict[str, float]:
    """Node → height of its highest cell."""
    found: dict[str, float] = {}
    for column in columns:
        for node, lines in column.cells.items():
            found[node] = max(found.get(node, 0.0), len(lines) * LETTER * LEADING + 2 * PAD)
    return found
