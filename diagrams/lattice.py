"""The way of each flow through the gaps between the steps: cheapest path over the lines of a grid.

The grid has a line through the middle of each row and column and one line in each gap between them (two where two lanes
meet, so that no flow runs on a lane's border). A path costs length, bends, crossings, and sharing a line.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from diagrams.figures import Figure
from diagrams.rows import Link

Point = tuple[int, int]
#: a step in each direction, numbered: up, right, down, left
STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
UP, RIGHT, DOWN, LEFT = range(4)
BEND, CROSSING = 20, 26
#: sharing a line: between two rows of steps, through the steps, and there with a flow of the same source or target
SHARED_GAP, SHARED_MIDDLE, SHARED_AKIN = 2, 60, 8
#: flows up to which each is taken out and laid again when all the others lie
AGAIN_MOST = 130
#: flows beyond which the search is given up for a plain path
SEARCH_MOST = 700
#: looks at one flow before the plain path is taken
LOOKS = 40_000


@dataclass(frozen=True, slots=True)
class Path:
    """Grid points from the source's middle to the target's, and which sides it leaves and enters by."""

    link: Link
    points: tuple[Point, ...]


class Lattice:
    def __init__(
        self,
        columns_per_lane: Sequence[int],
        row_count: int,
        row: Mapping[str, int],
        column: Mapping[str, int],
        figure: Mapping[str, Figure],
        loops: frozenset[str],
    ) -> None:
        self.x_middle: list[int] = []  # column → line
        self.x_lane: list[int] = []  # line → lane
        self.x_gap: list[bool] = []
        for lane, wide in enumerate(columns_per_lane):
            for i in range(wide):
                self.x_gap += [True, False]
                self.x_lane += [lane, lane]
                self.x_middle.append(len(self.x_gap) - 1)
                if i == wide - 1:
                    self.x_gap.append(True)
                    self.x_lane.append(lane)
        self.wide, self.high = len(self.x_gap), 2 * row_count + 1
        self.x_at = [0] * self.wide
        for x in range(1, self.wide):
            both_gaps = self.x_gap[x] and self.x_gap[x - 1]
            self.x_at[x] = self.x_at[x - 1] + (3 if both_gaps else 8)
        self.y_at = [5 * y for y in range(self.high)]
        self.node_at = {n: (self.x_middle[column[n]], 2 * row[n] + 1) for n in row}
        self.taken = {point: n for n, point in self.node_at.items()}
        self.figure, self.loops = figure, loops
        self._laid: dict[tuple[int, int, bool], list[Link]] = {}  # (x, y, across) → flows on the step that begins there
        self._across: dict[Point, int] = {}
        self._along: dict[Point, int] = {}
        self._ports: dict[tuple[str, int], list[bool]] = {}  # (node, side) → for each flow there: does it leave

    def lay(self, links: Sequence[Link], border_side: Mapping[str, int]) -> list[Path]:
        """A path for each link; `border_side` is the side its boundary event sits on."""
        self._border_side = border_side
        self._haste = 10 if len(links) <= AGAIN_MOST else 18
        paths: dict[str, Path] = {}
        order = sorted(range(len(links)), key=lambda i: (self._span(links[i]), i))
        for i in order:
            path = self._find(links[i], plain=len(links) > SEARCH_MOST)
            self._note(path, 1)
            paths[links[i].flow] = path
        if len(links) <= AGAIN_MOST:
            for _ in range(2):
                for i in order:
                    across, along = zip(*paths[links[i].flow].points, strict=True)
                    if len(set(across)) == 1 or len(set(along)) == 1:
                        continue  # straight already
                    self._note(paths[links[i].flow], -1)
                    paths[links[i].flow] = self._find(links[i])
                    self._note(paths[links[i].flow], 1)
        return [paths[link.flow] for link in links]

    def _span(self, link: Link) -> int:
        (x1, y1), (x2, y2) = self.node_at[link.source], self.node_at[link.target]
        straight = x1 == x2 or y1 == y2
        return abs(self.x_at[x1] - self.x_at[x2]) + abs(self.y_at[y1] - self.y_at[y2]) + (0 if straight else 20)

    def _note(self, path: Path, count: int) -> None:
        points = path.points
        for a, b in itertools.pairwise(points):
            across = a[1] == b[1]
            laid = self._laid.setdefault((*min(a, b), across), [])
            if count > 0:
                laid.append(path.link)
            else:
                laid.remove(path.link)
        for a, b, c in zip(points, points[1:], points[2:], strict=False):
            if a[1] == b[1] or b[1] == c[1]:
                self._across[b] = self._across.get(b, 0) + count
            if a[0] == b[0] or b[0] == c[0]:
                self._along[b] = self._along.get(b, 0) + count
        for node, way, leaves in (
            (path.link.source, direction(points[0], points[1]), True),
            (path.link.target, direction(points[-1], points[-2]), False),
        ):
            if path.link.border and leaves:
                continue
            uses = self._ports.setdefault((node, way), [])
            if count > 0:
                uses.append(leaves)
            else:
                uses.remove(leaves)

    def _port_cost(self, link: Link, side: int, *, leaves: bool) -> int:
        node = link.source if leaves else link.target
        loop = link.flow in self.loops
        if leaves:
            cost = {UP: 26, RIGHT: 4, DOWN: 8 if loop else 0, LEFT: 4}[side]
        else:
            cost = {UP: 12 if loop else 0, RIGHT: 4, DOWN: 30, LEFT: 4}[side]
        pointed = self.figure[node] != "box"
        for other in self._ports.get((node, side), ()):
            if other != leaves:
                cost += 60 if pointed else 30
            elif pointed:
                cost += 45 if leaves else 14
            else:
                cost += 9
        return cost

    def _find(self, link: Link, *, plain: bool = False) -> Path:
        """Cheapest path by A*; the plain one when that takes too many looks."""
        start, goal = self.node_at[link.source], self.node_at[link.target]
        if plain:
            return Path(link, self._plain(link, start, goal))
        ends: dict[tuple[int, int, int], int] = {}
        for side, (dx, dy) in enumerate(STEPS):
            if link.border and start[1] == goal[1] and side in (LEFT, RIGHT) and self.figure[link.target] != "box":
                continue  # it leaves below the row's middle, a corner lies on it
            ends[goal[0] + dx, goal[1] + dy, (side + 2) % 4] = self._port_cost(link, side, leaves=False)
        queue: list[tuple[int, int, int, int, int]] = []
        best: dict[tuple[int, int, int], int] = {}
        came: dict[tuple[int, int, int], tuple[int, int, int]] = {}
        sides = (self._border_side[link.border],) if link.border else (DOWN, RIGHT, LEFT, UP)
        for side in sides:
            x, y = start[0] + STEPS[side][0], start[1] + STEPS[side][1]
            cost = 0 if link.border else self._port_cost(link, side, leaves=True)
            cost += self._step_cost(link, start, (x, y), side, side)
            best[x, y, side] = cost
            heappush(queue, (cost + self._ahead((x, y), goal), cost, x, y, side))
        looks = 0
        done = -1
        last: tuple[int, int, int] | None = None
        while queue:
            guess, cost, x, y, way = heappop(queue)
            if 0 <= done <= guess:
                break
            if cost > best[x, y, way]:
                continue
            looks += 1
            if looks > LOOKS:
                break
            for turn in (0, 1, 3):
                side = (way + turn) % 4
                end = ends.get((x, y, side))
                if end is not None:
                    total = cost + end + self._step_cost(link, (x, y), goal, way, side)
                    if done < 0 or total < done:
                        done, last = total, (x, y, way)
                    continue
                nx, ny = x + STEPS[side][0], y + STEPS[side][1]
                if not (0 <= nx < self.wide and 0 <= ny < self.high) or (nx, ny) in self.taken:
                    continue
                new = cost + self._step_cost(link, (x, y), (nx, ny), way, side)
                if new < best.get((nx, ny, side), 1 << 40):
                    best[nx, ny, side] = new
                    came[nx, ny, side] = (x, y, way)
                    heappush(queue, (new + self._ahead((nx, ny), goal), new, nx, ny, side))
        if last is None:
            return Path(link, self._plain(link, start, goal))
        points = [goal]
        at: tuple[int, int, int] | None = last
        while at is not None:
            points.append(at[:2])
            at = came.get(at)
        return Path(link, (start, *reversed(points)))

    def _least(self, point: Point, goal: Point) -> int:
        return abs(self.x_at[point[0]] - self.x_at[goal[0]]) + abs(self.y_at[point[1]] - self.y_at[goal[1]])

    def _ahead(self, point: Point, goal: Point) -> int:
        """What the rest of the way costs at least; in a large drawing somewhat more, which makes haste."""
        bend = BEND if point[0] != goal[0] and point[1] != goal[1] else 0
        return (self._least(point, goal) + bend) * self._haste // 10

    def _step_cost(self, link: Link, a: Point, b: Point, way: int, side: int) -> int:
        """From a to its neighbour b, having come to a in direction `way`."""
        across = a[1] == b[1]
        cost = self._least(a, b)
        if way != side:
            cost += BEND
        elif a not in self.taken:
            cost += CROSSING * (self._along if across else self._across).get(a, 0)
        laid = self._laid.get((*min(a, b), across))
        if laid:
            middle = a[1] % 2 == 1 if across else not self.x_gap[a[0]]
            near = a in self.taken or b in self.taken
            for other in laid:
                akin = near or other.source == link.source or other.target == link.target
                cost += SHARED_GAP if not middle else SHARED_AKIN if akin else SHARED_MIDDLE
        return cost

    def _plain(self, link: Link, start: Point, goal: Point) -> tuple[Point, ...]:
        """Down into the gap, along it, through the gap beside the target's column, and in from above."""
        way = STEPS[self._border_side[link.border] if link.border else DOWN]
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


def direction(a: Point, b: Point) -> int:
    """The way from a point to its neighbour."""
    return STEPS.index((b[0] - a[0], b[1] - a[1]))
