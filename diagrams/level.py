"""One level laid out from (0, 0): the whole procedure, or the inside of an embedded sub-process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from diagrams import figures, labels, lattice, tracks
from diagrams.columns import Columns
from diagrams.labels import Line
from diagrams.rows import Link, backward, rows
from diagrams.spacing import Spacing, spacing
from engine.sops.sop import Bounds, Flow, Node, Sop

FRAME_SIDE, FRAME_HEAD = 16.0, 30.0
#: a boundary event's middle above its host's lower edge, and the distance between two on one side
BORDER_DROP, BORDER_STEP = 8.0, 44.0
Children = Mapping[str | None, Sequence[Node]]


@dataclass(slots=True)
class Sheet:
    """What one level became."""

    wide: float = 0.0
    high: float = 0.0
    shapes: dict[str, Bounds] = field(default_factory=dict)
    edges: dict[str, Line] = field(default_factory=dict)
    labels: dict[str, Bounds] = field(default_factory=dict)
    lanes: tuple[tuple[float, float], ...] = ()

    def take(self, part: Sheet, dx: float, dy: float) -> None:
        """Put another sheet's drawing onto this one."""
        for mine, its in ((self.shapes, part.shapes), (self.labels, part.labels)):
            for key, box in its.items():
                x, y, wide, high = box.x + dx, box.y + dy, box.width, box.height
                mine[key] = Bounds(round(x, 1), round(y, 1), round(wide, 1), round(high, 1))
        for flow, line in part.edges.items():
            self.edges[flow] = tuple((round(x + dx, 1), round(y + dy, 1)) for x, y in line)


@dataclass(frozen=True, slots=True)
class Taste:
    """One way to arrange the steps; which suits a procedure best is seen when it is drawn."""

    handovers: bool = True  # a step of another lane beside the one that leads to it
    borders_out: bool = False  # boundary events on the side away from where their flow goes


TASTES = tuple(Taste(handovers, borders_out) for borders_out in (False, True) for handovers in (True, False))
#: nodes up to which every taste is tried
TRY_MOST = 120


def level(sop: Sop, children: Children, parent: str | None = None) -> Sheet:
    """Draw the nodes whose sub-process is `parent` (None: the procedure itself, with its lanes)."""
    nodes = children.get(parent, ())
    inner = {node.id: level(sop, children, node.id) for node in nodes if children.get(node.id)}
    borders = any(node.attached_to for node in nodes)
    tastes = [taste for taste in TASTES if borders or not taste.borders_out]
    if len(nodes) > TRY_MOST:
        return _Level(sop, nodes, inner, parent, tastes[0]).sheet
    return min((_Level(sop, nodes, inner, parent, taste).sheet for taste in tastes), key=untidiness)


def untidiness(sheet: Sheet) -> float:
    """What makes a drawing hard to read, in one number: crossings most, then bends, long flows, size."""
    pieces = [(flow, a, b) for flow, line in sheet.edges.items() for a, b in pairwise(line)]
    upright = [(flow, a[0], min(a[1], b[1]), max(a[1], b[1])) for flow, a, b in pieces if a[0] == b[0]]
    across = [(flow, a[1], min(a[0], b[0]), max(a[0], b[0])) for flow, a, b in pieces if a[0] != b[0]]
    crossings = sum(
        flow != other and left + 1 < x < right - 1 and top + 1 < y < bottom - 1
        for flow, x, top, bottom in upright
        for other, y, left, right in across
    )
    length = sum(high - low for _, _, low, high in upright + across)
    return 60 * crossings + 12 * len(pieces) + length / 25 + sheet.wide / 4 + sheet.high / 8


