"""A drawing that somebody arranged, kept while a step is put into a way, taken out of one, or moved to another.

Only what the change touches is drawn: the page is opened at one height and the new step stands in the gap, or two lines
become one where a step was. What cannot be mended so is None; then the whole is laid out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from engine.sops import revising
from engine.sops.sop import Bounds, Drawing, Flow, Sop, Tie, pool_id

Line = tuple[tuple[float, float], ...]
GAP = 30.0
CLEAR = 8.0
_SIZES = {"exclusive": (50.0, 50.0), "parallel": (50.0, 50.0), "catch": (36.0, 36.0)}
_STEP = (148.0, 74.0)


def mended(old: Sop, new: Sop) -> Drawing | None:
    """The drawing of ``old`` with what ``new`` says differently; None where it has to be laid out anew."""
    drawn = old.drawing
    if drawn is None or [lane.id for lane in old.lanes] != [lane.id for lane in new.lanes]:
        return None
    if not (old.nodes.keys() <= drawn.shapes.keys() and old.flows.keys() <= drawn.edges.keys()):
        return None
    if any(old.nodes[id_].lane != node.lane for id_, node in new.nodes.items() if id_ in old.nodes):
        return None
    added, gone = new.nodes.keys() - old.nodes.keys(), old.nodes.keys() - new.nodes.keys()
    if gone and not added:
        return _joined(drawn, old, new)
    if len(added) == 1 and not gone:
        return _opened(drawn, old, new, added.pop())
    step = _taken(old, new) if not added and not gone else None
    if step is None:
        return None
    between = revising.remove(old, step)
    left = _joined(drawn, old, between)
    return None if left is None else _opened(left, between, new, step)


def _taken(old: Sop, new: Sop) -> str | None:
    """The one step that left its place for another way."""
    for id_, node in old.nodes.items():
        if node.outgoing != new.nodes[id_].outgoing or len(node.outgoing) != 1:
            continue
        without = revising.remove(old, id_)
        others = [flow for flow in new.flows.values() if flow.source != id_]
        differ = [f for f in others if f.id not in without.flows or without.flows[f.id].target != f.target]
        if without.nodes.keys() == old.nodes.keys() - {id_} and len(differ) == 1 and differ[0].target == id_:
            return id_
    return None


# -- a step less


def _joined(drawn: Drawing, old: Sop, new: Sop) -> Drawing | None:
    """Each way that led to a step that is gone goes on along the way that left it."""
    edges: dict[str, Line] = {}
    for flow in new.flows.values():
        before = old.flows.get(flow.id)
        if before is None or before.source != flow.source:
            return None
        edges[flow.id] = drawn.edges[flow.id]
        if before.target != flow.target:
            step = old.nodes[before.target]
            onward = old.flows[step.outgoing[0]] if len(step.outgoing) == 1 else None
            if onward is None or onward.target != flow.target:
                return None
            edges[flow.id] = _through(drawn.edges[flow.id], drawn.edges[onward.id], drawn.shapes[step.id])
    gone = {*(old.nodes.keys() - new.nodes.keys()), *(old.flows.keys() - new.flows.keys())}
    return _kept(drawn, {id_: box for id_, box in drawn.shapes.items() if id_ not in gone}, edges, gone)


def _through(coming: Line, leaving: Line, box: Bounds) -> Line:
    """Over the middle of the box that was between them, at right angles."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    (ax, ay), (bx, by) = coming[-1], leaving[0]
    upright_in = len(coming) > 1 and coming[-2][0] == ax
    upright_out = len(leaving) > 1 and leaving[1][0] == bx
    turn_in = (ax, y) if upright_in else (x, ay)
    turn_out = (bx, y) if upright_out else (x, by)
    return _plain((*coming, turn_in, (x, y), turn_out, *leaving))


def _plain(line: Line) -> Line:
    """Without points that change nothing, and without going back over itself on the way."""
    kept: list[tuple[float, float]] = []
    for point in line:
        while len(kept) > 1 and _on_one_line(kept[-2], kept[-1], point):
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)


