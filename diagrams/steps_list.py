"""The same picture as an ordered list of sentences: beside the drawing, and for who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass

from diagrams.lettering import clean
from diagrams.rows import Link, backward, longest_paths
from diagrams.standing import LOOKS, state_of
from diagrams.wording import Worded, as_written
from engine.sops.sop import Node, Progress, Sop, StepState

_KINDS = {
    "start": "開始",
    "end": "結束",
    "user": "步驟",
    "manual": "步驟",
    "task": "步驟",
    "service": "系統自動",
    "rule": "系統判斷",
    "exclusive": "決策",
    "parallel": "並行",
    "boundary": "時限",
    "catch": "等候",
    "call": "共用作業",
    "subprocess": "子作業",
    "shown": "僅供顯示",
}


#: a call whose work is cases of their own
_OPENS = "另開案件"


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of the list. `sentence` says all of it; `state` is None without a progress."""

    id: str
    name: str
    kind: str
    lane: str
    state: StepState | None
    sentence: str


def steps_list(
    sop: Sop, progress: Progress | None = None, *, worded: Worded = as_written
) -> tuple[StepLine, ...]:  # fmt: skip
    """Every node, in an order in which no step comes before one that leads to it (loops aside)."""
    return tuple(_line(sop, sop.nodes[node], progress, worded) for node in _in_order(sop))


def _in_order(sop: Sop) -> list[str]:
    nodes = list(sop.nodes)
    links = [
        Link(flow.id, flow.source, flow.target)
        for flow in sop.flows.values()
        if flow.source in sop.nodes and flow.target in sop.nodes
    ]
    for node in sop.nodes.values():
        if node.attached_to and node.attached_to in sop.nodes:
            links.append(Link(f"{node.id} on its host", node.attached_to, node.id))
    loops = backward(nodes, links)
    rank = longest_paths(nodes, [link for link in links if link.flow not in loops])
    file_order = {node: i for i, node in enumerate(nodes)}
    return sorted(nodes, key=lambda node: (rank[node], file_order[node]))


def opens_cases(node: Node) -> bool:
    """Whether a call box says by itself that it opens cases; of an SOP that is not shared the library knows."""
    return node.kind == "call" and (node.each is not None or node.linked is not None or node.wait)


def _line(sop: Sop, node: Node, progress: Progress | None, worded: Worded) -> StepLine:
    name = clean(node.name) or clean(node.id)
    lane = sop.lane_of(node.id)
    lane_name = clean(lane.name) if lane else ""
    kind = worded(_OPENS if opens_cases(node) else _KINDS[node.kind])
    state = state_of(progress, node.id)
    parts = [worded("{0}「{1}」", kind, name)]
    if lane_name:
        parts.append(lane_name)
    if node.attached_to and node.attached_to in sop.nodes:
        parts.append(worded("附於「{0}」", _name(sop, node.attached_to)))
    if state is not None:
        visits = progress.visits.get(node.id, 0) if progress else 0
        parts.append(worded(LOOKS[state].word) + (worded("（共 {0} 次）", visits) if visits > 1 else ""))
    onward = [sop.flows[f] for f in node.outgoing if f in sop.flows and sop.flows[f].target in sop.nodes]
    if onward:
        ways = [
            (f"{clean(flow.name)}→" if flow.name else "") + worded("「{0}」", _name(sop, flow.target))
            for flow in onward
        ]  # fmt: skip
        parts.append(worded("接{0}", worded("、").join(ways)))
    return StepLine(node.id, name, kind, lane_name, state, worded("，").join(parts))


def _name(sop: Sop, node: str) -> str:
    return clean(sop.nodes[node].name) or clean(node)
