"""What the rules look at: one SOP with its forms, its tables, and the procedures it may call."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.errors import BadSop
from engine.sops import expressions
from engine.sops.expressions import Expression
from engine.sops.forms import ScreenForm
from engine.sops.sop import Deadline, Finding, Node, Sop
from engine.sops.tables import Table

#: facts of the case that a set may change; they are no variables
CASE_FACTS = frozenset(["case.responsible_unit", "case.type", "case.parent", "case.solved"])


#: when a reader at a node reads: on arriving, after so many of the node's sets (0, 1, …), or when leaving it
ARRIVING = -1
LEAVING = 1_000_000

Use = Literal["decides", "computes", "passes"]
Place = tuple[str, str, int, str, Use, bool]


@dataclass(frozen=True, slots=True)
class Read:
    """A place where an expression stands: at a node, or (``element``) on a flow that leaves it.

    How it reads: ``decides`` a branch; ``computes`` a value; ``passes`` one value on as it is, looking into nothing.
    ``must``: a value that is not there would stop the case.
    """

    element: str
    node: str
    stage: int
    expression: Expression
    use: Use
    must: bool


@dataclass(frozen=True)
class Subject:
    sop: Sop
    library: Mapping[str, Sop]
    forms: Mapping[str, ScreenForm]
    tables: Mapping[str, Table]
    operators: Collection[str] | None
    opening_forms: Mapping[tuple[str, str], ScreenForm] = field(default_factory=dict)

    @cached_property
    def deadlines(self) -> Mapping[str, Deadline]:
        steps = (deadline for node in self.sop.nodes.values() for deadline in node.deadlines)
        return {deadline.id: deadline for deadline in (*self.sop.deadlines, *steps)}

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        return tuple(read for read, _ in self._read if read is not None)

    @cached_property
    def unreadable(self) -> tuple[Finding, ...]:
        """The findings of the texts that are no expressions."""
        return tuple(fault for _, fault in self._read if fault is not None)

    @cached_property
    def _read(self) -> list[tuple[Read | None, Finding | None]]:
        return [self._one(*place) for place in (*self._in_flows(), *self._in_nodes())]

    def _one(
        self, element: str, node: str, stage: int, source: str, use: Use, must: bool
    ) -> tuple[Read | None, Finding | None]:
        try:
            expression = expressions.check(source)
        except BadSop as bad:
            return None, Finding(bad.code, "error", bad.sentence, element)
        if use == "passes" and not expression.bare:
            use, must = "computes", True
        return Read(element, node, stage, expression, use, must), None

    def _in_flows(self) -> Iterator[Place]:
        for flow in self.sop.flows.values():
            if flow.condition is not None:
                yield flow.id, flow.source, LEAVING, flow.condition, "decides", True
            for said in flow.sets:
                if said.from_ is not None:
                    yield flow.id, flow.source, LEAVING, said.from_, "passes", True

    def _in_nodes(self) -> Iterator[Place]:
        for node in self.sop.nodes.values():
            here = node.id
            for at, said in enumerate(node.sets):
                if said.from_ is not None:
                    yield here, here, at, said.from_, "passes", True
            after_sets = len(node.sets)
            for form in node.forms:
                if form.when is not None:
                    yield here, here, ARRIVING, form.when, "decides", False
            for arg in node.operator.args if node.operator else ():
                if arg.from_ is not None:
                    yield here, here, after_sets, arg.from_, "passes", False
            for given in node.decision.ins if node.decision else ():
                if given.from_ is not None:
                    yield here, here, after_sets, given.from_, "computes", True
            for given in node.ins if node.kind == "call" else ():
                if given.from_ is not None:
                    yield here, here, ARRIVING, given.from_, "passes", self._demanded(node, given.to)
            if node.each is not None:
                yield here, here, ARRIVING, node.each.units, "computes", True

    def _demanded(self, call: Node, name: str) -> bool:
        callee = self.library.get(call.called or "")
        return callee is not None and any(p.name == name and p.required for p in callee.parameters)
