"""Whether the branches of a decision cover what may arrive: every declared value of every variable they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from engine.errors import BadSop, Stuck
from engine.sops import expressions
from engine.sops.expressions import Expression
from engine.sops.rules.subject import LEAVING, Read, Subject
from engine.sops.rules.variables import Reached
from engine.sops.rules.writers import Value, Writers, values
from engine.sops.sentences import finding
from engine.sops.sop import Finding, Flow, Node

MAX_COMBINATIONS = 5_000


def check(subject: Subject, writers: Writers, reached: Reached) -> Iterator[Finding]:
    for flow in subject.sop.flows.values():
        if flow.condition is not None and subject.sop.nodes[flow.source].kind != "exclusive":
            yield finding("condition_place", element=flow.id)
    for node in subject.sop.nodes.values():
        if node.kind == "exclusive" and len(node.outgoing) > 1:
            yield from _gateway(subject, writers, reached, node)


def _gateway(subject: Subject, writers: Writers, reached: Reached, node: Node) -> Iterator[Finding]:
    flows = [subject.sop.flows[flow_id] for flow_id in node.outgoing]
    bare = [flow for flow in flows if not flow.condition and flow.id != node.default]
    for flow in bare:
        yield finding("missing_condition", element=flow.id)
    try:
        asked = [(flow, expressions.check(flow.condition)) for flow in flows if flow.condition]
    except BadSop:
        return  # said at the flow itself
    if bare or not asked:
        return
    may_be = _arriving_values(writers, reached, node, asked)
    if may_be is None or prod(map(len, may_be.values())) > MAX_COMBINATIONS:
        if node.default is None:
            yield finding("branches_not_checkable", element=node.id, level="info")
        return
    yield from _compare(node, asked, may_be)


def _arriving_values(
    writers: Writers, reached: Reached, node: Node, asked: list[tuple[Flow, Expression]]
) -> Mapping[str, tuple[Value, ...]] | None:
    """Name → all values that may arrive here; None when they cannot be told."""
    if any(expression.functions or "today" in expression.source for _, expression in asked):
        return None
    read = Read(node.id, node.id, LEAVING, asked[0][1], "decides", True)
    found: dict[str, dict[tuple[type, Value], Value]] = {}
    for arriving in reached.values():
        if node.id not in arriving:
            continue
        for name in {name for _, expression in asked for name in expression.names}:
            may_be = values(writers.seen_by(read, name, arriving[node.id]))
            if may_be is None:
                return None
            found.setdefault(name, {}).update({(type(value), value): value for value in may_be})
    if not found or not all(found.values()):
        return None
    return {name: tuple(some.values()) for name, some in found.items()}


def _compare(
    node: Node, asked: list[tuple[Flow, Expression]], may_be: Mapping[str, tuple[Value, ...]]
) -> Iterator[Finding]:
    names = list(may_be)
    covered: set[tuple[str, type, Value]] = set()
    doubled: dict[str, None] = {}
    for combination in product(*may_be.values()):
        case = dict(zip(names, combination, strict=True))
        try:
            taken = [flow for flow, expression in asked if expressions.evaluate(expression, case)]
        except Stuck:
            yield finding("branches_not_checkable", element=node.id, level="info")
            return
        if taken:
            covered.update((name, type(value), value) for name, value in case.items())
        doubled.update(dict.fromkeys(flow.id for flow in taken[1:]))
    if node.default is None:
        for name, some in may_be.items():
            for value in some:
                if (name, type(value), value) not in covered:
                    yield finding("uncovered", element=node.id, name=name, value=value)
    for flow_id in doubled:
        yield finding("branch_overlap", element=flow_id, level="info")
