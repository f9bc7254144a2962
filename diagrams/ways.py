"""Ways over the lines of a grid: directions, a flow's path, and the plain path where no search is made."""

from __future__ import annotations

from dataclasses import dataclass

from diagrams.rows import Link

Point = tuple[int, int]
#: a step in each direction, numbered: up, right, down, left
STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
UP, RIGHT, DOWN, LEFT = range(4)


@dataclass(frozen=True, slots=True)
class Path:
    """Grid points from the source's middle to the target's, and which sides it leaves and enters by."""

    link: Link
    points: tuple[Point, ...]


def direction(a: Point, b: Point) -> int:
    """The way from a point to its neighbour."""
    return STEPS.index((b[0] - a[0], b[1] - a[1]))


def plain(start: Point, goal: Point, way: Point) -> tuple[Point, ...]:
    """Out by `way` into the gap below, along it, through the gap beside the target's column, and in from above."""
    first = (start[0] + way[0], start[1] + way[1])
    beside = goal[0] - 1 if first[0] < goal[0] else goal[0] + 1
    corners = [first, (first[0], start[1] + 1)]
    if start[1] + 1 != goal[1] - 1:
        corners += [(beside, start[1] + 1), (beside, goal[1] - 1)]
    points = [start]
    for corner in [*corners, (goal[0], goal[1] - 1), goal]:
        while points[-1] != corner:
            x, y = points[-1]
            points.append((x + (corner[0] > x) - (corner[0] < x), y + (corner[1] > y) - (corner[1] < y)))
    return tuple(points)
