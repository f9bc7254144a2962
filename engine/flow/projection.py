"""An SOP and the shared procedures it calls, made into one flat chart per start; refused here if it must not run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.errors import BadSop
from engine.flow.chart import Chart, chart
from engine.flow.inlining import Inlining, Proven, texts_of
from engine.flow.projected import Projection
from engine.flow.sentences import refused
from engine.flow.soundness import manner, prove
from engine.sops import calls, expressions
from engine.sops.sop import Node, Sop


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
    return Inlining(decision_inputs or {}).whole(main)


class _Charts:
    """Charts by procedure, each made and proven once; calls in a circle are refused here."""

    def __init__(self, library: Mapping[str, Sop]) -> None:
        self.library = library
        self.known: dict[tuple[str, str], Proven] = {}

    def of(self, sop: Sop, start: str, above: tuple[str, ...]) -> Proven:
        if (sop.id, start) in self.known:
            return self.known[sop.id, start]
        whole = chart(sop, start, dict(self._opening(sop)))
        for node in sop.nodes.values():
            if node.each is not None and node.each.until == "date" and len(node.deadlines) != 1:
                raise refused("each_date", node.id)
        _check_expressions(whole)
        inside: dict[str, Proven] = {}
        for key, kind in whole.kinds.items():
            if kind == "call":
                inside[key] = self._called(whole.node(key), (*above, sop.id))
        for guard in whole.guards.values():
            for key in guard.over:
                if key in inside and not inside[key].manner.sequential:
                    raise refused("timer_over_parallel", guard.key)
        manners = {key: proven.manner for key, proven in inside.items()}
        alone = prove(whole, manners)
        proven = Proven(whole, inside, manner(whole, manners), alone)
        self.known[sop.id, start] = proven
        return proven

    def _opening(self, sop: Sop) -> Iterator[tuple[str, str]]:
        """The call boxes that open cases: waiting for them, or not."""
        for box in sop.nodes.values():
            callee = self.library.get(box.called or "") if box.kind == "call" else None
            if callee is None or calls.how(box, callee) == "inside":
                continue
            if calls.start_of(box, callee) is None:
                raise refused("linked_start", box.id, id=callee.id)
            yield box.id, "linked" if calls.how(box, callee) == "waits" else "opens"

    def _called(self, box: Node, above: tuple[str, ...]) -> Proven:
        name = box.called or ""
        if name in above:
            raise refused("call_cycle", box.id, path=" → ".join([*above[above.index(name) :], name]))
        callee = self.library.get(name)
        if callee is None:
            raise refused("unknown_callee", box.id, id=name)
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
            yield from ((key, source) for source in texts_of(whole.node(key)))
