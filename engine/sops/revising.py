"""An SOP changed step by step, as its list is edited: a step's words and ways, a step added after another, one removed.

Values in, values out. Where things stand on the page is not touched: ``needs_drawing`` says whether it has to be drawn
anew.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.sops.sop import (
    PERSON_KINDS,
    Checklist,
    ChecklistItem,
    Flow,
    Form,
    Node,
    NodeKind,
    Outcome,
    Sop,
    StandardTime,
)

__all__ = ["KINDS", "Said", "Way", "fresh_id", "inserted", "is_step", "needs_drawing", "remove", "revise", "said"]

#: what the list can add
KINDS: tuple[NodeKind, ...] = ("user", "manual", "exclusive", "parallel", "call", "end", "start")
#: an end goes nowhere; after a gateway, or where nothing followed, the new step is one more way
_BRANCHING = ("exclusive", "parallel")


@dataclass(frozen=True, slots=True)
class Way:
    """Where it goes on. ``flow`` None: a new way; ``default``: the one taken when no condition holds."""

    flow: str | None
    target: str
    name: str = ""
    condition: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the list says of one step. ``items`` are those of the checklist that binds every choice."""

    name: str
    documentation: str = ""
    lane: str | None = None
    time: StandardTime | None = None
    co_units: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    items: tuple[str, ...] = ()
    outcome: Outcome | None = None
    called: str | None = None
    ways: tuple[Way, ...] = ()


def said(sop: Sop, node_id: str) -> Said:
    """The step as it is now."""
    node = sop.nodes[node_id]
    ways = (sop.flows[flow] for flow in node.outgoing)
    return Said(
        name=node.name, documentation=node.documentation, lane=node.lane, time=node.standard_time,
        co_units=node.co_units, forms=node.forms, items=tuple(i.text for c in _plain(node) for i in c.items),
        outcome=node.outcome, called=node.called,
        ways=tuple(Way(w.id, w.target, w.name, w.condition, default=w.id == node.default) for w in ways),
    )  # fmt: skip


def revise(sop: Sop, node_id: str, new: Said) -> Sop:
    """The SOP with that step saying ``new``; what the list does not speak of stays as it is."""
    node = sop.nodes[node_id]
    taken = {*sop.nodes, *sop.flows, *(lane.id for lane in sop.lanes)}
    kept: dict[str, Flow] = {}
    default = None
    for way in new.ways:
        flow = _flow(sop, node_id, way, taken | kept.keys())
        kept[flow.id] = flow
        default = flow.id if way.default else default
    flows = {id_: kept.pop(id_) if id_ in kept else flow for id_, flow in sop.flows.items() if _stays(flow, node, kept)}
    flows |= kept
    ways = tuple(flow.id for flow in _in_order(new.ways, flows, node_id))
    changed = replace(
        node, name=new.name, documentation=new.documentation, lane=new.lane, standard_time=new.time,
        co_units=new.co_units, forms=new.forms, checklists=(*_checklist(node, new.items), *_bound(node)),
        outcome=new.outcome, called=new.called, outgoing=ways, default=default,
    )  # fmt: skip
    return _with(sop, {**sop.nodes, node_id: changed}, flows)


def inserted(sop: Sop, after: str | None, new: Node) -> Sop:
    """A step between ``after`` and what followed it; one more way where several or none followed, or it is an end."""
    nodes = dict(_behind(sop.nodes, after, new))
    flows = dict(sop.flows)
    if after is None:
        return _with(sop, nodes, flows)
    before = sop.nodes[after]
    taken = {*nodes, *flows, *(one.id for one in sop.lanes)}
    if len(before.outgoing) == 1 and before.kind not in _BRANCHING and new.kind != "end":
        old = flows[before.outgoing[0]]
        onward = _flow(sop, new.id, Way(None, old.target), taken)
        flows = {id_: replace(f, target=new.id) if id_ == old.id else f for id_, f in flows.items()}
        flows[onward.id] = onward
        nodes[new.id] = replace(new, outgoing=(onward.id,))
    else:
        way = _flow(sop, after, Way(None, new.id), taken)
        flows[way.id] = way
        nodes[after] = replace(before, outgoing=(*before.outgoing, way.id))
    return _with(sop, nodes, flows)


