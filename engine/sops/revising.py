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
from typing import Literal

from engine.sops.sop import (
    PERSON_KINDS,
    Approval,
    ByCalendar,
    Checklist,
    ChecklistItem,
    DecisionRef,
    Each,
    Flow,
    Form,
    In,
    Linked,
    Node,
    NodeKind,
    Operator,
    Out,
    Outcome,
    Set,
    Sop,
    StandardTime,
    Timer,
)

__all__ = ["KINDS", "Said", "Way", "fresh_id", "inserted", "is_step", "needs_drawing", "remove", "revise", "said"]

#: what the list can add
KINDS: tuple[NodeKind, ...] = (
    "user", "manual", "service", "rule", "exclusive", "parallel", "call", "catch", "end", "start",
)  # fmt: skip
#: what it says of a step under the name that the step itself has for it
_SAME = (
    "name", "documentation", "lane", "co_units", "forms", "outcome", "called", "approval", "each", "sets", "ins",
    "outs", "wait", "linked", "operator", "decision", "timer", "interrupting", "calendar", "start_kind",
)  # fmt: skip
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
    sets: tuple[Set, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the list says of one step. ``items``: of the checklist for every choice; ``bound``: (variable, value, text)
    of those for one choice."""

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
    bound: tuple[tuple[str, str, str], ...] = ()
    approval: Approval | None = None
    each: Each | None = None
    sets: tuple[Set, ...] = ()
    ins: tuple[In, ...] = ()
    outs: tuple[Out, ...] = ()
    wait: bool = False
    linked: Linked | None = None
    operator: Operator | None = None
    decision: DecisionRef | None = None
    timer: Timer | None = None
    interrupting: bool = True
    calendar: ByCalendar | None = None
    start_kind: Literal["none", "message", "calendar"] | None = None


def said(sop: Sop, node_id: str) -> Said:
    """The step as it is now."""
    node = sop.nodes[node_id]
    ways = (sop.flows[flow] for flow in node.outgoing)
    return Said(
        **{name: getattr(node, name) for name in _SAME}, time=node.standard_time,
        items=tuple(i.text for c in _plain(node) for i in c.items),
        bound=tuple((*c.for_, i.text) for c in node.checklists if c.for_ is not None for i in c.items),
        ways=tuple(Way(w.id, w.target, w.name, w.condition, w.id == node.default, w.sets) for w in ways),
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
        node, **{name: getattr(new, name) for name in _SAME}, standard_time=new.time, outgoing=ways, default=default,
        checklists=tuple(_checklists(node, new)),
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
        [lane.id for lane in old.lanes] != [lane.id for lane in new.lanes]
        or old.nodes.keys() != new.nodes.keys()
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
        return replace(sop.flows[way.flow], target=way.target, name=way.name, condition=way.condition, sets=way.sets)
    wanted = found = f"{source}__{way.target}"
    number = 1
    while found in taken:
        number += 1
        found = f"{wanted}_{number}"
    return Flow(found, source, way.target, way.name, way.condition, way.sets)


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


def _checklists(node: Node, new: Said) -> Iterator[Checklist]:
    """The lists of these items; one that stays keeps its code, so that what was ticked stays ticked."""
    used = {item.id for one in node.checklists for item in one.items}
    lists: dict[tuple[str, str] | None, list[str]] = {None: list(new.items)} if new.items else {}
    for variable, value, text in new.bound:
        lists.setdefault((variable, value), []).append(text)
    for choice, texts in lists.items():
        known = {item.text: item.id for one in node.checklists if one.for_ == choice for item in one.items}
        made: list[ChecklistItem] = []
        for text in texts:
            code = known.pop(text, None) or next(c for n in range(1, 9999) if (c := f"c{n}") not in used)
            used.add(code)
            made.append(ChecklistItem(code, text))
        yield Checklist(tuple(made), choice)


def is_step(node: Node) -> bool:
    """Whether the list may say more of it than its name and where it goes."""
    return node.kind in PERSON_KINDS or node.kind == "call"
