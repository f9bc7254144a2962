"""The small plates that say in a word how a step stands: on a corner of its symbol, where they cover no flow and no
words, and never two on each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagrams import lettering
from diagrams.chart.shapes import Shape
from diagrams.chart.stretch import Laid, Stretch
from diagrams.chart.symbols import note_room
from diagrams.labels import Clutter
from diagrams.lettering import LEADING
from diagrams.strokes import rect, words
from engine.sops.sop import Bounds

__all__ = ["Plates"]

LETTER, HIGH = 10.0, 16.0
#: how far a plate reaches beyond the side of its symbol, and above or below its edge
_OUT, _OVER = 6.0, 9.0
#: what each further choice costs beside what it covers
_LATER = 2.0


class Plates:
    """Of one part that is laid out. What is put first has the choice."""

    def __init__(self, stretch: Stretch, laid: Laid) -> None:
        self.laid = laid
        self.clutter = Clutter()
        for box in laid.labels.values():
            self.clutter.add(box, 6.0)
        for line in laid.edges.values():
            self.clutter.add_line(line, 4.0)
        for event in stretch.borders:
            self.clutter.add(laid.shapes[event], 4.0)
        for key, seat in stretch.seats.items():
            if seat.shape.lines and not seat.shape.beside:
                self.clutter.add(_words_of(seat.shape, laid.shapes[key]), 2.0)
            if seat.shape.note:
                self.clutter.add(note_room(seat.shape, laid.shapes[key]), 6.0)

    def put(self, key: str, said: str, sign: str, ink: str, *, left: bool) -> str:
        """``said`` on the upper right corner, or the upper left; where that covers something on a lower one; and where
        nothing else is free only its ``sign``."""
        box = self.laid.shapes[key]
        choices = [(words_, plate) for words_ in dict.fromkeys((said, sign)) for plate in _corners(words_, box, left)]
        costs = [self.clutter.covered(plate) + _LATER * i for i, (_, plate) in enumerate(choices)]
        told, plate = choices[costs.index(min(costs))]
        self.clutter.add(plate, 6.0)
        return rect(plate, ink, thick=1, ink="#ffffff", round_=8) + words(
            (told,), plate.x + plate.width / 2, plate.y + HIGH / 2, LETTER, ink="#ffffff", bold=True
        )


def _corners(said: str, box: Bounds, left: bool) -> Iterator[Bounds]:
    wide = lettering.width(said, LETTER) + 10
    for y in (box.y - _OVER, box.y + box.height + _OVER - HIGH):
        for at_left in (left, not left):
            yield Bounds(box.x - _OUT if at_left else box.x + box.width - wide + _OUT, y, wide, HIGH)


def _words_of(shape: Shape, box: Bounds) -> Bounds:
    """Where the words in a symbol stand."""
    wide = max(lettering.width(line, shape.letter) for line in shape.lines)
    high = len(shape.lines) * shape.letter * LEADING
    return Bounds(box.x + (box.width - wide) / 2, box.y + (box.height - high) / 2 + shape.lower, wide, high)
