"""A chart as SVG, one for each page. Stands alone: no script, no style sheet, no reference to anything outside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from diagrams.chart import cells, heads
from diagrams.chart.columns import Column
from diagrams.chart.naming import name
from diagrams.chart.page import Page
from diagrams.chart.parts import Part, Plan, cut
from diagrams.chart.rows import numbers, order
from diagrams.chart.shapes import WIDE, Symbols, shape
from diagrams.chart.sheets import NUMBER_WIDE, Sheet
from diagrams.chart.words import notes
from diagrams.foot import Foot
from diagrams.kept import Kept
from diagrams.lettering import clean
from diagrams.standing import Look
from diagrams.wording import Worded, as_written
from engine.sops.sop import Progress, Sop

__all__ = ["draw"]

#: cuts a chart with these columns in the way that was chosen, ``room`` high at most
Cutting = Callable[..., list[Part]]
#: a lay-out of 40 steps takes about 200 KB
laid_out: Kept[tuple[list[cells.Told], list[Part]]] = Kept(80)
_PLAIN: Mapping[str, Look] = MappingProxyType({})
#: rows a flow may cross on one sheet before it becomes a pair of connectors
FAR, FAR_ON_PAGE = 24, 14
#: what may be given up where a chart is wider than its page, the dearest last: width of symbols, tracks, rows that a
#: flow may cross; and the part of their room that the columns keep
_NARROWER = (
    (WIDE, 3, FAR_ON_PAGE), (132.0, 3, FAR_ON_PAGE), (WIDE, 2, 10), (132.0, 2, 8), (116.0, 2, 6), (132.0, 1, 4),
    (108.0, 1, 2), (104.0, 1, 1),
)  # fmt: skip
_SQUEEZED = (1.0, 0.85, 0.7, 0.5)
#: what a page, a narrower lay-out and a squeezed column cost beside a connector
_PAGE_COST, _NARROW_COST, _SQUEEZE_COST = 5.0, 0.7, 6.0
#: steps up to which every way is tried; beyond, the first that fits
_TRY_MOST = 60


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
    foot: Foot | None = None,
    said: str | None = None,
) -> tuple[str, ...]:
    """One SVG for each page; exactly one, as large as it needs, without ``page``.

    ``looks``: node or flow id → how it is drawn, over what ``progress`` says. ``head``: (word, value) pairs that stand
    above the table on every page. ``foot`` stands below a chart without pages; ``said`` is its description instead of
    the list of steps. Raises Refusal 'dot_missing' where Graphviz is not installed.
    """
    named = clean(title or sop.name) or clean(sop.id)
    reserve = (worded("自步驟 {0}", "99、99"), *([worded("第 {0} 頁", "00、0")] if page else []))
    bare = replace(sop, drawing=None)
    known = repr((bare, tuple(columns), symbols, page, tuple(head), named, reserve))

    def made() -> tuple[list[cells.Told], list[Part]]:
        told, parts = _fitted(sop, columns, symbols, page, head, named, reserve)
        for part in parts:
            name(part.stretch, part.laid)
        return told, parts

    told, parts = laid_out.once(known, made)
    return Sheet(sop, told, page, progress, looks, named, head, worded, numbers(sop), parts, foot, said).pages()


def _fitted(
    sop: Sop,
    columns: Sequence[Column],
    symbols: Symbols,
    page: Page | None,
    head: Sequence[tuple[str, str]],
    title: str,
    reserve: tuple[str, ...],
) -> tuple[list[cells.Told], list[Part]]:
    """Of the lay-outs that fit the width of the page the one with few pages and connectors, else the narrowest."""
    told = cells.told(columns)
    if page is None:
        return told, cut(_plan(sop, told, symbols, WIDE, 4, FAR, reserve), None)
    inner = page.wide - 2 * page.margin - NUMBER_WIDE

    def parted(
        told: list[cells.Told], wide: float, tracks: int, far: int, *, fit: bool = True, room: float = float("inf")
    ) -> list[Part]:
        room = min(room, page.high - 2 * page.margin - heads.high(told, title, head, page))
        beside = sum(column.wide for column in told) if fit else -1e9
        return cut(_plan(sop, told, symbols, wide, tracks, far, reserve), room, inner - beside)

    best: tuple[float, list[cells.Told], list[Part], Cutting] | None = None
    for i, (wide, tracks, far) in enumerate(_NARROWER):
        if best is not None and (len(sop.nodes) > _TRY_MOST or best[0] <= _PAGE_COST + i * _NARROW_COST):
            break
        if not parted(cells.told(columns, _SQUEEZED[-1]), wide, tracks, far):
            continue
        for squeeze in _SQUEEZED:
            told = cells.told(columns, squeeze)
            if parts := parted(told, wide, tracks, far):
                cost = _cost(parts) + i * _NARROW_COST + (1 - squeeze) * _SQUEEZE_COST
                if best is None or cost < best[0]:
                    best = cost, told, parts, partial(parted, wide=wide, tracks=tracks, far=far, fit=False)
                break
    if best is None:
        wide, tracks, far = _NARROWER[-1]
        told = cells.told(columns, _SQUEEZED[-1])
        return told, parted(told, wide, tracks, far, fit=False)
    _, told, parts, again = best
    left = inner - max(part.laid.wide for part in parts) - sum(column.wide for column in told)
    told, parts = _widened(told, parts, left, again)
    return told, _even(told, parts, inner, again)


def _cost(parts: Sequence[Part]) -> float:
    return _PAGE_COST * len(parts) + sum(one.out for part in parts for one in part.connectors.values())


def _even(told: list[cells.Told], parts: list[Part], inner: float, parted: Cutting) -> list[Part]:
    """As many pages, about equally full: no last page with one step on it."""
    whole = sum(part.laid.high for part in parts)
    if len(parts) > 1 and parts[-1].laid.high < 0.6 * whole / len(parts):
        for much in (1.04, 1.1, 1.2):
            again = parted(told, room=much * whole / len(parts))
            flow = max(part.laid.wide for part in again)
            if len(again) == len(parts) and flow + sum(column.wide for column in told) <= inner:
                return again
    return parts


def _widened(
    told: list[cells.Told], parts: list[Part], left: float, parted: Cutting
) -> tuple[list[cells.Told], list[Part]]:
    """With the room that is left given to the columns, unless the pages then break where the flow is wider."""
    wider = cells.widened(told, left)
    again = parted(wider)
    more = max(part.laid.wide for part in again) - max(part.laid.wide for part in parts)
    given = sum(column.wide for column in wider) - sum(column.wide for column in told)
    return (wider, again) if more + given <= left and len(again) <= len(parts) else (told, parts)


def _plan(
    sop: Sop,
    told: Sequence[cells.Told],
    symbols: Symbols,
    wide: float,
    tracks: int,
    far: int,
    reserve: tuple[str, ...],
) -> Plan:
    high = cells.heights(told)
    bare = frozenset(n.id for n in sop.nodes.values() if n.kind == "end" and n.id not in high)
    made = order(sop, bare=bare, tracks=tracks)
    noted = notes(sop)
    shapes = {
        n.id: shape(n, symbols, wide=wide, branches=len(n.outgoing), notes=noted.get(n.id, ""))
        for n in sop.nodes.values()
    }
    names = {flow.id: clean(flow.name) for flow in sop.flows.values() if flow.name}
    return Plan(made, shapes, names, high, far, reserve)