def _on_one_line(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (a[0] == b[0] == c[0]) or (a[1] == b[1] == c[1])


# -- a step more


def _opened(drawn: Drawing, old: Sop, new: Sop, step: str) -> Drawing | None:
    """The step in a gap across the way it was put into: all that is lower goes down."""
    node = new.nodes[step]
    coming = [flow for flow in new.flows.values() if flow.target == step]
    if len(coming) != 1 or len(node.outgoing) != 1 or node.attached_to is not None:
        return None
    way, onward = coming[0], new.flows[node.outgoing[0]]
    before = old.flows.get(way.id)
    if before is None or before.target != onward.target or _others_differ(old, new, {way.id, onward.id}):
        return None
    wide, high = _size(drawn, old, new, step)
    holders = _holders(old, node.parent)
    for upper, lower in pairwise(drawn.edges[way.id]):
        if upper[0] != lower[0] or lower[1] <= upper[1]:
            continue
        height = _cut(drawn, upper, lower, holders)
        if height is None:
            continue
        box = Bounds(upper[0] - wide / 2, height + GAP, wide, high)
        lane = drawn.shapes.get(node.lane or "")
        if lane is not None and not (lane.x <= box.x and box.x + wide <= lane.x + lane.width):
            continue
        if _crossed(drawn, way, box, height):
            continue
        return _apart(drawn, box, height, way, onward, holders, step)
    return None


def _others_differ(old: Sop, new: Sop, own: set[str]) -> bool:
    ends = {f.id: (f.source, f.target) for f in old.flows.values() if f.id not in own}
    return ends != {f.id: (f.source, f.target) for f in new.flows.values() if f.id not in own}


def _size(drawn: Drawing, old: Sop, new: Sop, step: str) -> tuple[float, float]:
    """As large as others of its kind."""
    kind = new.nodes[step].kind
    for id_, node in old.nodes.items():
        if node.kind == kind:
            return drawn.shapes[id_].width, drawn.shapes[id_].height
    return _SIZES.get(kind, _STEP)


def _holders(sop: Sop, parent: str | None) -> frozenset[str]:
    """What grows with the gap: the pool, the lanes, the boxes around the step."""
    found = {pool_id(sop.id), *(lane.id for lane in sop.lanes)}
    while parent is not None and parent in sop.nodes and parent not in found:
        found.add(parent)
        parent = sop.nodes[parent].parent
    return frozenset(found)


def _cut(
    drawn: Drawing, upper: tuple[float, float], lower: tuple[float, float], holders: frozenset[str]
) -> float | None:
    """A height of that piece at which nothing stands and no line runs along."""
    boxes = [*(box for id_, box in drawn.shapes.items() if id_ not in holders), *drawn.labels.values()]
    lines = [y for line in (*drawn.edges.values(), *(tie.line for tie in drawn.ties.values())) for _, y in line]
    heights = sorted({*(box.y + box.height for box in boxes), *lines, upper[1]})
    for height in (one + CLEAR for one in heights if upper[1] <= one < lower[1] - CLEAR):
        free = all(not box.y <= height <= box.y + box.height for box in boxes)
        if free and all(abs(height - y) > 1 for y in lines):
            return height
    return None


def _crossed(drawn: Drawing, way: Flow, box: Bounds, height: float) -> bool:
    """Whether another line comes down where the step is to stand."""
    lines: Iterable[Line] = (line for id_, line in drawn.edges.items() if id_ != way.id)
    for line in (*lines, *(tie.line for tie in drawn.ties.values())):
        for (ax, ay), (bx, by) in pairwise(line):
            if min(ay, by) <= height <= max(ay, by) and ax != bx:
                return True  # a slanting line would be torn
            if min(ay, by) <= height <= max(ay, by) and box.x - CLEAR <= ax <= box.x + box.width + CLEAR:
                return True
    return False


def _apart(
    drawn: Drawing, box: Bounds, height: float, way: Flow, onward: Flow, holders: frozenset[str], step: str
) -> Drawing:  # fmt: skip
    more = box.height + 2 * GAP

    def lower(line: Line) -> Line:
        return tuple((x, y + more if y > height else y) for x, y in line)

    def down(id_: str, one: Bounds) -> Bounds:
        if one.y > height:
            return replace(one, y=one.y + more)
        return replace(one, height=one.height + more) if id_ in holders and one.y + one.height > height else one

    shapes = {id_: down(id_, one) for id_, one in drawn.shapes.items()}
    shapes[step] = box
    edges = {id_: lower(line) for id_, line in drawn.edges.items()}
    line = drawn.edges[way.id]
    at = next(n for n, (a, b) in enumerate(pairwise(line)) if a[0] == b[0] and a[1] <= height <= b[1])
    x = line[at][0]
    edges[way.id] = (*line[: at + 1], (x, box.y))
    edges[onward.id] = ((x, box.y + box.height), *lower(line[at + 1 :]))
    moved = {id_: down("", one) for id_, one in drawn.labels.items()}
    ties = {id_: replace(tie, line=lower(tie.line)) for id_, tie in drawn.ties.items()}
    return _kept(replace(drawn, labels=MappingProxyType(moved), ties=MappingProxyType(ties)), shapes, edges, set())


def _kept(drawn: Drawing, shapes: Mapping[str, Bounds], edges: Mapping[str, Line], gone: set[str]) -> Drawing:
    ties: dict[str, Tie] = {id_: tie for id_, tie in drawn.ties.items() if not {tie.source, tie.target} & gone}
    labels = {id_: box for id_, box in drawn.labels.items() if id_ not in gone}
    return Drawing(
        MappingProxyType(dict(shapes)), MappingProxyType(dict(edges)), MappingProxyType(labels), drawn.remarks,
        MappingProxyType(ties),
    )  # fmt: skip
