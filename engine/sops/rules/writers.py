"""Who writes which variable, and what it may hold when a node is reached.

A walk over nodes and flows: a writer that always writes replaces what was there before; where branches meet, what they
bring is put together; at a parallel join every branch has been walked, so what one of them wrote is written; a branch
taken on a condition brings only the values with which that condition can hold. ``NOBODY`` among the contents of a name
means that some way leads here on which nobody wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal, NamedTuple

from engine.errors import Refusal
from engine.sops import expressions
from engine.sops.expressions import Expression
from engine.sops.rules.subject import ARRIVING, LEAVING, Read, Subject
from engine.sops.sop import PERSON_KINDS, Flow, Node, Set

Value = str | int | float | bool
Values = tuple[Value, ...]


class Content(NamedTuple):
    """One thing a variable may hold: a known value, anything, or nothing (nobody wrote it), and who put it there."""

    by: str
    what: Literal["value", "anything", "nothing"]
    type: type | None = None  # tells True from 1
    value: Value | None = None


NOBODY = Content("", "nothing")
State = Mapping[str, frozenset[Content]]

_UNWRITTEN = frozenset((NOBODY,))
_HOST = "the values that arrive at the host"

#: more than this is not followed (a procedure has a few dozen variables; nodes and flows are flow's own limits)
MAX_VARIABLES, MAX_NODES, MAX_FLOWS = 300, 300, 600
_MAX_COMBINATIONS = 200
_MAX_TRIES = 50_000


class TooMuchError(Exception):
    """The procedure is too large to be followed; nothing is said about its variables."""


@dataclass(frozen=True, slots=True)
class Write:
    """One way in which a name gets a value. ``values``: all it can be, None when they cannot be told."""

    name: str
    by: str
    values: Values | None = None
    always: bool = True
    long: bool = False
    identity: bool = False

    def contents(self) -> frozenset[Content]:
        if self.values is None:
            return frozenset((Content(self.by, "anything"),))
        return frozenset(Content(self.by, "value", type(value), value) for value in self.values)


class Writers:
    """All writes of one SOP, and the walk from one of its starts."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.sop = subject.sop
        nodes = self.sop.nodes.values()
        self.answers = {node.id: tuple(self._answers(node)) for node in nodes}
        self.sets = {node.id: tuple(_sets(node.sets, node.id)) for node in nodes}
        self.at_node = {node.id: (*self.answers[node.id], *self.sets[node.id], *self._results(node)) for node in nodes}
        self.on_flow = {flow.id: tuple(_sets(flow.sets, flow.id)) for flow in self.sop.flows.values()}
        self.given = tuple(self._parameters())
        self.all: dict[tuple[str, str], Write] = {}
        for write in (*self.given, *(w for some in (*self.at_node.values(), *self.on_flow.values()) for w in some)):
            self.all[write.name, write.by] = write
        self._by_name: dict[str, list[Write]] = {}
        for write in self.all.values():
            self._by_name.setdefault(write.name, []).append(write)
        self.names = frozenset(self._by_name)
        self._tries = 0
        self._arrows = self._incoming()
        self._onward: dict[str, dict[str, None]] = {}
        for target, arrows in self._arrows.items():
            for source, _ in arrows:
                self._onward.setdefault(source, {})[target] = None

    def of(self, name: str) -> list[Write]:
        return self._by_name.get(name, [])

    # -- who writes

    def _parameters(self) -> Iterator[Write]:
        for p in self.sop.parameters:
            if p.direction == "in":
                numbers = p.type in ("integer", "number", "boolean")
                values = None if numbers or not p.values else p.values
                sure = p.required or p.default is not None
                yield Write(p.name, "sop:parameter", values, always=sure, long=p.type == "text")

    def _answers(self, node: Node) -> Iterator[Write]:
        form = self.subject.forms.get(node.id)
        for field in form.fields if form is not None and (node.kind in PERSON_KINDS or node.kind == "start") else ():
            values: Values | None = tuple(value for value, _ in field.choices) or None
            if field.kind == "boolean":
                values = (True, False)
            sure = field.required and field.shown_when is None
            yield Write(field.name, f"{node.id}:{field.name}", values, sure, field.long, field.identity)
        if node.outcome is not None and node.kind in PERSON_KINDS:
            yield Write(node.outcome.variable, f"{node.id}:outcome", tuple(c.value for c in node.outcome.choices))

    def _results(self, node: Node) -> Iterator[Write]:
        if node.kind == "call":
            yield from self._call_writes(node)
        else:
            for out in node.outs:
                yield Write(out.to, f"{node.id}:out:{out.to}")
        yield from self._decision_writes(node)

    def _call_writes(self, node: Node) -> Iterator[Write]:
        callee = self.subject.library.get(node.called or "")
        declared = {p.name: p for p in callee.parameters if p.direction == "out"} if callee else {}
        for out in node.outs:
            p = declared.get(out.from_)
            values = p.values if p is not None and p.values else None
            yield Write(out.to, f"{node.id}:out:{out.to}", values, long=p is not None and p.type == "text")

    def _decision_writes(self, node: Node) -> Iterator[Write]:
        if node.decision is None:
            return
        table = self.subject.tables.get(node.decision.ref)
        for out in node.decision.outs:
            values: Values | None = None
            for at, column in enumerate(table.outputs if table is not None else ()):
                if column.name == out.from_ and table is not None and table.hit_policy != "COLLECT":
                    values = tuple(dict.fromkeys(rule.results[at] for rule in table.rules))
            yield Write(out.to, f"{node.id}:out:{out.to}", values)

    # -- the walk

    def reaching(self, start: str) -> dict[str, State]:
        """For every node the walk from this start comes to: what each name may hold there. Raises TooMuchError."""
        arriving: dict[str, State] = {start: _after({}, self.given)}
        leaving: dict[str, State] = {start: _after(arriving[start], self.at_node[start])}
        todo = [start]
        while todo:
            for target in self._onward.get(todo.pop(), ()):
                self._try(1)
                before = self._arriving(target, leaving, arriving)
                if before is None or (target in arriving and arriving[target] == before):
                    continue
                arriving[target] = before
                leaving[target] = _after(before, self.at_node[target])
                todo.append(target)
        return arriving

    def seen_by(self, read: Read, name: str, arriving: State) -> frozenset[Content]:
        """What a name may hold for a reader at a node: what arrived, and what the node itself has written by then."""
        contents = arriving.get(name, _UNWRITTEN)
        if read.stage == ARRIVING:
            return contents
        if read.stage == LEAVING:
            writes: tuple[Write, ...] = self.at_node[read.node]
        else:
            writes = (*self.answers[read.node], *self.sets[read.node][: read.stage])
        for write in writes:
            if write.name == name:
                contents = _overwritten(contents, write)
        return contents

    def _arriving(self, node_id: str, leaving: Mapping[str, State], arriving: Mapping[str, State]) -> State | None:
        """What comes in over the arrows already walked; None while nothing, or not every way into a join, has come."""
        node = self.sop.nodes[node_id]
        states = []
        for source, how in self._arrows[node_id]:
            known = arriving if how == _HOST else leaving
            if source not in known:
                if node.kind == "parallel":
                    return None
                continue
            state = known[source]
            if how != _HOST:
                box = self.sop.flows[how].source
                state = _after(state, self.at_node[box] if box != source else ())
                state = _after(self._narrowed(state, self.sop.flows[how]), self.on_flow[how])
            states.append(state)
        if not states:
            return None
        return _joined(states) if node.kind == "parallel" else _merged(states)

    def _narrowed(self, state: State, flow: Flow) -> State:
        """What a branch taken on a condition may bring: only values with which the condition can hold."""
        if not flow.condition or self.sop.nodes[flow.source].kind != "exclusive":
            return state
        try:
            asked = expressions.check(flow.condition)
        except Refusal:
            return state
        some = {name: state.get(name, _UNWRITTEN) for name in asked.names}
        if asked.functions or any(c.what == "anything" for contents in some.values() for c in contents):
            return state
        tries = prod(map(len, some.values()))
        if tries > _MAX_COMBINATIONS:
            return state
        self._try(tries)
        return {**state, **_with_which(asked, some)}

    def _try(self, tries: int) -> None:
        self._tries += tries
        if self._tries > _MAX_TRIES:
            raise TooMuchError

    def _incoming(self) -> dict[str, list[tuple[str, str]]]:
        """Arrows into each node: (source, flow id), or (host, _HOST) for what sees its host's arriving values."""
        arrows: dict[str, list[tuple[str, str]]] = {node_id: [] for node_id in self.sop.nodes}
        for flow in self.sop.flows.values():
            source = self.sop.nodes[flow.source]
            if source.kind == "subprocess":
                ends = [n for n in self.sop.nodes.values() if n.parent == source.id and n.kind == "end"]
                arrows[flow.target] += [(end.id, flow.id) for end in ends]
            else:
                arrows[flow.target].append((source.id, flow.id))
        for node in self.sop.nodes.values():
            if node.attached_to is not None and node.attached_to in self.sop.nodes:
                arrows[node.id].append((node.attached_to, _HOST))
            if node.kind == "start" and node.parent is not None:
                arrows[node.id].append((node.parent, _HOST))
        return arrows


