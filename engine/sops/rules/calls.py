"""What is called, with what: procedures and their parameters, operators, decision tables."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sops import calls, circles
from engine.sops.rules.subject import Subject
from engine.sops.sentences import finding
from engine.sops.sop import Finding, Node, Sop
from engine.sops.tables import Table


def check(subject: Subject) -> Iterator[Finding]:
    for node in subject.sop.nodes.values():
        if node.each is not None and not _until(node):
            yield finding("each_until", element=node.id, value=node.each.until)
        if node.kind == "call":
            yield from _call(subject, node)
        elif node.kind == "service":
            yield from _service(subject, node)
        elif node.kind == "rule":
            yield from _rule(subject, node)
    for box in circles.endless(subject.sop, {**subject.library, subject.sop.id: subject.sop}):
        yield finding("endless_opening", element=box)
    for element, deadline in subject.deadlines.items():
        for rung in deadline.rungs:
            if rung.opens is not None:
                yield from _alongside(subject, element, rung.opens)
    yield from _sources(subject)


def _alongside(subject: Subject, element: str, name: str) -> Iterator[Finding]:
    """An escalation that opens a procedure: it is given what every rung knows, and nothing else."""
    callee = subject.library.get(name)
    if callee is None:
        yield finding("unknown_callee", element=element, id=name)
        return
    if calls.start_of(Node("", "call"), callee) is None:
        yield finding("rung_start", element=element, id=name)
    for p in callee.parameters:
        wanted = p.direction == "in" and p.required and p.default is None and p.type != "form"
        if wanted and p.name not in calls.FROM_A_RUNG:
            yield finding("required_parameter", element=element, id=name, name=p.name)


def _call(subject: Subject, node: Node) -> Iterator[Finding]:
    if not node.called:
        yield finding("missing_callee", element=node.id)
        return
    callee = subject.library.get(node.called)
    inside = callee is None or calls.how(node, callee) == "inside"
    circle = [subject.sop.id] if node.called == subject.sop.id else _way_back(subject, node.called)
    if inside and circle:
        yield finding("call_cycle", element=node.id, path=" → ".join([subject.sop.id, *circle]))
        return
    if callee is None:
        yield finding("unknown_callee", element=node.id, id=node.called)
        return
    if inside:
        yield from _parameters(node, callee)
    else:
        yield from _opening(subject, node, callee)


def _opening(subject: Subject, node: Node, callee: Sop) -> Iterator[Finding]:
    """A box that opens cases: what it hands in are parameters or fields of the form by which they open."""
    how = calls.how(node, callee)
    if how == "opens" and node.outs:
        yield finding("outs_without_wait", element=node.id)
    if node.each is None and not callee.shared and node.deadlines and how == "opens":
        yield finding("deadline_without_wait", element=node.id)
    start = calls.start_of(node, callee)
    form = subject.opening_forms.get((callee.id, start.id)) if start is not None else None
    fields = {field.name: field for field in form.fields} if form is not None else {}
    ins = {p.name: p for p in callee.parameters if p.direction == "in"}
    outs = {p.name for p in callee.parameters if p.direction == "out"} | calls.CHILD_FACTS
    given = {calls.UNIT, *(one.to for one in node.ins)} | ({calls.ENTRY} if node.each is not None else set())
    for one in node.ins:
        if one.to not in ins and one.to not in fields:
            yield finding("unknown_parameter", element=node.id, id=callee.id, name=one.to)
        elif one.to in fields and fields[one.to].identity:
            yield finding("reads_identity", element=node.id, name=one.to)
        elif one.value is not None and one.to in ins and ins[one.to].values and one.value not in ins[one.to].values:
            yield finding("parameter_value", element=node.id, name=one.to, value=one.value)
    for out in node.outs:
        if out.from_ not in outs:
            yield finding("unknown_parameter", element=node.id, id=callee.id, name=out.from_)
    wanted = [p.name for p in ins.values() if p.required and p.type != "form" and p.default is None]
    wanted += [field.name for field in fields.values() if field.required and field.shown_when is None]
    given |= {field.name for field in fields.values() if field.identity} & _identity(subject)  # the vault hands it on
    for name in dict.fromkeys(wanted):
        if name not in given:
            yield finding("required_parameter", element=node.id, id=callee.id, name=name)


def _identity(subject: Subject) -> set[str]:
    """What this SOP's own starts ask of whoever hands in."""
    forms = [subject.forms[start.id] for start in subject.sop.starts() if start.id in subject.forms]
    return {field.name for form in forms for field in form.fields if field.identity}


