"""What conditions and computed values may read: declared, written on every way to them, short, nobody's identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.sops import expressions
from engine.sops.rules.subject import CASE_FACTS, Read, Subject
from engine.sops.rules.writers import MAX_FLOWS, MAX_NODES, MAX_VARIABLES, NOBODY, State, TooMuchError, Writers
from engine.sops.sentences import finding
from engine.sops.sop import Finding

Reached = Mapping[str, Mapping[str, State]]


def walk(subject: Subject, writers: Writers) -> Reached:
    """From each start of the procedure: what arrives at every node. Empty when there is too much to follow."""
    sop = subject.sop
    if len(writers.names) > MAX_VARIABLES or len(sop.nodes) > MAX_NODES or len(sop.flows) > MAX_FLOWS:
        return {}
    try:
        return {start.id: writers.reaching(start.id) for start in sop.starts()}
    except TooMuchError:
        return {}


def check(subject: Subject, writers: Writers, reached: Reached) -> Iterator[Finding]:
    yield from subject.unreadable
    if len(writers.names) > MAX_VARIABLES:
        yield finding("too_many_variables", element=subject.sop.id, limit=MAX_VARIABLES)
    yield from _names(writers)
    for read in subject.reads:
        for name in sorted(read.expression.names):
            yield from _one(writers, reached, read, name)
    yield from _in_forms(subject, writers)
    yield from _roles(subject, writers)
    yield from _handed_back(subject, reached, writers)


def _names(writers: Writers) -> Iterator[Finding]:
    for write in writers.all.values():
        if not expressions.is_variable(write.name) and write.name not in CASE_FACTS:
            yield finding("reserved_name", element=write.by.partition(":")[0], name=write.name)


def _one(writers: Writers, reached: Reached, read: Read, name: str) -> Iterator[Finding]:
    known = writers.of(name)
    if any(write.identity for write in known):
        yield finding("reads_identity", element=read.element, name=name)
    elif not known:
        yield finding("undeclared_variable", element=read.element, level="warning", name=name)
    elif read.use != "passes" and any(write.long for write in known):
        yield finding("reads_long_text", element=read.element, name=name)
    elif read.must and _may_be_missing(writers, reached, read, name):
        yield finding("unwritten_variable", element=read.element, level="warning", name=name)


def _may_be_missing(writers: Writers, reached: Reached, read: Read, name: str) -> bool:
    for arriving in reached.values():
        if read.node in arriving and NOBODY in writers.seen_by(read, name, arriving[read.node]):
            return True
    return False


def _in_forms(subject: Subject, writers: Writers) -> Iterator[Finding]:
    """What a screen form's own conditions ask for must be one of its fields or the outcome of its step."""
    for step, form in subject.forms.items():
        node = subject.sop.nodes.get(step)
        if node is None:
            yield finding("unknown_step", element=step, level="warning", blocks=False, id=step)
            continue
        known = {field.name for field in form.fields} | ({node.outcome.variable} if node.outcome else set())
        asked = {name for requirement in form.requirements for name in requirement.when}
        for field in form.fields:
            if field.shown_when is not None:
                asked |= expressions.check(field.shown_when).names
        for name in sorted(asked - known):
            yield finding("undeclared_variable", element=step, level="warning", name=name)


def _roles(subject: Subject, writers: Writers) -> Iterator[Finding]:
    """A lane whose role is read from a variable."""
    for lane in subject.sop.lanes:
        if lane.who is not None and lane.who.role.startswith("=") and lane.who.role[1:] not in writers.names:
            yield finding("undeclared_variable", element=lane.id, level="warning", name=lane.who.role[1:])


def _handed_back(subject: Subject, reached: Reached, writers: Writers) -> Iterator[Finding]:
    """A result with declared choices is what callers branch on: it must be there at every end of the main line."""
    promised = [p.name for p in subject.sop.parameters if p.direction == "out" and p.values]
    for arriving in reached.values():
        for node in subject.sop.nodes.values():
            if node.kind != "end" or node.parent is not None or node.id not in arriving:
                continue
            read = Read(node.id, node.id, len(node.sets), expressions.check("True"), "computes", True)
            for name in promised:
                if NOBODY in writers.seen_by(read, name, arriving[node.id]):
                    yield finding("unwritten_variable", element=node.id, level="warning", name=name)
