"""How wide each column and gap is, how high each row: from the steps in them, the flows between, the labels below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagrams import figures, lettering
from diagrams.lattice import Lattice
from diagrams.tracks import PITCH, Tracks

EDGE_GAP, MIDDLE_GAP, ROW_GAP = 30.0, 44.0, 36.0
COLUMN_LEAST, LANE_LEAST = 104.0, 130.0
#: room a boundary event needs in the gap it hangs into
BORDER_ROOM = 24.0


@dataclass(frozen=True, slots=True)
class Spacing:
    """Where each grid line lies, and the outer size; `lanes` are (x, width)."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    wide: float
    high: float
    lanes: tuple[tuple[float, float], ...]


def spacing(
    grid: Lattice,
    ways: Tracks,
    size: Mapping[str, tuple[float, float]],
    overhang: Mapping[str, float],
    border_sides: Mapping[str, frozenset[int]],
    heads: Sequence[str],
) -> Spacing:
    """`overhang`: pixels a node's label reaches below it; `heads`: the lanes' names, which must fit in two lines."""
    column = [0.0] * grid.wide
    row = [0.0] * grid.high
    left = [0.0] * grid.wide  # extra room at the left and right of a gap's flows
    right = [0.0] * grid.wide
    below = [0.0] * grid.high
    for node, (x, y) in grid.node_at.items():
        column[x] = max(column[x], size[node][0])
        row[y] = max(row[y], size[node][1])
        for side in border_sides.get(node, ()):
            if side == 1:
                left[x + 1] = BORDER_ROOM
            else:
                right[x - 1] = BORDER_ROOM
    for node, (_, y) in grid.node_at.items():
        below[y + 1] = max(below[y + 1], overhang.get(node, 0.0) - (row[y] - size[node][1]) / 2)
    for x in range(grid.wide):
        if grid.x_gap[x]:
            between = 0 < x < grid.wide - 1 and grid.x_lane[x - 1] == grid.x_lane[x + 1]
            column[x] = (MIDDLE_GAP if between else EDGE_GAP) + (ways.columns.get(x, 1) - 1) * PITCH
            column[x] += left[x] + right[x]
        else:
            column[x] = max(column[x], COLUMN_LEAST)
    lanes: list[tuple[float, float]] = []
    for lane, head in enumerate(heads):
        mine = [x for x in range(grid.wide) if grid.x_lane[x] == lane]
        least = max(LANE_LEAST, lettering.width(lettering.clean(head, 40), figures.LETTER) / 2 + 30)
        missing = least - sum(column[x] for x in mine)
        steps = [x for x in mine if not grid.x_gap[x]]
        for x in steps:
            column[x] += max(0.0, missing) / len(steps)
        lanes.append((sum(width for _, width in lanes), sum(column[x] for x in mine)))
    for y in range(0, grid.high, 2):
        row[y] = ROW_GAP + (ways.rows.get(y, 1) - 1) * PITCH + below[y]
    return Spacing(
        _middles(column, left, right), _middles(row, below, [0.0] * grid.high), sum(column), sum(row), tuple(lanes)
    )


def _middles(lengths: Sequence[float], before: Sequence[float], after: Sequence[float]) -> tuple[float, ...]:
    """The middle of each stretch, its extra room before and after left aside."""
    found: list[float] = []
    begin = 0.0
    for length, first, last in zip(lengths, before, after, strict=True):
        found.append(begin + first + (length - first - last) / 2)
        begin += length
    return tuple(found)
