"""Which column of its lane each step stands in: steps that follow each other below each other, side branches beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagrams.rows import Link

#: rounds of improvement; small drawings settle after three or four
ROUNDS = 12
ROUNDS_LARGE = 3
LARGE = 150


@dataclass(frozen=True, slots=True)
class _Near:
    """A flow as one of its ends sees it; `between` are the rows it passes, one bit each."""

    other: int
    weight: float
    akin: bool  # both in one lane
    level: bool  # both in one row
    far: bool  # passes other rows
    between: int


class Columns:
    """Seats in a grid of rows and columns; each lane owns a run of columns."""

    def __init__(
        self,
        nodes: Sequence[str],
        links: Sequence[Link],
        row: Mapping[str, int],
        lane: Mapping[str, int],
        lanes: int,
        loops: frozenset[str],
    ) -> None:
        number = {node: i for i, node in enumerate(nodes)}
        self._row, self._lane = [row[n] for n in nodes], [lane[n] for n in nodes]
        widest = [1] * lanes
        cells: dict[tuple[int, int], list[int]] = {}
        for i in range(len(nodes)):
            cells.setdefault((self._row[i], self._lane[i]), []).append(i)
        for (_, where), members in cells.items():
            widest[where] = max(widest[where], len(members))
        self.width = tuple(widest)
        self.first = tuple(sum(widest[:i]) for i in range(lanes))
        self._column = [-1] * len(nodes)
        self._at: dict[tuple[int, int], int] = {}  # (row, column) → node
        self._in_row = [0] * (max(self._row, default=0) + 1)  # the taken columns of a row, one bit each
        self._in_column = [0] * sum(widest)
        self._near: list[list[_Near]] = [[] for _ in nodes]
        for link in links:
            weight = 0.4 if link.flow in loops else 0.7 if link.border else 1.0
            a, b = number[link.source], number[link.target]
            if a != b:
                self._near[a].append(self._seen(a, b, weight))
                self._near[b].append(self._seen(b, a, weight))
        for _, members in sorted(cells.items(), key=lambda cell: cell[0]):
            self._seat_first(members)
        self._improve()
        self.column = dict(zip(nodes, self._column, strict=True))

    def _seen(self, one: int, other: int, weight: float) -> _Near:
        low, high = sorted((self._row[one], self._row[other]))
        akin = self._lane[one] == self._lane[other]
        return _Near(other, weight, akin, low == high, high - low > 1, _bits(low, high))

    def _seat_first(self, members: list[int]) -> None:
        wanted = {}
        for node in members:
            above = [float(self._column[n.other]) for n in self._near[node] if self._column[n.other] >= 0]
            sides = [self._middle(self._lane[n.other]) for n in self._near[node] if self._column[n.other] < 0]
            near = above or sides
            wanted[node] = sum(near) / len(near) if near else self._middle(self._lane[node])
        base, wide = self.first[self._lane[members[0]]], self.width[self._lane[members[0]]]
        free = list(range(base, base + wide))
        for node in sorted(members, key=lambda n: wanted[n]):
            left = len(members) - 1
            usable = free[: len(free) - left] if left else free
            seat = min(usable, key=lambda c: (abs(c - wanted[node]), c))
            free = [c for c in free if c > seat]
            members = members[1:]
            self._sit(node, seat)

    def _middle(self, lane: int) -> float:
        return self.first[lane] + (self.width[lane] - 1) / 2

    def _sit(self, node: int, seat: int) -> None:
        row = self._row[node]
        self._column[node] = seat
        self._at[row, seat] = node
        self._in_row[row] |= 1 << seat
        self._in_column[seat] |= 1 << row

    def _rise(self, node: int) -> None:
        row, seat = self._row[node], self._column[node]
        del self._at[row, seat]
        self._in_row[row] &= ~(1 << seat)
        self._in_column[seat] &= ~(1 << row)

    def _improve(self) -> None:
        """Move or swap one step at a time, then whole stretches of columns, while the flows get straighter."""
        large = len(self._row) > LARGE
        for _ in range(ROUNDS_LARGE if large else ROUNDS):
            moved = False if large else self._exchange_stretches()
            for node in range(len(self._row)):
                base, wide = self.first[self._lane[node]], self.width[self._lane[node]]
                for seat in range(base, base + wide):
                    if seat != self._column[node]:
                        moved |= self._try(node, seat)
            if not moved:
                return

    def _exchange_stretches(self) -> bool:
        """Exchange two columns of a lane from some row on, or up to it, where that is better."""
        moved = False
        for lane, (base, wide) in enumerate(zip(self.first, self.width, strict=True)):
            members = [n for n in range(len(self._row)) if self._lane[n] == lane]
            for one in range(base, base + wide):
                for two in range(one + 1, base + wide):
                    moved |= self._exchange_two(members, one, two)
        return moved

    def _exchange_two(self, members: Sequence[int], one: int, two: int) -> bool:
        moved = False
        here = [n for n in members if self._column[n] in (one, two)]
        for low in sorted({self._row[n] for n in here}):
            for turned in ([n for n in here if self._row[n] >= low], [n for n in here if self._row[n] < low]):
                if turned:
                    moved |= self._exchange(turned, one + two)
        return moved

    def _exchange(self, turned: Sequence[int], both: int) -> bool:
        touched = sorted({n.other for node in turned for n in self._near[node]}.union(turned))
        before = sum(map(self._cost, touched))
        self._turn(turned, both)
        if sum(map(self._cost, touched)) < before - 1e-9:
            return True
        self._turn(turned, both)
        return False

    def _turn(self, turned: Sequence[int], both: int) -> None:
        for node in turned:
            self._rise(node)
        for node in turned:
            self._sit(node, both - self._column[node])

    def _try(self, node: int, seat: int) -> bool:
        old = self._column[node]
        other = self._at.get((self._row[node], seat))
        before = self._cost(node) + (self._cost(other) if other is not None else 0.0)
        self._swap(node, other, old, seat)
        after = self._cost(node) + (self._cost(other) if other is not None else 0.0)
        if after < before - 1e-9:
            return True
        self._swap(node, other, seat, old)
        return False

    def _swap(self, node: int, other: int | None, old: int, new: int) -> None:
        self._rise(node)
        if other is not None:
            self._rise(other)
            self._sit(other, old)
        self._sit(node, new)

    def _cost(self, node: int) -> float:
        """How crooked the flows of a node are: distance, bends, and steps standing in the way."""
        total = 0.0
        column, taken = self._column, self._in_column
        here = column[node]
        for near in self._near[node]:
            there = column[near.other]
            gap = abs(there - here)
            cost = gap + 2.0 if gap and near.akin else float(gap)
            if near.level:
                between = _bits(here, there) if here < there else _bits(there, here)
                cost += 8.0 * (self._in_row[self._row[node]] & between).bit_count()
            elif not gap:
                cost += 1.5 * min(3, (taken[here] & near.between).bit_count())
            elif near.far:
                # a bent flow runs down one of the two columns if that one is free
                blocked = min((taken[here] & near.between).bit_count(), (taken[there] & near.between).bit_count())
                cost += 0.6 * min(3, blocked)
            total += near.weight * cost
        return total


def _bits(low: int, high: int) -> int:
    """One bit for each number between the two, which are not among them."""
    return ((1 << high) - 1) & ~((1 << (low + 1)) - 1)
