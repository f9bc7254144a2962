"""Each part of a chart put on its sheet: head, table, flow, cells; and what is seen said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from diagrams import lettering
from diagrams.chart import cells
from diagrams.chart import symbols as drawing
from diagrams.chart.page import Page
from diagrams.chart.parts import Part
from diagrams.chart.shapes import Symbols
from diagrams.lettering import LEADING, clean
from diagrams.standing import LOOKS, Look, in_words, state_of
from diagrams.steps_list import steps_list
from diagrams.strokes import arrow, number, rect, words
from diagrams.wording import Worded
from engine.sops.sop import Bounds, Progress, Sop

__all__ = ["NUMBER_WIDE", "Sheet", "head_high"]

NUMBER_WIDE = 30.0
MARGIN = 16.0
LIST_MOST = 400
HEAD_FILL, RULE = "#e8edf4", "#8b93a1"
TITLE = 15.0
HEAD_LETTER = 11.0


def head_high(told: Sequence[cells.Told], title: str, head: Sequence[tuple[str, str]], page: Page | None) -> float:
    """What stands above the rows: title, lines of the head, the table's own head."""
    lines = max([1, *(len(column.head) for column in told)])
    high = lines * cells.LETTER * LEADING + 2 * cells.PAD
    if page is not None:
        wide = page.wide - 2 * page.margin - 80
        high += len(lettering.wrap(title, wide, TITLE)) * TITLE * LEADING + 10
        high += (HEAD_LETTER * LEADING + 4) * (len(head) + 2) // 3
    return high