class _Level:
    def __init__(
        self, sop: Sop, nodes: Sequence[Node], inner: Mapping[str, Sheet], parent: str | None, taste: Taste
    ) -> None:
        self.taste, self.inner = taste, inner
        self.node = {node.id: node for node in nodes}
        boxes = {n.id for n in self.node.values() if figures.figure(n) == "box"}
        self.host = {n.id: n.attached_to for n in self.node.values() if n.attached_to in boxes and n.id not in boxes}
        self.placed = [n for n in self.node if n not in self.host]
        self.figure = {n: figures.figure(self.node[n]) for n in self.placed}
        lanes = {lane.id: i for i, lane in enumerate(sop.lanes)} if parent is None else {}
        self.lane = {n: lanes.get(self.node[n].lane or "", len(lanes)) for n in self.placed}
        heads = [lane.name for lane in sop.lanes] if parent is None else []
        if not heads or len(lanes) in self.lane.values():
            heads.append("")
        self.links = [self._link(f) for f in sop.flows.values() if f.source in self.node and f.target in self.lane]
        self.link = {link.flow: link for link in self.links}
        self.flow: dict[str, Flow] = {flow: sop.flows[flow] for flow in self.link}
        loops = backward(self.placed, self.links)
        row = rows(
            self.placed,
            self.links,
            lane=self.lane,
            splits=frozenset(n for n in self.placed if self.node[n].kind == "exclusive"),
            handovers=taste.handovers,
        )
        seats = Columns(self.placed, self.links, row, self.lane, len(heads), loops)
        self.size = {n: self._size(n) for n in self.placed}
        self.spot = self._border_spots(seats)
        grid = lattice.Lattice(seats.width, max(row.values(), default=0) + 1, row, seats.column, self.figure, loops)
        paths = grid.lay(self.links, {event: side for event, (side, _) in self.spot.items()})
        reach = {(n, upright): self.size[n][not upright] / 2 - 12 for n in self.placed for upright in (True, False)}
        ways = tracks.side_by_side(
            paths,
            fixed=tracks.meeting(self.link, self.spot, self.figure),
            reach=reach,
            gap=lambda upright, line: grid.x_gap[line] if upright else line % 2 == 0,
        )
        room = spacing(grid, ways, self.size, self._overhangs(ways), self._border_sides(), heads)
        self.sheet = Sheet(wide=room.wide, high=room.high, lanes=room.lanes)
        self._put_nodes(grid, room)
        for link in self.links:
            source, target = self.sheet.shapes[link.border or link.source], self.sheet.shapes[link.target]
            self.sheet.edges[link.flow] = tracks.line(ways.pieces[link.flow], source, target, room.x, room.y)
        for node, part in self.inner.items():
            box = self.sheet.shapes[node]
            self.sheet.take(part, box.x + (box.width - part.wide) / 2, box.y + FRAME_HEAD)
        self._put_labels()

    def _link(self, flow: Flow) -> Link:
        host = self.host.get(flow.source)
        return Link(flow.id, host or flow.source, flow.target, flow.source if host else None)

    def _size(self, node: str) -> tuple[float, float]:
        events = sum(host == node for host in self.host.values())
        wide, high = figures.size(self.node[node], borders=(events + 1) // 2)
        if node in self.inner:
            part = self.inner[node]
            return max(wide, part.wide + 2 * FRAME_SIDE), max(high, part.high + FRAME_HEAD + FRAME_SIDE)
        return wide, high

    def _border_spots(self, seats: Columns) -> dict[str, tuple[int, float]]:
        """Boundary event → the side it sits on (where its flow goes) and how far below its host's middle."""
        spots: dict[str, tuple[int, float]] = {}
        count: dict[tuple[str, int], int] = {}
        for event, host in self.host.items():
            goes = [seats.column[link.target] for link in self.links if link.border == event]
            aim = sum(goes) / len(goes) - seats.column[host] if goes else 0.0
            if self.taste.borders_out:
                aim = -aim
            right, left = count.get((host, lattice.RIGHT), 0), count.get((host, lattice.LEFT), 0)
            side = lattice.RIGHT if aim > 0 or (aim == 0 and right <= left) else lattice.LEFT
            if abs(right - left) > 0 and (side == lattice.RIGHT) == (right > left):
                side = lattice.LEFT if side == lattice.RIGHT else lattice.RIGHT
            already = count.get((host, side), 0)
            count[host, side] = already + 1
            spots[event] = side, self.size[host][1] / 2 - BORDER_DROP - BORDER_STEP * already
        return spots

    def _border_sides(self) -> dict[str, frozenset[int]]:
        sides: dict[str, frozenset[int]] = {}
        for event, (side, _) in self.spot.items():
            sides[self.host[event]] = sides.get(self.host[event], frozenset()) | {side}
        return sides

    def _overhangs(self, ways: tracks.Tracks) -> dict[str, float]:
        """How far labels reach below each node: an event's own, its boundary events', a branch leading down."""
        found: dict[str, float] = dict.fromkeys(self.placed, 0.0)
        leaving_down = {self.link[p[0].flow].source for p in ways.pieces.values() if p[0].upright and p[0].forward}
        for node in self.placed:
            if self.figure[node] == "circle" and self.node[node].name and node not in leaving_down:
                found[node] = figures.label_size(figures.label_lines(self.node[node].name))[1] + 6
        for event, host in self.host.items():
            lines = figures.label_lines(self.node[event].name, labels.BORDER_LABEL)
            found[host] = max(found[host], figures.label_size(lines)[1] + figures.CIRCLE / 2 - BORDER_DROP)
        for flow, pieces in ways.pieces.items():
            node = self.link[flow].source
            if self.flow[flow].name and pieces[0].upright and pieces[0].forward and self.figure[node] != "box":
                lines = figures.label_lines(self.flow[flow].name)
                found[node] = max(found[node], figures.label_size(lines)[1] - 12)
        return found

    def _put_nodes(self, grid: lattice.Lattice, room: Spacing) -> None:
        for node in self.placed:
            column, row = grid.node_at[node]
            wide, high = self.size[node]
            self.sheet.shapes[node] = Bounds(room.x[column] - wide / 2, room.y[row] - high / 2, wide, high)
        r = figures.CIRCLE / 2
        for event, (side, drop) in self.spot.items():
            host = self.sheet.shapes[self.host[event]]
            x = host.x + (host.width if side == lattice.RIGHT else 0.0)
            self.sheet.shapes[event] = Bounds(x - r, host.y + host.height / 2 + drop - r, 2 * r, 2 * r)

    def _put_labels(self) -> None:
        sheet = self.sheet
        clutter = labels.Clutter()
        for wall in (
            Bounds(-400, -400, 400, sheet.high + 800),
            Bounds(sheet.wide, -400, 400, sheet.high + 800),
            Bounds(0, -400, sheet.wide, 400),
        ):
            clutter.add(wall, 4.0)
        for x, _ in sheet.lanes[1:]:
            clutter.add_line(((x, 0.0), (x, sheet.high)), 0.6)
        for node in self.node:
            clutter.add_node(sheet.shapes[node], figures.figure(self.node[node]), 6.0)
        for line in sheet.edges.values():
            clutter.add_line(line, 1.5)
        for label in sheet.labels.values():
            clutter.add(label, 3.0)
        for event, host in self.host.items():
            if self.node[event].name:
                choices = labels.below_border(self.node[event].name, sheet.shapes[event], sheet.shapes[host])
                sheet.labels[event] = labels.place(choices, clutter)
        for node in self.placed:
            if self.node[node].name and self.figure[node] != "box":
                choices = labels.beside_node(self.node[node].name, sheet.shapes[node], self.figure[node])
                sheet.labels[node] = labels.place(choices, clutter)
        leaving = Counter(sheet.edges[flow][0] for flow in self.flow)
        for flow in self.flow.values():
            if flow.name:
                line = sheet.edges[flow.id]
                shared = leaving[line[0]] > 1
                sheet.labels[flow.id] = labels.place(labels.along(flow.name, line, shared=shared), clutter)
