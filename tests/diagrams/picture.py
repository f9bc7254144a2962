"""A picture of ours read back from its SVG: shapes, lines and words where a reader of the page sees them.

What the geometry checker (``geometry``) relies on, in every drawing of steps:

- ``<g data-step="id">``: a step. The first outline drawn in it (rect, circle, ellipse, closed path, polygon) is its
  shape. ``data-frame`` marks the frame of a sub-process, in which other steps stand; ``data-on="id"`` an event that
  sits on the border of that step.
- ``<g data-cell="id">``: a cell of a column beside the flow; its first outline is its shape, too. A cell without an
  outline says its room: ``data-room="x y width height"``.
- ``<g data-flow="id">``: the longest path in it that is not filled is the flow's line; a filled one is its head, and
  the line goes on to the head's tip.
- ``<g data-label="id">``: words beside the step or flow of that id; ``data-over`` where they may lie on a line.
- Words in a step or cell belong into one of the outlines of that group (so a badge may stand on a corner).

Words are as wide as ``lettering.width`` says: the glyphs of the font on the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, pi, sin
from xml.etree import ElementTree

from diagrams import lettering

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]
Outline = tuple[Point, ...]
#: how far a letter reaches above and below its line, in heights of a letter
ABOVE, BELOW = 0.88, 0.12
_MARKS = ("step", "cell", "flow", "label")


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    low: float

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.low) / 2

    @property
    def outline(self) -> Outline:
        return ((self.left, self.top), (self.right, self.top), (self.right, self.low), (self.left, self.low))


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text. ``owner`` is the group it stands in: ("step", id), ("label", id) or None."""

    text: str
    box: Box
    owner: tuple[str, str] | None
    over: bool = False


@dataclass(slots=True)
class Shape:
    """A step or a cell: its shape, and every room in its group that may hold words."""

    key: tuple[str, str]
    outline: Outline = ()
    rooms: list[Outline] = field(default_factory=list)
    frame: bool = False
    on: str | None = None

    @property
    def box(self) -> Box:
        return around(self.outline)


@dataclass(slots=True)
class Picture:
    page: Box
    shapes: list[Shape] = field(default_factory=list)
    lines: dict[str, Outline] = field(default_factory=dict)
    words: list[Words] = field(default_factory=list)


def around(points: Outline) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def read(svg: str) -> Picture:
    root = ElementTree.fromstring(svg.encode())
    x, y, wide, high = map(float, root.attrib["viewBox"].split())
    picture = Picture(Box(x, y, x + wide, y + high))
    _Reader(picture).walk(root, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), {}, None, None)
    picture.shapes = [shape for shape in picture.shapes if shape.outline]
    return picture


Turn = tuple[float, float, float, float, float, float]


class _Reader:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def walk(
        self,
        element: ElementTree.Element,
        turn: Turn,
        letters: dict[str, str],
        owner: tuple[str, str] | None,
        shape: Shape | None,
        over: bool = False,
    ) -> None:
        turn = _turned(turn, element.get("transform", ""))
        letters = letters | {
            key: element.attrib[key] for key in ("font-size", "text-anchor") if key in element.attrib
        }  # fmt: skip
        mark = next((m for m in _MARKS if f"data-{m}" in element.attrib), None)
        if mark:
            owner, over = (mark, element.attrib[f"data-{mark}"]), "data-over" in element.attrib
            shape = None
            if mark in ("step", "cell"):
                shape = Shape(owner, frame="data-frame" in element.attrib, on=element.get("data-on"))
                self.picture.shapes.append(shape)
                if "data-room" in element.attrib:
                    left, top, wide, high = map(float, element.attrib["data-room"].split())
                    shape.outline = Box(left, top, left + wide, top + high).outline
                    shape.rooms.append(shape.outline)
        tag = element.tag.removeprefix(SVG)
        if tag == "text":
            self._text(element, turn, letters, owner, over)
            return
        drawn = [_moved(points, turn) for points in _outlines(element)]
        if drawn and shape is not None:
            closed = max(drawn, key=lambda points: _area(around(points)))
            shape.outline = shape.outline or closed
            shape.rooms.append(closed)
        if drawn and owner and owner[0] == "flow":
            self._line(owner[1], drawn, filled=element.get("fill") != "none")
        for child in element:
            self.walk(child, turn, letters, owner, shape, over)

    def _line(self, flow: str, drawn: list[Outline], *, filled: bool) -> None:
        line = self.picture.lines.get(flow, ())
        if not filled:
            self.picture.lines[flow] = max([*drawn, line], key=_length)
        elif line:
            x, y = line[-1]
            tip = max(drawn[0], key=lambda point: abs(point[0] - x) + abs(point[1] - y))
            self.picture.lines[flow] = (*line, tip)

    def _text(
        self, text: ElementTree.Element, turn: Turn, letters: dict[str, str], owner: tuple[str, str] | None, over: bool
    ) -> None:
        for line in [*text.iter(f"{SVG}tspan")] or [text]:
            said = line.text or ""
            if not said.strip():
                continue
            size = float(line.get("font-size", letters.get("font-size", "16")))
            wide = lettering.width(said, size)
            x, base = float(line.get("x", text.get("x", "0"))), float(line.get("y", text.get("y", "0")))
            anchor = line.get("text-anchor", letters.get("text-anchor", "start"))
            left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
            box = Box(left, base - ABOVE * size, left + wide, base + BELOW * size)
            self.picture.words.append(Words(said, around(_moved(box.outline, turn)), owner, over))


