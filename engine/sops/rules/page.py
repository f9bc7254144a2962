"""What people meet: lanes that say who, a drawing with everything on it, a screen form where somebody must answer."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops.rules.subject import Subject
from engine.sops.sentences import finding
from engine.sops.sop import MACHINE_KINDS, PERSON_KINDS, Finding, Node


def check(subject: Subject) -> Iterator[Finding]:
    sop = subject.sop
    for node in sop.nodes.values():
        if node.kind == "shown":
            yield finding("not_executed", element=node.id, what=node.shown_as or node.kind)
        if node.kind in PERSON_KINDS | MACHINE_KINDS | {"call"} and sop.lane_of(node.id) is None:
            yield finding("missing_lane", element=node.id, level="warning")
        if _needs_form(subject, node):
            yield finding("missing_form", element=node.id, level="warning")
    for lane in sop.lanes:
        peopled = any(sop.lane_of(n.id) == lane for n in sop.nodes.values() if n.kind in PERSON_KINDS)
        if lane.who is None and peopled:
            yield finding("missing_who", element=lane.id, level="warning")
    if not sop.starts():
        yield finding("no_start", element=None)
    yield from _drawing(subject)


def _needs_form(subject: Subject, node: Node) -> bool:
    if node.id in subject.forms or (node.parent is not None and node.kind == "start"):
        return False
    if node.kind == "start":
        return not subject.sop.shared and node.start_kind in ("none", "message")
    return node.kind == "user" and node.outcome is None


def _drawing(subject: Subject) -> Iterator[Finding]:
    sop = subject.sop
    if sop.drawing is None:
        yield finding("missing_drawing", element=sop.id, level="warning")
        return
    undrawn = [node_id for node_id in sop.nodes if node_id not in sop.drawing.shapes]
    undrawn += [flow_id for flow_id in sop.flows if flow_id not in sop.drawing.edges]
    for element in undrawn[:10]:
        yield finding("undrawn", element=element, level="warning", id=element)
