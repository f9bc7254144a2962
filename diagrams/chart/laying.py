"""A stretch of rows laid out from (0, 0): where each symbol stands and which way each flow takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from diagrams import figures, lattice, tracks
from diagrams.chart.shapes import Shape
from diagrams.chart.stretch import Laid, Stretch, label_size
from engine.sops.sop import Bounds

__all__ = ["lay"]

EDGE_GAP, MIDDLE_GAP, ROW_GAP = 16.0, 26.0, 24.0
PITCH = 12.0
BORDER_ROOM = 20.0
#: a boundary event's middle above its step's lower edge, and between two on one side
DROP, STEP = 4.0, 34.0


def lay(stretch: Stretch) -> Laid:
    """Without the words beside: they change no place, and only a lay-out that is kept needs them (``naming``)."""
    return _Laying(stretch).laid


class _Laying:
    def __init__(self, stretch: Stretch) -> None:
        self.s = stretch
        self.row_count = max((seat.row for seat in stretch.seats.values()), default=0) + 1
        used = max((seat.track for seat in stretch.seats.values()), default=0) + 1
        self.size = {key: (seat.shape.wide, self._high(key, seat.shape)) for key, seat in stretch.seats.items()}
        self.figure = {key: seat.shape.figure for key, seat in stretch.seats.items()}
        self.link = {link.flow: link for link in stretch.links}
        row = {key: seat.row for key, seat in stretch.seats.items()}
        self.track = {key: seat.track for key, seat in stretch.seats.items()}
        self.spot = self._border_spots()
        grid = lattice.Lattice((used,), self.row_count, row, self.track, self.figure, stretch.loops)
        paths = grid.lay(stretch.links, {event: side for event, (side, _) in self.spot.items()})
        reach = {(n, upright): self.size[n][not upright] / 2 - 9 for n in row for upright in (True, False)}
        self.ways = tracks.side_by_side(
            paths,
            fixed=tracks.meeting(self.link, self.spot, self.figure),
            reach={key: max(0.0, most) for key, most in reach.items()},
            gap=lambda upright, line: grid.x_gap[line] if upright else line % 2 == 0,
        )
        x, wide = self._across(grid)
        y, high, tops = self._down(grid)
        self.laid = Laid(wide, high)
        self.laid.rows = [(tops[2 * i], tops[2 * i + 2]) for i in range(self.row_count)]
        self.laid.middles = [y[2 * i + 1] for i in range(self.row_count)]
        self._put(grid, x, y)
        for link in stretch.links:
            source, target = self.laid.shapes[link.border or link.source], self.laid.shapes[link.target]
            line = tracks.line(self.ways.pieces[link.flow], source, target, x, y)
            self.laid.edges[link.flow] = tuple((round(a, 1), round(b, 1)) for a, b in line)

    def _high(self, key: str, shape: Shape) -> float:
        count = sum(border.host == key for border in self.s.borders.values())
        return max(shape.high, 34.0 * ((count + 1) // 2) + 12.0 if count > 1 else 0.0)

    def _border_spots(self) -> dict[str, tuple[int, float]]:
        """Boundary event → the side it sits on and how far below its step's middle."""
        spots: dict[str, tuple[int, float]] = {}
        count: Counter[tuple[str, int]] = Counter()
        for event, border in self.s.borders.items():
            goes = [self.track[x.target] - self.track[border.host] for x in self.s.links if x.border == event]
            side = lattice.LEFT if sum(goes) < 0 or count[border.host, lattice.RIGHT] else lattice.RIGHT
            if count[border.host, side] > count[border.host, lattice.RIGHT]:
                side = lattice.RIGHT
            spots[event] = side, self.size[border.host][1] / 2 - DROP - STEP * count[border.host, side]
            count[border.host, side] += 1
        return spots

    def _across(self, grid: lattice.Lattice) -> tuple[list[float], float]:
        """The middle of each column line, and the width of all."""
        column = [0.0] * grid.wide
        left, right = [0.0] * grid.wide, [0.0] * grid.wide
        for key, (x, _) in grid.node_at.items():
            column[x] = max(column[x], self.size[key][0])
            shape = self.s.seats[key].shape
            if shape.beside and self.figure[key] == "circle":
                column[x] = max(column[x], label_size(shape)[0] + 4)
        for event, (side, _) in self.spot.items():
            x, _ = grid.node_at[self.s.borders[event].host]
            if side == lattice.RIGHT:
                left[x + 1] = BORDER_ROOM
            else:
                right[x - 1] = BORDER_ROOM
        level = self._level_labels(grid)
        for x, room in self._words_outside(grid, column).items():
            if x == 0:
                left[x] += room
            else:
                right[x] = max(right[x], room)
        for x in range(grid.wide):
            if grid.x_gap[x]:
                between = 0 < x < grid.wide - 1
                runs = self.ways.columns.get(x, 0)
                column[x] = (MIDDLE_GAP if between else EDGE_GAP if runs else 6.0) + max(0, runs - 1) * PITCH
                column[x] = max(column[x], level.get(x, 0.0)) + left[x] + right[x]
        return _middles(column, left, right), sum(column)

    def _words_outside(self, grid: lattice.Lattice, column: Sequence[float]) -> dict[int, float]:
        """Gap → room beyond its flows: for names of flows that leave one step there, for words by a small symbol."""
        room: dict[int, float] = {}
        leaving: dict[tuple[str, int], list[str]] = {}
        for flow, pieces in self.ways.pieces.items():
            if self.s.names.get(flow) and pieces[0].upright and not grid.x_gap[pieces[0].line]:
                x = pieces[0].line
                wide = figures.label_size(figures.label_lines(self.s.names[flow]))[0]
                room[x + 1] = max(room.get(x + 1, 0.0), wide + 8 - column[x] / 2)
            if self.s.names.get(flow) and not pieces[0].upright and len(pieces) > 1:
                leaving.setdefault((self.link[flow].source, pieces[1].line), []).append(flow)
        for (_, x), flows in leaving.items():
            if len(flows) > 1 and grid.x_gap[x]:
                widest = max(figures.label_size(figures.label_lines(self.s.names[f], 60.0))[0] for f in flows)
                room[x] = max(room.get(x, 0.0), widest)
        for x, name in self._behind_others(grid):
            room[x] = max(room.get(x, 0.0), _narrowest(name))
        down = self._left_downwards()
        for key, seat in self.s.seats.items():
            if seat.shape.beside and seat.shape.lines and (self.figure[key] == "diamond" or key in down):
                x = grid.node_at[key][0]
                free = (column[x] - seat.shape.wide) / 2 - 6
                room[x + 1] = max(room.get(x + 1, 0.0), label_size(seat.shape)[0] - free)
        return room

    def _behind_others(self, grid: lattice.Lattice) -> Iterator[tuple[int, str]]:
        """(gap, name) of each flow that leaves aside and turns in the way farthest from its step, while others run
        between: its name can stand nowhere but beyond it.
        """
        upright = [piece for pieces in self.ways.pieces.values() for piece in pieces if piece.upright]
        for flow, pieces in self.ways.pieces.items():
            name, y = self.s.names.get(flow), pieces[0].line
            if not name or pieces[0].upright or len(pieces) < 2 or not grid.x_gap[pieces[1].line]:
                continue
            x, own, left = pieces[1].line, pieces[1].track, not pieces[0].forward
            here = [one.track for one in upright if one.line == x and one.low <= y <= one.high]
            if (x == 0) == left and own == (min(here) if left else max(here)) and len(set(here)) > 1:
                yield x, name

    def _level_labels(self, grid: lattice.Lattice) -> dict[int, float]:
        """Gap → room that a named flow needs which runs straight through it from a step to the next."""
        room: dict[int, float] = {}
        for flow, pieces in self.ways.pieces.items():
            if not self.s.names.get(flow) or len(pieces) != 1 or pieces[0].upright:
                continue
            gaps = [x for x in range(pieces[0].low, pieces[0].high) if grid.x_gap[x]]
            lines = figures.label_lines(self.s.names[flow])
            for x in gaps[:1]:
                room[x] = max(room.get(x, 0.0), figures.label_size(lines)[0] + 16.0)
        return room

    def _down(self, grid: lattice.Lattice) -> tuple[list[float], float, list[float]]:
        row = [0.0] * grid.high
        below = [0.0] * grid.high
        for key, (_, y) in grid.node_at.items():
            row[y] = max(row[y], self.size[key][1])
        for i, high in self.s.cells.items():
            row[2 * i + 1] = max(row[2 * i + 1], high - ROW_GAP / 2)
        for key, reach in self._overhangs().items():
            y = grid.node_at[key][1]
            below[y + 1] = max(below[y + 1], reach - (row[y] - self.size[key][1]) / 2)
        for y, more in self._names_aside(grid).items():
            below[y] = max(below[y], more)
        for y in range(0, grid.high, 2):
            runs = self.ways.rows.get(y, 0)
            outer = y in (0, grid.high - 1)
            row[y] = (ROW_GAP if not outer else ROW_GAP / 2 + 4) + max(0, runs - 1) * PITCH + below[y]
        tops, at = [], 0.0
        for y, high in enumerate(row):
            tops.append(at + (high - below[y] / 2 if y % 2 == 0 else 0) / 2 + below[y] / 4 if y % 2 == 0 else at)
            at += high
        tops[0], tops[-1] = 0.0, at
        return _middles(row, below, [0.0] * grid.high), at, tops

    def _left_downwards(self) -> set[str]:
        """Symbols that a flow leaves by the foot."""
        return {self.link[p[0].flow].source for p in self.ways.pieces.values() if p[0].upright and p[0].forward}

    def _met_aside(self, key: str) -> set[bool]:
        """From which sides flows come in level."""
        ends = [pieces[-1] for flow, pieces in self.ways.pieces.items() if self.link[flow].target == key]
        return {piece.forward for piece in ends if not piece.upright}

    def _names_aside(self, grid: lattice.Lattice) -> dict[int, float]:
        """Gap between rows → room for the name of a flow that leaves aside and turns up or down past it."""
        room: dict[int, float] = {}
        for flow, pieces in self.ways.pieces.items():
            if not self.s.names.get(flow) or pieces[0].upright or len(pieces) < 2:
                continue
            y = pieces[0].line + (1 if pieces[1].forward else -1)
            lines = figures.label_lines(self.s.names[flow], 60.0)
            if len(lines) > 1 and 0 <= y < grid.high:
                room[y] = max(room.get(y, 0.0), figures.label_size(lines)[1] - 14.0)
        return room

    def _overhangs(self) -> dict[str, float]:
        """How far labels reach below each symbol."""
        found: dict[str, float] = {}
        down = self._left_downwards()
        for key, seat in self.s.seats.items():
            hemmed = key not in down or len(self._met_aside(key)) == 2
            if seat.shape.beside and seat.shape.lines and self.figure[key] == "circle" and hemmed:
                found[key] = label_size(seat.shape)[1] + 4
        for border in self.s.borders.values():
            reach = label_size(border.shape)[1] + border.shape.high / 2 - DROP
            found[border.host] = max(found.get(border.host, 0.0), reach)
        for flow, pieces in self.ways.pieces.items():
            node = self.link[flow].source
            if self.s.names.get(flow) and pieces[0].upright and pieces[0].forward:
                lines = figures.label_lines(self.s.names[flow])
                beside = 12.0 if node in self.s.seats and self.s.seats[node].shape.beside else 0.0
                found[node] = max(found.get(node, 0.0), figures.label_size(lines)[1] - 10 + beside)
        return found

    def _put(self, grid: lattice.Lattice, x: Sequence[float], y: Sequence[float]) -> None:
        for key, (column, row) in grid.node_at.items():
            wide, high = self.size[key]
            self.laid.shapes[key] = Bounds(x[column] - wide / 2, y[row] - high / 2, wide, high)
        for event, (side, drop) in self.spot.items():
            host = self.laid.shapes[self.s.borders[event].host]
            r = self.s.borders[event].shape.wide / 2
            at = host.x + (host.width if side == lattice.RIGHT else 0.0)
            self.laid.shapes[event] = Bounds(at - r, host.y + host.height / 2 + drop - r, 2 * r, 2 * r)


def _narrowest(name: str) -> float:
    """Width of a flow's name in its shortest lines."""
    return figures.label_size(figures.label_lines(name, 40.0))[0] + 6.0


def _middles(lengths: Sequence[float], before: Sequence[float], after: Sequence[float]) -> list[float]:
    found: list[float] = []
    begin = 0.0
    for length, first, last in zip(lengths, before, after, strict=True):
        found.append(begin + first + (length - first - last) / 2)
        begin += length
    return found
