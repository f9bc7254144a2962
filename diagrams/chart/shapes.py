"""Which symbol a node of an SOP is drawn with, its words in lines, and how much room it takes.

The ministry's symbols: preparation (a start), process, document (a step that puts out a form), decision, predefined
process (a procedure of its own), terminator, connector. BPMN's are those of the BPMN drawing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from diagrams import figures, lettering
from diagrams.figures import Figure
from diagrams.lettering import LEADING, clean
from engine.sops.sop import Node

Symbols = Literal["ministry", "bpmn"]
SYMBOLS: tuple[Symbols, ...] = ("ministry", "bpmn")
Kind = Literal[
    "preparation", "process", "document", "predefined", "decision", "terminator", "parallel", "merge", "connector",
    "circle", "diamond", "box",
]  # fmt: skip

LETTER = 12.0
WIDE = 148.0
LEAST_HIGH = 38.0
CONNECTOR = 22.0
MERGE = 10.0
BORDER = 26.0  # across a boundary event
BAR = 9.0  # the two lines of a parallel mode
WAVE = 7.0  # what the foot of a document takes
NOTE = 9.5
_CORNERED = frozenset({"process", "document", "predefined", "box"})
_NOTE_SIDE = {"predefined": 11.0}
#: room left and right of the words
_SIDE = {"preparation": 18.0, "terminator": 14.0, "predefined": 16.0, "parallel": 6.0}
_OF_KIND: dict[str, Kind] = {
    "start": "preparation", "end": "terminator", "parallel": "parallel", "call": "predefined",
    "subprocess": "predefined",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """One symbol: what it is, its words, its size; ``beside``: the words stand next to it."""

    kind: Kind
    wide: float
    high: float
    lines: tuple[str, ...] = ()
    letter: float = LETTER
    beside: bool = False
    note: str = ""
    #: pixels the words stand below the middle, out of the note's way
    lower: float = 0.0

    @property
    def figure(self) -> Figure:
        """How flows meet it: anywhere on a side, or in the middle of each only."""
        if self.kind in ("decision", "diamond"):
            return "diamond"
        return "circle" if self.kind in ("circle", "merge", "connector", "preparation", "terminator") else "box"


def shape(node: Node, symbols: Symbols, *, wide: float = WIDE, branches: int = 0, notes: str = "") -> Shape:
    """``branches``: flows that leave the node. ``notes``: the small numbers of the notes on it."""
    text = clean(node.name)
    plain = _plain(node, symbols, text, wide, branches)
    if not notes:
        return plain
    if plain.kind in _CORNERED:
        return _noted(plain, notes)
    marked = f"{text}（{notes}）"
    return _plain(node, symbols, marked, wide, branches) if text else plain


def _noted(plain: Shape, notes: str) -> Shape:
    """In the upper right corner of a box; where the words reach there they stand lower, in a higher box."""
    free = (plain.wide - max((lettering.width(line, plain.letter) for line in plain.lines), default=0.0)) / 2
    words = len(plain.lines) * plain.letter * LEADING
    above = (plain.high - words) / 2 - (8.0 if plain.kind == "box" else 0.0)
    if free > lettering.width(notes, NOTE) + _NOTE_SIDE.get(plain.kind, 4.0) + 2 or above >= NOTE + 3:
        return replace(plain, note=notes)
    more = NOTE + 3 - above
    return replace(plain, note=notes, high=round(plain.high + more, 1), lower=round(more / 2, 1))


def _plain(node: Node, symbols: Symbols, text: str, wide: float, branches: int) -> Shape:
    if node.kind == "boundary":
        return Shape("circle", BORDER, BORDER, lettering.wrap(text, 76.0, 11.0), 11.0, beside=True)
    if symbols == "bpmn" or node.kind == "shown":
        return _bpmn(node, text, wide)
    if node.kind == "exclusive":
        if branches > 1 or text:
            return _decision(text, wide)
        return Shape("merge", MERGE, MERGE)
    if node.kind == "parallel":
        lines = lettering.wrap(text, wide - 12.0, 11.0)
        return Shape("parallel", wide, 2 * BAR + len(lines) * 11.0 * LEADING, lines, 11.0)
    kind = _OF_KIND.get(node.kind, "process")
    if kind == "process" and any(form.direction == "out" for form in node.forms):
        kind = "document"
    if kind in ("preparation", "terminator"):
        return _rounded(kind, text, wide)
    side = _SIDE.get(kind, 9.0)
    lines = lettering.wrap(text, wide - 2 * side, LETTER)
    high = max(LEAST_HIGH, len(lines) * LETTER * LEADING + 14.0) + (WAVE if kind == "document" else 0.0)
    return Shape(kind, wide, round(high, 1), lines)


def _rounded(kind: Kind, text: str, wide: float) -> Shape:
    side = _SIDE[kind]
    lines = lettering.wrap(text, wide - 2 * side, LETTER)
    words = max((lettering.width(line, LETTER) for line in lines), default=0.0)
    high = max(30.0, len(lines) * LETTER * LEADING + 12.0)
    return Shape(kind, min(wide, round(max(72.0, words + 2 * side + 4.0))), round(high, 1), lines)


def _decision(text: str, wide: float) -> Shape:
    """The words inside, broken so that the diamond is as low as it can be."""
    best: tuple[float, tuple[str, ...]] | None = None
    for part in (0.34, 0.42, 0.5, 0.58, 0.66, 0.74):
        lines = lettering.wrap(text, wide * part, LETTER)
        high = 46.0
        for i, line in enumerate(lines):
            off = abs(i - (len(lines) - 1) / 2) * LETTER * LEADING + LETTER * 0.56
            free = 1 - (lettering.width(line, LETTER) + 8.0) / wide
            high = max(high, 2 * off / free) if free > 0.05 else 9e9
        if best is None or high < best[0] - 0.5:
            best = high, lines
    assert best is not None
    return Shape("decision", wide, round(best[0], 1), best[1])


def _bpmn(node: Node, text: str, wide: float) -> Shape:
    figure = figures.figure(node)
    if figure == "circle":
        return Shape("circle", 32.0, 32.0, lettering.wrap(text, 88.0, 11.0), 11.0, beside=True)
    if figure == "diamond":
        return Shape("diamond", 44.0, 44.0, lettering.wrap(text, 88.0, 11.0), 11.0, beside=True)
    lines = lettering.wrap(text, wide - 2 * 24.0, LETTER)
    high = max(44.0, len(lines) * LETTER * LEADING + 14.0)
    if node.kind in ("call", "subprocess") or node.each is not None:
        high += 16.0
    return Shape("box", wide, round(high, 1), lines)