def _sets(sets: Iterable[Set], owner: str) -> Iterator[Write]:
    for said in sets:
        values: Values | None = None if said.value is None else (said.value,)
        if said.from_ is not None:
            values = _constant(said.from_)
        yield Write(said.name, f"{owner}:set:{said.name}", values)


def _constant(source: str) -> Values | None:
    """The value of an expression that is a bare constant, such as ``0``."""
    try:
        expression = expressions.check(source)
        if expression.names or expression.functions:
            return None
        value = expressions.evaluate(expression, {})
    except Refusal:
        return None
    return (value,) if isinstance(value, str | int | float | bool) else None


def values(contents: frozenset[Content]) -> Values | None:
    """Everything a name may be, or None when that cannot be told."""
    if any(content.what == "anything" for content in contents):
        return None
    told = {(c.type, c.value): c.value for c in contents if c.value is not None}
    return tuple(told.values())


def _with_which(asked: Expression, some: Mapping[str, frozenset[Content]]) -> dict[str, frozenset[Content]]:
    kept: dict[str, set[Content]] = {name: set() for name in some}
    for combination in product(*some.values()):
        case = dict(zip(some, combination, strict=True))
        try:
            holds = expressions.evaluate(asked, {name: c.value for name, c in case.items() if c.what == "value"})
        except Refusal:  # nobody wrote it: that way ends here
            continue
        if holds:
            for name, content in case.items():
                kept[name].add(content)
    return {name: frozenset(contents) for name, contents in kept.items()}


def _after(state: State, writes: Iterable[Write]) -> State:
    after = dict(state)
    for write in writes:
        after[write.name] = _overwritten(after.get(write.name, _UNWRITTEN), write)
    return after


def _overwritten(before: frozenset[Content], write: Write) -> frozenset[Content]:
    return write.contents() if write.always else before | write.contents()


def _merged(states: list[State]) -> State:
    names = {name for state in states for name in state}
    return {name: frozenset[Content]().union(*(state.get(name, _UNWRITTEN) for state in states)) for name in names}


def _joined(states: list[State]) -> State:
    found: dict[str, frozenset[Content]] = {}
    for name in {name for state in states for name in state}:
        contents = [state.get(name, _UNWRITTEN) for state in states]
        together = frozenset[Content]().union(*contents)
        sure = any(NOBODY not in some for some in contents)
        found[name] = together - _UNWRITTEN if sure else together
    return found
