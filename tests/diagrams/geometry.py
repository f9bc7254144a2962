"""Whether a picture can be read: nothing on top of anything, no word outside its box, no flow through a step.

It looks at the SVG alone (``picture`` says which attributes it goes by), never at the lay-out that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from tests.diagrams.picture import Box, Outline, Picture, Point, Shape, Words, around, read

#: what makes a picture wrong; the others only make it harder to read
SEVERE = frozenset(
    {"words leave box", "boxes overlap", "flow through box", "words over words", "words over box", "off the page",
     "flow ends nowhere", "event off its step"}
)  # fmt: skip
#: pixels that two things may touch by
TOUCH = 1.0
CELL = 120.0


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    who: str
    other: str = ""
    at: Point = (0.0, 0.0)

    def __str__(self) -> str:
        return f"{self.kind}: {self.who} {self.other} at {self.at[0]:.0f},{self.at[1]:.0f}"


def severe(svg: str) -> list[str]:
    """What is wrong with the picture, in words for an assertion."""
    return [str(finding) for finding in findings(svg) if finding.kind in SEVERE]


def findings(svg: str) -> list[Finding]:
    picture = read(svg)
    return [
        *_words_leave(picture), *_boxes_overlap(picture), *_flows_through(picture), *_words_over(picture),
        *_flows_through_words(picture), *_flows_over_flows(picture), *_off_the_page(picture),
    ]  # fmt: skip


def crossings(svg: str) -> int:
    """How often two flows cross."""
    pieces = [(flow, a, b) for flow, line in read(svg).lines.items() for a, b in pairwise(line)]
    return sum(f != g and _cross(a, b, c, d) for i, (f, a, b) in enumerate(pieces) for g, c, d in pieces[:i])


class _Nearby:
    """Things by the cells of the page they lie in."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[int, object]]] = {}
        self._count = 0

    def add(self, box: Box, thing: object) -> None:
        self._count += 1
        for cell in self._under(box):
            self._cells.setdefault(cell, []).append((self._count, thing))

    def by(self, box: Box) -> list[object]:
        found = {n: thing for cell in self._under(box) for n, thing in self._cells.get(cell, ())}
        return [found[n] for n in sorted(found)]

    @staticmethod
    def _under(box: Box) -> Iterator[tuple[int, int]]:
        for x in range(int(box.left // CELL), int(box.right // CELL) + 1):
            for y in range(int(box.top // CELL), int(box.low // CELL) + 1):
                yield x, y


def _words_leave(picture: Picture) -> Iterator[Finding]:
    shapes = {shape.key: shape for shape in picture.shapes}
    for words in picture.words:
        shape = shapes.get(words.owner) if words.owner else None
        if shape and not any(_holds(room, words.box) for room in shape.rooms):
            yield Finding("words leave box", shape.key[1], words.text, words.box.middle)


def _boxes_overlap(picture: Picture) -> Iterator[Finding]:
    near = _Nearby()
    known = {shape.key: shape for shape in picture.shapes}
    for shape in picture.shapes:
        if shape.on is not None and not _belongs_on(shape, known.get(("step", shape.on), shape)):
            yield Finding("event off its step", shape.key[1], shape.on, shape.box.middle)
        for other in near.by(shape.box):
            assert isinstance(other, Shape)
            if _overlap(shape.outline, other.outline) and not _belongs(shape, other) and not _belongs(other, shape):
                yield Finding("boxes overlap", shape.key[1], other.key[1], shape.box.middle)
        near.add(shape.box, shape)


def _belongs(inner: Shape, outer: Shape) -> bool:
    """A step in its frame, an event on the border of its step, a step in the cell of the chart that is its own."""
    if outer.frame:
        return all(_inside(outer.outline, point, -TOUCH) for point in inner.outline) or _belongs_on(inner, outer)
    return _belongs_on(inner, outer)


def _belongs_on(inner: Shape, outer: Shape) -> bool:
    if inner.on is None or outer.key != ("step", inner.on):
        return False
    x, y = inner.box.middle
    box = outer.box
    return min(abs(x - box.left), abs(x - box.right), abs(y - box.top), abs(y - box.low)) <= 2


def _flows_through(picture: Picture) -> Iterator[Finding]:
    near = _Nearby()
    for shape in picture.shapes:
        near.add(shape.box, shape)
    for flow, line in picture.lines.items():
        ends = [_ends_at(point, near) for point in (line[0], line[-1])]
        for point, end in zip((line[0], line[-1]), ends, strict=True):
            if end is None:
                yield Finding("flow ends nowhere", flow, "", point)
        told: set[tuple[str, str]] = set()
        for a, b in pairwise(line):
            for shape in near.by(around((a, b))):
                assert isinstance(shape, Shape)
                holds_end = shape.frame and any(_inside(shape.outline, p, -TOUCH) for p in (line[0], line[-1]))
                if shape.key not in told and not holds_end and _goes_through(a, b, shape.outline):
                    told.add(shape.key)
                    yield Finding("flow through box", flow, shape.key[1], a)


def _ends_at(point: Point, near: _Nearby) -> Shape | None:
    x, y = point
    for shape in near.by(Box(x - 4, y - 4, x + 4, y + 4)):
        assert isinstance(shape, Shape)
        if _from_border(shape.outline, point) <= 3:
            return shape
    return None


def _words_over(picture: Picture) -> Iterator[Finding]:
    near, boxes = _Nearby(), _Nearby()
    for shape in picture.shapes:
        boxes.add(shape.box, shape)
    for words in picture.words:
        for other in near.by(words.box):
            assert isinstance(other, Words)
            if _overlap(words.box.outline, other.box.outline):
                yield Finding("words over words", words.text, other.text, words.box.middle)
        near.add(words.box, words)
        for shape in boxes.by(words.box):
            assert isinstance(shape, Shape)
            own = words.owner == shape.key or (shape.frame and _holds(shape.outline, words.box))
            badge = words.owner is not None and words.owner[0] == "step"
            if not own and not badge and _overlap(words.box.outline, shape.outline):
                yield Finding("words over box", words.text, shape.key[1], words.box.middle)


def _flows_through_words(picture: Picture) -> Iterator[Finding]:
    near = _Nearby()
    for words in picture.words:
        near.add(words.box, words)
    for flow, line in picture.lines.items():
        for a, b in pairwise(line):
            for words in near.by(around((a, b))):
                assert isinstance(words, Words)
                if not words.over and _goes_through(a, b, words.box.outline):
                    yield Finding("flow through words", flow, words.text, words.box.middle)


def _flows_over_flows(picture: Picture) -> Iterator[Finding]:
    """Two flows on one line for a while, though they neither begin nor end at the same point."""
    near = _Nearby()
    for flow, line in picture.lines.items():
        told: set[str] = set()
        for a, b in pairwise(line):
            for thing in near.by(around((a, b))):
                other, c, d, first, last = thing  # type: ignore[misc]
                met = line[0] == first or line[-1] == last
                if other != flow and other not in told and not met and _together(a, b, c, d) > 6:
                    told.add(other)
                    yield Finding("flow over flow", flow, other, a)
        for a, b in pairwise(line):
            near.add(around((a, b)), (flow, a, b, line[0], line[-1]))


def _off_the_page(picture: Picture) -> Iterator[Finding]:
    page = picture.page
    seen = [(shape.key[1], shape.box) for shape in picture.shapes]
    seen += [(flow, around(line)) for flow, line in picture.lines.items()]
    seen += [(words.text, words.box) for words in picture.words]
    for who, box in seen:
        if box.left < page.left or box.top < page.top or box.right > page.right or box.low > page.low:
            yield Finding("off the page", who, "", box.middle)


# ---- plane geometry; every outline is taken as convex


def _holds(room: Outline, box: Box) -> bool:
    return all(_inside(room, corner, -0.5) for corner in box.outline)


def _sides(outline: Outline) -> Iterator[tuple[float, float, float]]:
    """Each side as (nx, ny, d): the inside is where nx*x + ny*y <= d."""
    cx, cy = around(outline).middle
    for (x1, y1), (x2, y2) in pairwise((*outline, outline[0])):
        long = hypot(x2 - x1, y2 - y1)
        if long < 1e-6:
            continue
        nx, ny = (y2 - y1) / long, (x1 - x2) / long
        d = nx * x1 + ny * y1
        yield (-nx, -ny, -d) if nx * cx + ny * cy > d else (nx, ny, d)


def _inside(outline: Outline, point: Point, by: float) -> bool:
    """At least `by` pixels inside every side."""
    return all(nx * point[0] + ny * point[1] <= d - by for nx, ny, d in _sides(outline))


def _from_border(outline: Outline, point: Point) -> float:
    """Distance from the outline."""
    return min(_from_piece(point, a, b) for a, b in pairwise((*outline, outline[0])))


def _from_piece(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    long = dx * dx + dy * dy
    part = max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / long)) if long else 0.0
    return hypot(point[0] - a[0] - part * dx, point[1] - a[1] - part * dy)


def _goes_through(a: Point, b: Point, outline: Outline) -> bool:
    """Whether a stretch of the piece lies more than a touch inside."""
    begin, end = 0.0, 1.0
    for nx, ny, d in _sides(outline):
        at_a, at_b = nx * a[0] + ny * a[1] - d + TOUCH, nx * b[0] + ny * b[1] - d + TOUCH
        if at_a > 0 and at_b > 0:
            return False
        if at_a > 0:
            begin = max(begin, at_a / (at_a - at_b))
        elif at_b > 0:
            end = min(end, at_a / (at_a - at_b))
    return (end - begin) * hypot(b[0] - a[0], b[1] - a[1]) > 0.5


def _overlap(one: Outline, two: Outline) -> bool:
    """By more than a touch: no side of either keeps them apart."""
    for first, second in ((one, two), (two, one)):
        for nx, ny, d in _sides(first):
            if min(nx * x + ny * y for x, y in second) >= d - TOUCH:
                return False
    return True


def _together(a: Point, b: Point, c: Point, d: Point) -> float:
    """How long two upright or two level pieces lie on each other."""
    for along in (0, 1):
        across = 1 - along
        if max(abs(a[across] - b[across]), abs(c[across] - d[across]), abs(a[across] - c[across])) < 1:
            low = max(min(a[along], b[along]), min(c[along], d[along]))
            return min(max(a[along], b[along]), max(c[along], d[along])) - low
    return 0.0


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
