"""Where words stand beside an event on a border or a flow of the chart: places to choose from, the best first."""

from __future__ import annotations

import itertools

from diagrams import figures, labels
from diagrams.chart.shapes import Shape
from diagrams.labels import Clutter, Line
from engine.sops.sop import Bounds

Size = tuple[float, float]
#: room of shorter lines beside a small symbol, and how many of them may stand there
_SHORTER, _LINES_MOST = (60.0, 48.0, 36.0), 6
#: letters of a flow's name that may stand one below the other
_LETTERS_MOST = 2
#: pixels from one place along a flow to the next, and how many of them are tried
_STEP, _MOST = 9.0, 16


def cover(clutter: Clutter, box: Bounds, *, pointed: bool) -> None:
    """A symbol that no words may touch; a diamond or a circle in strips, each as wide as its widest."""
    strips = 12 if pointed or box.width == box.height else 1
    for i in range(strips):
        up = min(abs(i / strips * 2 - 1), abs((i + 1) / strips * 2 - 1)) if strips > 1 else 0.0
        wide = box.width * (1 - up if pointed else (1 - up * up) ** 0.5) + 4
        x = box.x + (box.width - wide) / 2
        clutter.add(Bounds(x, box.y + box.height * i / strips - 1, wide, box.height / strips + 2), 6.0)


def border(size: Size, box: Bounds, host: Bounds) -> list[Bounds]:
    """Below an event on a border, towards the outside; then above it."""
    wide, high = size
    right = box.x + box.width / 2 > host.x + host.width / 2
    outer = box.x + box.width if right else box.x
    x = outer - wide if right else outer
    low = max(box.y + box.height, host.y + host.height) + 2
    across = [x, x + (14 if right else -14), x + (28 if right else -28)]
    return [
        *(Bounds(at, low, wide, high) for at in across),
        Bounds(outer + 3 if right else outer - 3 - wide, low - 6, wide, high),
        Bounds(outer + 3 if right else outer - 3 - wide, box.y - high - 2, wide, high),
        *(Bounds(at, host.y - high - 2, wide, high) for at in across),
    ]


def small(shape: Shape, box: Bounds) -> list[Bounds]:
    """Around a small symbol; then the same words in shorter lines."""
    pointed = shape.figure == "diamond"
    return [
        place for lines in _broken(shape) for place in labels.around(figures.label_size(lines), box, pointed=pointed)
    ]


def lines_in(shape: Shape, box: Bounds) -> tuple[str, ...]:
    """The words beside a small symbol, broken as they were for the place that was chosen."""
    size = (box.width, box.height)
    return next((lines for lines in _broken(shape) if figures.label_size(lines) == size), shape.lines)


def _broken(shape: Shape) -> list[tuple[str, ...]]:
    """The words as they are, and in shorter lines; those beside a connector are not known yet."""
    found = [shape.lines]
    said = shape.lines[0] + "".join(
        f" {after}" if before[-1].isascii() and after[0].isascii() else after
        for before, after in itertools.pairwise(shape.lines)
    )
    for room in _SHORTER if shape.kind != "connector" else ():
        lines = figures.label_lines(said, room)
        if len(found[-1]) < len(lines) <= _LINES_MOST:
            found.append(lines)
    return found


def flow(text: str, line: Line, *, shared: bool) -> list[Bounds]:
    """Along a flow from its source on. ``shared``: another flow leaves by the same point, so the fork comes first."""
    pieces = list(itertools.pairwise(line))[:4]
    if shared and len(pieces) > 1:
        pieces = [*pieces[1:], pieces[0]]
    choices: list[Bounds] = []
    for room in (figures.LABEL_ROOM, 60.0, 40.0, 18.0):
        wide, high = figures.label_size(lines := figures.label_lines(text, room))
        if room < 40.0 and len(lines) > _LETTERS_MOST:  # a short word may stand upright
            continue
        for a, b in pieces:
            choices += _along_upright(a, b, wide, high) if a[0] == b[0] else _along_level(a, b, wide, high)
    return choices


def _along_upright(a: tuple[float, float], b: tuple[float, float], wide: float, high: float) -> list[Bounds]:
    x, down = a[0], b[1] > a[1]
    room = abs(b[1] - a[1]) - high - 4
    found: list[Bounds] = []
    for i in range(max(1, min(_MOST, int(room / _STEP) + 1))):
        y = a[1] + 4 + i * _STEP if down else a[1] - 4 - high - i * _STEP
        found += [Bounds(x + 5, y, wide, high), Bounds(x - 5 - wide, y, wide, high)]
    return found


def _along_level(a: tuple[float, float], b: tuple[float, float], wide: float, high: float) -> list[Bounds]:
    y, right = a[1], b[0] > a[0]
    room = abs(b[0] - a[0]) - wide - 8
    found: list[Bounds] = []
    for i in range(max(1, min(_MOST, int(room / _STEP) + 1))):
        x = a[0] + 4 + i * _STEP if right else a[0] - 4 - wide - i * _STEP
        found += [Bounds(x, y - high - 2, wide, high), Bounds(x, y + 2, wide, high)]
    return found
