"""Sop values from a few lines: nodes as ``kind id`` and flows as ``a > b``, for tests of one point each.

``build("x", "start S; user A; end E", "S > A > E")``; a flow with a condition is given as ``("G", "A", 'x == "1"')``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.sops.sop import Deadline, Flow, Lane, Node, Parameter, Set, Sheet, Sop, Timer

_DEFAULTS: dict[str, dict[str, Any]] = {
    "start": {"start_kind": "none"},
    "boundary": {"timer": Timer(iso="PT1H", iso_kind="duration")},
    "catch": {"timer": Timer(iso="PT1H", iso_kind="duration")},
}


def build(
    name: str,
    nodes: str,
    *flows: str | tuple[str, str, str | None],
    shared: bool = False,
    parameters: tuple[Parameter, ...] = (),
    lanes: tuple[Lane, ...] = (),
    deadlines: tuple[Deadline, ...] = (),
    flow_sets: dict[str, tuple[Set, ...]] | None = None,
    **changes: dict[str, Any],
) -> Sop:
    """An SOP; ``changes`` are fields of nodes by id (``A={"called": "y"}``, ids with ``_`` for ``-``)."""
    made: dict[str, Node] = {}
    for told in nodes.split(";"):
        kind, node_id = told.split()
        fields = {**_DEFAULTS.get(kind, {}), **changes.get(node_id, {})}
        made[node_id] = Node(node_id, kind, name=node_id, **fields)  # type: ignore[arg-type]
    drawn: dict[str, Flow] = {}
    for one in flows:
        pairs: list[tuple[str, str, str | None]]
        if isinstance(one, str):
            stops = [stop.strip() for stop in one.split(">")]
            pairs = [(a, b, None) for a, b in pairwise(stops)]
        else:
            pairs = [one]
        for source, target, condition in pairs:
            flow_id = f"{source}__{target}"
            while flow_id in drawn:
                flow_id += "_2"
            drawn[flow_id] = Flow(flow_id, source, target, "", condition, (flow_sets or {}).get(flow_id, ()))
            made[source] = replace(made[source], outgoing=(*made[source].outgoing, flow_id))
    return Sop(
        name, name, "", Sheet(shared=shared), made, drawn, lanes=lanes, parameters=parameters, deadlines=deadlines
    )
