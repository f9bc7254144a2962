"""Where a label stands beside its event, gateway or flow: the first place that covers nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from diagrams import figures
from engine.sops.sop import Bounds

Line = tuple[tuple[float, float], ...]
CELL = 80.0
#: width of a boundary event's label
BORDER_LABEL = 72.0
#: width of a label where an ordinary one covers something
SLIM = 58.0
#: what each place further down the list costs
LATER = 1.5
#: distance between the places tried along a flow
ALONG_STEP = 28


class Clutter:
    """What a label must not cover, found by its place on the page."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Bounds, float]]] = {}

    def add(self, box: Bounds, weight: float) -> None:
        for cell in self._under(box):
            self._cells.setdefault(cell, []).append((box, weight))

    def add_node(self, box: Bounds, figure: figures.Figure, weight: float) -> None:
        """A diamond or circle as strips, so that its empty corners stay free."""
        strips = 1 if figure == "box" else 6
        for i in range(strips):
            up = abs((i + 0.5) / strips * 2 - 1)  # 0 at the middle, 1 at top and bottom
            part = 1.0 if figure == "box" else 1 - up if figure == "diamond" else (1 - up * up) ** 0.5
            wide = box.width * part
            self.add(
                Bounds(box.x + (box.width - wide) / 2, box.y + box.height * i / strips, wide, box.height / strips),
                weight,
            )

    def add_line(self, line: Line, weight: float) -> None:
        for (x1, y1), (x2, y2) in itertools.pairwise(line):
            self.add(Bounds(min(x1, x2) - 1, min(y1, y2) - 1, abs(x1 - x2) + 2, abs(y1 - y2) + 2), weight)

    def covered(self, box: Bounds) -> float:
        """Sum of what lies under the box, by area and weight."""
        seen: set[int] = set()
        total = 0.0
        for cell in self._under(box):
            for other, weight in self._cells.get(cell, ()):
                if id(other) in seen:
                    continue
                seen.add(id(other))
                wide = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
                high = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
                if wide > 0 and high > 0:
                    total += weight * (20 + wide * high)
        return total

    def _under(self, box: Bounds) -> Iterator[tuple[int, int]]:
        for x in range(int(box.x // CELL), int((box.x + box.width) // CELL) + 1):
            for y in range(int(box.y // CELL), int((box.y + box.height) // CELL) + 1):
                yield x, y


def place(choices: Sequence[Bounds], clutter: Clutter, *, later: float = LATER, weight: float = 3.0) -> Bounds:
    """The choice that covers least; each counts ``later`` more than the one before it. It weighs on what comes next."""
    best, least = choices[0], float("inf")
    for i, choice in enumerate(choices):
        if later * i >= least:
            break
        cost = clutter.covered(choice) + later * i
        if cost < least:
            best, least = choice, cost
    clutter.add(best, weight)
    return best


def around(size: tuple[float, float], box: Bounds, *, pointed: bool) -> list[Bounds]:
    """Places for words beside a circle (below first) or a diamond (right of it first)."""
    wide, high = size
    cx, cy, r = box.x + box.width / 2, box.y + box.height / 2, box.width / 2
    level = [Bounds(cx + r + 4, cy - high / 2, wide, high), Bounds(cx - r - 4 - wide, cy - high / 2, wide, high)]
    below, above = Bounds(cx - wide / 2, cy + r + 3, wide, high), Bounds(cx - wide / 2, cy - r - 3 - high, wide, high)
    near = 0.45 * r + 4 if pointed else 0.75 * r + 4
    corners = [
        Bounds(x, y, wide, high)
        for y in (cy - 0.55 * r - high, cy + 0.55 * r)
        for x in (cx + near, cx - near - wide)
    ]  # fmt: skip
    return [*level, *corners, below, above] if pointed else [below, *level, *corners, above]


def beside_node(text: str, box: Bounds, figure: figures.Figure) -> list[Bounds]:
    """Places for the label of an event (below first) or a gateway (right of it first), then slimmer."""
    return [
        place
        for room in (figures.LABEL_ROOM, SLIM)
        for place in around(figures.label_size(figures.label_lines(text, room)), box, pointed=figure == "diamond")
    ]


def below_border(text: str, box: Bounds, host: Bounds) -> list[Bounds]:
    """Places for the label of a boundary event: below it, towards the outside; then above the host's corner."""
    wide, high = figures.label_size(figures.label_lines(text, BORDER_LABEL))
    cx = box.x + box.width / 2
    right = cx > host.x + host.width / 2
    outer = box.x + box.width if right else box.x
    x = outer - wide if right else outer
    low = max(box.y + box.height, host.y + host.height) + 2
    return [
        Bounds(x, low, wide, high),
        Bounds(x + (14 if right else -14), low, wide, high),
        Bounds(outer + 3 if right else outer - 3 - wide, low - 6, wide, high),
        Bounds(x + (20 if right else -20), host.y - high - 2, wide, high),
        Bounds(outer + 3 if right else outer - 3 - wide, box.y - high - 2, wide, high),
    ]


def along(text: str, line: Line, *, shared: bool = False) -> list[Bounds]:
    """Places for a flow's label: beside its first piece near the source, then further along.

    `shared`: another flow leaves by the same point, so the places after the fork come first.
    """
    pieces = list(itertools.pairwise(line))[:4]
    if shared and len(pieces) > 1:
        pieces = [*pieces[1:], pieces[0]]
    choices: list[Bounds] = []
    further: list[Bounds] = []
    for wrapped in (figures.LABEL_ROOM, SLIM):
        wide, high = figures.label_size(figures.label_lines(text, wrapped))
        for (x1, y1), (x2, y2) in pieces:
            if x1 == x2:
                y = y1 + 4 if y2 > y1 else y1 - 4 - high
                near = [Bounds(x1 + 5, y, wide, high), Bounds(x1 - 5 - wide, y, wide, high)]
                y = (y1 + y2) / 2 - high / 2
                middle = [Bounds(x1 + 5, y, wide, high), Bounds(x1 - 5 - wide, y, wide, high)]
            else:
                x = x1 + 4 if x2 > x1 else x1 - 4 - wide
                near = [Bounds(x, y1 - high - 2, wide, high), Bounds(x, y1 + 2, wide, high)]
                x = (x1 + x2) / 2 - wide / 2
                middle = [Bounds(x, y1 - high - 2, wide, high), Bounds(x, y1 + 2, wide, high)]
            choices += [*middle, *near] if shared else [*near, *middle]
        further += _further(pieces, wide, high)
    return choices + further


def _further(
    pieces: Sequence[tuple[tuple[float, float], tuple[float, float]]], wide: float, high: float
) -> list[Bounds]:
    """On either side of the pieces, a step further each time."""
    found: list[Bounds] = []
    for (x1, y1), (x2, y2) in pieces:
        long = abs(x2 - x1) + abs(y2 - y1)
        for gone in range(ALONG_STEP, min(int(long), 12 * ALONG_STEP), ALONG_STEP):
            x, y = x1 + (x2 - x1) * gone / long, y1 + (y2 - y1) * gone / long
            if x1 == x2:
                found += [Bounds(x + 5, y - high / 2, wide, high), Bounds(x - 5 - wide, y - high / 2, wide, high)]
            else:
                found += [Bounds(x - wide / 2, y - high - 2, wide, high), Bounds(x - wide / 2, y + 2, wide, high)]
    return found
