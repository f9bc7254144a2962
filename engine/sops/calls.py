"""What a call box does: runs a shared procedure inside the case, or opens cases of their own. Pure."""

from __future__ import annotations

from typing import Literal

from engine.sops.sop import Node, Sop

__all__ = ["CHILD_FACTS", "ENTRY", "FROM_A_RUNG", "UNIT", "How", "called_by", "goes_on", "how", "start_of"]

#: ``inside``: inlined. ``waits``: opens cases and waits for them. ``opens``: opens them and goes on at once.
How = Literal["inside", "waits", "opens"]
#: what every case hands back besides its out-parameters
CHILD_FACTS = frozenset({"case.number", "case.end", "case.status"})
#: the in-parameter that receives the entry of the list for which a child was opened
ENTRY = "entry"
#: the field of a start's form that asks whose the case is: a case that another one opens knows
UNIT = "responsible_unit"
#: the in-parameters that a procedure may have filled when a rung of a deadline opens it alongside
FROM_A_RUNG = frozenset({"mode", "reason", "reply", "due_at", "deadline", "legal_deadline"})


def called_by(sop: Sop) -> set[str]:
    """Every procedure an SOP names: in a call box, or in an escalation that opens it."""
    deadlines = (*sop.deadlines, *(deadline for node in sop.nodes.values() for deadline in node.deadlines))
    boxes = {node.called for node in sop.nodes.values() if node.kind == "call" and node.called}
    return boxes | {rung.opens for deadline in deadlines for rung in deadline.rungs if rung.opens}


def how(box: Node, callee: Sop) -> How:
    """What this box does with this callee."""
    if box.each is not None:
        return "opens" if box.each.until == "none" else "waits"
    if box.linked is None and callee.shared:
        return "inside"
    return "waits" if box.wait else "opens"


def start_of(box: Node, callee: Sop) -> Node | None:
    """The start by which the callee opens: the one the box names, its only one, or the only one of no kind."""
    starts = callee.starts()
    if box.linked is not None and box.linked.start is not None:
        return next((node for node in starts if node.id == box.linked.start), None)
    plain = [node for node in starts if node.start_kind == "none"]
    if len(starts) == 1 or len(plain) == 1:
        return starts[0] if len(starts) == 1 else plain[0]
    return None


def goes_on(box: Node) -> bool:
    """Whether cases still running when the box is left go on by themselves."""
    return box.linked is not None and box.linked.rest == "go-on"
