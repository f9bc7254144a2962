"""A drawing for a procedure that has none: from top to bottom, a vertical pool whose lanes are columns.

One level (level.py) is: rows (rows.py), columns (columns.py), ways of the flows (lattice.py, tracks.py), lengths
(spacing.py), labels (labels.py). The same SOP always gives the same drawing.
"""

from __future__ import annotations

from types import MappingProxyType

from diagrams.labels import Line
from diagrams.level import Sheet, level
from engine.sops.sop import Bounds, Drawing, Node, Sop, pool_id

HEAD = 30.0  # the pool's title, and each lane's head
ORIGIN = (160.0, 80.0)


def lay_out(sop: Sop) -> Drawing:
    """Shapes, edges and labels for every node and flow of the SOP, and for its pool and lanes if it has lanes.

    Raises Refusal 'dot_missing' where Graphviz is not installed.
    """
    children: dict[str | None, list[Node]] = {}
    for node in sop.nodes.values():
        children.setdefault(_parent(sop, node), []).append(node)
    drawn = level(sop, children)
    left, top = ORIGIN
    sheet = Sheet()
    if sop.lanes:
        high = drawn.high + 2 * HEAD
        sheet.shapes[pool_id(sop.id)] = Bounds(left, top, round(drawn.wide, 1), round(high, 1))
        for lane, (x, wide) in zip(sop.lanes, drawn.lanes, strict=False):
            sheet.shapes[lane.id] = Bounds(round(left + x, 1), top + HEAD, round(wide, 1), round(high - HEAD, 1))
        top += 2 * HEAD
    sheet.take(drawn, left, top)
    for flow in sop.flows.values():
        if flow.id not in sheet.edges and flow.source in sheet.shapes and flow.target in sheet.shapes:
            sheet.edges[flow.id] = _direct(sheet.shapes[flow.source], sheet.shapes[flow.target])
    edges = {flow: sheet.edges[flow] for flow in sop.flows if flow in sheet.edges}
    return Drawing(MappingProxyType(sheet.shapes), MappingProxyType(edges), MappingProxyType(sheet.labels))


def _parent(sop: Sop, node: Node) -> str | None:
    """The sub-process a node is drawn in; the procedure itself where the file's nesting makes no sense."""
    above: list[str] = [node.id]
    parent = node.parent
    while parent is not None and parent in sop.nodes:
        if parent in above:
            return None
        above.append(parent)
        parent = sop.nodes[parent].parent
    return node.parent if node.parent in sop.nodes else None


def _direct(source: Bounds, target: Bounds) -> Line:
    """A flow no reader should write (across a sub-process's border, into a boundary event): the shortest bent line."""
    x1, y1 = source.x + source.width / 2, source.y + source.height
    x2, y2 = target.x + target.width / 2, target.y
    middle = (y1 + y2) / 2
    return ((x1, y1), (x2, y2)) if x1 == x2 else ((x1, y1), (x1, middle), (x2, middle), (x2, y2))
