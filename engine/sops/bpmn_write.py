"""From a ``Sop`` to the bytes of a ``.bpmn`` file that opens in bpmn-js without a warning and reads back equal.

Only what a ``Sop`` holds is written: artefacts that only decorate a foreign file, its own extensions and what
``Sop.problems`` lists are gone. The stored file of a version therefore stays the file that was handed in.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from engine.sops import names
from engine.sops.bpmn_drawing import as_text, lanes_are_columns
from engine.sops.bpmn_remarks import write_remark
from engine.sops.sop import (
    Bounds,
    Checklist,
    Deadline,
    Drawing,
    Form,
    In,
    Node,
    Out,
    Outcome,
    Rung,
    Set,
    Sop,
    Timer,
    pool_id,
)

_NSMAP = {
    "bpmn": names.BPMN, "bpmndi": names.BPMNDI, "dc": names.DC, "di": names.DI, "xsi": names.XSI, "sop": names.SOP,
}  # fmt: skip
_TIMES = {"duration": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}


def write(sop: Sop) -> bytes:
    """The file of an SOP: UTF-8, prefixes ``bpmn:`` and ``sop:``, with the drawing when it has one."""
    return _Writing(sop).document()


class _Ids:
    """Ids of the things that only the file needs: never one that the SOP uses itself."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def fresh(self, wanted: str) -> str:
        given, count = wanted, 1
        while given in self.taken:
            count += 1
            given = f"{wanted}-{count}"
        self.taken.add(given)
        return given


