"""Cases that open each other endlessly: what a case comes to before it waits for a person or a timer. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from engine.sops import calls
from engine.sops.sop import PERSON_KINDS, Node, Sop

__all__ = ["endless"]

#: where a case stays for somebody or something
_STAYS = PERSON_KINDS | {"catch"}
_Box = tuple[str, str]  # procedure, call box


def endless(sop: Sop, library: Mapping[str, Sop]) -> list[str]:
    """The boxes of this SOP that open cases which come back to the same box with nobody and no day between."""
    return [
        node.id
        for node in sop.nodes.values()
        if _opens(node, library) and (sop.id, node.id) in _opened_by(node, library)
    ]


def _opens(node: Node, library: Mapping[str, Sop]) -> bool:
    callee = library.get(node.called or "") if node.kind == "call" else None
    return callee is not None and calls.how(node, callee) != "inside"


def _opened_by(box: Node, library: Mapping[str, Sop]) -> set[_Box]:
    """The opening boxes that the cases of this one reach at once, and those that theirs reach."""
    found: set[_Box] = set()
    todo = [box]
    while todo:
        node = todo.pop()
        callee = library[node.called or ""]
        start = calls.start_of(node, callee)
        if start is None:
            continue
        boxes, _ = _at_once(callee, start.id, library, ())
        todo += [library[name].nodes[one] for name, one in boxes - found]
        found |= boxes
    return found


def _at_once(sop: Sop, start: str, library: Mapping[str, Sop], above: tuple[str, ...]) -> tuple[set[_Box], bool]:
    """The opening boxes reached from a start without waiting, and whether an end is; shared procedures are gone
    through. A join is passed when every way into it is."""
    found: set[_Box] = set()
    ends = False
    come: set[str] = set()  # flows
    seen: set[str] = set()
    todo = [sop.nodes[start]]
    while todo:
        node = todo.pop()
        into = {flow.id for flow in sop.flows.values() if flow.target == node.id}
        if node.id in seen or (node.kind == "parallel" and not into <= come):
            continue
        seen.add(node.id)
        goes_on = node.kind not in _STAYS
        if node.kind == "end":
            around = sop.nodes.get(node.parent or "")
            ends = ends or around is None
            todo += _after(sop, around, come) if around is not None else []
        elif node.kind == "subprocess":
            todo += [one for one in sop.nodes.values() if one.parent == node.id and one.kind == "start"]
            goes_on = False
        elif _opens(node, library):
            found.add((sop.id, node.id))
            goes_on = calls.how(node, library[node.called or ""]) == "opens"
        elif node.kind == "call":
            callee = library.get(node.called or "")
            first = calls.start_of(node, callee) if callee is not None else None
            goes_on = False
            if callee is not None and first is not None and callee.id not in above:
                inner, goes_on = _at_once(callee, first.id, library, (*above, callee.id))
                found |= inner
        if goes_on:
            todo += _after(sop, node, come)
    return found, ends


def _after(sop: Sop, node: Node, come: set[str]) -> list[Node]:
    come |= set(node.outgoing)
    return [sop.nodes[sop.flows[flow].target] for flow in node.outgoing if sop.flows[flow].target in sop.nodes]
