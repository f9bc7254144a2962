"""L004: where a number decides, no value is claimed twice and none is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from engine.errors import BadSop, Stuck
from engine.sops import expressions
from engine.sops.expressions import Expression
from engine.sops.rules.rule import Hit, Rule
from engine.sops.rules.subject import Subject
from engine.sops.sop import Node, Sop


def _look(subject: Subject) -> Iterator[Hit]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind != "exclusive" or len(node.outgoing) < 2 or node.default:
            continue
        conditions = list(_conditions(sop, node))
        bounds = sorted({0, *(bound for one in conditions for bound in _bounds(one))})
        names = {name for one in conditions for name in one.names}
        if len(conditions) != len(node.outgoing) or len(names) != 1 or bounds == [0]:
            continue
        [name] = names
        for value in _around(bounds):
            try:
                taken = sum(expressions.evaluate(one, {name: value}) is True for one in conditions)
            except Stuck:
                break  # it does not compare numbers only: what it says otherwise is looked at elsewhere
            if taken == 0:
                yield node.id, f"「{node.name}」：{name} 為 {value:g} 時沒有一條分流成立。"
            elif taken > 1:
                yield node.id, f"「{node.name}」：{name} 為 {value:g} 時有 {taken} 條分流同時成立。"


def _conditions(sop: Sop, node: Node) -> Iterator[Expression]:
    for flow in node.outgoing:
        with suppress(BadSop):
            yield expressions.check(sop.flows[flow].condition or "")


def _bounds(expression: Expression) -> Iterator[float]:
    for part in ast.walk(expression.body):
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool):
            yield part.value


def _around(bounds: list[float]) -> Iterator[float]:
    """The bounds and a value between and after them; what is counted or measured is not below zero unless one is."""
    for low, high in pairwise([*bounds, bounds[-1] + 2]):
        yield low
        yield (low + high) / 2 if high - low <= 1 else low + 1


RULE = Rule(
    id="L004", name="exclusive-complete-conditions", level="error",
    title="條件須互斥且完備", english="For every number exactly one branch is taken",
    sources=("I4.6",),
    wrong="「10萬元內」「10萬元以上」：恰為10萬元時兩條都成立", right="10萬元以下／超過10萬元",
    look=_look,
)  # fmt: skip
