"""What names something else in the same SOP: deadlines, timers, checklists, notes, outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import BadSop
from engine.sops import recurrence
from engine.sops.rules.subject import Subject
from engine.sops.rules.time import EVENT
from engine.sops.sentences import finding
from engine.sops.sop import Deadline, Finding, Node

#: regimes that count a length from a start (the others are told by the calendar or the case)
_COUNTED = frozenset(["petition", "statutory", "adverse", "document", "standard", "follow-up"])


def check(subject: Subject) -> Iterator[Finding]:
    for deadline in subject.deadlines.values():
        yield from _deadline(subject, deadline)
    for node in subject.sop.nodes.values():
        yield from _timer(subject, node)
        yield from _calendar(subject, node)
        yield from _outcome(node)
        yield from _checklists(subject, node)
    for note in subject.sop.notes:
        if note.step is not None and not step_exists(subject, note.step):
            yield finding("unknown_step", element=note.id, level="warning", blocks=False, id=note.step)
    for deadline_id in _asked_for(subject):
        if deadline_id[1] not in subject.deadlines:
            yield finding("timer_deadline", element=deadline_id[0], id=deadline_id[1])


def step_exists(subject: Subject, path: str) -> bool:
    """Whether a step path leads to a node, through the procedures called on the way."""
    sop = subject.sop
    *boxes, last = path.split("/")
    for box in boxes:
        node = sop.nodes.get(box)
        callee = subject.library.get(node.called or "") if node is not None else None
        if callee is None:
            return False
        sop = callee
    return last in sop.nodes


def _deadline(subject: Subject, deadline: Deadline) -> Iterator[Finding]:
    if deadline.decision is not None:
        rules = [n for n in subject.sop.nodes.values() if n.decision and n.decision.ref == deadline.decision]
        if not rules:
            yield finding("deadline_decision", element=deadline.id, id=deadline.decision)
    elif deadline.length is None and deadline.regime in _COUNTED:
        yield finding("deadline_length", element=deadline.id, level="warning")
    starts = () if (deadline.starts or "").startswith(EVENT) else (deadline.starts or "").split()
    for path in (*starts, *deadline.met):
        if not step_exists(subject, path):
            yield finding("unknown_step", element=deadline.id, id=path)


def _timer(subject: Subject, node: Node) -> Iterator[Finding]:
    timer = node.timer
    if timer is None:
        return
    if timer.deadline is not None and timer.deadline not in subject.deadlines:
        yield finding("timer_deadline", element=node.id, id=timer.deadline)
    if timer.continues is not None and not step_exists(subject, timer.continues):
        yield finding("timer_continues", element=node.id, path=timer.continues)


def _calendar(subject: Subject, node: Node) -> Iterator[Finding]:
    said = node.calendar
    if node.start_kind != "calendar":
        if said is not None:
            yield finding("calendar_place", element=node.id)
    elif said is None:
        yield finding("calendar_missing", element=node.id, level="warning")
    else:
        try:
            recurrence.read(said.rule, at=said.at, roll=said.roll, missed=said.missed)
        except BadSop as bad:
            yield Finding(bad.code, "error", bad.sentence, node.id)


def _outcome(node: Node) -> Iterator[Finding]:
    if node.outcome is not None:
        values = [choice.value for choice in node.outcome.choices]
        if not values or len(set(values)) != len(values):
            yield finding("outcome_choices", element=node.id)


def _checklists(subject: Subject, node: Node) -> Iterator[Finding]:
    form = subject.forms.get(node.id)
    for checklist in node.checklists:
        if checklist.for_ is None:
            continue
        name, value = checklist.for_
        values: set[object] = set()
        if node.outcome is not None and node.outcome.variable == name:
            values |= {choice.value for choice in node.outcome.choices}
        field = form.field(name) if form is not None else None
        if field is not None:
            values |= {choice for choice, _ in field.choices}
        if value not in values:
            yield finding("checklist_choice", element=node.id, name=name, value=value)


def _asked_for(subject: Subject) -> Iterator[tuple[str, str]]:
    """The deadlines that expressions ask for with ``due("…")``."""
    for read in subject.reads:
        for deadline_id in sorted(read.expression.deadlines):
            yield read.element, deadline_id