class _Writing:
    def __init__(self, sop: Sop) -> None:
        self.sop = sop
        lanes = (lane.id for lane in sop.lanes)
        drawn = sop.drawing or Drawing({}, {})
        beside = (*(remark.id for remark in drawn.remarks), *drawn.ties)
        self.ids = _Ids([sop.id, *sop.nodes, *sop.flows, *lanes, *sop.messages, *beside])
        self.root = etree.Element(
            names.bpmn("definitions"), id=self.ids.fresh(f"defs-{sop.id}"),
            targetNamespace="urn:sopflow:processes", nsmap=_NSMAP,
        )  # fmt: skip

    def document(self) -> bytes:
        for message_id, name in self.sop.messages.items():
            _put(self.root, names.bpmn("message"), id=message_id, name=name)
        pool, collaboration = self._collaboration()
        process = _put(self.root, names.bpmn("process"), id=self.sop.id, name=self.sop.name, isExecutable="true")
        _text(process, names.bpmn("documentation"), self.sop.documentation)
        self._process_extensions(process)
        self._lanes(process)
        self._nodes(process, None)
        if self.sop.drawing is not None:
            self._remarks(process, self.sop.drawing)
            self._diagram(self.sop.drawing, pool, collaboration or self.sop.id)
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", pretty_print=True)

    def _collaboration(self) -> tuple[str, str]:
        """The pool around the lanes: its id and its collaboration's, or two empty texts when there is none."""
        drawing = self.sop.drawing
        wanted = pool_id(self.sop.id)
        if not (self.sop.lanes if drawing is None else wanted in drawing.shapes):
            return "", ""
        pool = self.ids.fresh(wanted)
        collaboration = self.ids.fresh(f"{wanted}-collaboration")
        holder = _put(self.root, names.bpmn("collaboration"), id=collaboration)
        _put(holder, names.bpmn("participant"), id=pool, name=self.sop.name, processRef=self.sop.id)
        return pool, collaboration

    # -- the process

    def _process_extensions(self, process: etree._Element) -> None:
        sop, sheet = self.sop, self.sop.sheet
        ext = _extensions(process)
        held = _put(
            ext, names.sop("sheet"), kind=sheet.kind, unit=sheet.unit, revised=sheet.revised, version=sheet.version,
            titleEn=sheet.title_en, contact=sheet.contact, shared="true" if sheet.shared else None,
        )  # fmt: skip
        if sheet.w5h1:
            _put(held, names.sop("w5h1"), **sheet.w5h1)
        for law in sop.legal_basis:
            _put(ext, names.sop("legalBasis"), name=law.name, number=law.number, dated=law.dated, basis=law.basis)
        for note in sop.notes:
            _put(ext, names.sop("note"), id=note.id, step=note.step).text = note.text or None
        for p in sop.parameters:
            _put(
                ext, names.sop("parameter"), name=p.name, direction=p.direction, type=p.type,
                values=_list(p.values), default=p.default, required="true" if p.required else None,
            )  # fmt: skip
        _forms(ext, sop.forms)
        for ref in sop.indicators:
            _put(ext, names.sop("indicator"), ref=ref)
        _deadlines(ext, sop.deadlines)

    def _lanes(self, process: etree._Element) -> None:
        if not self.sop.lanes:
            return
        holder = _put(process, names.bpmn("laneSet"), id=self.ids.fresh(f"lanes-{self.sop.id}"))
        for lane in self.sop.lanes:
            el = _put(holder, names.bpmn("lane"), id=lane.id, name=lane.name or None)
            if lane.who is not None:
                who = lane.who
                _put(_extensions(el), names.sop("who"), role=who.role, unit=who.unit, part=who.part)
            for node in self.sop.nodes.values():
                if node.lane == lane.id:
                    _put(el, names.bpmn("flowNodeRef")).text = node.id

    def _nodes(self, holder: etree._Element, parent: str | None) -> None:
        for node in self.sop.nodes.values():
            if node.parent == parent:
                self._node(holder, node)
        for flow in self.sop.flows.values():
            if self.sop.nodes[flow.source].parent != parent:
                continue
            el = _put(
                holder, names.bpmn("sequenceFlow"), id=flow.id, name=flow.name or None,
                sourceRef=flow.source, targetRef=flow.target,
            )  # fmt: skip
            if flow.sets:
                _sets(_extensions(el), flow.sets)
            if flow.condition is not None:
                condition = _put(el, names.bpmn("conditionExpression"))
                condition.set(f"{{{names.XSI}}}type", "bpmn:tFormalExpression")
                condition.text = flow.condition or None

    def _node(self, holder: etree._Element, node: Node) -> None:
        tag = node.element or names.ELEMENTS[node.kind]
        el = _put(holder, names.bpmn(tag), id=node.id, name=node.name or None)
        boundary = tag == "boundaryEvent"
        if boundary:
            el.set("cancelActivity", "true" if node.interrupting else "false")
        for name, value in (
            ("attachedToRef", node.attached_to if boundary else None),
            ("calledElement", node.called),
            ("default", node.default),
            ("triggeredByEvent", "true" if node.shown_as == "triggeredByEvent" else None),
        ):
            if value is not None:
                el.set(name, value)
        _text(el, names.bpmn("documentation"), node.documentation)
        _node_extensions(el, node)
        for flow in self.sop.flows.values():
            if flow.target == node.id:
                _put(el, names.bpmn("incoming")).text = flow.id
        for flow_id in node.outgoing:
            _put(el, names.bpmn("outgoing")).text = flow_id
        self._definition(el, node, tag)
        if any(inner.parent == node.id for inner in self.sop.nodes.values()):
            self._nodes(el, node.id)

    def _definition(self, el: etree._Element, node: Node, tag: str) -> None:
        """The event definition, or the marker by which the node is only shown."""
        wanted = self.ids.fresh(f"{node.id}-def") if tag.endswith("Event") else None
        shown = node.shown_as
        if node.timer is not None:
            _timer(_put(el, names.bpmn("timerEventDefinition"), id=wanted), node.timer)
        elif node.start_kind == "message":
            _put(el, names.bpmn("messageEventDefinition"), id=wanted, messageRef=node.message)
        elif shown == "multipleEventDefinition":
            for _ in range(2):
                _put(el, names.bpmn("signalEventDefinition"))
        elif shown is not None and shown not in (tag, "triggeredByEvent"):
            _put(el, names.bpmn(shown), id=wanted if shown.endswith("EventDefinition") else None)

    # -- the drawing

    def _remarks(self, process: etree._Element, drawing: Drawing) -> None:
        for remark in drawing.remarks:
            write_remark(process, remark)
        for tie_id, tie in drawing.ties.items():
            _put(process, names.bpmn("association"), id=tie_id, sourceRef=tie.source, targetRef=tie.target)

    def _diagram(self, drawing: Drawing, pool: str, plane_about: str) -> None:
        diagram = _put(self.root, _di("BPMNDiagram"), id=self.ids.fresh(f"diagram-{self.sop.id}"))
        plane = _put(diagram, _di("BPMNPlane"), id=self.ids.fresh(f"plane-{self.sop.id}"), bpmnElement=plane_about)
        lanes = [lane.id for lane in self.sop.lanes]
        horizontal = "false" if lanes_are_columns(drawing, lanes) else "true"
        if pool:
            self._shape(plane, drawing, pool_id(self.sop.id), about=pool, isHorizontal=horizontal)
        for lane in lanes:
            self._shape(plane, drawing, lane, isHorizontal=horizontal)
        for node in self.sop.nodes.values():
            marker = "true" if node.kind == "exclusive" else None
            expanded = "true" if node.kind == "subprocess" or node.element in names.HOLDERS else None
            self._shape(plane, drawing, node.id, isMarkerVisible=marker, isExpanded=expanded)
        for flow_id in self.sop.flows:
            if flow_id in drawing.edges:
                edge = _put(plane, _di("BPMNEdge"), id=self.ids.fresh(f"{flow_id}_di"), bpmnElement=flow_id)
                for x, y in drawing.edges[flow_id]:
                    _put(edge, f"{{{names.DI}}}waypoint", x=as_text(x), y=as_text(y))
                _label(edge, drawing.labels.get(flow_id))
        for remark in drawing.remarks:
            self._shape(plane, drawing, remark.id)
        for tie_id, tie in drawing.ties.items():
            edge = _put(plane, _di("BPMNEdge"), id=self.ids.fresh(f"{tie_id}_di"), bpmnElement=tie_id)
            for x, y in tie.line:
                _put(edge, f"{{{names.DI}}}waypoint", x=as_text(x), y=as_text(y))

    def _shape(
        self, plane: etree._Element, drawing: Drawing, key: str, *, about: str | None = None, **flags: str | None
    ) -> None:
        if key not in drawing.shapes:
            return
        shown = about or key
        shape = _put(plane, _di("BPMNShape"), id=self.ids.fresh(f"{shown}_di"), bpmnElement=shown, **flags)
        _bounds(shape, drawing.shapes[key])
        _label(shape, drawing.labels.get(key))


