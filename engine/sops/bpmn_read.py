"""From the bytes of a ``.bpmn`` file to a ``Sop``.

Reading is generous so that every readable chart can be drawn, and honest: what is not executed becomes a node of kind
``shown`` that names itself, what cannot be represented becomes one of ``Sop.problems``. Only what destroys the tree
(reader.py), a missing, repeated or impossible id, no process, or an absurd number of nodes is refused here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from lxml import etree

from engine.sops import names, reader, timers
from engine.sops.bpmn_drawing import read_drawing
from engine.sops.bpmn_extensions import Extensions
from engine.sops.sentences import finding, unreadable
from engine.sops.sop import Finding, Flow, Lane, Node, NodeKind, Sop, Timer

MAX_NODES, MAX_FLOWS = 2_000, 3_000
MAX_NAME = 200

_ID = re.compile(r"[^\W\d][\w.\-]{0,119}")
_PLAIN_CHILDREN = frozenset({"documentation", "extensionElements", "incoming", "outgoing", "auditing", "monitoring"})
#: what stands beside the nodes of a process without taking part in the flow
_BESIDE = frozenset(
    [
        "documentation",
        "extensionElements",
        "laneSet",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "auditing",
        "monitoring",
        "incoming",
        "outgoing",
    ]
)
_AT_THE_TOP = frozenset(
    [
        "process",
        "collaboration",
        "message",
        "category",
        "documentation",
        "extensionElements",
        "error",
        "signal",
        "escalation",
        "itemDefinition",
        "dataStore",
    ]
)
_IN_A_COLLABORATION = frozenset(
    ["participant", "messageFlow", "documentation", "extensionElements", "textAnnotation", "association", "group"]
)
_TIMES: dict[str, Literal["duration", "date", "cycle"]] = {
    "timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle",
}  # fmt: skip


def read(data: bytes) -> Sop:
    """The SOP a file describes. Raises ``BadSop(…, readable=False)`` when there is nothing to read."""
    root = reader.parse(data)
    if root.tag != names.bpmn("definitions"):
        raise unreadable("not_bpmn")
    _check_ids(root)
    return _Reading(root).sop()


def _check_ids(root: etree._Element) -> None:
    """Ids are unique in the whole file of BPMN (notes and deadlines are ours, and counted by themselves)."""
    seen: set[str] = set()
    for element in root.iter():
        if etree.QName(element).namespace not in (names.BPMN, names.BPMNDI):
            continue
        given = element.get("id")
        if given is None:
            continue
        if given in seen:
            raise unreadable("duplicate_id", element=given[:120], id=given)
        seen.add(given)


def _id_of(element: etree._Element) -> str:
    given = element.get("id")
    if given is None or not given.strip():
        raise unreadable("missing_id", element=reader.near(element), tag=_local(element))
    if not _ID.fullmatch(given):
        raise unreadable("bad_id", element=given[:120], id=given)
    return given


class _Reading:
    """One file being read: what was found so far."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.problems: list[Finding] = []
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}
        self.parents: dict[str, str | None] = {}
        self.listed: dict[str, tuple[str, ...]] = {}
        self.lanes: list[Lane] = []
        self.lane_of: dict[str, str] = {}

    def sop(self) -> Sop:
        self._look_over_the_top()
        process = self._process()
        sop_id = _id_of(process)
        self._read_into(process, None)
        self._read_lanes(process)
        self._join_up()
        ext = Extensions(process, sop_id, self.problems)
        participant = self._participant(sop_id)
        lanes = {lane.id for lane in self.lanes}
        deadlines = ext.deadlines(of="case")
        self._note_deadlines(deadlines)
        return Sop(
            id=sop_id,
            name=self._name(process, sop_id) or (participant.get("name", "") if participant is not None else ""),
            documentation=self._documentation(process, sop_id),
            sheet=ext.sheet(),
            nodes=MappingProxyType(self.nodes),
            flows=MappingProxyType(self.flows),
            lanes=tuple(self.lanes),
            legal_basis=ext.legal_basis(),
            notes=ext.notes(),
            forms=ext.forms(),
            indicators=ext.indicators(),
            parameters=ext.parameters(),
            deadlines=deadlines,
            messages=MappingProxyType({_id_of(m): m.get("name", "") for m in self.root.findall(names.bpmn("message"))}),
            drawing=read_drawing(
                self.root,
                known={*self.nodes, *lanes},
                flows=self.flows,
                pool=(participant.get("id", "") if participant is not None else "", sop_id),
                problems=self.problems,
            ),
            problems=tuple(self.problems),
        )

    # -- the file

    def _look_over_the_top(self) -> None:
        for child in self.root:
            qname = etree.QName(child)
            if qname.namespace == names.BPMNDI:
                continue
            if qname.namespace != names.BPMN or qname.localname not in _AT_THE_TOP:
                self._unsupported(child)
        for collaboration in self.root.findall(names.bpmn("collaboration")):
            for child in collaboration:
                if etree.QName(child).namespace != names.BPMN or _local(child) not in _IN_A_COLLABORATION:
                    self._unsupported(child)

    def _process(self) -> etree._Element:
        processes = self.root.findall(names.bpmn("process"))
        if not processes:
            raise unreadable("no_process")
        executable = [p for p in processes if p.get("isExecutable") == "true"] or processes
        for other in executable[1:]:
            self.problems.append(finding("many_processes", element=other.get("id")))
        return executable[0]

    def _participant(self, sop_id: str) -> etree._Element | None:
        found = self.root.iterfind(f"{names.bpmn('collaboration')}/{names.bpmn('participant')}")
        return next((p for p in found if p.get("processRef") == sop_id and p.get("id")), None)

    # -- nodes and flows

    def _read_into(self, holder: etree._Element, parent: str | None) -> None:
        for element in holder:
            qname = etree.QName(element)
            tag = qname.localname
            if qname.namespace == names.BPMN and tag == "sequenceFlow":
                self._read_flow(element, parent)
            elif qname.namespace == names.BPMN and (tag in names.KINDS or tag in names.SHOWN):
                self._read_node(element, parent)
                if tag in names.HOLDERS:
                    self._read_into(element, element.get("id"))
            elif qname.namespace == names.BPMN and (tag in _BESIDE or (parent and tag in _MARKERS)):
                continue
            else:
                self._unsupported(element)

    def _read_flow(self, element: etree._Element, parent: str | None) -> None:
        flow_id = _id_of(element)
        if len(self.flows) >= MAX_FLOWS:
            raise unreadable("too_many_flows", element=flow_id, limit=MAX_FLOWS)
        condition = element.find(names.bpmn("conditionExpression"))
        self.parents[flow_id] = parent
        self.flows[flow_id] = Flow(
            id=flow_id,
            source=element.get("sourceRef", ""),
            target=element.get("targetRef", ""),
            name=self._name(element, flow_id),
            condition=None if condition is None else (condition.text or "").strip(),
            sets=Extensions(element, flow_id, self.problems).sets(),
        )

    def _read_node(self, element: etree._Element, parent: str | None) -> None:
        node_id = _id_of(element)
        if len(self.nodes) >= MAX_NODES:
            raise unreadable("too_many_nodes", element=node_id, limit=MAX_NODES)
        tag = _local(element)
        ext = Extensions(element, node_id, self.problems)
        rule = tag == "businessRuleTask"
        deadlines = ext.deadlines(of="step")
        node = Node(
            id=node_id,
            kind="shown",
            name=self._name(element, node_id),
            documentation=self._documentation(element, node_id),
            parent=parent,
            default=element.get("default"),
            attached_to=element.get("attachedToRef") if tag == "boundaryEvent" else None,
            interrupting=element.get("cancelActivity") != "false" if tag == "boundaryEvent" else True,
            called=element.get("calledElement") if tag == "callActivity" else None,
            ins=() if rule else ext.ins(),
            outs=() if rule else ext.outs(),
            wait=ext.first("wait") is not None,
            linked=ext.linked(),
            operator=ext.operator(),
            decision=ext.decision(),
            calendar=ext.calendar(),
            standard_time=ext.standard_time(),
            co_units=ext.co_units(),
            forms=ext.forms(),
            checklists=ext.checklists(),
            approval=ext.approval(),
            outcome=ext.outcome(),
            each=ext.each(),
            sets=ext.sets(),
            deadlines=deadlines,
            origin=tuple(mark for el in ext.all("origin") for mark in (el.get("marks") or "").split()),
        )
        self.listed[node_id] = tuple((o.text or "").strip() for o in element.findall(names.bpmn("outgoing")))
        self.nodes[node_id] = replace(node, **self._nature(element, tag, node_id))

    def _nature(self, element: etree._Element, tag: str, node_id: str) -> dict[str, Any]:
        """What kind of node an element is: an executed one, or one that is shown under the name of what hinders it."""
        shown = {"kind": "shown", "element": tag}
        if tag in names.SHOWN:
            return {**shown, "shown_as": tag}
        definitions = [child for child in element if _local(child).endswith("EventDefinition")]
        hindrance = next((_hindrance(child, tag) for child in self._extra(element, tag)), None)
        if hindrance:
            return {**shown, "shown_as": hindrance}
        if element.get("triggeredByEvent") == "true":
            return {**shown, "shown_as": "triggeredByEvent"}
        if len(definitions) > 1:
            return {**shown, "shown_as": "multipleEventDefinition"}
        kind: NodeKind = names.KINDS[tag]  # type: ignore[assignment]
        if kind not in ("start", "catch", "boundary", "end"):
            return {"kind": kind}
        return self._event(kind, shown, tag, definitions[0] if definitions else None, node_id)

    def _event(
        self, kind: NodeKind, shown: dict[str, Any], tag: str, definition: etree._Element | None, node_id: str
    ) -> dict[str, Any]:
        if definition is None:
            if kind == "start":
                return {"kind": "start", "start_kind": "none"}
            return {"kind": "end"} if kind == "end" else {**shown, "shown_as": tag}
        what = _local(definition)
        if what == "timerEventDefinition" and kind != "end":
            timer = self._timer(definition, node_id, starts=kind == "start")
            if kind == "start":
                return {"kind": kind, "start_kind": "calendar", "timer": timer}
            if timer.iso_kind == "cycle":
                return {**shown, "shown_as": "timeCycle", "timer": timer}
            return {"kind": kind, "timer": timer}
        if what == "messageEventDefinition" and kind == "start":
            return {"kind": kind, "start_kind": "message", "message": definition.get("messageRef")}
        return {**shown, "shown_as": what}

    def _timer(self, definition: etree._Element, node_id: str, *, starts: bool) -> Timer:
        said = Extensions(definition, node_id, self.problems).first("timer")
        times = [child for child in definition if _local(child) in _TIMES]
        if len(times) > 1 or (times and said is not None and said.get("deadline")):
            self.problems.append(finding("timer_many", element=node_id))
        iso = (times[0].text or "").strip().strip("\"'") if times else None
        timer = Timer(
            deadline=None if said is None else said.get("deadline"),
            continues=None if said is None else said.get("continues"),
            iso=iso,
            iso_kind=_TIMES[_local(times[0])] if times else None,
        )
        wrong = timers.problem(timer, node_id, starts=starts)
        if wrong is not None:
            self.problems.append(wrong)
        return timer

    @staticmethod
    def _extra(element: etree._Element, tag: str) -> Iterator[etree._Element]:
        """The children of a node that ask for more than its kind gives."""
        for child in element:
            local = _local(child)
            if etree.QName(child).namespace == names.BPMN and (
                local in _PLAIN_CHILDREN or local.endswith("EventDefinition")
            ):
                continue
            inside = local in names.KINDS or local in names.SHOWN or local in _BESIDE or local == "sequenceFlow"
            if tag == "subProcess" and etree.QName(child).namespace == names.BPMN and inside:
                continue
            yield child

    # -- lanes

    def _read_lanes(self, process: etree._Element) -> None:
        for element in process.iterfind(f"{names.bpmn('laneSet')}//{names.bpmn('lane')}"):
            if element.find(f"{names.bpmn('childLaneSet')}/{names.bpmn('lane')}") is not None:
                continue  # only the innermost lanes say who
            lane_id = _id_of(element)
            who = Extensions(element, lane_id, self.problems).who()
            self.lanes.append(Lane(lane_id, self._name(element, lane_id), who))
            for ref in element.findall(names.bpmn("flowNodeRef")):
                self._put_in_lane((ref.text or "").strip(), lane_id)

    def _put_in_lane(self, node_id: str, lane_id: str) -> None:
        if node_id not in self.nodes:
            self.problems.append(finding("lane_reference", element=lane_id, level="warning", id=node_id))
        elif self.lane_of.setdefault(node_id, lane_id) != lane_id:
            self.problems.append(finding("two_lanes", element=node_id, id=node_id))

    # -- what only the whole can tell

    def _join_up(self) -> None:
        self._drop_broken_flows()
        leaving: dict[str, list[str]] = {node_id: [] for node_id in self.nodes}
        for flow in self.flows.values():
            leaving[flow.source].append(flow.id)
        for node_id, node in self.nodes.items():
            outgoing = self._ordered(node_id, leaving[node_id])
            default = node.default
            if default is not None and default not in outgoing:
                self.problems.append(finding("default_flow", element=node_id, id=default))
                default = None
            self.nodes[node_id] = replace(
                node, outgoing=outgoing, default=default, lane=self.lane_of.get(node_id), **self._host(node)
            )

    def _drop_broken_flows(self) -> None:
        for flow in list(self.flows.values()):
            ends = [self.nodes.get(flow.source), self.nodes.get(flow.target)]
            if None in ends:
                self.problems.append(finding("flow_end", element=flow.id, id=flow.id))
                del self.flows[flow.id]
            elif any(end is not None and end.parent != self.parents[flow.id] for end in ends):
                self.problems.append(finding("flow_parent", element=flow.id, id=flow.id))
                del self.flows[flow.id]

    def _ordered(self, node_id: str, leaving: list[str]) -> tuple[str, ...]:
        """The branch order: as ``bpmn:outgoing`` lists it, then what it forgot, as the file has it."""
        listed = list(dict.fromkeys(self.listed[node_id]))
        if any(flow_id in self.flows and flow_id not in leaving for flow_id in listed):
            self.problems.append(finding("outgoing_mismatch", element=node_id, id=node_id))
        kept = [flow_id for flow_id in listed if flow_id in leaving]
        return (*kept, *(flow_id for flow_id in leaving if flow_id not in kept))

    def _host(self, node: Node) -> dict[str, Any]:
        """A boundary event hangs on an activity of the same level; one that does not is only shown."""
        if node.attached_to is None and node.kind != "boundary":
            return {}
        host = self.nodes.get(node.attached_to or "")
        if host is not None and host.parent == node.parent and _is_activity(host):
            return {}
        self.problems.append(finding("boundary_attach", element=node.id))
        return {
            "kind": "shown",
            "element": "boundaryEvent",
            "shown_as": "boundaryEvent",
            "attached_to": None,
            "timer": None,
        }

    def _note_deadlines(self, of_the_case: tuple[Any, ...]) -> None:
        seen: set[str] = set()
        for deadline in (*of_the_case, *(d for node in self.nodes.values() for d in node.deadlines)):
            if deadline.id in seen:
                self.problems.append(finding("duplicate_deadline", element=deadline.id, id=deadline.id))
            seen.add(deadline.id)

    def _name(self, element: etree._Element, owner: str) -> str:
        name = element.get("name", "")
        if len(name) > MAX_NAME:
            self.problems.append(finding("name_too_long", element=owner, limit=MAX_NAME))
            name = name[:MAX_NAME]
        if any(unicodedata.category(c) in ("Cf", "Cc", "Co", "Cs") and c not in "\n\t\u200d\ufe0f" for c in name):
            self.problems.append(finding("name_characters", element=owner))
        return name

    def _documentation(self, element: etree._Element, owner: str) -> str:
        texts = element.findall(names.bpmn("documentation"))
        for inner in (child for text in texts for child in text):  # markup, or worse, in what is a plain text
            code = "script_refused" if _local(inner).lower() == "script" else "unsupported_element"
            self.problems.append(finding(code, element=owner, tag=_local(inner)))
        return "\n".join((text.text or "").strip() for text in texts).strip()

    def _unsupported(self, element: etree._Element) -> None:
        where = element.get("id") or reader.near(element)
        self.problems.append(finding("unsupported_element", element=where, tag=_local(element)))


_MARKERS = frozenset(
    [
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "loopCharacteristics",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "completionCondition",
        "resourceRole",
        "performer",
        "humanPerformer",
        "potentialOwner",
    ]
)


def _hindrance(child: etree._Element, tag: str) -> str:
    """The name under which a node is shown because of this child: never the node's own, which would mean no child."""
    local = _local(child)[:80]
    if etree.QName(child).namespace != names.BPMN:
        return f"foreign.{local}"
    return f"inner.{local}" if local == tag else local


def _is_activity(node: Node) -> bool:
    if node.kind == "shown":
        return (node.element or "").endswith(("Task", "task", "Activity", "Process", "transaction"))
    return node.kind in ("user", "manual", "task", "service", "rule", "call", "subprocess")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
