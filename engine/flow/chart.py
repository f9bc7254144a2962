"""One procedure, seen from one of its starts, as the flat chart that can run: the allow-list stands here.

Embedded sub-processes are dissolved into an ``enter`` and an ``exit`` (keys ``<id>`` and ``<id>#out``), calls stay one
node; one that opens cases is ``linked`` where it waits for them and ``opens`` where it does not. A boundary timer
becomes a ``Guard`` over the waiting nodes it may cut short. Keys are the element ids as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.errors import BadSop
from engine.flow.sentences import refused, sentence
from engine.sops.sop import PERSON_KINDS, Finding, Flow, Node, Sop

MAX_NODES = 300
MAX_FLOWS = 600

#: kinds at which a token rests until a person, a timer or another case moves it
WAITING_KINDS = PERSON_KINDS | {"catch", "linked"}
_MACHINE_KINDS = {"start", "end", "service", "rule", "exclusive", "parallel", "boundary", "call", "subprocess"}
_RUNNABLE = WAITING_KINDS | _MACHINE_KINDS
_HOSTS = PERSON_KINDS | {"call", "subprocess"}
_ID = re.compile(r"[^\W\d][\w.\-]{0,119}")


def out_of(key: str) -> str:
    """The key of the exit of a call or sub-process box."""
    return f"{key}#out"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A sequence flow, or the joint between a dissolved box and what stands inside it (then ``flow`` is None)."""

    source: str
    target: str
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A boundary timer and the nodes over which it stands: its host, or every waiting node inside a dissolved host."""

    node: Node
    host: str
    over: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.node.id


@dataclass(frozen=True, slots=True)
class Chart:
    """What runs of one procedure from one start. ``kinds`` adds ``enter`` and ``exit`` to the written kinds."""

    sop: Sop
    start: str
    kinds: Mapping[str, str]
    outs: Mapping[str, tuple[Arrow, ...]]  # in branch order
    ins: Mapping[str, tuple[Arrow, ...]]
    guards: Mapping[str, Guard]
    side_ends: frozenset[str] = field(default=frozenset())  # ends reached only by a side branch of their container
    main_ends: tuple[str, ...] = ()
    sequential: bool = True  # never more than one token in it

    def node(self, key: str) -> Node:
        return self.sop.nodes[key.removesuffix("#out")]

    def waits(self) -> list[str]:
        """The keys at which a token can rest inside this chart, calls included."""
        return [key for key, kind in self.kinds.items() if kind in WAITING_KINDS or kind == "call"]


def faults(sop: Sop) -> Iterator[Finding]:
    """Everything in the shape of a procedure that forbids running it, whatever the start; one finding per element."""
    for problem in sop.problems:
        if problem.level == "error":
            yield problem
    if len(sop.nodes) > MAX_NODES:
        yield _fault("too_many_nodes", None, limit=MAX_NODES)
    if len(sop.flows) > MAX_FLOWS:
        yield _fault("too_many_flows", None, limit=MAX_FLOWS)
    shown = [node for node in sop.nodes.values() if node.kind not in _RUNNABLE]
    for node in shown:
        yield _fault("not_executed", node.id, what=node.shown_as or node.kind)
    if not sop.starts() and not shown:
        yield _fault("no_start", None)
    incoming = {flow.target for flow in sop.flows.values()}
    for node in sop.nodes.values():
        if node not in shown and not _inside_shown(sop, node):
            yield from _node_faults(sop, node, incoming)
    for flow in sop.flows.values():
        yield from _flow_faults(sop, flow)


def _inside_shown(sop: Sop, node: Node) -> bool:
    """Whether a box around the node is not executed: then the box is what is refused."""
    above, seen = sop.nodes.get(node.parent or ""), {node.id}
    while above is not None and above.id not in seen:
        if above.kind not in _RUNNABLE:
            return True
        seen.add(above.id)
        above = sop.nodes.get(above.parent or "")
    return False


def _node_faults(sop: Sop, node: Node, incoming: set[str]) -> Iterator[Finding]:
    if not _ID.fullmatch(node.id):
        yield _fault("id_characters", node.id, id=node.id)
    if node.parent is not None and (node.parent not in sop.nodes or sop.nodes[node.parent].kind != "subprocess"):
        yield _fault("unreachable", node.id)
    outgoing = [sop.flows[flow] for flow in node.outgoing if flow in sop.flows]
    if node.kind == "end":
        if node.outgoing:
            yield _fault("flow_direction", node.outgoing[0], id=node.outgoing[0])
    elif not outgoing:
        yield _fault("dead_end", node.id)
    if len(outgoing) > 1 and node.kind not in ("exclusive", "parallel"):
        yield _fault("implicit_split", node.id)
    if node.kind not in ("start", "boundary") and node.id not in incoming:
        yield _fault("unreachable", node.id)
    if node.kind == "start" and node.start_kind is None:
        yield _fault("start_kind", node.id, id=node.id)
    if node.kind in ("boundary", "catch") and (node.timer is None or not (node.timer.deadline or node.timer.iso)):
        yield _fault("timer_missing", node.id)
    if node.kind == "boundary":
        host = sop.nodes.get(node.attached_to or "")
        if host is None or host.kind not in _HOSTS or host.parent != node.parent:
            yield _fault("boundary_attach", node.id)
    if node.kind == "subprocess":
        inside = [n for n in sop.nodes.values() if n.parent == node.id]
        if [n.start_kind for n in inside if n.kind == "start"] != ["none"]:
            yield _fault("subprocess_start", node.id)
    if node.kind == "call" and not node.called:
        yield _fault("missing_callee", node.id)
    if node.kind == "exclusive":
        if node.default is not None and node.default not in node.outgoing:
            yield _fault("default_flow", node.id, id=node.default)
        for flow in outgoing:
            if len(outgoing) > 1 and not flow.condition and flow.id != node.default:
                yield _fault("missing_condition", flow.id)


def _flow_faults(sop: Sop, flow: Flow) -> Iterator[Finding]:
    source, target = sop.nodes.get(flow.source), sop.nodes.get(flow.target)
    if source is None or target is None or flow.id not in source.outgoing:
        yield _fault("flow_end", flow.id, id=flow.id)
        return
    if not _ID.fullmatch(flow.id):
        yield _fault("id_characters", flow.id, id=flow.id)
    if target.kind in ("start", "boundary") or source.kind == "end":
        yield _fault("flow_direction", flow.id, id=flow.id)
    if source.parent != target.parent:
        yield _fault("flow_parent", flow.id, id=flow.id)
    if flow.condition is not None and source.kind != "exclusive":
        yield _fault("condition_place", flow.id)


def _fault(code: str, element: str | None, **facts: object) -> Finding:
    return Finding(code, "error", sentence(code, **facts), element)


def first_refusal(found: Iterable[Finding]) -> BadSop | None:
    """The first finding as a refusal that carries them all, or None."""
    findings = tuple(found)
    if not findings:
        return None
    first = findings[0]
    return BadSop(first.rule, first.message, element=first.element, findings=findings)


def chart(sop: Sop, start: str, linked: Mapping[str, str] | None = None) -> Chart:
    """The chart of one procedure from one start. Raises BadSop with the first fault of its shape.

    ``linked``: the call boxes that open cases, and whether each is ``linked`` or ``opens``.
    """
    refusal = first_refusal(faults(sop))
    if refusal is not None:
        raise refusal
    begin = sop.nodes.get(start)
    if begin is None or begin.kind != "start" or begin.parent is not None:
        raise refused("start_unknown", start, id=start)
    return _Flattening(sop, linked or {}).from_start(start)


def unreached(sop: Sop) -> Iterator[Finding]:
    """The nodes no start leads to."""
    reached: set[str] = set()
    for start in sop.starts():
        reached |= {key.removesuffix("#out") for key in chart(sop, start.id).kinds}
    for node in sop.nodes.values():
        if node.id not in reached:
            yield _fault("unreachable", node.id)


def side_nodes(whole: Chart) -> set[str]:
    """The keys that nothing but a non-interrupting timer leads to."""
    cutting: dict[str, list[str]] = {}
    for guard in whole.guards.values():
        if guard.node.interrupting:
            for host in guard.over:
                cutting.setdefault(host, []).append(guard.key)
    main, todo = {whole.start}, [whole.start]
    while todo:
        key = todo.pop()
        for other in [*(arrow.target for arrow in whole.outs[key]), *cutting.get(key, ())]:
            if other not in main:
                main.add(other)
                todo.append(other)
    return {key for key in whole.kinds if key not in main}


class _Flattening:
    """Walks one procedure from a start and dissolves its sub-processes."""

    def __init__(self, sop: Sop, linked: Mapping[str, str]) -> None:
        self.sop = sop
        self.linked = linked
        self.inside: dict[str | None, list[Node]] = {}
        self.attached: dict[str, list[Node]] = {}
        for node in sop.nodes.values():
            self.inside.setdefault(node.parent, []).append(node)
            if node.attached_to:
                self.attached.setdefault(node.attached_to, []).append(node)
        self.kinds: dict[str, str] = {}
        self.arrows: list[Arrow] = []
        self.guards: dict[str, Guard] = {}
        self.side_ends: set[str] = set()

    def from_start(self, start: str) -> Chart:
        main_ends, sequential = self._container(start)
        if not main_ends:
            raise refused("no_end", start)
        outs: dict[str, list[Arrow]] = {key: [] for key in self.kinds}
        ins: dict[str, list[Arrow]] = {key: [] for key in self.kinds}
        for arrow in self.arrows:
            outs[arrow.source].append(arrow)
            ins[arrow.target].append(arrow)
        self._keep_foreign_ins(ins)
        return Chart(
            self.sop, start, dict(self.kinds),
            {key: tuple(arrows) for key, arrows in outs.items()}, {key: tuple(arrows) for key, arrows in ins.items()},
            dict(self.guards), frozenset(self.side_ends), tuple(main_ends), sequential,
        )  # fmt: skip

    def _keep_foreign_ins(self, ins: dict[str, list[Arrow]]) -> None:
        """A join waits for the flows of another start's part too: from this start they never come, and it must show."""
        for flow in self.sop.flows.values():
            if flow.source not in self.kinds and flow.target in self.kinds and self.kinds[flow.target] == "parallel":
                ins[flow.target].append(Arrow(flow.source, flow.target, flow))

    def _container(self, start: str) -> tuple[list[str], bool]:
        """Takes in what a start leads to in its procedure or sub-process; its main ends, and if it is sequential."""
        main = self._reach([start], side=False)
        openings = [b.id for key in main for b in self.attached.get(key, ()) if not b.interrupting]
        side = self._reach(openings, side=True)
        sequential = not openings
        main_ends = []
        for key in [*main, *(key for key in side if key not in main)]:
            node = self.sop.nodes[key]
            if node.kind == "parallel" and len(node.outgoing) > 1:
                sequential = False
            if node.kind == "end":
                if key in main:
                    main_ends.append(key)
                if key in side:
                    self.side_ends.add(key)
            sequential &= self._take(node)
        if start not in {n.id for n in self.inside[None]}:
            both = [key for key in main_ends if key in self.side_ends]
            if both:
                raise refused("end_on_both", both[0])
        return main_ends, sequential

    def _take(self, node: Node) -> bool:
        """Takes one node in; False when more than one token can be inside it."""
        sequential = True
        for boundary in self.attached.get(node.id, ()):
            over: tuple[str, ...] = (node.id,)
            self.guards[boundary.id] = Guard(boundary, node.id, over)
        source = node.id
        if node.kind == "subprocess":
            before = set(self.kinds)
            self.kinds[node.id] = "enter"
            (inner,) = [n for n in self.inside.get(node.id, ()) if n.kind == "start"]
            ends, sequential = self._container(inner.id)
            if not ends:
                raise refused("no_end", node.id)
            self.arrows.append(Arrow(node.id, inner.id))
            source = out_of(node.id)
            self.kinds[source] = "exit"
            self.arrows.extend(Arrow(end, source) for end in ends)
            guards = self.attached.get(node.id, ())
            if guards and not sequential:
                raise refused("timer_over_parallel", guards[0].id)
            waits = tuple(
                k for k, kind in self.kinds.items() if k not in before and (kind in WAITING_KINDS or kind == "call")
            )
            for boundary in guards:
                self.guards[boundary.id] = Guard(boundary, node.id, waits)
        else:
            self.kinds[node.id] = self.linked.get(node.id, node.kind)
            if self.attached.get(node.id) and self.kinds[node.id] == "opens":
                raise refused("timer_on_opening", self.attached[node.id][0].id)
        for flow_id in node.outgoing:
            flow = self.sop.flows[flow_id]
            self.arrows.append(Arrow(source, flow.target, flow))
        return sequential

    def _reach(self, keys: list[str], *, side: bool) -> dict[str, None]:
        """What flows and boundary events lead to: interrupting ones from the main line, all from a side branch."""
        seen = dict.fromkeys(keys)
        todo = list(reversed(keys))
        while todo:
            key = todo.pop()
            following = [self.sop.flows[flow].target for flow in self.sop.nodes[key].outgoing]
            following += [b.id for b in self.attached.get(key, ()) if side or b.interrupting]
            for other in following:
                if other not in seen:
                    seen[other] = None
                    todo.append(other)
        return seen
