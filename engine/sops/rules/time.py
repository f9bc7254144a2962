"""What a deadline may say: how it is counted, whom its ladder reaches, how far it may be extended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import BadSop
from engine.sops import recurrence
from engine.sops.rules.subject import Subject
from engine.sops.rungs import forbidden, is_readable
from engine.sops.sentences import finding
from engine.sops.sop import Deadline, Finding, Lane, Node, Rung

#: regime → the units it counts in (``dates.periods`` refuses the others when the deadline begins)
UNITS = {
    "statutory": ("hour", "day", "week", "month", "year"),
    "adverse": ("day",),
    "petition": ("workday", "day", "week", "month", "year"),
    "document": ("workday", "day", "week", "month", "year"),
    "follow-up": ("workday", "day", "week", "month", "year"),
    "standard": ("workday", "day", "hour", "minute"),
    "backward": ("workday", "day"),
    "fixed": ("day", "week", "month", "year"),
}
LEVELS = ("三層", "二層", "一層")
EVENT = "event:"
#: when on its day what counts back is due: an hour, or the hour of its event
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|event")
_RUNG_UNITS = ("workday", "day", "hour")
_OUTSIDE = frozenset({"first_tier", "deputy_mayor", "council", "contractor", "citizen", "applicant", "proposer"})
_EXTENDABLE = frozenset({"statutory", "adverse", "petition", "document", "follow-up"})


def check(subject: Subject) -> Iterator[Finding]:
    for deadline in subject.sop.deadlines:
        yield from _deadline(deadline)
    for node in subject.sop.nodes.values():
        for deadline in node.deadlines:
            yield from _deadline(deadline)
            if any(rung.kind == "escalation" for rung in deadline.rungs) and _stands_outside(subject, node):
                yield finding("ladder_outside", element=deadline.id, name=node.name or node.id)
        if node.standard_time is not None:
            yield from _rungs(node.id, "standard", node.standard_time.reminders)


def _deadline(deadline: Deadline) -> Iterator[Finding]:
    units = UNITS.get(deadline.regime)
    if units is None:
        yield finding("deadline_regime", element=deadline.id, regime=deadline.regime)
        return
    for unit in (deadline.unit, deadline.cap_unit):
        if unit is not None and unit not in units:
            yield finding("deadline_unit", element=deadline.id, unit=unit)
    if deadline.shorter_of not in (None, "unit-rule"):
        yield finding("deadline_shorter", element=deadline.id, value=deadline.shorter_of)
    yield from _plan(deadline)
    yield from _extension(deadline, units)
    yield from _rungs(deadline.id, deadline.regime, deadline.rungs)


def _plan(deadline: Deadline) -> Iterator[Finding]:
    """What counts back needs its event, what is fixed its day, and nothing else may have either."""
    has_event = (deadline.starts or "").startswith(EVENT) and len(deadline.starts or "") > len(EVENT)
    if has_event != (deadline.regime == "backward"):
        yield finding("deadline_event", element=deadline.id)
    if deadline.regime != "fixed":
        clock = deadline.regime == "backward" and _CLOCK.fullmatch(deadline.at or "")
        if deadline.at is not None and not clock:
            yield finding("deadline_at", element=deadline.id)
        return
    if deadline.at is None:
        yield finding("deadline_at_missing", element=deadline.id, level="warning")
        return
    *words, last = deadline.at.split() or [""]
    try:
        recurrence.read(" ".join(words if last in recurrence.ROLLS else [*words, last]))
    except BadSop as bad:
        yield Finding(bad.code, "error", bad.sentence, deadline.id)


def _extension(deadline: Deadline, units: tuple[str, ...]) -> Iterator[Finding]:
    said = (deadline.extend_by, deadline.extend_unit, deadline.extend_times, deadline.extend_level)
    if all(value is None for value in said):
        return
    if deadline.regime not in _EXTENDABLE:
        yield finding("extend_regime", element=deadline.id)
    if not deadline.extend_by or deadline.extend_unit not in units or deadline.extend_times == 0:
        yield finding("extend_how_much", element=deadline.id)
    if deadline.extend_level is not None and deadline.extend_level not in LEVELS:
        yield finding("extend_level", element=deadline.id, level_=deadline.extend_level)


def _rungs(element: str, regime: str, rungs: tuple[Rung, ...]) -> Iterator[Finding]:
    for rung in rungs:
        if rung.unit not in _RUNG_UNITS:
            yield finding("rung_unit", element=element, unit=rung.unit)
        for to in rung.to:
            if not is_readable(to):
                yield finding("rung_to", element=element, to=to)
        if not rung.to:
            yield finding("rung_nobody", element=element)
        for to in forbidden(rung):
            yield finding("rung_forbidden" if rung.kind == "escalation" else "rung_meeting", element=element, to=to)
        if rung.kind == "escalation" and regime == "standard":
            yield finding("standard_escalates", element=element)


def _stands_outside(subject: Subject, node: Node) -> bool:
    """Whether the step is done by the mayor's office or by somebody outside: reminders only."""
    lane: Lane | None = subject.sop.lane_of(node.id)
    who = lane.who if lane is not None else None
    return who is not None and (who.role in _OUTSIDE or who.unit in ("fixed:mayor-office", "applicant"))
