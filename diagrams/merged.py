"""Two versions of an SOP as one chart: the new one, with what was taken away laid in where it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.sops.sop import Flow, Lane, Node, Sop

__all__ = ["Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """The ids are those of the chart: an element of the old version whose id means something else now has a new one."""

    sop: Sop
    added: frozenset[str]
    removed: frozenset[str]
    moved: frozenset[str]  # steps in both, worked in another lane
    was: Mapping[str, str]  # element of the old version → its id in the chart


def merge(old: Sop, new: Sop) -> Merged:
    """Steps are known by their ids, flows by the steps they join: one led elsewhere went and came."""
    taken = {*new.nodes, *new.flows, *(lane.id for lane in new.lanes)}
    was: dict[str, str] = {}

    def named(id_: str) -> str:
        """An id of its own for what is no longer there."""
        fresh = id_
        while fresh in taken:
            fresh += "-old"
        taken.add(fresh)
        was[id_] = fresh
        return fresh

    lanes, lane_of = _lanes(old, new, named)
    gone = [node for node in old.nodes.values() if node.id not in new.nodes]
    ids = {id_: id_ for id_ in old.nodes if id_ in new.nodes} | {node.id: named(node.id) for node in gone}
    nodes = _nodes(old, new, [_laid_in(node, ids, lane_of) for node in gone], ids)
    before, after = _by_ends(old.flows.values()), _by_ends(new.flows.values())
    flows = dict(new.flows)
    for ends, flow in before.items():
        if ends in after:
            was[flow.id] = after[ends].id
        elif flow.source in ids and flow.target in ids:
            fresh = named(flow.id)
            flows[fresh] = replace(flow, id=fresh, source=ids[flow.source], target=ids[flow.target])
    added = {id_ for id_ in new.nodes if id_ not in old.nodes} | {f.id for e, f in after.items() if e not in before}
    added |= {lane.id for lane in new.lanes if all(lane.id != other.id for other in old.lanes)}
    removed = {ids[node.id] for node in gone} | (flows.keys() - new.flows.keys())
    removed |= {lane.id for lane in lanes} - {lane.id for lane in new.lanes}
    sop = replace(new, nodes=_leaving(nodes, flows), flows=MappingProxyType(flows), lanes=tuple(lanes), drawing=None)
    moved = frozenset(id_ for id_ in new.nodes if id_ in old.nodes and _elsewhere(old, new, id_))
    return Merged(sop, frozenset(added), frozenset(removed), moved, MappingProxyType(was))


def _lanes(old: Sop, new: Sop, named: Callable[[str], str]) -> tuple[list[Lane], dict[str, str]]:
    """The lanes of the chart, and for each of the old version the one that stands for it."""
    lanes = list(new.lanes)
    by_name = {lane.name: lane.id for lane in new.lanes}
    stands: dict[str, str] = {}
    for lane in old.lanes:
        if any(lane.id == other.id for other in new.lanes):
            stands[lane.id] = lane.id
        elif lane.name in by_name:
            stands[lane.id] = by_name[lane.name]
        else:
            stands[lane.id] = named(lane.id)
            lanes.append(replace(lane, id=stands[lane.id]))
    return lanes, stands


def _laid_in(node: Node, ids: Mapping[str, str], lane_of: Mapping[str, str]) -> Node:
    return replace(
        node, id=ids[node.id], lane=lane_of.get(node.lane or ""), default=None,
        parent=ids.get(node.parent or ""), attached_to=ids.get(node.attached_to or ""),
    )  # fmt: skip


def _nodes(old: Sop, new: Sop, gone: list[Node], ids: Mapping[str, str]) -> list[Node]:
    """In the order of the new file; what went stands behind what it stood behind."""
    order = list(new.nodes.values())
    left = {node.id: node for node in gone}
    before: str | None = None
    for id_ in old.nodes:
        here = ids[id_]
        if here in left:
            place = next((i + 1 for i, node in enumerate(order) if node.id == before), 0)
            order.insert(place, left[here])
        before = here
    return order


def _leaving(nodes: Iterable[Node], flows: Mapping[str, Flow]) -> Mapping[str, Node]:
    """Each node with all flows that leave it in the chart."""
    found: dict[str, list[str]] = {}
    for flow in flows.values():
        found.setdefault(flow.source, []).append(flow.id)
    return MappingProxyType({n.id: replace(n, outgoing=tuple(found.get(n.id, ()))) for n in nodes})


def _by_ends(flows: Iterable[Flow]) -> dict[tuple[str, str, int], Flow]:
    """Two flows may join the same two things: the n-th is compared with the n-th."""
    found: dict[tuple[str, str, int], Flow] = {}
    for flow in flows:
        n = 0
        while (flow.source, flow.target, n) in found:
            n += 1
        found[flow.source, flow.target, n] = flow
    return found


def _elsewhere(old: Sop, new: Sop, id_: str) -> bool:
    before, after = old.lane_of(id_), new.lane_of(id_)
    return before is not None and after is not None and before.name != after.name
