"""Puts charts together into one, from the main procedure inwards, and resolves what a step takes from its callers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.flow.chart import WAITING_KINDS, Chart, out_of, side_nodes
from engine.flow.projected import (
    CALLER,
    Point,
    ProjectedDeadline,
    ProjectedForm,
    ProjectedStep,
    ProjectedTimer,
    Projection,
    Scope,
    Way,
    under,
)
from engine.flow.sentences import refused
from engine.flow.soundness import Manner
from engine.sops import expressions
from engine.sops.sop import PERSON_KINDS, Deadline, Flow, Form, Node, Set, Who

MAX_INLINED = 1_000
#: call boxes that open cases of their own
CALLS_OUT = frozenset({"linked", "opens"})


@dataclass(frozen=True, slots=True)
class Proven:
    """A chart found sound, with the charts its call boxes lead to."""

    chart: Chart
    calls: Mapping[str, Proven]
    manner: Manner
    alone: frozenset[str]  # nodes that can be the only thing going on


def texts_of(node: Node) -> Iterator[str]:
    """What a node evaluates in its own scope."""
    yield from (s.from_ for s in node.sets if s.from_ is not None)
    yield from (i.from_ for i in node.ins if i.from_ is not None)
    yield from (form.when for form in node.forms if form.when is not None)
    if node.decision:
        yield from (i.from_ for i in node.decision.ins if i.from_ is not None)
    if node.operator:
        yield from (a.from_ for a in node.operator.args if a.from_ is not None)


class Inlining:
    """Puts the charts together into one, from the main procedure inwards."""

    def __init__(self, decision_inputs: Mapping[str, Collection[str]]) -> None:
        self.decision_inputs = decision_inputs
        self.points: dict[str, Point] = {}
        self.steps: dict[str, ProjectedStep] = {}
        self.timers: dict[str, ProjectedTimer] = {}
        self.deadlines: dict[str, ProjectedDeadline] = {}
        self.scopes: dict[str, Scope] = {}
        self.chart_of: dict[str, Chart] = {}
        self.reads: dict[str, set[str]] = {}
        self.writes: dict[str, set[str]] = {}
        self.keeps_all: set[str] = set()
        self.alone: set[str] = set()  # paths
        self.nodes = 0

    def whole(self, main: Proven) -> Projection:
        sop = main.chart.sop
        self._procedure(main, Scope("", sop, None, None), (), False)
        self._resolve_timers()
        self._resolve_approvals()
        return Projection(
            sop.id, main.chart.start,
            MappingProxyType(self.steps), MappingProxyType(self.timers), MappingProxyType(self.deadlines),
            MappingProxyType(self.scopes),
            MappingProxyType({scope: frozenset(names) for scope, names in self.reads.items()}),
            MappingProxyType({scope: frozenset(names) for scope, names in self.writes.items()}),
            frozenset(self.keeps_all), MappingProxyType(self.points),
        )  # fmt: skip

    # ---- one procedure -------------------------------------------------------------------------------------------

    def _procedure(self, proven: Proven, scope: Scope, around: tuple[str, ...], side: bool) -> None:
        """Takes in a procedure. ``around`` are the boundary points of the call boxes around it."""
        whole = proven.chart
        self.nodes += len(whole.sop.nodes)
        if self.nodes > MAX_INLINED:
            raise refused("too_many_inlined", None, limit=MAX_INLINED)
        self.scopes[scope.path] = scope
        self.chart_of[scope.path] = whole
        self.reads[scope.path] = {p.name for p in whole.sop.parameters if p.direction == "out"}
        self.writes[scope.path] = {p.name for p in whole.sop.parameters if p.direction == "in"}
        for deadline in whole.sop.deadlines:
            self._deadline(scope, deadline, None)
        aside_here = side_nodes(whole)
        for key, kind in whole.kinds.items():
            timers = tuple(under(scope.path, g.key) for g in whole.guards.values() if key in g.over)
            aside = side or key in aside_here
            if key in proven.alone and (scope.call is None or scope.path in self.alone):
                self.alone.add(under(scope.path, key))
            if kind == "call":
                self._call(proven, scope, key, (*timers, *around), aside)
            else:
                own = (*timers, *around) if kind in WAITING_KINDS else ()
                self._point(scope, whole, key, own, aside)
        for guard in whole.guards.values():
            path = under(scope.path, guard.key)
            self.timers[path] = ProjectedTimer(
                path, scope.path, guard.node, under(scope.path, guard.host), guard.node.interrupting, None, None
            )
        for key, kind in whole.kinds.items():
            path, node = under(scope.path, key), whole.node(key)
            if kind == "catch":
                self.timers[path] = ProjectedTimer(path, scope.path, node, path, True, None, None)
            elif kind in WAITING_KINDS and node.each is not None and node.each.until == "date":
                due = f"{path}/{node.deadlines[0].id}"
                self.timers[path] = ProjectedTimer(path, scope.path, node, path, True, due, None)

    def _point(self, scope: Scope, whole: Chart, key: str, timers: tuple[str, ...], side: bool) -> None:
        node, kind, path = whole.node(key), whole.kinds[key], under(scope.path, key)
        ways = tuple(self._way(scope, whole, key, arrow.target, arrow.flow) for arrow in whole.outs[key])
        if kind == "end" and scope.call is not None and key in whole.main_ends:
            ways = (Way("", out_of(scope.path)),)
        sets = () if kind in ("enter", "exit") else node.sets
        self.points[path] = Point(
            path, kind, path.removesuffix("#out"), scope.path, node, ways, sets, timers,
            joins=kind == "parallel" and len(whole.ins[key]) > 1, side=side,
        )  # fmt: skip
        if kind == "linked":
            self.writes[scope.path] |= {out.to for out in node.outs}
        if kind != "exit":
            self._step(scope, node, kind if kind != "enter" else "subprocess", timers, side)

    def _way(self, scope: Scope, whole: Chart, source: str, target: str, flow: Flow | None) -> Way:
        """A flow, and the point that stands for it where it sets something or leads to a join."""
        goal = under(scope.path, target)
        if flow is None:
            return Way("", goal)
        path = under(scope.path, flow.id)
        node = whole.node(source)
        condition, otherwise = None, False
        if whole.kinds[source] == "exclusive":
            otherwise = flow.id == node.default or not flow.condition
            condition = None if otherwise else expressions.check(flow.condition or "")
            if condition is not None:
                self.reads[scope.path] |= condition.names
        self._read_sets(scope.path, flow.sets)
        if flow.sets or (whole.kinds[target] == "parallel" and len(whole.ins[target]) > 1):
            self.points[path] = Point(path, "flow", path, scope.path, None, (Way(path, goal),), flow.sets)
            goal = path
        return Way(path, goal, condition, otherwise)

    def _call(self, proven: Proven, scope: Scope, key: str, timers: tuple[str, ...], side: bool) -> None:
        box, inner, path = proven.chart.node(key), proven.calls[key], under(scope.path, key)
        self._step(scope, box, "call", timers, side)
        begin = under(path, inner.chart.start)
        self.points[path] = Point(path, "enter", path, scope.path, box, (Way("", begin),), called=path, side=side)
        ways = tuple(self._way(scope, proven.chart, key, arrow.target, arrow.flow) for arrow in proven.chart.outs[key])
        out = out_of(path)
        self.points[out] = Point(out, "exit", path, scope.path, box, ways, box.sets, called=path, side=side)
        given: dict[str, list[ProjectedForm]] = {}
        for form in self.steps[path].forms:
            if form.as_:
                given.setdefault(form.as_, []).append(form)
        forms = MappingProxyType({name: tuple(some) for name, some in given.items()})
        self._procedure(inner, Scope(path, inner.chart.sop, box, scope.path, forms), timers, side)
        self.reads[path] |= {out.from_ for out in box.outs}
        self.writes[scope.path] |= {out.to for out in box.outs}

    def _step(self, scope: Scope, node: Node, kind: str, timers: tuple[str, ...], side: bool) -> None:
        path = under(scope.path, node.id)
        who = self._who(scope, node.id)
        self._read_node(scope.path, node)
        if who is not None and who.role.startswith("="):
            self.reads[scope.path].add(who.role[1:])
        forms = tuple(f for form in node.forms for f in self._forms(scope, form))
        deadlines = tuple(self._deadline(scope, deadline, path) for deadline in node.deadlines)
        self.steps[path] = ProjectedStep(
            path, scope.path, node, scope.sop.id, kind, who, scope.path, forms, (), deadlines, timers, side,
            path in self.alone,
        )  # fmt: skip

    # ---- what a step reads and writes ----------------------------------------------------------------------------

    def _read_sets(self, scope: str, sets: tuple[Set, ...]) -> None:
        for one in sets:
            if one.from_ is not None:
                self.reads[scope] |= expressions.check(one.from_).names
            self.writes[scope].add(one.name)

    def _read_node(self, scope: str, node: Node) -> None:
        reads, writes = self.reads[scope], self.writes[scope]
        for source in texts_of(node):
            reads |= expressions.check(source).names
        self._read_sets(scope, node.sets)
        if node.each:
            reads.add(node.each.units)
        if node.outcome:
            writes.add(node.outcome.variable)
        writes |= {out.to for out in node.outs if node.kind != "call"}
        if node.decision:
            writes |= {out.to for out in node.decision.outs}
            if not node.decision.ins:
                if node.decision.ref in self.decision_inputs:
                    reads |= set(self.decision_inputs[node.decision.ref])
                else:
                    self.keeps_all.add(scope)

    # ---- what comes from the caller ------------------------------------------------------------------------------

    def _who(self, scope: Scope, node_id: str) -> Who | None:
        lane = scope.sop.lane_of(node_id)
        if lane is None or lane.who is None or lane.who.unit != "caller":
            return lane.who if lane else None
        return replace(lane.who, unit=self._caller_unit(scope))

    def _caller_unit(self, scope: Scope) -> str:
        """The unit rule of the lane the call box stands in, sought upwards; ``caller`` stays where nobody says."""
        if scope.call is None or scope.caller is None:
            return "caller"
        above = self.scopes[scope.caller]
        lane = above.sop.lane_of(scope.call.id)
        if lane is None or lane.who is None:
            return "caller"
        return self._caller_unit(above) if lane.who.unit == "caller" else lane.who.unit

    def _forms(self, scope: Scope, form: Form) -> tuple[ProjectedForm, ...]:
        as_called = form.ref.removeprefix("caller:")
        if as_called == form.ref or as_called not in scope.forms:
            return (ProjectedForm(form.ref, form.direction, form.as_, form.when, scope.path),)
        return tuple(replace(given, direction=form.direction, as_=form.as_) for given in scope.forms[as_called])

    def _deadline(self, scope: Scope, deadline: Deadline, step: str | None) -> ProjectedDeadline:
        unit = self._caller_unit(scope)
        rungs = tuple(
            replace(rung, to=tuple(re.sub("@caller$", f"@{unit}", to) for to in rung.to)) for rung in deadline.rungs
        )
        path = under(scope.path, deadline.id) if step is None else f"{step}/{deadline.id}"
        written = deadline.starts or ""
        event = written.removeprefix("event:") if written.startswith("event:") else None
        starts = under(scope.path, written) if written and event is None else step
        met = tuple(under(scope.path, name) for name in deadline.met)
        if event is not None:
            self.reads[scope.path].add(event)
        self.deadlines[path] = ProjectedDeadline(
            path, scope.path, step, replace(deadline, rungs=rungs), starts, met, event
        )
        return self.deadlines[path]

    # ---- references that need the whole --------------------------------------------------------------------------

    def _resolve_timers(self) -> None:
        for path, timer in self.timers.items():
            written = timer.node.timer
            if written is None:
                continue
            continues = under(timer.scope, written.continues) if written.continues else None
            if continues is not None and continues not in self.steps:
                raise refused("timer_continues", path, path=continues)
            deadline = self._find_deadline(timer, written.deadline) if written.deadline else None
            self.timers[path] = replace(timer, deadline=deadline, continues=continues)

    def _find_deadline(self, timer: ProjectedTimer, name: str) -> str:
        """A deadline of the host step, of the procedure, or of a procedure around it."""
        if f"{timer.host}/{name}" in self.deadlines:
            return f"{timer.host}/{name}"
        scope: str | None = timer.scope
        while scope is not None:
            if under(scope, name) in self.deadlines:
                return under(scope, name)
            scope = self.scopes[scope].caller
        raise refused("timer_deadline", timer.path, id=name)

    def _resolve_approvals(self) -> None:
        for path, step in self.steps.items():
            if step.kind in CALLS_OUT:
                self.steps[path] = replace(
                    step, approval_of=tuple(self._laid_before(self.scopes[step.scope], step.node))
                )
                continue
            approval = step.node.approval
            if approval is None or not approval.of:
                continue
            scope = self.scopes[step.scope]
            signed: list[str] = []
            for name in approval.of.split():
                target = under(step.scope, name)
                if name == CALLER:
                    signed += self._led_by(scope)
                elif target not in self.steps:
                    raise refused("approval_of", path, id=name)
                else:
                    signed += [p for p, s in self.steps.items() if s.kind in PERSON_KINDS and _within(p, target)]
            self.steps[path] = replace(step, approval_of=tuple(p for p in signed if p != path))

    def _led_by(self, scope: Scope) -> list[str]:
        """Whose work the call of this procedure lays before an approver in it; ``CALLER``: what the case lays before it
        that opened this one."""
        if scope.call is None or scope.caller is None:
            return [CALLER]
        return self._laid_before(self.scopes[scope.caller], scope.call)

    def _laid_before(self, scope: Scope, box: Node) -> list[str]:
        """Whose work a call box hands on: the nearest person steps of its procedure, going back from the box.

        Machine steps, gateways, timers and other calls are walked through; a timer counts as its host step. Where the
        procedure's own start is reached first, its caller's steps before that call are meant as well.
        """
        if box.approval is not None and box.approval.of:  # the box says itself whose work it lays before
            return [under(scope.path, name) for name in box.approval.of.split()]
        whole = self.chart_of[scope.path]
        found: dict[str, None] = {}
        seen, todo = {box.id}, [box.id]
        while todo:
            key = todo.pop(0)
            if key in whole.guards:
                before = [whole.guards[key].host]
            else:
                before = [arrow.source for arrow in whole.ins[key] if arrow.source in whole.kinds]
            if key == whole.start:
                found.update(dict.fromkeys(self._led_by(scope)))
            for source in before:
                if source in seen:
                    continue
                seen.add(source)
                if whole.kinds[source] in PERSON_KINDS:
                    found[under(scope.path, source)] = None
                else:
                    todo.append(source)
        return list(found)


def _within(path: str, box: str) -> bool:
    return path == box or path.startswith(f"{box}/")
