"""Whom a ladder may reach. It climbs inside the house; it never runs against the mayor's office or outside bodies.

Told to an SOP while it is checked, and obeyed once more when a ladder is armed, whoever wrote it.
"""

from __future__ import annotations

from engine.sops.sop import Rung

__all__ = ["MEETING_LIST", "forbidden", "is_readable"]

#: puts the case on the municipal meeting's list instead of telling a person
MEETING_LIST = "meeting@list"
#: 首長 and outside bodies: nobody presses them
_NEVER_PRESSED = frozenset(
    {"first_tier", "deputy_mayor", "first_tier_staff", "council", "contractor", "citizen", "applicant", "proposer"}
)
_RULES = frozenset({"responsible", "child", "caller"})


def forbidden(rung: Rung) -> tuple[str, ...]:
    """The recipients this rung must not reach. A reminder may go to anybody but the meeting's list."""
    if rung.kind == "reminder":
        return tuple(to for to in rung.to if to == MEETING_LIST)
    return tuple(to for to in rung.to if presses_upwards(to))


def presses_upwards(to: str) -> bool:
    """Whether an escalation to this recipient runs against the mayor's office or an outside body."""
    role, _, rule = to.partition("@")
    return role in _NEVER_PRESSED or rule in ("fixed:mayor-office", "applicant")


def is_readable(to: str) -> bool:
    """``holder``, ``applicant``, ``meeting@list`` or ``role@unit-rule``."""
    if to in ("holder", "applicant", MEETING_LIST):
        return True
    role, _, rule = to.partition("@")
    return bool(role) and (rule in _RULES or (rule.startswith("fixed:") and len(rule) > 6))
