"""What runs of an SOP from one start: one flat chart with its shared procedures in it, and what each step needs.

A step path names a node everywhere outside this room: ``PO-08``, ``PO-FU/FU-04``, ``PO-FU/FU-09/MM-01``. A scope is the
path of the call box a procedure was called from, "" for the main one; variables live in a scope. Sub-processes add
nothing to a path: ids are unique in their file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engine.errors import BadSop
from engine.flow.chart import WAITING_KINDS, Chart, chart, out_of, side_nodes
from engine.flow.sentences import refused
from engine.flow.soundness import Manner, manner, prove
from engine.sops import expressions
from engine.sops.expressions import Expression
from engine.sops.sop import PERSON_KINDS, Deadline, Flow, Form, Node, Set, Sop, Who

MAX_INLINED = 1_000


@dataclass(frozen=True, slots=True)
class ProjectedForm:
    """An official document at a step. ``when`` is read in ``scope``: a ``caller:`` form keeps its caller's."""

    ref: str
    direction: str
    as_: str | None
    when: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class ProjectedDeadline:
    """A limit with its references resolved. ``path`` is scope and id; ``step`` is set for one written at a step."""

    path: str
    scope: str
    step: str | None
    deadline: Deadline  # as written, ``@caller`` units resolved
    starts: str | None  # step path; None: when the case (or its step) opens
    met: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectedTimer:
    """A timer that changes the path. It is open while its ``host`` is: a step, a call box, or itself where it waits."""

    path: str
    scope: str
    node: Node
    host: str
    interrupting: bool
    deadline: str | None  # path of a ProjectedDeadline
    continues: str | None  # step path that takes over drafts and files


@dataclass(frozen=True, slots=True)
class ProjectedStep:
    """One node of the flat chart as people outside this room know it."""

    path: str
    scope: str
    node: Node
    procedure: str  # id of the SOP it is written in
    kind: str
    who: Who | None  # unit rule ``caller`` resolved; a role ``=name`` is read from the values of ``role_scope``
    role_scope: str
    forms: tuple[ProjectedForm, ...]
    approval_of: tuple[str, ...]  # step paths whose completers may not sign here
    deadlines: tuple[ProjectedDeadline, ...]
    timers: tuple[str, ...]  # paths of the boundary timers that stand on it, those of call boxes around it included
    side: bool  # only a non-interrupting timer leads here


