"""What happens at the points a token passes in one act: values written, machine steps run, all noted in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.projected import Point, ProjectedStep, Projection, Scope, Way
from engine.flow.sentences import stuck
from engine.flow.state import State, is_value
from engine.sops import expressions
from engine.sops.sop import MACHINE_KINDS, PERSON_KINDS, In, Node, Out, Parameter, Set

#: runs a service or rule step: the step and its scope's values in, the operator's results or decision's outputs out
Machine = Callable[[ProjectedStep, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Passed:
    """One point passed. Kinds are the written ones, and ``enter``, ``exit`` (of a call or sub-process) and ``flow``."""

    path: str
    kind: str
    scope: str  # where ``writes`` went
    writes: Mapping[str, Any] = field(default_factory=dict)  # ``case.…`` names are case facts, kept by no variable
    results: Mapping[str, Any] = field(default_factory=dict)  # what a machine step gave back, whole
    flow: str | None = None  # the way an exclusive gateway took


class Acting:
    """One act's variables while it lasts. The state it began with is left untouched."""

    def __init__(
        self,
        projection: Projection,
        state: State,
        machine: Machine,
        context: Mapping[str, Any],
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self.projection = projection
        self.values: dict[str, dict[str, Any]] = dict(state.values)  # type: ignore[arg-type]
        self.rounds: dict[str, int] = dict(state.rounds)
        self.passed: list[Passed] = []
        self.entered: set[str] = set()  # paths of boxes
        self.outside: Exception | None = None  # an error of the machine callback, not of ours
        self._machine = machine
        self._context = context
        self._answers = answers or {}
        self._own: set[str] = set()  # scopes whose dict is already this act's own

    def open_main(self, values: Mapping[str, Any]) -> None:
        """The main procedure's first values: defaults of its parameters, then what the opening brought."""
        parameters = self.projection.scopes[""].sop.parameters
        defaults = {p.name: _typed(p, p.default) for p in parameters if p.default is not None}
        typed = {
            p.name: _typed(p, values[p.name])
            for p in parameters if p.direction == "in" and isinstance(values.get(p.name), str)
        }  # fmt: skip
        self._keep("", {**defaults, **values, **typed})

    def holds(self, point: Point, way: Way) -> bool:
        """Whether a condition holds for the present values. Raises Stuck at the gateway."""
        return bool(self._value_of(way.condition or "", point.scope, point.path))

    def passes(self, point: Point, way: Way | None = None) -> None:
        """A token passes a point."""
        if point.kind in PERSON_KINDS or point.kind == "linked":
            self._note(point, self._keep(point.scope, self._answers) | self._set(point))
        elif point.kind == "opens" and point.node is not None:
            given = handed_in(point.node, self.values.get(point.scope, {}), self._context, point.path)
            self._note(point, self._set(point), given)
        elif point.kind in MACHINE_KINDS:
            self._run_machine(point)
        elif point.kind == "enter" and point.called is not None:
            self._enter(point, self.projection.scopes[point.called])
        elif point.kind == "exit" and point.called is not None:
            self._exit(point, self.projection.scopes[point.called])
        else:
            if point.kind == "enter":
                self.entered.add(point.path)
            writes = self._set(point) if point.sets else {}
            if point.kind != "flow" or writes:
                self._note(point, writes, flow=way.flow if way else None)

    def _run_machine(self, point: Point) -> None:
        writes = self._set(point)
        step = self.projection.steps[point.path]
        try:
            results = self._machine(step, self.values.get(point.scope, {}))
        except Exception as error:
            self.outside = error
            raise
        node = step.node
        outs = (*node.outs, *(node.decision.outs if node.decision else ()))
        writes |= self._keep(point.scope, self._taken(outs, results, point.path))
        self._note(point, writes, results)

    def _enter(self, point: Point, callee: Scope) -> None:
        """A repeated call starts empty; nothing crosses but the parameters."""
        box, inner = point.node, callee.path
        ins = {one.to: one for one in box.ins} if box else {}
        given: dict[str, Any] = {}
        declared = {p.name: p for p in callee.sop.parameters if p.direction == "in"}
        for name, one in ins.items():
            self._take_in(given, one, declared.get(name), point)
        for name, parameter in declared.items():
            if name not in given and parameter.type != "form":
                if parameter.default is not None:
                    given[name] = _typed(parameter, parameter.default)
                elif parameter.required:
                    raise stuck("parameter_missing", point.path, name=name)
        for scope in [s for s in self.values if s == inner or s.startswith(f"{inner}/")]:
            del self.values[scope]
        self._own.discard(inner)
        self.rounds[inner] = self.rounds.get(inner, 0) + 1
        self.entered.add(point.path)
        self._note(point, self._keep(inner, given), scope=inner)

    def _take_in(self, given: dict[str, Any], one: In, parameter: Parameter | None, point: Point) -> None:
        """One ``sop:in``. A plain name without a value yet counts as not given."""
        if one.from_ is None:
            given[one.to] = _typed(parameter, one.value)
            return
        source = expressions.check(one.from_)
        if source.bare and not source.names <= self.values.get(point.scope, {}).keys():
            return
        given[one.to] = self._value_of(source, point.scope, point.path)

    def _exit(self, point: Point, callee: Scope) -> None:
        box, inside = point.node, self.values.get(callee.path, {})
        outs = [out for out in (box.outs if box else ()) if out.from_ in inside]
        writes = self._keep(point.scope, {out.to: inside[out.from_] for out in outs})
        self._note(point, writes | self._set(point))

    def _taken(self, outs: tuple[Out, ...], results: Mapping[str, Any], path: str) -> dict[str, Any]:
        for out in outs:
            if out.from_ not in results:
                raise stuck("operator_result", path, name=out.from_)
        return {out.to: results[out.from_] for out in outs}

    def _set(self, point: Point) -> dict[str, Any]:
        """``sop:set``: one after the other, each sees the ones before it."""
        writes: dict[str, Any] = {}
        for one in point.sets:
            writes |= self._keep(point.scope, {one.name: self._set_value(one, point)})
        return writes

    def _set_value(self, one: Set, point: Point) -> Any:
        return one.value if one.from_ is None else self._value_of(one.from_, point.scope, point.path)

    def _value_of(self, source: str | expressions.Expression, scope: str, path: str) -> Any:
        try:
            return expressions.evaluate(source, self.values.get(scope, {}), self._context)
        except Exception as error:
            if getattr(error, "element", "") is None:
                error.element = path  # type: ignore[attr-defined]
            raise

    def _keep(self, scope: str, written: Mapping[str, Any]) -> dict[str, Any]:
        """Stores what somebody in the scope reads; gives back everything that was written."""
        for name, value in written.items():
            if name.startswith("case.") or not self.projection.keeps(scope, name):
                continue
            if not is_value(value):
                raise stuck("state_value", scope or None, name=name)
            if scope not in self._own:
                self.values[scope] = dict(self.values.get(scope, {}))
                self._own.add(scope)
            self.values[scope][name] = list(value) if isinstance(value, tuple) else value
        return dict(written)

    def _note(
        self, point: Point, writes: Mapping[str, Any], results: Mapping[str, Any] | None = None, *,
        flow: str | None = None, scope: str | None = None,
    ) -> None:  # fmt: skip
        at = point.scope if scope is None else scope
        self.passed.append(Passed(point.path, point.kind, at, writes, results or {}, flow))


def handed_in(node: Node, values: Mapping[str, Any], context: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What a call box hands to the cases it opens. A plain name without a value yet counts as not given."""
    given: dict[str, Any] = {}
    for one in node.ins:
        if one.from_ is None:
            given[one.to] = one.value
            continue
        source = expressions.check(one.from_)
        if source.bare and not source.names <= values.keys():
            continue
        try:
            given[one.to] = expressions.evaluate(source, values, context)
        except Exception as error:
            if getattr(error, "element", "") is None:
                error.element = path  # type: ignore[attr-defined]
            raise
    return given


def _typed(parameter: Parameter | None, text: str | None) -> Any:
    """A literal of the file as the parameter's type says; text where it says nothing."""
    kind = parameter.type if parameter else None
    try:
        if kind == "integer":
            return int(text or "")
        if kind == "number":
            return float(text or "")
    except ValueError:
        raise stuck("parameter_type", name=parameter.name if parameter else "") from None
    if kind == "boolean":
        return text == "true"
    return text
