"""What a call box does: runs a shared procedure inside the case, or opens cases of their own. Pure."""

from __future__ import annotations

from typing import Literal

from engine.sops.sop import Node, Sop

__all__ = ["CHILD_FACTS", "ENTRY", "How", "goes_on", "how", "start_of"]

#: ``inside``: inlined. ``waits``: opens cases and waits for them. ``opens``: opens them and goes on at once.
How = Literal["inside", "waits", "opens"]
#: what every case hands back besides its out-parameters
CHILD_FACTS = frozenset({"case.number", "case.end", "case.status"})
#: the in-parameter that receives the entry of the list for which a child was opened
ENTRY = "entry"


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