def remove(sop: Sop, node_id: str) -> Sop:
    """Without that step and what hangs on it. What led to it leads on to what followed, where that is one thing."""
    gone = {node_id, *(n.id for n in sop.nodes.values() if n.attached_to == node_id)}
    inner = True
    while inner:  # what stands in a removed sub-process
        found = {n.id for n in sop.nodes.values() if n.parent in gone or n.attached_to in gone} - gone
        gone |= found
        inner = bool(found)
    node = sop.nodes[node_id]
    onward = sop.flows[node.outgoing[0]].target if len(node.outgoing) == 1 else None
    flows: dict[str, Flow] = {}
    for flow in sop.flows.values():
        if flow.source in gone:
            continue
        if flow.target not in gone:
            flows[flow.id] = flow
        elif flow.target == node_id and onward not in (None, flow.source) and onward not in gone:
            flows[flow.id] = replace(flow, target=str(onward))
    nodes = {id_: _only(n, flows) for id_, n in sop.nodes.items() if id_ not in gone}
    notes = tuple(replace(n, step=None) if n.step in gone else n for n in sop.notes)
    return replace(_with(sop, nodes, flows), notes=notes)


def needs_drawing(old: Sop, new: Sop) -> bool:
    """Whether something came, went, or belongs elsewhere than where it stands."""
    return (
        old.nodes.keys() != new.nodes.keys()
        or {(f.id, f.source, f.target) for f in old.flows.values()}
        != {(f.id, f.source, f.target) for f in new.flows.values()}
        or any(old.nodes[id_].lane != node.lane for id_, node in new.nodes.items())
    )


def fresh_id(sop: Sop) -> str:
    """An id in the manner of the others: ``PO-07`` where most begin with ``PO-``."""
    heads = Counter(match[1] for id_ in sop.nodes if (match := re.match(r"([A-Za-z]{1,6})-?[0-9]", id_)))
    head = heads.most_common(1)[0][0] if heads else "S"
    dash = "-" if any(id_.startswith(f"{head}-") for id_ in sop.nodes) else ""
    taken = {*sop.nodes, *sop.flows, *(lane.id for lane in sop.lanes), sop.id}
    number = 1
    while (found := f"{head}{dash}{number:02}") in taken:
        number += 1
    return found


def _with(sop: Sop, nodes: Mapping[str, Node], flows: Mapping[str, Flow]) -> Sop:
    return replace(sop, nodes=MappingProxyType(dict(nodes)), flows=MappingProxyType(dict(flows)))


def _flow(sop: Sop, source: str, way: Way, taken: Iterable[str]) -> Flow:
    if way.flow is not None:
        return replace(sop.flows[way.flow], target=way.target, name=way.name, condition=way.condition)
    wanted = found = f"{source}__{way.target}"
    number = 1
    while found in taken:
        number += 1
        found = f"{wanted}_{number}"
    return Flow(found, source, way.target, way.name, way.condition)


def _stays(flow: Flow, node: Node, kept: Mapping[str, Flow]) -> bool:
    return flow.source != node.id or flow.id in kept


def _in_order(ways: tuple[Way, ...], flows: Mapping[str, Flow], source: str) -> Iterator[Flow]:
    """The flows of a step in the order of its ways."""
    left = [flow for flow in flows.values() if flow.source == source]
    for way in ways:
        found = next(f for f in left if f.id == way.flow or (way.flow is None and f.target == way.target))
        left.remove(found)
        yield found


def _only(node: Node, flows: Mapping[str, Flow]) -> Node:
    outgoing = tuple(flow for flow in node.outgoing if flow in flows)
    return replace(node, outgoing=outgoing, default=node.default if node.default in flows else None)


def _behind(nodes: Mapping[str, Node], after: str | None, new: Node) -> Iterator[tuple[str, Node]]:
    for id_, node in nodes.items():
        yield id_, node
        if id_ == after:
            yield new.id, new
    if after is None:
        yield new.id, new


def _plain(node: Node) -> Iterator[Checklist]:
    return (one for one in node.checklists if one.for_ is None)


def _bound(node: Node) -> Iterator[Checklist]:
    return (one for one in node.checklists if one.for_ is not None)


def _checklist(node: Node, items: tuple[str, ...]) -> Iterator[Checklist]:
    """One list of these; an item that stays keeps its code, so that what was ticked stays ticked."""
    if not items:
        return
    known = {item.text: item.id for one in _plain(node) for item in one.items}
    used = {item.id for one in node.checklists for item in one.items}
    made: list[ChecklistItem] = []
    for text in items:
        code = known.pop(text, None)
        number = 1
        while code is None:
            code = None if f"c{number}" in used else f"c{number}"
            number += 1
        used.add(code)
        made.append(ChecklistItem(code, text))
    yield Checklist(tuple(made))


def is_step(node: Node) -> bool:
    """Whether the list may say more of it than its name and where it goes."""
    return node.kind in PERSON_KINDS or node.kind == "call"
