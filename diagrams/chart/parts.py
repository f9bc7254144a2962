"""An SOP cut into stretches of rows, one for each page; a flow that is cut ends in a connector and begins in another.

A connector's letter is its target's: several flows to one step share it. A flow over many rows of one page is cut too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from diagrams.chart.laying import lay
from diagrams.chart.rows import Order
from diagrams.chart.shapes import CONNECTOR, Shape
from diagrams.chart.stretch import Border, Laid, Seat, Stretch
from diagrams.rows import Link

__all__ = ["Connector", "Part", "Plan", "cut"]

#: returns to one step that are drawn as lines
RETURNS_MOST = 3


@dataclass(frozen=True, slots=True)
class Connector:
    """``out``: the flow goes on elsewhere; else it comes from elsewhere. ``links``: the cut flows."""

    target: str
    out: bool
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn: the order of the steps, the symbol of each, the words of the flows, the cells' heights."""

    order: Order
    shapes: Mapping[str, Shape]
    names: Mapping[str, str]
    cells: Mapping[str, float]
    #: a flow over more rows than this is cut
    far: int
    #: words as long as those beside a connector in the end, when every page is known
    reserve: tuple[str, ...] = ()


@dataclass(slots=True)
class Part:
    """The rows of one page. ``laid`` knows the connectors by their key."""

    first: int
    last: int
    stretch: Stretch
    connectors: dict[str, Connector] = field(default_factory=dict)
    laid: Laid = field(default_factory=lambda: Laid(0.0, 0.0))
    #: node → its row in ``laid``
    rows: dict[str, int] = field(default_factory=dict)


def cut(plan: Plan, room: float | None, widest: float = float("inf")) -> list[Part]:
    """The parts, each at most ``room`` high; one where there is no limit. None at all if one would be too wide."""
    order = plan.order
    last = max(order.row.values(), default=0)
    far = {x.flow for x in order.links if _span(order, x) > plan.far} | _crowding(order)
    if room is None:
        return [_part(plan, 0, last, far)]
    high = _heights(plan, last)
    crossing = [
        sum(min(a, b) <= row < max(a, b) for a, b in _ends(order)) for row in range(last + 1)
    ]  # fmt: skip
    parts: list[Part] = []
    first = 0
    while first <= last:
        limit = _furthest(high, first, room)
        while True:
            end = _break(high, crossing, first, limit, last)
            part = _part(plan, first, end, far)
            if part.laid.high <= room or end == first:
                break
            limit = end - 1
        if part.laid.wide > widest:
            return []
        parts.append(part)
        first = end + 1
    return parts


def _span(order: Order, link: Link) -> int:
    return abs(order.row[link.source] - order.row[link.target])


def _crowding(order: Order) -> set[str]:
    """Of many returns to one step those from furthest off."""
    returns: dict[str, list[Link]] = {}
    for link in order.links:
        if link.flow in order.loops and _span(order, link) > 1:
            returns.setdefault(link.target, []).append(link)
    return {
        link.flow
        for links in returns.values()
        for link in sorted(links, key=lambda x: (_span(order, x), x.flow))[RETURNS_MOST:]
    }  # fmt: skip


def _ends(order: Order) -> Iterable[tuple[int, int]]:
    return [(order.row[x.source], order.row[x.target]) for x in order.links]


def _heights(plan: Plan, last: int) -> list[float]:
    high = [0.0] * (last + 1)
    for node, row in plan.order.row.items():
        high[row] = max(high[row], plan.shapes[node].high + 24.0, plan.cells.get(node, 0.0) + 12.0)
    return high


def _furthest(high: list[float], first: int, room: float) -> int:
    row, taken = first, high[first]
    while row + 1 < len(high) and taken + high[row + 1] <= room:
        row += 1
        taken += high[row]
    return row


