"""The way of each flow through the gaps between the steps: cheapest path over the lines of a grid.

The grid has a line through the middle of each row and column and one line in each gap between them (two where two lanes
meet, so that no flow runs on a lane's border). A path costs length, bends, crossings, and sharing a line.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from diagrams.figures import Figure
from diagrams.rows import Link
from diagrams.ways import DOWN, LEFT, RIGHT, STEPS, UP, Path, Point, direction, plain

__all__ = ["LEFT", "RIGHT", "Lattice"]

BEND, CROSSING = 20, 26
#: sharing a line: between two rows of steps, through the steps, and there with a flow of the same source or target
SHARED_GAP, SHARED_MIDDLE, SHARED_AKIN = 2, 60, 8
#: flows beyond which the search is given up for a plain path
SEARCH_MOST = 700
#: looks at one flow before the plain path is taken, and when much has been looked at already
LOOKS, LOOKS_LATE = 40_000, 2_000
#: looks at all flows of a drawing: up to the first number the search is thorough, up to the second flows are taken out
#: and laid again. A limit of work, not of time: the same SOP gets the same drawing on any machine
LOOKS_THOROUGH, LOOKS_MUCH = 300_000, 500_000
#: in tenths, how much more the rest of a way is taken to cost when the search is in haste
HASTE = 18


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
        self.figure, self.loops = figure, loops
        size = self.wide * self.high
        #: by point, numbered row after row: whether a step stands there, how many flows pass across and along it
        self._taken = bytearray(size)
        for x, y in self.node_at.values():
            self._taken[y * self.wide + x] = 1
        self._across, self._along = [0] * size, [0] * size
        #: by point: the flows on the step of the grid that begins there, to the right and down
        self._right: list[list[Link]] = [[] for _ in range(size)]
        self._down: list[list[Link]] = [[] for _ in range(size)]
        self._ports: dict[tuple[str, int], list[bool]] = {}  # (node, side) → for each flow there: does it leave

    def lay(self, links: Sequence[Link], border_side: Mapping[str, int]) -> list[Path]:
        """A path for each link; `border_side` is the side its boundary event sits on."""
        self._border_side = border_side
        self._looks = 0
        paths: dict[str, Path] = {}
        order = sorted(range(len(links)), key=lambda i: (self._span(links[i]), i))
        for i in order:
            path = self._find(links[i], plainly=len(links) > SEARCH_MOST)
            self._note(path, 1)
            paths[links[i].flow] = path
        if len(links) <= SEARCH_MOST:
            for _ in range(2):
                for i in order:
                    across, along = zip(*paths[links[i].flow].points, strict=True)
                    if len(set(across)) == 1 or len(set(along)) == 1 or self._looks > LOOKS_MUCH:
                        continue  # straight already, or enough looked
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
        at = [y * self.wide + x for x, y in points]
        for a, b in itertools.pairwise(at):
            laid = (self._right if abs(a - b) == 1 else self._down)[min(a, b)]
            if count > 0:
                laid.append(path.link)
            else:
                laid.remove(path.link)
        for a, b, c in zip(at, at[1:], at[2:], strict=False):
            if abs(a - b) == 1 or abs(b - c) == 1:
                self._across[b] += count
            if abs(a - b) != 1 or abs(b - c) != 1:
                self._along[b] += count
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
                cost += 100 if pointed else 30
            elif pointed:
                cost += 45 if leaves else 14
            else:
                cost += 9
        return cost

    def _find(self, link: Link, *, plainly: bool = False) -> Path:
        """Cheapest path by A*; the plain one when that takes too many looks."""
        start, goal = self.node_at[link.source], self.node_at[link.target]
        if plainly:
            return Path(link, self._plainly(link, start, goal))
        ends: dict[tuple[int, int, int], int] = {}
        for side, (dx, dy) in enumerate(STEPS):
            if link.border and start[1] == goal[1] and side in (LEFT, RIGHT) and self.figure[link.target] != "box":
                continue  # it leaves below the row's middle, a corner lies on it
            ends[goal[0] + dx, goal[1] + dy, (side + 2) % 4] = self._port_cost(link, side, leaves=False)
        sides = (self._border_side[link.border],) if link.border else (DOWN, RIGHT, LEFT, UP)
        first = {side: 0 if link.border else self._port_cost(link, side, leaves=True) for side in sides}
        points = self._search(link, start, goal, first, ends)
        return Path(link, points or self._plainly(link, start, goal))

    def _search(
        self,
        link: Link,
        start: Point,
        goal: Point,
        first: Mapping[int, int],
        ends: Mapping[tuple[int, int, int], int],
    ) -> tuple[Point, ...]:
        """The points of the cheapest way, none where it is not found in so many looks.

        A state is a point and the direction it was come to in, as one number: 4 * point + direction.
        """
        wide, high, taken = self.wide, self.high, self._taken
        x_at, y_at = self.x_at, self.y_at
        goal_x, goal_y = goal
        haste = 10 if self._looks < LOOKS_THOROUGH else HASTE
        most = LOOKS if self._looks < LOOKS_MUCH else LOOKS_LATE
        target_x, target_y = x_at[goal_x], y_at[goal_y]
        last_steps = {4 * (y * wide + x) + way: cost for (x, y, way), cost in ends.items()}
        best: dict[int, int] = {}
        came: dict[int, int] = {}
        queue: list[tuple[int, int, int]] = []
        for side, port in first.items():
            x, y = start[0] + STEPS[side][0], start[1] + STEPS[side][1]
            cost = port + self._step_cost(link, start, (x, y), side, side)
            state = 4 * (y * wide + x) + side
            best[state] = cost
            heappush(queue, (cost + self._ahead((x, y), goal) * haste // 10, cost, state))
        looks, done, last = 0, -1, -1
        while queue:
            guess, cost, state = heappop(queue)
            if 0 <= done <= guess:
                break
            if cost > best[state]:
                continue
            looks += 1
            if looks > most:
                break
            point, way = state >> 2, state & 3
            y, x = divmod(point, wide)
            for turn in (0, 1, 3):
                side = (way + turn) & 3
                end = last_steps.get(4 * point + side)
                if end is not None:
                    total = cost + end + self._step_cost(link, (x, y), goal, way, side)
                    if done < 0 or total < done:
                        done, last = total, state
                    continue
                across = side & 1
                if across:
                    nx, ny = x + 2 - side, y
                    if not 0 <= nx < wide:
                        continue
                    there = point + 2 - side
                    long = abs(x_at[x] - x_at[nx])
                    laid = self._right[point if side == RIGHT else there]
                else:
                    nx, ny = x, y + side - 1
                    if not 0 <= ny < high:
                        continue
                    there = point + wide * (side - 1)
                    long = abs(y_at[y] - y_at[ny])
                    laid = self._down[point if side == DOWN else there]
                if taken[there]:
                    continue
                new = cost + long
                if turn:
                    new += BEND
                elif not taken[point]:
                    new += CROSSING * (self._along if across else self._across)[point]
                if laid:
                    new += self._shared_cost(link, laid, (x, y), bool(across), near=bool(taken[point]))
                onward = 4 * there + side
                old = best.get(onward)
                if old is None or new < old:
                    best[onward] = new
                    came[onward] = state
                    ahead = abs(x_at[nx] - target_x) + abs(y_at[ny] - target_y)
                    if nx != goal_x and ny != goal_y:
                        ahead += BEND
                    heappush(queue, (new + ahead * haste // 10, new, onward))
        self._looks += looks
        if last < 0:
            return ()
        points = [goal]
        while last >= 0:
            points.append((last // 4 % wide, last // 4 // wide))
            last = came.get(last, -1)
        return (start, *reversed(points))

    def _least(self, point: Point, goal: Point) -> int:
        return abs(self.x_at[point[0]] - self.x_at[goal[0]]) + abs(self.y_at[point[1]] - self.y_at[goal[1]])

    def _ahead(self, point: Point, goal: Point) -> int:
        """What the rest of the way costs at least."""
        bend = BEND if point[0] != goal[0] and point[1] != goal[1] else 0
        return self._least(point, goal) + bend

    def _step_cost(self, link: Link, a: Point, b: Point, way: int, side: int) -> int:
        """From a to its neighbour b, having come to a in direction `way`; one of them may be a step."""
        across = a[1] == b[1]
        here, there = a[1] * self.wide + a[0], b[1] * self.wide + b[0]
        cost = self._least(a, b)
        if way != side:
            cost += BEND
        elif not self._taken[here]:
            cost += CROSSING * (self._along if across else self._across)[here]
        laid = (self._right if across else self._down)[min(here, there)]
        near = bool(self._taken[here] or self._taken[there])
        return cost + self._shared_cost(link, laid, a, across, near=near)

    def _shared_cost(self, link: Link, laid: Sequence[Link], at: Point, across: bool, *, near: bool) -> int:
        """What the flows already on a step of the grid cost."""
        middle = at[1] % 2 == 1 if across else not self.x_gap[at[0]]
        if not middle:
            return SHARED_GAP * len(laid)
        return sum(
            SHARED_AKIN if near or other.source == link.source or other.target == link.target else SHARED_MIDDLE
            for other in laid
        )

    def _plainly(self, link: Link, start: Point, goal: Point) -> tuple[Point, ...]:
        return plain(start, goal, STEPS[self._border_side[link.border] if link.border else DOWN])
