"""Which column of its lane each step stands in: steps that follow each other below each other, side branches beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagrams.rows import Link

#: rounds of improvement; small drawings settle after three or four
ROUNDS = 12
ROUNDS_LARGE = 3
LARGE = 150


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
        self.nodes, self.row, self.lane = nodes, row, lane
        widest = [1] * lanes
        cells: dict[tuple[int, int], list[str]] = {}
        for node in nodes:
            cells.setdefault((row[node], lane[node]), []).append(node)
        for (_, where), members in cells.items():
            widest[where] = max(widest[where], len(members))
        self.width = tuple(widest)
        self.first = tuple(sum(widest[:i]) for i in range(lanes))
        self.column: dict[str, int] = {}
        self.at: dict[tuple[int, int], str] = {}
        self._near: dict[str, list[tuple[str, float]]] = {n: [] for n in nodes}
        for link in links:
            weight = 0.4 if link.flow in loops else 0.7 if link.border else 1.0
            if link.source != link.target:
                self._near[link.source].append((link.target, weight))
                self._near[link.target].append((link.source, weight))
        for _, members in sorted(cells.items(), key=lambda cell: cell[0]):
            self._seat_first(members)
        self._improve()

    def _seat_first(self, members: list[str]) -> None:
        wanted = {}
        for node in members:
            above = [self._place(o) for o, _ in self._near[node] if o in self.column]
            sides = [self._middle(self.lane[o]) for o, _ in self._near[node] if o not in self.column]
            near = above or sides
            wanted[node] = sum(near) / len(near) if near else self._middle(self.lane[node])
        base, wide = self.first[self.lane[members[0]]], self.width[self.lane[members[0]]]
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

    def _place(self, node: str) -> float:
        return float(self.column[node])

    def _sit(self, node: str, seat: int) -> None:
        self.column[node] = seat
        self.at[self.row[node], seat] = node

    def _improve(self) -> None:
        """Move or swap one step at a time, then whole stretches of columns, while the flows get straighter."""
        large = len(self.nodes) > LARGE
        for _ in range(ROUNDS_LARGE if large else ROUNDS):
            moved = False if large else self._exchange_stretches()
            for node in self.nodes:
                base, wide = self.first[self.lane[node]], self.width[self.lane[node]]
                for seat in range(base, base + wide):
                    if seat != self.column[node]:
                        moved |= self._try(node, seat)
            if not moved:
                return

    def _exchange_stretches(self) -> bool:
        """Exchange two columns of a lane from some row on, or up to it, where that is better."""
        moved = False
        for lane, (base, wide) in enumerate(zip(self.first, self.width, strict=True)):
            members = [n for n in self.nodes if self.lane[n] == lane]
            bounds = sorted({self.row[n] for n in members})
            for one in range(base, base + wide):
                for two in range(one + 1, base + wide):
                    for low in bounds:
                        for stretch in (range(low, 10**6), range(low)):
                            moved |= self._exchange(members, stretch, one, two)
        return moved

    def _exchange(self, members: Sequence[str], stretch: range, one: int, two: int) -> bool:
        turned = [n for n in members if self.row[n] in stretch and self.column[n] in (one, two)]
        if not turned:
            return False
        near = {o for n in turned for o, _ in self._near[n]} | set(turned)
        touched = [n for n in self.nodes if n in near]
        before = sum(self._cost(n) for n in touched)
        self._turn(turned, one + two)
        if sum(self._cost(n) for n in touched) < before - 1e-9:
            return True
        self._turn(turned, one + two)
        return False

    def _turn(self, turned: Sequence[str], both: int) -> None:
        for node in turned:
            del self.at[self.row[node], self.column[node]]
        for node in turned:
            self._sit(node, both - self.column[node])

    def _try(self, node: str, seat: int) -> bool:
        row, old = self.row[node], self.column[node]
        other = self.at.get((row, seat))
        before = self._cost(node) + (self._cost(other) if other else 0.0)
        self._swap(node, other, row, old, seat)
        after = self._cost(node) + (self._cost(other) if other else 0.0)
        if after < before - 1e-9:
            return True
        self._swap(node, other, row, seat, old)
        return False

    def _swap(self, node: str, other: str | None, row: int, old: int, new: int) -> None:
        del self.at[row, old]
        self._sit(node, new)
        if other:
            self._sit(other, old)

    def _cost(self, node: str) -> float:
        """How crooked the flows of a node are: distance, bends, and steps standing in the way."""
        total = 0.0
        row, column = self.row[node], self.column[node]
        for other, weight in self._near[node]:
            there, across = self.row[other], self.column[other]
            gap = abs(across - column)
            cost = gap + 2.0 * (gap > 0) if self.lane[other] == self.lane[node] else gap
            if there == row:
                low, high = sorted((column, across))
                cost += 8.0 * sum((row, c) in self.at for c in range(low + 1, high))
            elif not gap:
                low, high = sorted((row, there))
                cost += 1.5 * min(3, sum((r, column) in self.at for r in range(low + 1, high)))
            elif abs(there - row) > 1:
                low, high = sorted((row, there))
                # a bent flow runs down one of the two columns if that one is free
                blocked = min(sum((r, c) in self.at for r in range(low + 1, high)) for c in (column, across))
                cost += 0.6 * min(3, blocked)
            total += weight * cost
        return total