@dataclass(frozen=True, slots=True)
class Scope:
    """One procedure in the flat chart. ``forms`` are those its call box hands in, by their ``as``."""

    path: str
    sop: Sop
    call: Node | None
    caller: str | None  # scope of the caller
    forms: Mapping[str, tuple[ProjectedForm, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Way:
    """One arrow of the flat chart. ``flow`` is the flow's path, "" for a joint that nobody drew."""

    flow: str
    target: str
    condition: Expression | None = None
    otherwise: bool = False  # taken when no condition holds


@dataclass(frozen=True, slots=True)
class Point:
    """One node of the flat chart as the engine sees it. Kinds besides the written ones: enter, exit, flow."""

    key: str
    kind: str
    path: str
    scope: str
    node: Node | None  # None for a flow
    ways: tuple[Way, ...]
    sets: tuple[Set, ...] = ()
    timers: tuple[str, ...] = ()  # keys of the boundary points on it
    joins: bool = False  # a parallel gateway with more than one way in
    called: str | None = None  # enter and exit of a call: the scope inside
    side: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """An SOP ready to run from one start. Made by ``project``, never by hand."""

    sop_id: str
    start: str
    steps: Mapping[str, ProjectedStep]
    timers: Mapping[str, ProjectedTimer]
    deadlines: Mapping[str, ProjectedDeadline]
    scopes: Mapping[str, Scope]
    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, frozenset[str]]
    keeps_all: frozenset[str]  # scopes in which a decision without declared inputs may read any variable
    points: Mapping[str, Point]
    room: dict[str, object] = field(default_factory=dict, repr=False)  # the engine's own cache

    def keeps(self, scope: str, name: str) -> bool:
        """Whether a variable is worth storing: somebody in its scope reads it."""
        return scope in self.keeps_all or name in self.reads[scope]


def project(
    sop: Sop,
    start: str,
    library: Mapping[str, Sop],
    *,
    decision_inputs: Mapping[str, Collection[str]] | None = None,
) -> Projection:
    """The projection of an SOP from one of its starts; shared procedures are taken from the library.

    ``decision_inputs`` gives the inputs of decision tables by ref; a scope with a decision that declares no inputs and
    is not in it keeps every variable. Raises BadSop with code and element for whatever must not run.
    """
    charts = _Charts(library)
    main = charts.of(sop, start, ())
    return _Inlining(charts, decision_inputs or {}).whole(main)


@dataclass(frozen=True, slots=True)
class _Proven:
    """A chart found sound, with the charts its call boxes lead to."""

    chart: Chart
    calls: Mapping[str, _Proven]
    manner: Manner


class _Charts:
    """Charts by procedure, each made and proven once; calls in a circle are refused here."""

    def __init__(self, library: Mapping[str, Sop]) -> None:
        self.library = library
        self.known: dict[tuple[str, str], _Proven] = {}

    def of(self, sop: Sop, start: str, above: tuple[str, ...]) -> _Proven:
        if (sop.id, start) in self.known:
            return self.known[sop.id, start]
        whole = chart(sop, start)
        _check_expressions(whole)
        calls: dict[str, _Proven] = {}
        for key, kind in whole.kinds.items():
            if kind == "call":
                calls[key] = self._called(whole.node(key), (*above, sop.id))
        for guard in whole.guards.values():
            for key in guard.over:
                if key in calls and not calls[key].manner.sequential:
                    raise refused("timer_over_parallel", guard.key)
        manners = {key: proven.manner for key, proven in calls.items()}
        prove(whole, manners)
        proven = _Proven(whole, calls, manner(whole, manners))
        self.known[sop.id, start] = proven
        return proven

    def _called(self, box: Node, above: tuple[str, ...]) -> _Proven:
        name = box.called or ""
        if name in above:
            raise refused("call_cycle", box.id, path=" → ".join([*above[above.index(name) :], name]))
        callee = self.library.get(name)
        if callee is None:
            raise refused("unknown_callee", box.id, id=name)
        if not callee.shared:
            raise refused("linked_case_later", box.id, id=name)
        starts = [node for node in callee.starts() if node.start_kind == "none"]
        if len(starts) != 1:
            raise refused("callee_start", box.id, id=name)
        try:
            proven = self.of(callee, starts[0].id, above)
        except BadSop as fault:
            inner = f"{box.id}/{fault.element}" if fault.element else box.id
            raise BadSop(fault.code, fault.sentence, element=inner, findings=fault.findings) from None
        both = [end for end in proven.chart.main_ends if end in proven.chart.side_ends]
        if both:
            raise refused("end_on_both", f"{box.id}/{both[0]}")
        return proven


def _check_expressions(whole: Chart) -> None:
    """Every text that will be evaluated can be read. Raises the interpreter's refusal with the element."""
    for element, source in _sources(whole):
        try:
            expressions.check(source)
        except BadSop as fault:
            raise BadSop(fault.code, fault.sentence, element=element) from None


def _sources(whole: Chart) -> Iterator[tuple[str, str]]:
    flows = {arrow.flow.id: arrow.flow for arrows in whole.outs.values() for arrow in arrows if arrow.flow}
    for flow in flows.values():
        if flow.condition is not None:
            yield flow.id, flow.condition
        yield from ((flow.id, s.from_) for s in flow.sets if s.from_ is not None)
    for key in whole.kinds:
        if not key.endswith("#out"):
            yield from ((key, source) for source in _texts(whole.node(key)))


def _texts(node: Node) -> Iterator[str]:
    """What a node evaluates in its own scope."""
    yield from (s.from_ for s in node.sets if s.from_ is not None)
    yield from (i.from_ for i in node.ins if i.from_ is not None)
    yield from (form.when for form in node.forms if form.when is not None)
    if node.decision:
        yield from (i.from_ for i in node.decision.ins if i.from_ is not None)
    if node.operator:
        yield from (a.from_ for a in node.operator.args if a.from_ is not None)


class _Inlining:
    """Puts the charts together into one, from the main procedure inwards."""

    def __init__(self, charts: _Charts, decision_inputs: Mapping[str, Collection[str]]) -> None:
        self.charts = charts
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
        self.nodes = 0

    def whole(self, main: _Proven) -> Projection:
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

    def _procedure(self, proven: _Proven, scope: Scope, around: tuple[str, ...], side: bool) -> None:
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
            timers = tuple(_under(scope.path, g.key) for g in whole.guards.values() if key in g.over)
            aside = side or key in aside_here
            if kind == "call":
                self._call(proven, scope, key, (*timers, *around), aside)
            else:
                own = (*timers, *around) if kind in WAITING_KINDS else ()
                self._point(scope, whole, key, own, aside)
        for guard in whole.guards.values():
            path = _under(scope.path, guard.key)
            self.timers[path] = ProjectedTimer(
                path, scope.path, guard.node, _under(scope.path, guard.host), guard.node.interrupting, None, None
            )
        for key, kind in whole.kinds.items():
            if kind == "catch":
                path = _under(scope.path, key)
                self.timers[path] = ProjectedTimer(path, scope.path, whole.node(key), path, True, None, None)

    def _point(self, scope: Scope, whole: Chart, key: str, timers: tuple[str, ...], side: bool) -> None:
        node, kind, path = whole.node(key), whole.kinds[key], _under(scope.path, key)
        ways = tuple(self._way(scope, whole, key, arrow.target, arrow.flow) for arrow in whole.outs[key])
        if kind == "end" and scope.call is not None and key in whole.main_ends:
            ways = (Way("", out_of(scope.path)),)
        sets = () if kind in ("enter", "exit") else node.sets
        self.points[path] = Point(
            path, kind, path.removesuffix("#out"), scope.path, node, ways, sets, timers,
            joins=kind == "parallel" and len(whole.ins[key]) > 1, side=side,
        )  # fmt: skip
        if kind != "exit":
            self._step(scope, node, kind if kind != "enter" else "subprocess", timers, side)

    def _way(self, scope: Scope, whole: Chart, source: str, target: str, flow: Flow | None) -> Way:
        """A flow, and the point that stands for it where it sets something or leads to a join."""
        goal = _under(scope.path, target)
        if flow is None:
            return Way("", goal)
        path = _under(scope.path, flow.id)
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

    def _call(self, proven: _Proven, scope: Scope, key: str, timers: tuple[str, ...], side: bool) -> None:
        box, inner, path = proven.chart.node(key), proven.calls[key], _under(scope.path, key)
        self._step(scope, box, "call", timers, side)
        begin = _under(path, inner.chart.start)
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
        path = _under(scope.path, node.id)
        who = self._who(scope, node.id)
        self._read_node(scope.path, node)
        if who is not None and who.role.startswith("="):
            self.reads[scope.path].add(who.role[1:])
        forms = tuple(f for form in node.forms for f in self._forms(scope, form))
        deadlines = tuple(self._deadline(scope, deadline, path) for deadline in node.deadlines)
        self.steps[path] = ProjectedStep(
            path, scope.path, node, scope.sop.id, kind, who, scope.path, forms, (), deadlines, timers, side
        )

    # ---- what a step reads and writes ----------------------------------------------------------------------------

    def _read_sets(self, scope: str, sets: tuple[Set, ...]) -> None:
        for one in sets:
            if one.from_ is not None:
                self.reads[scope] |= expressions.check(one.from_).names
            self.writes[scope].add(one.name)

    def _read_node(self, scope: str, node: Node) -> None:
        reads, writes = self.reads[scope], self.writes[scope]
        for source in _texts(node):
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
        path = _under(scope.path, deadline.id) if step is None else f"{step}/{deadline.id}"
        starts = _under(scope.path, deadline.starts) if deadline.starts else step
        met = tuple(_under(scope.path, name) for name in deadline.met)
        self.deadlines[path] = ProjectedDeadline(path, scope.path, step, replace(deadline, rungs=rungs), starts, met)
        return self.deadlines[path]

    # ---- references that need the whole --------------------------------------------------------------------------

    def _resolve_timers(self) -> None:
        for path, timer in self.timers.items():
            written = timer.node.timer
            if written is None:
                continue
            continues = _under(timer.scope, written.continues) if written.continues else None
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
            if _under(scope, name) in self.deadlines:
                return _under(scope, name)
            scope = self.scopes[scope].caller
        raise refused("timer_deadline", timer.path, id=name)

    def _resolve_approvals(self) -> None:
        for path, step in self.steps.items():
            approval = step.node.approval
            if approval is None or not approval.of:
                continue
            scope = self.scopes[step.scope]
            signed: list[str] = []
            for name in approval.of.split():
                target = _under(step.scope, name)
                if name == "caller":
                    signed += self._led_by(scope)
                elif target not in self.steps:
                    raise refused("approval_of", path, id=name)
                else:
                    signed += [p for p, s in self.steps.items() if s.kind in PERSON_KINDS and _within(p, target)]
            self.steps[path] = replace(step, approval_of=tuple(p for p in signed if p != path))

    def _led_by(self, scope: Scope) -> list[str]:
        """Whose work a call lays before its approver: the nearest person steps of the caller, going back from the box.

        Machine steps, gateways, timers and other calls are walked through; a timer counts as its host step. Where the
        caller's own start is reached first, its caller's steps before that call are meant as well.
        """
        if scope.call is None or scope.caller is None:
            return []
        above, whole = self.scopes[scope.caller], self.chart_of[scope.caller]
        found: dict[str, None] = {}
        seen, todo = {scope.call.id}, [scope.call.id]
        while todo:
            key = todo.pop(0)
            if key in whole.guards:
                before = [whole.guards[key].host]
            else:
                before = [arrow.source for arrow in whole.ins[key] if arrow.source in whole.kinds]
            if key == whole.start:
                found.update(dict.fromkeys(self._led_by(above)))
            for source in before:
                if source in seen:
                    continue
                seen.add(source)
                if whole.kinds[source] in PERSON_KINDS:
                    found[_under(scope.caller, source)] = None
                else:
                    todo.append(source)
        return list(found)


def _under(scope: str, name: str) -> str:
    return f"{scope}/{name}" if scope else name


def _within(path: str, box: str) -> bool:
    return path == box or path.startswith(f"{box}/")
