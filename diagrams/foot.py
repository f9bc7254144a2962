"""What stands below a chart: how each kind of thing on it is drawn, and numbered sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from diagrams import lettering
from diagrams.lettering import LEADING
from diagrams.standing import Look
from diagrams.strokes import arrow, rect, words
from engine.sops.sop import Bounds

__all__ = ["Foot"]

LETTER = 12.0
#: least width of the page, room for a number, space around a block
WIDE, NUMBER, GAP = 460.0, 30.0, 16.0
SAMPLE_WIDE, SAMPLE_HIGH = 40.0, 22.0
#: sentences that are written out
MOST = 400


@dataclass(slots=True)
class Foot:
    """`samples` with their words, a heading, sentences that are numbered from 1."""

    samples: Sequence[tuple[Look, str]]
    heading: str
    sentences: Sequence[str]
    _lines: dict[float, list[tuple[str, ...]]] = field(default_factory=dict)

    def high(self, wide: float) -> float:
        lines = sum(map(len, self._wrapped(wide))) + 1
        return (
            GAP + len(self._rows(wide)) * (SAMPLE_HIGH + 10) + lines * LETTER * LEADING + len(self.sentences) * 3 + GAP
        )

    def drawn(self, left: float, top: float, wide: float) -> Iterator[str]:
        y = top + GAP
        for row in self._rows(wide):
            x = left
            for look, word in row:
                yield from _sample(look, word, x, y)
                x += _sample_wide(look, word)
            y += SAMPLE_HIGH + 10
        yield words((self.heading,), left, y + LETTER * LEADING / 2, LETTER, anchor="start", bold=True)
        y += LETTER * LEADING
        for i, lines in enumerate(self._wrapped(wide), 1):
            high = len(lines) * LETTER * LEADING
            if i <= MOST:
                yield words((f"{i}.",), left + NUMBER - 6, y + LETTER * LEADING / 2, LETTER, anchor="end")
            yield words(lines, left + NUMBER, y + high / 2, LETTER, anchor="start")
            y += high + 3

    def _wrapped(self, wide: float) -> list[tuple[str, ...]]:
        if wide not in self._lines:
            told = [lettering.wrap(text, wide - NUMBER, LETTER) for text in self.sentences[:MOST]]
            self._lines[wide] = [*told, *([("…",)] if len(self.sentences) > MOST else [])]
        return self._lines[wide]

    def _rows(self, wide: float) -> list[list[tuple[Look, str]]]:
        rows: list[list[tuple[Look, str]]] = [[]]
        used = 0.0
        for look, word in self.samples:
            need = _sample_wide(look, word)
            if rows[-1] and used + need > wide:
                rows.append([])
                used = 0.0
            rows[-1].append((look, word))
            used += need
        return rows


def _sample(look: Look, word: str, x: float, y: float) -> Iterator[str]:
    """A small box and a small flow, drawn as the chart draws them."""
    box = Bounds(x + 2, y, SAMPLE_WIDE, SAMPLE_HIGH)
    middle = y + SAMPLE_HIGH / 2
    yield rect(box, look.fill, thick=look.thick, ink=look.stroke, dashes=look.dashes, round_=5)
    line = ((x + SAMPLE_WIDE + 8, middle), (x + 2 * SAMPLE_WIDE + 8, middle))
    yield arrow(line, slash=False, ink=look.stroke, thick=max(1.8, look.thick - 1), dashes=look.dashes)
    said = (f"{look.sign} {word}",)
    yield words(said, x + 2 * SAMPLE_WIDE + 16, middle, LETTER, anchor="start", ink=look.stroke, bold=True)


def _sample_wide(look: Look, word: str) -> float:
    return 2 * SAMPLE_WIDE + 16 + lettering.width(f"{look.sign} {word}", LETTER) * 1.05 + 24
