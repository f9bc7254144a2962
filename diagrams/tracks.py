"""Flows that share a grid line are set side by side, in the order that makes them cross least."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from diagrams.figures import Figure
from diagrams.labels import Line
from diagrams.rows import Link
from diagrams.ways import Path
from engine.sops.sop import Bounds

#: distance between flows side by side: in a gap, and at the side of a box
PITCH = 14.0
PORT_PITCH = 12.0
#: pieces overlapping each other up to which every pair is compared
COMPARE_MOST = 120


@dataclass(slots=True)
class Piece:
    """One straight piece of a flow: on column (upright) or row line `line`, from `low` to `high` of the others."""

    flow: str
    upright: bool
    line: int
    low: int
    high: int
    forward: bool  # runs from low to high
    at_low: str | None = None  # node it ends on there
    at_high: str | None = None
    before: Piece | None = None
    after: Piece | None = None
    offset: float = 0.0
    fixed: float | None = None
    track: int = 0

    def turn(self, at_low: bool) -> int:
        """Where the flow goes on at that end: -1 to smaller, 1 to larger, 0 into a node."""
        other = self.neighbour(at_low)
        if other is None:
            return 0
        return 1 if (other.low == self.line) else -1

    def neighbour(self, at_low: bool) -> Piece | None:
        return self.before if at_low == self.forward else self.after


@dataclass(slots=True)
class Tracks:
    """The pieces of every flow with their offsets, and how many run side by side on each gap line."""

    pieces: dict[str, list[Piece]]
    columns: dict[int, int] = field(default_factory=dict)  # column line → tracks
    rows: dict[int, int] = field(default_factory=dict)


def pieces(path: Path) -> list[Piece]:
    """The straight pieces of a path, in its order."""
    found: list[Piece] = []
    points = path.points
    begin = 0
    for i in range(1, len(points)):
        last = i == len(points) - 1
        upright = points[i][0] == points[i - 1][0]
        if not last and (points[i + 1][0] == points[i][0]) == upright:
            continue
        a, b = points[begin], points[i]
        along = 1 if upright else 0
        piece = Piece(
            path.link.flow, upright, a[1 - along], min(a[along], b[along]), max(a[along], b[along]), a[along] < b[along]
        )
        if begin == 0:
            piece.at_low, piece.at_high = (path.link.source, None) if piece.forward else (None, path.link.source)
        if last:
            if piece.forward:
                piece.at_high = path.link.target
            else:
                piece.at_low = path.link.target
        if found:
            piece.before = found[-1]
            found[-1].after = piece
        found.append(piece)
        begin = i
    return found


def side_by_side(
    paths: Sequence[Path],
    *,
    fixed: Callable[[Piece], float | None],
    reach: Mapping[tuple[str, bool], float],
    gap: Callable[[bool, int], bool],
) -> Tracks:
    """Offsets for every piece.

    `fixed` gives the offset of a piece that must meet a point (a gateway's corner, a boundary event); `reach` how far
    from a node's middle a piece may end on it, by (node, upright); `gap` whether a line lies in a gap.
    """
    result = Tracks({path.link.flow: pieces(path) for path in paths})
    lines: dict[tuple[bool, int], list[Piece]] = {}
    for flow in result.pieces.values():
        for piece in flow:
            piece.fixed = fixed(piece)
            lines.setdefault((piece.upright, piece.line), []).append(piece)
    for (upright, line), members in sorted(lines.items(), key=lambda item: (not item[0][0], item[0][1])):
        for group in _groups(members):
            _order(group)
            most = max(piece.track for piece in group) + 1
            if gap(upright, line):
                for piece in group:
                    piece.offset = (piece.track - (most - 1) / 2) * PITCH
                counts = result.columns if upright else result.rows
                counts[line] = max(counts.get(line, 0), most)
            else:
                _around_middle(group, most, reach)
    return result


def _groups(members: list[Piece]) -> list[list[Piece]]:
    """Pieces of one line that overlap, directly or through others."""
    groups: list[list[Piece]] = []
    end = -1
    for piece in sorted(members, key=lambda p: (p.low, p.high, p.flow)):
        apart = piece.low > end or (piece.low == end and piece.at_low is not None)
        if not groups or apart:
            groups.append([])
            end = piece.high
        groups[-1].append(piece)
        end = max(end, piece.high)
    return groups


def _overlap(a: Piece, b: Piece) -> bool:
    low, high = max(a.low, b.low), min(a.high, b.high)
    if low == high:
        first, second = (a, b) if a.high == low else (b, a)
        return first.at_high is None or second.at_low is None
    return low < high


def _order(group: list[Piece]) -> None:
    """Gives each piece its track; pieces that do not overlap may share one."""
    if len(group) == 1:
        return
    order = _sifted(group) if len(group) <= COMPARE_MOST else group
    for i, piece in enumerate(order):
        piece.track = max((p.track + 1 for p in order[:i] if _overlap(p, piece)), default=0)


def _sifted(group: list[Piece]) -> list[Piece]:
    """The pieces in an order with few crossings: each in turn is put where it disturbs least."""
    n = len(group)
    wrong = [[0] * n for _ in range(n)]  # what it costs to have i before j
    for i in range(n):
        for j in range(i + 1, n):
            if _overlap(group[i], group[j]):
                score = _score(group[i], group[j], 0)
                wrong[i][j], wrong[j][i] = max(0, score), max(0, -score)
    order = sorted(range(n), key=lambda i: (sum(wrong[i]) - sum(row[i] for row in wrong), i))
    for _ in range(4):
        moved = False
        for i in range(n):
            here = order.index(i)
            rest = order[:here] + order[here + 1 :]
            costs = [sum(wrong[i][j] for j in rest)]
            for j in rest:
                costs.append(costs[-1] - wrong[i][j] + wrong[j][i])
            best = min(range(n), key=lambda place: (costs[place], abs(place - here)))
            if costs[best] < costs[here]:
                order = [*rest[:best], i, *rest[best:]]
                moved = True
        if not moved:
            break
    return [group[i] for i in order]


def _score(a: Piece, b: Piece, depth: int) -> int:
    """Below 0: fewer crossings with a before (left of, above) b."""
    score = 0
    for at_low in (True, False):
        end_a, end_b = (a.low, b.low) if at_low else (a.high, b.high)
        turn_a, turn_b = a.turn(at_low), b.turn(at_low)
        if end_a == end_b:
            if turn_a != turn_b:
                # between steps the wrong order is a crossing, at the side of a step it lays one over the other
                ends = [n.at_low or n.at_high for n in (a.neighbour(at_low), b.neighbour(at_low)) if n]
                weight = 4 if len(ends) == 2 and all(ends) else 1
                score += -weight if turn_a < turn_b else weight
            elif turn_a and depth < 8:
                next_a, next_b = a.neighbour(at_low), b.neighbour(at_low)
                assert next_a is not None and next_b is not None
                further = _beyond(next_a, next_b, turn_a < 0, depth + 1)
                # both turn the same way: the outer one at one end must be the outer one at the other
                score += -further if (turn_a < 0) == at_low else further
        elif (end_a > end_b) == at_low:
            score += turn_a
        else:
            score -= turn_b
    return score


def _beyond(a: Piece, b: Piece, came_from_high: bool, depth: int) -> int:
    """Order of two pieces that begin at the same point, judged by their far ends only."""
    at_low = came_from_high
    end_a, end_b = (a.low, b.low) if at_low else (a.high, b.high)
    turn_a, turn_b = a.turn(at_low), b.turn(at_low)
    if end_a == end_b:
        if turn_a != turn_b:
            return -1 if turn_a < turn_b else 1
        if not turn_a or depth >= 8:
            return 0
        next_a, next_b = a.neighbour(at_low), b.neighbour(at_low)
        assert next_a is not None and next_b is not None
        further = _beyond(next_a, next_b, turn_a < 0, depth + 1)
        return -further if (turn_a < 0) == at_low else further
    if (end_a > end_b) == at_low:
        return turn_a
    return -turn_b


def _around_middle(group: list[Piece], most: int, reach: Mapping[tuple[str, bool], float]) -> None:
    """Offsets on a line through steps: what must meet a point keeps it, a straight flow keeps the middle."""
    fixed = [p for p in group if p.fixed == 0.0]
    straight = [p for p in group if p.at_low and p.at_high]
    anchor = float((fixed or straight)[0].track) if fixed or straight else (most - 1) / 2
    bordered = [p.fixed for p in group if p.fixed]
    for piece in group:
        if piece.fixed is not None:
            piece.offset = piece.fixed
            continue
        offset = (piece.track - anchor) * PORT_PITCH
        if bordered and offset > 0:
            offset = -offset - PORT_PITCH * 0.5
        for node in (piece.at_low, piece.at_high):
            if node is not None:
                most_here = reach[node, piece.upright]
                offset = max(-most_here, min(most_here, offset))
        piece.offset = offset


def meeting(
    links: Mapping[str, Link], spots: Mapping[str, tuple[int, float]], figures: Mapping[str, Figure]
) -> Callable[[Piece], float | None]:
    """What `side_by_side` asks as `fixed`: a flow leaves a boundary event at its spot, and meets what is no box in the
    middle. ``spots``: boundary event → its side, and how far below its host's middle."""

    def fixed(piece: Piece) -> float | None:
        border = links[piece.flow].border
        if border and piece.before is None:
            return spots[border][1]
        ends = [node for node in (piece.at_low, piece.at_high) if node is not None]
        return 0.0 if any(figures[node] != "box" for node in ends) else None

    return fixed


def line(
    pieces: Sequence[Piece], source: Bounds, target: Bounds, x: Sequence[float], y: Sequence[float]
) -> Line:  # fmt: skip
    """A flow as points, from the edge of one shape to the edge of another. ``x``, ``y``: where the grid's lines lie."""
    at = [(x if piece.upright else y)[piece.line] + piece.offset for piece in pieces]
    points = [_touch(source, pieces[0], at[0], pieces[0].forward)]
    for i in range(1, len(pieces)):
        points.append((at[i], at[i - 1]) if pieces[i].upright else (at[i - 1], at[i]))
    return (*points, _touch(target, pieces[-1], at[-1], not pieces[-1].forward))


def _touch(box: Bounds, piece: Piece, at: float, after: bool) -> tuple[float, float]:
    """Where a piece meets a shape; `after`: the piece lies on the larger side (right of, below) the shape."""
    if piece.upright:
        return at, box.y + (box.height if after else 0.0)
    return box.x + (box.width if after else 0.0), at
