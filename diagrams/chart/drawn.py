"""A chart as SVG, one for each page. Stands alone: no script, no style sheet, no reference to anything outside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from diagrams.chart import cells
from diagrams.chart.columns import Column
from diagrams.chart.page import Page
from diagrams.chart.parts import Part, Plan, cut
from diagrams.chart.rows import numbers, order
from diagrams.chart.shapes import WIDE, Symbols, shape
from diagrams.chart.sheets import NUMBER_WIDE, Sheet, head_high
from diagrams.lettering import clean
from diagrams.standing import Look
from diagrams.wording import Worded, as_written
from engine.sops.sop import Progress, Sop

__all__ = ["draw"]

_PLAIN: Mapping[str, Look] = MappingProxyType({})
#: rows a flow may cross on one sheet before it becomes a pair of connectors
FAR, FAR_ON_PAGE = 40, 14
#: what is given up one after the other where a chart is wider than the page: width of symbols, tracks, room of the
#: columns, rows a flow may cross
_NARROWER = (
    (WIDE, 3, 1.0, FAR_ON_PAGE), (128.0, 3, 1.0, FAR_ON_PAGE), (128.0, 3, 0.85, 10), (128.0, 2, 0.85, 8),
    (112.0, 2, 0.75, 5), (112.0, 1, 0.75, 3), (104.0, 1, 0.7, 1),
)  # fmt: skip


def draw(
    sop: Sop,
    *,
    columns: Sequence[Column] = (),
    symbols: Symbols = "ministry",
    page: Page | None = None,
    progress: Progress | None = None,
    looks: Mapping[str, Look] = _PLAIN,
    title: str | None = None,
    head: Sequence[tuple[str, str]] = (),
    worded: Worded = as_written,
) -> tuple[str, ...]:
    """One SVG for each page; exactly one, as large as it needs, without ``page``.

    ``looks``: node or flow id → how it is drawn, over what ``progress`` says. ``head``: (word, value) pairs that stand
    above the table on every page. Raises Refusal 'dot_missing' where Graphviz is not installed.
    """
    named = clean(title or sop.name) or clean(sop.id)
    told, parts = _fitted(sop, columns, symbols, page, head, named)
    sheet = Sheet(sop, told, symbols, page, progress, looks, named, head, worded, numbers(sop), parts)
    return sheet.pages()


def _fitted(
    sop: Sop,
    columns: Sequence[Column],
    symbols: Symbols,
    page: Page | None,
    head: Sequence[tuple[str, str]],
    title: str,
) -> tuple[list[cells.Told], list[Part]]:
    """The first lay-out that fits the width of the page, else the narrowest."""
    if page is None:
        told = cells.told(columns)
        return told, cut(_plan(sop, told, symbols, WIDE, 4, FAR), None)
    told, parts = [], []
    for wide, tracks, squeeze, far in _NARROWER:
        told = cells.told(columns, squeeze)
        flow = page.wide - 2 * page.margin - NUMBER_WIDE - sum(column.wide for column in told)
        if flow < tracks * wide:
            continue
        room = page.high - 2 * page.margin - head_high(told, title, head, page)
        parts = cut(_plan(sop, told, symbols, wide, tracks, far), room)
        if max(part.laid.wide for part in parts) <= flow:
            break
    return told, parts


def _plan(sop: Sop, told: Sequence[cells.Told], symbols: Symbols, wide: float, tracks: int, far: int) -> Plan:
    high = cells.heights(told)
    bare = frozenset(n.id for n in sop.nodes.values() if n.kind == "end" and n.id not in high)
    made = order(sop, bare=bare, tracks=tracks)
    shapes = {n.id: shape(n, symbols, wide=wide, branches=len(n.outgoing)) for n in sop.nodes.values()}
    names = {flow.id: clean(flow.name) for flow in sop.flows.values() if flow.name}
    return Plan(made, shapes, names, high, far)