def _node_extensions(el: etree._Element, node: Node) -> None:
    ext = _extensions(el)
    if node.origin:
        _put(ext, names.sop("origin"), marks=_list(node.origin))
    start = node.calendar
    if start is not None:
        _put(
            ext, names.sop("calendar"), rule=start.rule, at=start.at, roll=start.roll, missed=start.missed,
            basis=start.basis,
        )  # fmt: skip
    time = node.standard_time
    if time is not None:
        held = _put(ext, names.sop("standardTime"), value=as_text(time.value), unit=time.unit, basis=time.basis)
        _rungs(held, time.reminders)
    for unit in node.co_units:
        _put(ext, names.sop("coUnit"), ref=unit)
    if node.operator is not None:
        held = _put(ext, names.sop("operator"), name=node.operator.name)
        for arg in node.operator.args:
            _put(held, names.sop("arg"), name=arg.name, value=arg.value, **{"from": arg.from_}, basis=arg.basis)
    if node.decision is not None:
        held = _put(ext, names.sop("decision"), ref=node.decision.ref)
        _ins_outs(held, node.decision.ins, node.decision.outs)
    _forms(ext, node.forms)
    for checklist in node.checklists:
        _checklist(ext, checklist)
    if node.approval is not None:
        _put(ext, names.sop("approval"), level=node.approval.level, of=node.approval.of)
    if node.outcome is not None:
        _outcome(ext, node.outcome)
    if node.each is not None:
        _put(ext, names.sop("each"), units=node.each.units, until=node.each.until)
    _ins_outs(ext, node.ins, node.outs)
    if node.wait:
        _put(ext, names.sop("wait"))
    if node.linked is not None:
        _put(ext, names.sop("linked"), start=node.linked.start, rest=node.linked.rest)
    _sets(ext, node.sets)
    _deadlines(ext, node.deadlines)
    if len(ext) == 0:
        el.remove(ext)