def _outlines(element: ElementTree.Element) -> Iterator[Outline]:
    """The strokes of one element, as points; none of what draws nothing."""
    tag = element.tag.removeprefix(SVG)
    number = {k: float(v) for k, v in element.attrib.items() if re.fullmatch(r"-?\d+(\.\d+)?", v)}
    if tag == "rect":
        x, y = number.get("x", 0.0), number.get("y", 0.0)
        yield Box(x, y, x + number["width"], y + number["height"]).outline
    elif tag in ("circle", "ellipse"):
        rx, ry = number.get("r", number.get("rx", 0.0)), number.get("r", number.get("ry", 0.0))
        turns = [i * pi / 12 for i in range(24)]
        yield tuple((number["cx"] + rx * cos(t), number["cy"] + ry * sin(t)) for t in turns)
    elif tag in ("polygon", "polyline", "line"):
        if tag == "line":
            yield (number["x1"], number["y1"]), (number["x2"], number["y2"])
        else:
            given = [float(v) for v in re.findall(r"-?[\d.]+", element.attrib["points"])]
            yield tuple(zip(given[::2], given[1::2], strict=True))
    elif tag == "path":
        yield from _strokes(element.attrib["d"])


def _strokes(d: str) -> Iterator[Outline]:
    """The pieces of a path with absolute commands; curves as a few points on them, arcs as their ends."""
    points: list[Point] = []
    for command, given in re.findall(r"([MLHVQCTSAZ])([^A-Z]*)", d):
        n = [float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", given)]
        if command == "M":
            if len(points) > 1:
                yield tuple(points)
            points = list(zip(n[::2], n[1::2], strict=True))
        elif command == "L":
            points += zip(n[::2], n[1::2], strict=True)
        elif command == "H":
            points += [(x, points[-1][1]) for x in n]
        elif command == "V":
            points += [(points[-1][0], y) for y in n]
        elif command in "QC":
            step = 4 if command == "Q" else 6
            for i in range(0, len(n), step):
                ends = [points[-1], *zip(n[i : i + step : 2], n[i + 1 : i + step : 2], strict=True)]
                points += [_on_curve(ends, part / 6) for part in range(1, 7)]
        elif command == "A":
            points += [(n[i + 5], n[i + 6]) for i in range(0, len(n), 7)]
        elif command == "T":
            points += zip(n[::2], n[1::2], strict=True)
        elif command == "S":
            points += [(n[i + 2], n[i + 3]) for i in range(0, len(n), 4)]
        elif command == "Z" and points:
            points.append(points[0])
    if len(points) > 1:
        yield tuple(points)


def _on_curve(ends: list[Point], part: float) -> Point:
    while len(ends) > 1:
        ends = [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in pairwise(ends)]
    return ends[0]


def _turned(turn: Turn, said: str) -> Turn:
    for name, given in re.findall(r"(\w+)\(([^)]*)\)", said):
        n = [float(v) for v in re.findall(r"-?[\d.]+", given)]
        if name == "translate":
            turn = _after(turn, (1.0, 0.0, 0.0, 1.0, n[0], n[1] if len(n) > 1 else 0.0))
        elif name == "scale":
            turn = _after(turn, (n[0], 0.0, 0.0, n[-1], 0.0, 0.0))
        elif name == "rotate":
            c, s, x, y = cos(n[0] * pi / 180), sin(n[0] * pi / 180), *((n[1], n[2]) if len(n) > 1 else (0.0, 0.0))
            turn = _after(turn, (c, s, -s, c, x - c * x + s * y, y - s * x - c * y))
    return turn


def _after(o: Turn, i: Turn) -> Turn:
    return (
        o[0] * i[0] + o[2] * i[1], o[1] * i[0] + o[3] * i[1], o[0] * i[2] + o[2] * i[3], o[1] * i[2] + o[3] * i[3],
        o[0] * i[4] + o[2] * i[5] + o[4], o[1] * i[4] + o[3] * i[5] + o[5],
    )  # fmt: skip


def _moved(points: Outline, t: Turn) -> Outline:
    return tuple((t[0] * x + t[2] * y + t[4], t[1] * x + t[3] * y + t[5]) for x, y in points)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.low - box.top)


def _length(points: Outline) -> float:
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(points))
