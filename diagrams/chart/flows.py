"""The flow of one part as SVG: ways, symbols with where they stand, connectors, words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from diagrams import figures, lettering
from diagrams.chart import beside, symbols
from diagrams.chart.parts import Part
from diagrams.chart.plates import Plates
from diagrams.chart.shapes import CONNECTOR
from diagrams.chart.words import LettersOf
from diagrams.lettering import clean
from diagrams.standing import LOOKS, Look, in_words, state_of
from diagrams.strokes import arrow, words
from diagrams.wording import Worded
from engine.sops.sop import Bounds, Progress, Sop

__all__ = ["Flow"]


@dataclass(frozen=True, slots=True)
class Flow:
    sop: Sop
    progress: Progress | None
    looks: Mapping[str, Look]
    worded: Worded
    letters: LettersOf

    def of(self, part: Part) -> Iterator[str]:
        for link in part.stretch.links:
            yield self._way(part, link.flow)
        for key, box in part.laid.shapes.items():
            if key in part.connectors:
                letter = self.letters.letter[part.connectors[key].target]
                yield f'<g data-cell="{escape(clean(key))}">{symbols.connector(box, letter)}</g>'
        plates = Plates(part.stretch, part.laid)
        for hosted in (False, True):
            for key, box in part.laid.shapes.items():
                if key not in part.connectors and (key in part.stretch.borders) == hosted:
                    yield self._step(part, key, box, plates)
        for key, box in part.laid.labels.items():
            yield self._label(part, key, box)

    def _way(self, part: Part, key: str) -> str:
        flow = self.sop.flows.get(key)
        source = self.sop.nodes.get(flow.source) if flow else None
        slash = source is not None and source.default == key
        look, line = self.looks.get(key), part.laid.edges[key]
        if look is not None:
            thick = max(1.5, look.thick - 1)
            drawn = arrow(line, slash=slash, ink=look.stroke, thick=thick, dashes=look.dashes)
        else:
            drawn = arrow(line, slash=slash, dashes="" if flow or key in _arriving(part) else "5 3")
        return f'<g data-flow="{escape(clean(key))}">{drawn}</g>'

    def _step(self, part: Part, key: str, box: Bounds, plates: Plates) -> str:
        node = self.sop.nodes[key]
        state = state_of(self.progress, key)
        look = self.looks.get(key) or LOOKS[state or "todo"]
        border = part.stretch.borders.get(key)
        shape = border.shape if border else part.stretch.seats[key].shape
        said = clean(node.name) or clean(node.id)
        if state or key in self.looks:
            said = self.worded("{0}（{1}）", said, self.worded(look.word)).rstrip()
        marked = f' data-state="{state}"' if state else ""
        on = f' data-on="{escape(clean(border.host))}"' if border else ""
        left = bool(shape.note) or (shape.beside and border is None)
        drawn = symbols.drawn(node, shape, box, look) + self._plate(key, box, plates, left=left)
        return f'<g data-step="{escape(clean(key))}"{on}{marked}><title>{escape(said)}</title>{drawn}</g>'

    def _plate(self, key: str, box: Bounds, plates: Plates, *, left: bool) -> str:
        """The state, or the look's own word; its sign only on small symbols."""
        state = state_of(self.progress, key)
        look = self.looks.get(key) or LOOKS[state or "todo"]
        if not look.sign:
            return ""
        said = look.sign
        if box.width > 60 and key in self.looks:
            said = f"{look.sign} {self.worded(look.word)}".strip()
        elif box.width > 60 and state:
            visits = self.progress.visits.get(key, 0) if self.progress else 0
            said = in_words(state, visits, self.worded)
        return plates.put(key, said, look.sign, look.badge, left=left)

    def _label(self, part: Part, key: str, box: Bounds) -> str:
        middle = box.y + box.height / 2
        if key in part.connectors:
            lines = self.letters.lines(part.connectors[key])
            if box.y >= part.laid.shapes[key].y + CONNECTOR:  # below the circle: right below it, however few
                middle = box.y + len(lines) * 11.0 * lettering.LEADING / 2
        elif key in part.stretch.names:
            lines = figures.label_lines(part.stretch.names[key], box.width - 2)
        else:
            border = part.stretch.borders.get(key)
            lines = border.shape.lines if border else beside.lines_in(part.stretch.seats[key].shape, box)
        drawn = words(lines, box.x + box.width / 2, middle, 11.0, halo=True)
        return f'<g data-label="{escape(clean(key))}">{drawn}</g>'


def _arriving(part: Part) -> set[str]:
    return {key for key, connector in part.connectors.items() if not connector.out}
