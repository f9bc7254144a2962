"""Each part of a chart put on its sheet: head, table, flow, cells; and what is seen said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from diagrams import lettering
from diagrams.chart import cells, heads
from diagrams.chart.flows import Flow
from diagrams.chart.page import Page
from diagrams.chart.parts import Part
from diagrams.chart.words import LettersOf
from diagrams.foot import WIDE as FOOT_WIDE
from diagrams.foot import Foot
from diagrams.lettering import LEADING, clean
from diagrams.standing import Look
from diagrams.steps_list import StepLine, steps_list
from diagrams.strokes import number, path, rect, words
from diagrams.wording import Worded
from engine.sops.sop import Bounds, Progress, Sop

__all__ = ["NUMBER_WIDE", "Sheet"]

NUMBER_WIDE = 30.0
MARGIN = 16.0
LIST_MOST = 400
HEAD_FILL, RULE, THIN = "#e8edf4", "#6d7684", "#c3c9d2"


@dataclass(slots=True)
class Sheet:
    sop: Sop
    told: Sequence[cells.Told]
    page: Page | None
    progress: Progress | None
    looks: Mapping[str, Look]
    title: str
    head: Sequence[tuple[str, str]]
    worded: Worded
    numbers: Mapping[str, int]
    parts: Sequence[Part]
    foot: Foot | None = None
    description: str | None = None
    lines: Sequence[StepLine] = ()

    def pages(self) -> tuple[str, ...]:
        self.lines = steps_list(self.sop, self.progress, worded=self.worded)
        letters = LettersOf(self.sop, self.parts, self.numbers, self.worded)
        drawn = Flow(self.sop, self.progress, self.looks, self.worded, letters)
        return tuple(self._svg(i, part, drawn) for i, part in enumerate(self.parts))

    def _svg(self, index: int, part: Part, drawn: Flow) -> str:
        margin = self.page.margin if self.page else MARGIN
        rest = NUMBER_WIDE + sum(column.wide for column in self.told)
        flow = max(p.laid.wide for p in self.parts)
        flow = max(flow, self.page.wide - 2 * margin - rest) if self.page else max(flow, 60.0)
        above = heads.high(self.told, self.title, self.head, self.page)
        wide = rest + flow + 2 * margin
        high = self.page.high if self.page else part.laid.high + above + 2 * margin
        indent = (flow - max(p.laid.wide for p in self.parts)) / 2
        top = margin + above
        body = [
            *heads.drawn(self.title, self.head, self.page, index, len(self.parts), self.worded),
            *self._table(part, margin, top, flow),
            f'<g transform="translate({number(margin + NUMBER_WIDE + indent)} {number(top)})">',
            *drawn.of(part),
            "</g>",
        ]
        if self.foot is not None and self.page is None:
            wide = max(wide, FOOT_WIDE + 2 * margin)
            body += self.foot.drawn(margin, high - margin, wide - 2 * margin)
            high += self.foot.high(wide - 2 * margin)
        if self.page and wide > self.page.wide:  # no lay-out was narrow enough: all of it, smaller
            scale = (self.page.wide - 2 * margin) / (wide - 2 * margin)
            body = [f'<g transform="translate({number(margin * (1 - scale))} 0) scale({scale:.3f})">', *body, "</g>"]
            wide = self.page.wide
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}"'
                f' viewBox="0 0 {number(wide)} {number(high)}" role="img" lang="zh-Hant-TW" xml:lang="zh-Hant-TW"'
                f' font-family="{lettering.FAMILY}">',
                f"<title>{escape(self._named(index))}</title>",
                f"<desc>{escape(self._said(part) if self.description is None else self.description)}</desc>",
                f'<rect x="0" y="0" width="{number(wide)}" height="{number(high)}" fill="#ffffff"/>',
                *body,
                "</svg>\n",
            ]
        )

    def _named(self, index: int) -> str:
        if len(self.parts) == 1:
            return self.title
        return self.worded("{0}（第 {1} 頁，共 {2} 頁）", self.title, index + 1, len(self.parts))

    def _said(self, part: Part) -> str:
        """The steps of this sheet with their cells."""
        known = {line.id: line for line in self.lines}
        row = part.rows | {event: part.rows[border.host] for event, border in part.stretch.borders.items()}
        here = sorted(row, key=lambda node: (row[node], node in part.stretch.borders))
        said = [self.worded("{0}，共 {1} 項。", self.title, len(self.lines))]
        for node in here[:LIST_MOST]:
            cells_said = [
                f"{clean(told.column.title)}：{''.join(told.cells[node])}" for told in self.told if node in told.cells
            ]
            mark = f"{self.numbers[node]}. " if node in self.numbers else ""
            said.append(f"{mark}{self.worded('；').join([known[node].sentence, *cells_said])}。")
        if len(here) > LIST_MOST:
            said.append(self.worded("另有 {0} 項未列。", len(here) - LIST_MOST))
        return "\n".join(line.rstrip() for line in said)

    def _table(self, part: Part, left: float, top: float, flow: float) -> Iterator[str]:
        lines = max([1, *(len(column.head) for column in self.told)])
        high = lines * cells.LETTER * LEADING + 2 * cells.PAD
        low = top + part.laid.high
        heads_of: list[tuple[float, tuple[str, ...]]] = [
            (NUMBER_WIDE, (self.worded("步驟"),)),
            (flow, (self.worded("處理流程"),)),
        ]
        heads_of += [(column.wide, column.head) for column in self.told]
        whole = sum(wide for wide, _ in heads_of)
        yield rect(Bounds(left, top - high, whole, high), HEAD_FILL, thick=0.0, ink="none")
        yield from self._rules(part, left, left + NUMBER_WIDE + flow, left + whole, top)
        x = left
        for i, (wide, head) in enumerate(heads_of):
            if i:
                yield path(f"M{number(x)} {number(top - high)}V{number(low)}", thick=1.0, ink=RULE)
            size = 10.0 if i == 0 else cells.LETTER
            yield words(head, x + wide / 2, top - high / 2, size, bold=True)
            x += wide
        yield rect(Bounds(left, top - high, whole, high + part.laid.high), "none", thick=1.6, ink=RULE)
        yield path(f"M{number(left)} {number(top)}H{number(left + whole)}", thick=1.6, ink=RULE)
        x = left + NUMBER_WIDE + flow
        for column in self.told:
            for node, said in column.cells.items():
                if node in part.rows:
                    yield self._cell(part, column, node, said, x, top)
            x += column.wide
        for node, row in part.rows.items():
            if node in self.numbers:
                middle = top + part.laid.middles[row]
                yield words((str(self.numbers[node]),), left + NUMBER_WIDE / 2, middle, cells.LETTER)

    def _rules(self, part: Part, left: float, from_: float, right: float, top: float) -> Iterator[str]:
        """A thin line above each row that says something, across the number and the columns, not through the flow."""
        said = {node for column in self.told for node in column.cells} | set(self.numbers)
        rows = sorted({row for node, row in part.rows.items() if node in said})
        for row in rows:
            y = part.laid.rows[row][0]
            if y > 1:
                d = f"M{number(left)} {number(top + y)}H{number(left + NUMBER_WIDE)}"
                yield path(f"{d}M{number(from_)} {number(top + y)}H{number(right)}", thick=0.8, ink=THIN)

    def _cell(self, part: Part, column: cells.Told, node: str, said: tuple[str, ...], x: float, top: float) -> str:
        above, below = part.laid.rows[part.rows[node]]
        room = " ".join(number(v) for v in (x, top + above, column.wide, below - above))
        middle = top + part.laid.middles[part.rows[node]]
        text = words(said, x + cells.PAD, middle, cells.LETTER, anchor="start")
        return f'<g data-cell="{escape(clean(node))} {escape(clean(column.column.key))}" data-room="{room}">{text}</g>'