def _timer(definition: etree._Element, timer: Timer) -> None:
    if timer.deadline is not None or timer.continues is not None:
        ext = _extensions(definition)
        _put(ext, names.sop("timer"), deadline=timer.deadline, continues=timer.continues)
    if timer.iso_kind is not None:
        el = _put(definition, names.bpmn(_TIMES[timer.iso_kind]))
        el.set(f"{{{names.XSI}}}type", "bpmn:tFormalExpression")
        el.text = timer.iso or None


def _checklist(ext: etree._Element, checklist: Checklist) -> None:
    bound = None if checklist.for_ is None else "=".join(checklist.for_)
    held = _put(ext, names.sop("checklist"), **{"for": bound})
    for item in checklist.items:
        _put(held, names.sop("item"), id=item.id).text = item.text or None


def _outcome(ext: etree._Element, outcome: Outcome) -> None:
    held = _put(ext, names.sop("outcome"), variable=outcome.variable)
    for choice in outcome.choices:
        _put(held, names.sop("choice"), value=choice.value, label=choice.label, needs=choice.needs)


def _forms(ext: etree._Element, forms: Iterable[Form]) -> None:
    for form in forms:
        _put(ext, names.sop("form"), ref=form.ref, direction=form.direction, **{"as": form.as_}, when=form.when)


def _ins_outs(ext: etree._Element, ins: Iterable[In], outs: Iterable[Out]) -> None:
    for given in ins:
        _put(ext, names.sop("in"), **{"from": given.from_}, value=given.value, to=given.to)
    for taken in outs:
        _put(ext, names.sop("out"), **{"from": taken.from_}, to=taken.to)


def _sets(ext: etree._Element, sets: Iterable[Set]) -> None:
    for said in sets:
        _put(ext, names.sop("set"), name=said.name, value=said.value, **{"from": said.from_})


def _deadlines(ext: etree._Element, deadlines: Iterable[Deadline]) -> None:
    for d in deadlines:
        held = _put(
            ext, names.sop("deadline"), id=d.id, name=d.name or None, regime=d.regime, of=d.of, starts=d.starts,
            met=_list(d.met), length=_whole(d.length), unit=d.unit, decision=d.decision, shorterOf=d.shorter_of,
            cap=_whole(d.cap), capUnit=d.cap_unit, ladder=d.ladder, basis=d.basis, at=d.at,
            extendBy=_whole(d.extend_by), extendUnit=d.extend_unit, extendTimes=_whole(d.extend_times),
            extendLevel=d.extend_level, extendBasis=d.extend_basis,
        )  # fmt: skip
        _rungs(held, d.rungs)


def _rungs(held: etree._Element, rungs: Iterable[Rung]) -> None:
    for rung in rungs:
        said = {"unit": rung.unit, "to": _list(rung.to), "opens": rung.opens, "basis": rung.basis}
        if rung.kind == "reminder":
            _put(held, names.sop("reminder"), before=str(rung.offset), **{**said, "opens": None})
        else:
            _put(held, names.sop("escalation"), after=str(rung.offset), **said)


def _label(item: etree._Element, box: Bounds | None) -> None:
    if box is not None:
        _bounds(_put(item, _di("BPMNLabel")), box)


def _bounds(item: etree._Element, box: Bounds) -> None:
    _put(
        item, f"{{{names.DC}}}Bounds",
        x=as_text(box.x), y=as_text(box.y), width=as_text(box.width), height=as_text(box.height),
    )  # fmt: skip


def _put(holder: etree._Element, tag: str, **attributes: str | None) -> etree._Element:
    el = etree.SubElement(holder, tag)
    for name, value in attributes.items():
        if value is not None:
            el.set(name, value)
    return el


def _text(holder: etree._Element, tag: str, text: str) -> None:
    if text:
        _put(holder, tag).text = text


def _extensions(holder: etree._Element) -> etree._Element:
    return _put(holder, names.bpmn("extensionElements"))


def _list(words: Iterable[str]) -> str | None:
    return " ".join(words) or None


def _whole(number: int | None) -> str | None:
    return None if number is None else str(number)


def _di(local: str) -> str:
    return f"{{{names.BPMNDI}}}{local}"
