"""Which ways out of a chart's gateways somebody took: a scenario that goes everywhere proves more than ten that do
not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.sops.sop import Flow, Node, Sop

__all__ = ["Branch", "Taken", "of", "ways"]

#: (SOP, gateway, flow), as ``Outcome.taken`` has them
Taken = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of an exclusive gateway that has more than one, and who takes it."""

    gateway: Node
    flow: Flow
    by: tuple[str, ...]


def ways(sop: Sop) -> Iterator[tuple[Node, str]]:
    """Every gateway that chooses, with each of its flows, in the order of the file."""
    for node in sop.nodes.values():
        if node.kind == "exclusive" and len(node.outgoing) > 1:
            for flow in node.outgoing:
                yield node, flow


def of(sop: Sop, taken: Mapping[str, Iterable[Taken]]) -> tuple[Branch, ...]:
    """The branches of an SOP. ``taken``: by the name of a scenario, what it took."""
    by: dict[tuple[str, str], list[str]] = {}
    for name, some in taken.items():
        for sop_id, gateway, flow in some:
            if sop_id == sop.id:
                by.setdefault((gateway, flow), []).append(name)
    return tuple(Branch(node, sop.flows[flow], tuple(by.get((node.id, flow), ()))) for node, flow in ways(sop))
