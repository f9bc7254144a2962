"""What an SOP says beside its steps, as its list changes it: lanes, deadlines, notes; a step moved, a timer hung on.

Values in, values out, as in ``revising``. What others still refer to is not taken away: the refusal says who does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from engine.errors import Invalid
from engine.sops.sop import Deadline, Flow, Lane, Node, Note, Sop

__all__ = [
    "deadlines", "fresh_deadline", "moved", "of_owner", "timed", "with_deadline", "with_lanes", "with_notes",
    "with_notes_of", "without_deadline",
]  # fmt: skip

_Change = Callable[[list[Deadline]], list[Deadline]]


# -- lanes


def with_lanes(sop: Sop, lanes: Sequence[Lane]) -> Sop:
    """With these lanes in this order; one without an id is new. Raises Invalid for a lane that still holds steps."""
    taken = {sop.id, *sop.nodes, *sop.flows, *(lane.id for lane in (*sop.lanes, *lanes))}
    kept = {lane.id for lane in lanes}
    for lane in sop.lanes:
        held = [node.name or node.id for node in sop.nodes.values() if node.lane == lane.id]
        if lane.id not in kept and held:
            said = f"泳道「{lane.name or lane.id}」裡還有 {len(held)} 個步驟（{held[0]}），請先把它們移到別的泳道。"
            raise Invalid("lane_in_use", said, fields={"": said})
    made: list[Lane] = []
    head = next((found[0] for lane in sop.lanes if (found := re.match(r".*[^0-9](?=[0-9]+$)", lane.id))), f"{sop.id}-L")
    for lane in lanes:
        given = lane.id or _fresh(head, taken)
        taken.add(given)
        made.append(replace(lane, id=given))
    return replace(sop, lanes=tuple(made))


# -- notes


def with_notes(sop: Sop, notes: Iterable[Note]) -> Sop:
    """With these notes; one without an id gets the next number."""
    made: list[Note] = []
    taken = {note.id for note in sop.notes}
    for note in notes:
        given = note.id or _fresh("註", taken)
        taken.add(given)
        made.append(replace(note, id=given))
    return replace(sop, notes=tuple(made))


def with_notes_of(sop: Sop, step: str, notes: Sequence[Note]) -> Sop:
    """With these notes pinned to that step; those of others stay where they are."""
    left = {note.id: note for note in notes if note.id}
    held = {note.id for note in sop.notes}
    stay = [left.get(n.id, n) for n in sop.notes if n.step != step or n.id in left]
    return with_notes(sop, [*stay, *(replace(n, step=step) for n in notes if n.id not in held)])


# -- deadlines


def deadlines(sop: Sop) -> Iterator[tuple[str | None, Deadline]]:
    """Every deadline with the step it hangs on; None: the whole case."""
    for one in sop.deadlines:
        yield None, one
    for node in sop.nodes.values():
        for one in node.deadlines:
            yield node.id, one


def of_owner(sop: Sop, deadline: str) -> tuple[str | None, Deadline] | None:
    return next((found for found in deadlines(sop) if found[1].id == deadline), None)


def fresh_deadline(sop: Sop) -> str:
    return _fresh("D", {one.id for _, one in deadlines(sop)})


def with_deadline(sop: Sop, owner: str | None, new: Deadline) -> Sop:
    """With that deadline on that step (None: the case), in its old place where it stays there."""
    before = of_owner(sop, new.id)
    if before is not None and before[0] != owner:
        sop = _on(sop, before[0], lambda held: [one for one in held if one.id != new.id])
        before = None
    if before is None:
        return _on(sop, owner, lambda held: [*held, new])
    return _on(sop, owner, lambda held: [new if one.id == new.id else one for one in held])


def without_deadline(sop: Sop, deadline: str) -> Sop:
    """Raises Invalid while a timer waits for it or a condition asks for it."""
    for node in sop.nodes.values():
        if node.timer is not None and node.timer.deadline == deadline:
            said = f"「{node.name or node.id}」的計時還在用這個期限，請先改它。"
            raise Invalid("deadline_in_use", said, fields={"": said})
    for flow in sop.flows.values():
        asked = [flow.condition or "", *(one.from_ or "" for one in flow.sets)]
        if any(f'due("{deadline}")' in text or f"due('{deadline}')" in text for text in asked):
            said = f"「{flow.name or flow.id}」這條路的條件還在問這個期限，請先改它。"
            raise Invalid("deadline_in_use", said, fields={"": said})
    return _on(_on(sop, None, _without(deadline)), _holder(sop, deadline), _without(deadline))


def _without(deadline: str) -> _Change:
    return lambda held: [one for one in held if one.id != deadline]


def _holder(sop: Sop, deadline: str) -> str | None:
    found = of_owner(sop, deadline)
    return found[0] if found is not None else None


def _on(sop: Sop, owner: str | None, change: _Change) -> Sop:
    if owner is None:
        return replace(sop, deadlines=tuple(change(list(sop.deadlines))))
    node = sop.nodes[owner]
    changed = replace(node, deadlines=tuple(change(list(node.deadlines))))
    return replace(sop, nodes=MappingProxyType({**sop.nodes, owner: changed}))


# -- steps


def moved(sop: Sop, step: str, way: str) -> Sop:
    """The step taken from between its neighbours and put into that way. Raises Invalid where it is no such step."""
    node, flow = sop.nodes[step], sop.flows[way]
    coming = [one.id for one in sop.flows.values() if one.target == step]
    if len(node.outgoing) != 1 or not coming or sop.nodes[flow.source].parent != node.parent:
        said = "只有前後各接著步驟、往下只有一條路的步驟可以這樣移動。"
        raise Invalid("step_move", said, fields={"way": said})
    onward = node.outgoing[0]
    if way == onward or way in coming:
        return sop
    after = sop.flows[onward].target
    flows: dict[str, Flow] = {}
    for id_, one in sop.flows.items():
        target = after if id_ in coming else flow.target if id_ == onward else step if id_ == way else one.target
        flows[id_] = replace(one, target=target)
    if any(flows[id_].source == flows[id_].target for id_ in coming):
        said = "移走之後，前一步會接回自己，請先調整它的路。"
        raise Invalid("step_move", said, fields={"way": said})
    order = [id_ for id_ in sop.nodes if id_ != step]
    order.insert(order.index(flow.source) + 1, step)
    nodes = {id_: sop.nodes[id_] for id_ in order}
    return replace(sop, nodes=MappingProxyType(nodes), flows=MappingProxyType(flows))


def timed(sop: Sop, host: str, new: Node, target: str) -> Sop:
    """With that timer hung on the host, going on to ``target``."""
    taken = {sop.id, *sop.nodes, *sop.flows, *(lane.id for lane in sop.lanes), new.id}
    flow = Flow(_fresh(f"{new.id}__{target}", taken, first=True), new.id, target)
    hung = replace(new, attached_to=host, parent=sop.nodes[host].parent, lane=sop.nodes[host].lane, outgoing=(flow.id,))
    nodes: dict[str, Node] = {}
    for id_, node in sop.nodes.items():
        nodes[id_] = node
        if id_ == host:
            nodes[new.id] = hung
    flows = MappingProxyType({**sop.flows, flow.id: flow})
    return replace(sop, nodes=MappingProxyType(nodes), flows=flows)


def _fresh(head: str, taken: Iterable[str], *, first: bool = False) -> str:
    """``head`` itself, or with the first number that nothing has."""
    taken = set(taken)
    if first and head not in taken:
        return head
    number = 1
    while (found := f"{head}{number}") in taken:
        number += 1
    return found