@dataclass(slots=True)
class Sheet:
    sop: Sop
    told: Sequence[cells.Told]
    symbols: Symbols
    page: Page | None
    progress: Progress | None
    looks: Mapping[str, Look]
    title: str
    head: Sequence[tuple[str, str]]
    worded: Worded
    numbers: Mapping[str, int]
    parts: Sequence[Part]
    letters: dict[str, str] = field(default_factory=dict)

    def pages(self) -> tuple[str, ...]:
        return tuple(self._svg(i, part) for i, part in enumerate(self.parts))

    def _svg(self, index: int, part: Part) -> str:
        margin = self.page.margin if self.page else MARGIN
        flow = max(p.laid.wide for p in self.parts)
        table = NUMBER_WIDE + flow + sum(column.wide for column in self.told)
        above = head_high(self.told, self.title, self.head, self.page)
        wide = self.page.wide if self.page else table + 2 * margin
        high = self.page.high if self.page else part.laid.high + above + 2 * margin
        body = [
            *self._table(part, margin, margin + above, flow),
            *self._flow(part, margin + NUMBER_WIDE, margin + above),
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}"'
                f' viewBox="0 0 {number(wide)} {number(high)}" role="img" lang="zh-Hant-TW" xml:lang="zh-Hant-TW"'
                f' font-family="{lettering.FAMILY}">',
                f"<title>{escape(self.title)}</title>",
                f"<desc>{escape(self._said())}</desc>",
                f'<rect x="0" y="0" width="{number(wide)}" height="{number(high)}" fill="#ffffff"/>',
                *body,
                "</svg>\n",
            ]
        )

    def _said(self) -> str:
        lines = steps_list(self.sop, self.progress, worded=self.worded)
        said = [self.worded("{0}，共 {1} 項。", self.title, len(lines))]
        said += [self.worded("{0}. {1}。", i, line.sentence) for i, line in enumerate(lines[:LIST_MOST], 1)]
        if len(lines) > LIST_MOST:
            said.append(self.worded("另有 {0} 項未列。", len(lines) - LIST_MOST))
        return "\n".join(line.rstrip() for line in said)

    def _table(self, part: Part, left: float, top: float, flow: float) -> Iterator[str]:
        lines = max([1, *(len(column.head) for column in self.told)])
        high = lines * cells.LETTER * LEADING + 2 * cells.PAD
        x = left
        low = top + part.laid.high
        heads = [(NUMBER_WIDE, ("",)), (flow, (self.worded("流程"),))]
        for wide, head in [*heads, *((column.wide, column.head) for column in self.told)]:
            box = Bounds(x, top - high, wide, high)
            yield rect(box, HEAD_FILL, thick=1, ink=RULE)
            yield rect(Bounds(x, top, wide, low - top), "none", thick=1, ink=RULE)
            yield words(head, x + wide / 2, box.y + high / 2, cells.LETTER, bold=True)
            x += wide
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

    def _cell(self, part: Part, column: cells.Told, node: str, said: tuple[str, ...], x: float, top: float) -> str:
        above, below = part.laid.rows[part.rows[node]]
        room = " ".join(number(v) for v in (x, top + above, column.wide, below - above))
        middle = top + part.laid.middles[part.rows[node]]
        text = words(said, x + cells.PAD, middle, cells.LETTER, anchor="start")
        return f'<g data-cell="{escape(clean(node))} {escape(clean(column.column.key))}" data-room="{room}">{text}</g>'

    def _flow(self, part: Part, left: float, top: float) -> Iterator[str]:
        yield f'<g transform="translate({number(left)} {number(top)})">'
        for link in part.stretch.links:
            flow = self.sop.flows.get(link.flow)
            source = self.sop.nodes.get(flow.source) if flow else None
            slash = source is not None and source.default == link.flow
            yield f'<g data-flow="{escape(clean(link.flow))}">{arrow(part.laid.edges[link.flow], slash=slash)}</g>'
        for key, box in part.laid.shapes.items():
            if key in part.connectors:
                letter = self.letters.setdefault(part.connectors[key].target, _letter(len(self.letters)))
                yield f'<g data-cell="{escape(clean(key))}">{drawing.connector(box, letter)}</g>'
            else:
                yield self._step(part, key, box)
        for key, box in part.laid.labels.items():
            yield self._label(part, key, box)
        yield "</g>"

    def _step(self, part: Part, key: str, box: Bounds) -> str:
        node = self.sop.nodes[key]
        state = state_of(self.progress, key)
        look = self.looks.get(key) or LOOKS[state or "todo"]
        shape = part.stretch.seats[key].shape if key in part.stretch.seats else part.stretch.borders[key].shape
        said = clean(node.name) or clean(node.id)
        if state:
            said = self.worded("{0}（{1}）", said, self.worded(LOOKS[state].word)).rstrip()
        marked = f' data-state="{state}"' if state else ""
        on = f' data-on="{escape(clean(part.stretch.borders[key].host))}"' if key in part.stretch.borders else ""
        drawn = drawing.drawn(node, shape, box, look) + self._badge(key, box)
        return f'<g data-step="{escape(clean(key))}"{on}{marked}><title>{escape(said)}</title>{drawn}</g>'

    def _badge(self, key: str, box: Bounds) -> str:
        state = state_of(self.progress, key)
        if state is None or state == "todo":
            return ""
        visits = self.progress.visits.get(key, 0) if self.progress else 0
        said = in_words(state, visits, self.worded) if box.width > 60 else LOOKS[state].sign
        wide = lettering.width(said, 10) + 10
        badge = Bounds(box.x + box.width - wide + 6, box.y - 9, wide, 16)
        return rect(badge, LOOKS[state].badge, thick=1, ink="#ffffff", round_=8) + words(
            (said,), badge.x + wide / 2, badge.y + 8, 10, ink="#ffffff", bold=True
        )

    def _label(self, part: Part, key: str, box: Bounds) -> str:
        text = part.stretch.names.get(key) or self.sop.nodes[key].name
        lines = lettering.wrap(clean(text), max(box.width + 2, 40.0), 11.0)
        drawn = words(lines, box.x + box.width / 2, box.y + box.height / 2, 11.0, halo=True)
        return f'<g data-label="{escape(clean(key))}">{drawn}</g>'


def _letter(i: int) -> str:
    """A, B, …, Z, AA, AB, …"""
    said = ""
    i += 1
    while i:
        i, rest = divmod(i - 1, 26)
        said = chr(65 + rest) + said
    return said
