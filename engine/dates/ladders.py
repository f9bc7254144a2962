"""The default rungs of a deadline that names a ladder and writes none itself (建議值, from the two catalogues).

``rdec`` serves the SOPs 研考科 controls, ``tp`` the others. Pure values; an SOP's own rungs always win.
"""

from __future__ import annotations

from dataclasses import replace

from engine.errors import Stuck
from engine.sops.rungs import MEETING_LIST, forbidden
from engine.sops.sop import Deadline, Rung

_CHIEF = ("holder", "section_chief@responsible")
_PROPOSED = "proposed"


def rungs(spec: Deadline, workdays: int, policy: str | None = None) -> tuple[Rung, ...]:
    """The rungs that ring for ``spec``; ``workdays`` is how long it runs, ``policy`` the calling procedure's ladder.

    A standard time only reminds: its escalations are dropped, whoever wrote them. Nobody is pressed whom a ladder must
    not reach (``sops.rungs``).
    """
    ladder = spec.rungs or _named(spec, workdays, policy if spec.ladder == "caller" else spec.ladder)
    found = []
    for rung in ladder:
        never = forbidden(rung)
        left = tuple(to for to in rung.to if to not in never)
        if (rung.kind == "reminder" or spec.regime != "standard") and (left or not never):
            found.append(replace(rung, to=left) if never else rung)
    return tuple(found)


def _named(spec: Deadline, workdays: int, ladder: str | None) -> tuple[Rung, ...]:
    if ladder in (None, "caller"):
        return ()
    if ladder == "rdec":
        if spec.regime == "fixed" or (spec.regime == "backward" and not spec.length):  # a day that is given
            return (*_reminders("workday", 3, 1), *_RDEC)
        before = [1] if workdays <= 3 else [2, 1] if workdays <= 9 else [5, 2]
        return (*_reminders("workday", *before), *_RDEC)
    if ladder == "tp":
        if spec.regime in ("statutory", "adverse"):
            return (*_reminders("day", 7, 3, 1), *_TP)
        return (*_reminders("workday", 1 if workdays <= 3 else 2), *_TP)
    raise Stuck("deadline_ladder", f"不認得稽催階梯「{ladder}」。", element=spec.id, ladder=ladder)


def _reminders(unit: str, *before: int) -> tuple[Rung, ...]:
    return tuple(Rung("reminder", offset, unit, ("holder",), _PROPOSED) for offset in before)


_RDEC = (
    Rung("escalation", 0, "workday", _CHIEF, _PROPOSED),
    Rung("escalation", 3, "workday", ("unit_head@responsible", "section_chief@fixed:planning-rdec"), _PROPOSED),
    Rung("escalation", 7, "day", ("unit_head@fixed:planning", MEETING_LIST), _PROPOSED),
    Rung("escalation", 30, "day", ("unit_head@responsible", "unit_head@fixed:planning", MEETING_LIST), _PROPOSED),
)
_TP = (
    Rung("escalation", 0, "workday", _CHIEF, _PROPOSED),
    Rung("escalation", 2, "workday", ("unit_head@responsible",), _PROPOSED),
    Rung("escalation", 5, "workday", ("unit_head@responsible", "rdec_officer@fixed:planning-rdec"), _PROPOSED),
)
