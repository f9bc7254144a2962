"""The ways through a chart, for the rules that ask what comes before or after what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.sops.sop import Flow, Node, Sop


def branches(sop: Sop, node: Node) -> tuple[Flow, ...]:
    """The lines that leave a node, in their order."""
    return tuple(sop.flows[flow] for flow in node.outgoing)


def followers(sop: Sop, node: Node) -> Iterator[Node]:
    """What comes next; from a box with a boundary event, also what the event leads to."""
    for flow in node.outgoing:
        yield sop.nodes[sop.flows[flow].target]
    yield from (event for event in sop.nodes.values() if event.attached_to == node.id)


def from_here(sop: Sop, node_id: str) -> set[str]:
    """Everything that may come after a node, itself included."""
    seen, todo = {node_id}, [node_id]
    while todo:
        fresh = {n.id for n in followers(sop, sop.nodes[todo.pop()])} - seen
        seen |= fresh
        todo += fresh
    return seen


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
