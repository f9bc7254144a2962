"""How a node of an SOP is drawn, and how much room it takes. All lengths in pixels of the drawing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from diagrams import lettering
from engine.sops.sop import Node

Figure = Literal["box", "circle", "diamond"]

LETTER = 12.0
LABEL_LETTER = 11.0
BOX_WIDTH = 148.0
BOX_HEIGHT = 74.0
DIAMOND = 50.0
CIRCLE = 36.0
#: room left and right of the words in a box, and above and below them for the marks
BOX_SIDE = 9.0
BOX_MARKS = 22.0
LABEL_ROOM = 92.0


def figure(node: Node) -> Figure:
    if node.kind in ("start", "end", "boundary", "catch"):
        return "circle"
    if node.kind in ("exclusive", "parallel"):
        return "diamond"
    written = node.element or node.shown_as or ""
    if node.kind == "shown" and (node.attached_to or written.endswith(("Event", "EventDefinition"))):
        return "circle"
    if node.kind == "shown" and written.endswith("Gateway"):
        return "diamond"
    return "box"


def size(node: Node, *, borders: int = 0) -> tuple[float, float]:
    """Width and height; `borders` is the number of boundary events on the fuller of its two sides."""
    kind = figure(node)
    if kind == "circle":
        return CIRCLE, CIRCLE
    if kind == "diamond":
        return DIAMOND, DIAMOND
    lines = len(lettering.wrap(lettering.clean(node.name), BOX_WIDTH - 2 * BOX_SIDE, LETTER))
    words = lines * LETTER * lettering.LEADING + 2 * BOX_MARKS
    return BOX_WIDTH, max(BOX_HEIGHT, words, 44.0 * borders + 20.0 if borders > 1 else 0.0)


def label_lines(text: str, room: float = LABEL_ROOM) -> tuple[str, ...]:
    """A label beside an event, a gateway or an edge, in lines."""
    return lettering.wrap(lettering.clean(text), room, LABEL_LETTER)


def label_size(lines: Collection[str]) -> tuple[float, float]:
    """Width and height of a label's lines, with two pixels of air on each side."""
    wide = max((lettering.width(line, LABEL_LETTER) for line in lines), default=0.0)
    return round(wide + 4), round(len(lines) * LABEL_LETTER * lettering.LEADING)