def _break(high: list[float], crossing: list[int], first: int, limit: int, last: int) -> int:
    """The row after which the page ends: in its last third, where the fewest flows go on."""
    if limit >= last:
        return last
    whole = sum(high[first : limit + 1])
    best, taken = limit, 0.0
    least = float("inf")
    for row in range(limit, first - 1, -1):
        if taken > whole / 3:
            break
        cost = crossing[row] + 4 * taken / max(whole, 1.0)
        if cost < least:
            best, least = row, cost
        taken += high[row]
    return best


def _part(plan: Plan, first: int, last: int, far: set[str]) -> Part:
    order = plan.order
    here = {n for n in order.placed if first <= order.row[n] <= last}
    seats = _Seats({n: (float(order.row[n]), order.track[n]) for n in here}, max(1, *order.track.values()))
    links: list[Link] = []
    connectors: dict[str, Connector] = {}
    arriving: dict[str, list[Link]] = {}
    for link in order.links:
        if link.source in here and link.target in here and link.flow not in far:
            links.append(link)
            continue
        if link.target in here:
            arriving.setdefault(link.target, []).append(link)
        if link.source in here:
            key = f"out {link.flow}"
            connectors[key] = Connector(link.target, True, (link,))
            below, aside = link.flow in order.main, link.border is not None
            seats.beside(key, link.source, after=True, below=below and not aside, aside=aside)
            links.append(Link(link.flow, link.source, key, link.border))
    for target, cut_links in arriving.items():
        key = f"in {target}"
        connectors[key] = Connector(target, False, tuple(cut_links))
        seats.beside(key, target, after=False, below=True)
        links.append(Link(key, key, target))
    row = seats.dense()
    circle = Shape("connector", CONNECTOR, CONNECTOR, plan.reserve, 11.0, beside=True)
    standing = [n for n in [*order.placed, *connectors] if n in row]
    stretch = Stretch(
        {n: Seat(row[n], seats.at[n][1], plan.shapes.get(n, circle)) for n in standing},
        {event: Border(host, plan.shapes[event]) for event, host in order.host.items() if host in here},
        links,
        {flow: name for flow, name in plan.names.items() if name},
        order.loops,
    )  # fmt: skip
    for node in here:
        if node in plan.cells:
            stretch.cells[row[node]] = max(stretch.cells.get(row[node], 0.0), plan.cells[node])
    return Part(first, last, stretch, connectors, lay(stretch), {n: row[n] for n in here})


class _Seats:
    """Cells of the flow; connectors are put into free ones."""

    def __init__(self, at: dict[str, tuple[float, int]], rightmost: int) -> None:
        self.at, self.rightmost = at, rightmost
        self._taken = set(at.values())
        self._first = min((row for row, _ in at.values()), default=0.0)
        self._last = max((row for row, _ in at.values()), default=0.0)

    def beside(self, key: str, node: str, *, after: bool, below: bool, aside: bool = False) -> None:
        """``below``: where the flow goes on straight down over the edge of the page; ``aside``: it leaves from an event
        on the step's border, too low for its own row."""
        row, track = self.at[node]
        edge = row == (self._last if after else self._first)
        step = 0.5 if after else -0.5
        level = [(row, track + 1), (row, track - 1)]
        choices = [(row + step, track)] if edge and below else []
        choices += [(row + step, track + 1)] if aside else level
        choices += [(row + step, track), (row + step, track + 1)]
        choices += [(row + part * step, across) for part in (1, 0.5, 1.5) for across in range(self.rightmost + 1)]
        inside = [cell for cell in choices if 0 <= cell[1] <= self.rightmost]
        inside += [(row + step, across) for across in range(self.rightmost + 1, 400)]
        free = next(cell for cell in inside if cell not in self._taken)
        self.at[key] = free
        self._taken.add(free)

    def dense(self) -> dict[str, int]:
        number = {row: i for i, row in enumerate(sorted({row for row, _ in self.at.values()}))}
        return {key: number[row] for key, (row, _) in self.at.items()}
