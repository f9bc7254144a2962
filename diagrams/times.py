"""How long the steps of a case took, in words: a column beside its chart, an addition to its list."""

from __future__ import annotations

from types import MappingProxyType

from diagrams.chart import Column
from diagrams.wording import Worded, as_written
from engine.sops.sop import Progress, Sop, Spent

__all__ = ["column", "in_words", "told"]

#: past the standard time: a sign of its own shape beside the word, never the sign or word of a limit
_OVER = "◇"


def in_words(hours: float, day: float = 8.0, worded: Worded = as_written) -> str:
    """Working time as people say it: 40 分, 3.5 小時, 2 天. ``day``: hours of a working day."""
    if hours < 1:
        return worded("{0} 分", round(hours * 60))
    if hours < day:
        return worded("{0} 小時", f"{hours:.1f}".removesuffix(".0"))
    return worded("{0} 天", f"{hours / day:.1f}".removesuffix(".0"))


def column(sop: Sop, progress: Progress, *, day: float = 8.0, worded: Worded = as_written) -> Column:
    """已用: the time each step took the last time, or has taken so far; what took longer than planned says so."""
    cells = {
        step: tuple(_paragraphs(took, day, worded)) for step, took in progress.spent.items() if step in sop.nodes
    }  # fmt: skip
    return Column("used", worded("已用"), MappingProxyType(cells), 96.0)


def told(progress: Progress, step: str, day: float = 8.0, worded: Worded = as_written) -> str:
    """The same as the end of a sentence; '' of a step that has taken no time yet."""
    took = progress.spent.get(step)
    if took is None:
        return ""
    words = in_words(took.hours, day, worded)
    return worded("，已用 {0}，超過標準工時", words) if took.over else worded("，已用 {0}", words)


def _paragraphs(took: Spent, day: float, worded: Worded) -> list[str]:
    said = [in_words(took.hours, day, worded)]
    if took.runs:
        said.append(worded("進行中"))
    if took.over:
        said.append(f"{_OVER} {worded('超過標準')}")
    return said