def _until(node: Node) -> bool:
    word, colon, count = node.each.until.partition(":") if node.each is not None else ("all", "", "")
    if word == "count":
        return count.isdigit() and int(count) > 0
    return not colon and word in (("all", "date", "none") if node.kind == "call" else ("all", "date"))


def _parameters(node: Node, callee: Sop) -> Iterator[Finding]:
    ins = {p.name: p for p in callee.parameters if p.direction == "in"}
    outs = {p.name for p in callee.parameters if p.direction == "out"}
    given = {one.to for one in node.ins} | {form.as_ for form in node.forms if form.as_}
    for one in node.ins:
        if one.to not in ins:
            yield finding("unknown_parameter", element=node.id, id=callee.id, name=one.to)
        elif one.value is not None and ins[one.to].values and one.value not in ins[one.to].values:
            yield finding("parameter_value", element=node.id, name=one.to, value=one.value)
    for form in node.forms:
        if form.as_ and form.as_ not in ins:
            yield finding("unknown_parameter", element=node.id, id=callee.id, name=form.as_)
    for out in node.outs:
        if out.from_ not in outs:
            yield finding("unknown_parameter", element=node.id, id=callee.id, name=out.from_)
    for p in ins.values():
        if p.required and p.default is None and p.name not in given:
            yield finding("required_parameter", element=node.id, id=callee.id, name=p.name)


def _way_back(subject: Subject, called: str) -> list[str]:
    """The calls that lead from a callee back to this SOP; empty when none do."""
    before: dict[str, str] = {called: ""}
    todo = [called]
    while todo:
        current = todo.pop(0)
        sop = subject.library.get(current)
        for name in _inside(subject, sop) if sop else ():
            if name == subject.sop.id:
                way = [subject.sop.id, current]
                while before[way[-1]]:
                    way.append(before[way[-1]])
                return way[::-1]
            if name and name not in before:
                before[name] = current
                todo.append(name)
    return []


def _inside(subject: Subject, sop: Sop) -> Iterator[str | None]:
    """What a procedure calls and runs inside its own case."""
    for node in sop.nodes.values():
        callee = subject.library.get(node.called or "") if node.kind == "call" else None
        if node.kind == "call" and (callee is None or calls.how(node, callee) == "inside"):
            yield node.called


def _service(subject: Subject, node: Node) -> Iterator[Finding]:
    if node.operator is None or not node.operator.name:
        yield finding("missing_operator", element=node.id)
    elif subject.operators is not None and node.operator.name not in subject.operators:
        yield finding("unknown_operator", element=node.id, name=node.operator.name)


def _rule(subject: Subject, node: Node) -> Iterator[Finding]:
    if node.decision is None or not node.decision.ref:
        yield finding("missing_decision", element=node.id)
        return
    table = subject.tables.get(node.decision.ref)
    if table is None:
        yield finding("unknown_table", element=node.id, id=node.decision.ref)
        return
    yield from _table(node, table)


def _table(node: Node, table: Table) -> Iterator[Finding]:
    decision = node.decision
    if decision is None:
        return
    wanted, given = {column.name for column in table.inputs}, {one.to for one in decision.ins}
    if decision.ins:
        for name in sorted(wanted - given):
            yield finding("missing_input", element=node.id, id=table.id, name=name)
    for name in sorted(given - wanted):
        yield finding("unknown_parameter", element=node.id, id=table.id, name=name)
    if table.hit_policy != "COLLECT":
        offered = {column.name for column in table.outputs}
        for out in decision.outs:
            if out.from_ not in offered:
                yield finding("unknown_output", element=node.id, id=table.id, name=out.from_)


def _sources(subject: Subject) -> Iterator[Finding]:
    """Wherever a value stands, it is written out or read, never both, never neither."""
    places: list[tuple[str, str, str | None, str | None]] = []
    for flow in subject.sop.flows.values():
        places += [(flow.id, said.name, said.value, said.from_) for said in flow.sets]
    for node in subject.sop.nodes.values():
        places += [(node.id, said.name, said.value, said.from_) for said in node.sets]
        ins = (*node.ins, *(node.decision.ins if node.decision else ()))
        places += [(node.id, one.to, one.value, one.from_) for one in ins]
        places += [(node.id, arg.name, arg.value, arg.from_) for arg in (node.operator.args if node.operator else ())]
    for element, name, value, source in places:
        if (value is None) == (source is None):
            yield finding("bad_value_source", element=element, name=name)
