"""The ways through a chart, for the rules that ask what comes before or after what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.sops.sop import Flow, Node, Sop


def branches(sop: Sop, node: Node) -> tuple[Flow, ...]:
    """The lines that leave a node, in their order."""
    return tuple(sop.flows[flow] for flow in node.outgoing)


class _Ways:
    """The ways of one chart, found once: many rules ask after every box what may come after it."""

    def __init__(self, sop: Sop) -> None:
        self.sop = sop
        self.next = {node.id: [sop.flows[flow].target for flow in node.outgoing] for node in sop.nodes.values()}
        for node in sop.nodes.values():
            if node.attached_to in self.next:
                self.next[node.attached_to].append(node.id)
        self.after: dict[str, frozenset[str]] = {}

    def from_here(self, node_id: str) -> frozenset[str]:
        if node_id not in self.after:
            seen, todo = {node_id}, [node_id]
            while todo:
                fresh = set(self.next[todo.pop()]) - seen
                seen |= fresh
                todo += fresh
            self.after[node_id] = frozenset(seen)
        return self.after[node_id]


#: of the chart that was asked about last; a chart is never changed
_last: _Ways | None = None


def _ways(sop: Sop) -> _Ways:
    global _last
    found = _last
    if found is None or found.sop is not sop:
        found = _last = _Ways(sop)
    return found


def followers(sop: Sop, node: Node) -> Iterator[Node]:
    """What comes next; from a box with a boundary event, also what the event leads to."""
    return (sop.nodes[name] for name in _ways(sop).next[node.id])


def from_here(sop: Sop, node_id: str) -> frozenset[str]:
    """Everything that may come after a node, itself included."""
    return _ways(sop).from_here(node_id)


def always_before(sop: Sop) -> Mapping[str, set[str]]:
    """For each node the nodes (itself included) that every way from any start passes: its dominators."""
    entries = {node.id for node in sop.starts()}
    arriving: dict[str, list[str]] = {name: [] for name in sop.nodes}
    for node in sop.nodes.values():
        for follower in followers(sop, node):
            arriving[follower.id].append(node.id)
    passed = {name: {name} if name in entries else set(sop.nodes) for name in sop.nodes}
    moved = True
    while moved:
        moved = False
        for name, sources in arriving.items():
            if name in entries or not sources:
                continue
            now = {name} | set.intersection(*(passed[source] for source in sources))
            if now != passed[name]:
                passed[name], moved = now, True
    return passed
