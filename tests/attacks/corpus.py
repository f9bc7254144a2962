"""Hostile SOP files, one row each: what reliability.md 3.1-3.5 reproduced against the library, and more of the kind.

Every payload that could run writes ``CANARY``; the file of that name must never appear. Files that must be refused say
with which code and at which element; ``harmless`` ones must be accepted and offer their steps as drawn.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.sops.charts import HEAD, XML, choosing, ext, file, flow, node, outcome, plain

CANARY = Path(tempfile.gettempdir()) / "sopflow-attack-canary"
RUN = f"__import__('os').system('touch {CANARY}')"
SECRET = Path(tempfile.gettempdir()) / "sopflow-attack-secret"


@dataclass(frozen=True, slots=True)
class Attack:
    """``row``: the section of reliability.md it stands for. ``end``: what the command line says of the file."""

    name: str
    row: str
    data: bytes
    code: str
    element: str | None
    end: Literal["unreadable", "refused"]


@dataclass(frozen=True, slots=True)
class Harmless:
    """A file that broke the library and must simply work here. ``steps`` are offered in turn when completed in turn."""

    name: str
    row: str
    data: bytes
    steps: tuple[str, ...]


def attacks() -> Iterator[Attack]:
    yield from _code()
    yield from _xml()
    yield from _parsing()
    yield from _endless()
    yield from _structure()


# ---- 3.1 code execution


def _code() -> Iterator[Attack]:
    row = "3.1"
    escaped = RUN.replace("<", "&lt;")

    def refused(name: str, data: bytes, code: str, element: str) -> Attack:
        return Attack(name, row, data, code, element, "refused")

    yield refused(
        "script-task", plain(node("scriptTask", "X", f"<bpmn:script>{escaped}</bpmn:script>")), "not_executed", "X"
    )
    yield refused("condition", choosing(RUN, 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-import-only", choosing("__import__('os')", 'r == "no"'), "expr_function", "B0")
    subclasses = "().__class__.__base__.__subclasses__()"
    yield refused("condition-subclasses", choosing(subclasses, 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-lambda", choosing("(lambda: 1)()", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-walrus", choosing("(x := 1)", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-comprehension", choosing("[x for x in r]", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-format", choosing("'{0.__class__}'.format(r)", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-power", choosing("9 ** 9 ** 9", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-memory", choosing("'a' * 10000000000000000", 'r == "no"'), "expr_number", "B0")
    yield refused("condition-deep", choosing("-" * 499 + "1", 'r == "no"'), "expr_too_deep", "B0")
    yield refused("condition-long", choosing("r == 'x' or " * 60 + "r", 'r == "no"'), "expr_too_long", "B0")
    yield refused("condition-attribute", choosing("r.__globals__", 'r == "no"'), "expr_forbidden", "B0")
    yield refused("condition-hidden-name", choosing("__builtins__ == 1", 'r == "no"'), "expr_name", "B0")
    yield refused("condition-juel", choosing("${r == 'yes'}", 'r == "no"'), "expr_foreign", "B0")
    yield refused("condition-juel-deferred", choosing("#{r}", 'r == "no"'), "expr_foreign", "B0")
    yield refused("condition-feel", choosing('= r = "yes"', 'r == "no"'), "expr_foreign", "B0")
    yield refused("inclusive-condition", _between("inclusiveGateway", condition=RUN), "not_executed", "X")
    for tag in ("timeDuration", "timeDate", "timeCycle"):
        timer = f"<bpmn:timerEventDefinition><bpmn:{tag}>{escaped}</bpmn:{tag}></bpmn:timerEventDefinition>"
        code = "not_executed" if tag == "timeCycle" else "timer_value"
        yield refused(f"catch-{tag}", _between("intermediateCatchEvent", timer), code, "X")
        boundary = node("boundaryEvent", "X", timer, attachedToRef="A") + flow("X", "E")
        yield refused(f"boundary-{tag}", plain(boundary), code, "X")
        yield refused(f"start-{tag}", plain(node("startEvent", "X", timer), flow("X", "A")), "timer_value", "X")
    many = "multiInstanceLoopCharacteristics"
    for tag in ("loopCardinality", "completionCondition"):
        marker = f"<bpmn:{many}><bpmn:{tag}>{escaped}</bpmn:{tag}></bpmn:{many}>"
        yield refused(f"multi-instance-{tag}", plain(task=marker), "not_executed", "A")
    marker = "standardLoopCharacteristics"
    loop = f"<bpmn:{marker}><bpmn:loopCondition>{escaped}</bpmn:loopCondition></bpmn:{marker}>"
    yield refused("loop-condition", plain(task=loop), "not_executed", "A")
    conditional = (
        f"<bpmn:conditionalEventDefinition><bpmn:condition>{escaped}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    yield refused("conditional-event", _between("intermediateCatchEvent", conditional), "not_executed", "X")
    done = f"<bpmn:completionCondition>{escaped}</bpmn:completionCondition>"
    yield refused("ad-hoc", _between("adHocSubProcess", done), "not_executed", "X")
    correlation = (
        '<bpmn:correlationProperty id="CP"><bpmn:correlationPropertyRetrievalExpression messageRef="M">'
        f"<bpmn:messagePath>{escaped}</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
        '</bpmn:correlationProperty><bpmn:message id="M" />'
    )
    yield refused("correlation", plain(beside=correlation), "unsupported_element", "CP")
    yield refused("send-task", _between("sendTask"), "not_executed", "X")
    spiff = 'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    for tag in ("preScript", "postScript"):
        yield refused(f"library-{tag}", plain(task=ext(f"<s:{tag} {spiff}>{escaped}</s:{tag}>")), "script_refused", "A")
    parameters = f'<s:parameters><s:parameter value="{escaped}" /></s:parameters>'
    operator = f'<s:serviceTaskOperator {spiff} id="x">{parameters}</s:serviceTaskOperator>'
    yield refused("library-operator", _between("serviceTask", ext(operator)), "script_refused", "X")
    listener = '<c:executionListener xmlns:c="http://camunda.org/schema/1.0/bpmn" class="x" event="start" />'
    yield refused("foreign-listener", plain(task=ext(listener)), "script_refused", "A")
    connector = '<c:connector xmlns:c="http://camunda.org/schema/1.0/bpmn" />'
    yield refused("foreign-connector", plain(task=ext(connector)), "script_refused", "A")
    quoted = RUN.replace("'", "&quot;")
    yield refused("set", plain(task=ext(f'<sop:set name="x" from="{quoted}" />')), "expr_forbidden", "A")
    arg = f'<sop:operator name="case.release"><sop:arg name="reason" from="{quoted}" /></sop:operator>'
    yield refused("operator-argument", _between("serviceTask", ext(arg)), "expr_forbidden", "X")
    yield refused(
        "operator-unknown", _between("serviceTask", ext('<sop:operator name="os.system" />')), "unknown_operator", "X"
    )
    given = f'<sop:decision ref="t"><sop:in from="{quoted}" to="n" /></sop:decision>'
    yield refused("decision-input", _between("businessRuleTask", ext(given)), "expr_forbidden", "X")
    form = f'<sop:form ref="f" when="{quoted}" />'
    yield refused("form-condition", plain(task=ext(form)), "expr_forbidden", "A")
    yield refused(
        "flow-set",
        plain(flow("S", "E", flow_id="F", inner=ext(f'<sop:set name="x" from="{quoted}" />'))),
        "expr_forbidden",
        "F",
    )


# ---- 3.2 XML


def _xml() -> Iterator[Attack]:
    row = "3.2"
    body = plain().decode().removeprefix(XML)

    def unreadable(name: str, data: bytes | str, code: str, element: str | None = None) -> Attack:
        return Attack(name, row, data.encode() if isinstance(data, str) else data, code, element, "unreadable")

    def declared(subset: str, use: str = "") -> str:
        return f"{XML}<!DOCTYPE d {subset}>{body.replace('流程', '流程' + use)}"

    yield unreadable("external-entity", declared(f'[<!ENTITY x SYSTEM "file://{SECRET}">]', "&amp;x;"), "doctype")
    in_text = body.replace("</bpmn:process>", "<bpmn:documentation>&x;</bpmn:documentation></bpmn:process>")
    subset = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{SECRET}">]>'
    yield unreadable("external-entity-in-documentation", f"{XML}{subset}{in_text}", "doctype")
    parameter = f'[<!ENTITY % p SYSTEM "file://{SECRET}">%p;]'
    yield unreadable("parameter-entity", declared(parameter), "doctype")
    yield unreadable("external-dtd", declared(f'SYSTEM "file://{SECRET}"'), "doctype")
    yield unreadable("http-dtd", declared('SYSTEM "http://127.0.0.1:9/x.dtd"'), "doctype")
    yield unreadable("http-entity", declared('[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]', "&amp;x;"), "doctype")
    laughs = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(9))
    yield unreadable("billion-laughs", declared(f'[<!ENTITY l0 "ha">{laughs}]'), "doctype")
    yield unreadable("quadratic", declared(f'[<!ENTITY a "{"a" * 50_000}">]'), "doctype")
    yield unreadable("doctype-alone", declared(""), "doctype")
    yield unreadable("doctype-after-comment", f"{XML}<!-- x --><!DOCTYPE d>{body}", "doctype")
    yield unreadable("undeclared-entity", f"{XML}{in_text}", "not_xml")
    yield unreadable("deep", XML + HEAD + "<a>" * 100_000, "too_deep")
    yield unreadable("deep-41", plain("<bpmn:documentation>" * 41 + "</bpmn:documentation>" * 41), "too_deep")
    yield unreadable("attribute-11-mb", plain(node("userTask", "B", name="a" * 11_000_000)), "too_big")
    yield unreadable("attribute-30-kb", plain(node("userTask", "B", name="a" * 30_000)), "text_too_long")
    yield unreadable(
        "text-30-kb", plain(task=f"<bpmn:documentation>{'a' * 30_000}</bpmn:documentation>"), "text_too_long", "A"
    )
    yield unreadable("file-50-mb", plain("<!--" + "x" * 50_000_000 + "-->"), "too_big")
    yield unreadable("elements-400000", plain("<bpmn:property />" * 400_000), "too_big")
    yield unreadable("elements-25000", plain("<bpmn:property />" * 25_000), "too_many_elements")
    attributes = " ".join(f'a{k}="1"' for k in range(5_000))
    yield unreadable("attributes-5000", plain(f"<bpmn:property {attributes} />"), "too_many_attributes")
    yield unreadable(
        "utf-7", body.replace("流程", "+bUF6Cw-").join(['<?xml version="1.0" encoding="UTF-7"?>', ""]), "encoding"
    )
    yield unreadable("utf-16", plain().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "encoding")
    yield unreadable("utf-16-silent", body.encode("utf-16-le"), "encoding")
    yield unreadable("utf-32", body.encode("utf-32"), "encoding")
    yield unreadable("big5", plain().decode().replace("UTF-8", "Big5").encode("big5"), "encoding")
    yield unreadable("latin-1-declared", plain().replace(b"UTF-8", b"ISO-8859-1"), "encoding")
    yield unreadable("utf-8-broken", plain().replace("流".encode(), b"\xe6\xb5"), "encoding")
    yield unreadable("utf-8-overlong", plain(node("userTask", "B", name="@@")).replace(b"@@", b"\xc0\xbc"), "encoding")
    yield unreadable("surrogate", plain(node("userTask", "B", name="@@")).replace(b"@@", b"\xed\xa0\x80"), "encoding")
    yield unreadable("nul", plain().replace(b'name="', b'name="\x00', 1), "encoding")
    yield unreadable("nul-reference", plain(node("userTask", "B", name="@@")).replace(b"@@", b"&#0;"), "not_xml")
    yield unreadable(
        "stylesheet", f'{XML}<?xml-stylesheet href="x.xsl" type="text/xsl"?>{body}', "processing_instruction"
    )
    yield unreadable("instruction-inside", plain("<?php system('id') ?>"), "processing_instruction")
    yield unreadable("empty", b"", "empty_file")
    yield unreadable("not-xml", b"PK\x03\x04 a zip, not a chart", "not_xml")
    yield unreadable("truncated", plain()[:-30], "not_xml")
    yield unreadable("two-roots", plain() + body.encode(), "not_xml")
    yield unreadable("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "not_bpmn")
    yield unreadable("html", b"<html><body onload='x()' /></html>", "not_bpmn")
    yield unreadable("no-process", f"{XML}{HEAD}</bpmn:definitions>", "no_process")
    imported = '<bpmn:import importType="x" location="http://127.0.0.1:9/x" namespace="y" />'
    yield Attack("import", row, plain(beside=imported), "unsupported_element", "defs", "refused")
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{SECRET}" parse="text" />'
    yield Attack("xinclude", row, plain(include), "unsupported_element", "p", "refused")
    script = '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>'
    yield Attack(
        "xhtml-script",
        row,
        plain(task=f"<bpmn:documentation>{script}</bpmn:documentation>"),
        "script_refused",
        "A",
        "refused",
    )
    image = '<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="x" onerror="alert(1)" />'
    yield Attack(
        "xhtml-image",
        row,
        plain(task=f"<bpmn:documentation>{image}</bpmn:documentation>"),
        "unsupported_element",
        "A",
        "refused",
    )
    path = "<bpmn:sourceRef>'] | //*[count(//*) &gt; '</bpmn:sourceRef>"
    association = f"<bpmn:dataInputAssociation>{path}</bpmn:dataInputAssociation>"
    yield Attack("xpath", row, plain(task=association), "not_executed", "A", "refused")


# ---- 3.3 parsing loops and recursion


def _parsing() -> Iterator[Attack]:
    row = "3.3"
    association = "<bpmn:dataInputAssociation><bpmn:sourceRef>DR</bpmn:sourceRef></bpmn:dataInputAssociation>"
    data = '<bpmn:dataObjectReference id="DR" dataObjectRef="D" /><bpmn:dataObject id="D" />'
    inner = node("startEvent", "IS") + node("userTask", "IA", association) + node("endEvent", "IE")
    inner += flow("IS", "IA") + flow("IA", "IE")
    middle = node("startEvent", "MS") + node("subProcess", "I", inner) + node("endEvent", "ME")
    middle += flow("MS", "I") + flow("I", "ME")
    nested = file(
        node("startEvent", "S"), node("subProcess", "M", middle), node("endEvent", "E"), flow("S", "M"), flow("M", "E"),
        data,
    )  # fmt: skip
    yield Attack("nested-data-object", row, nested, "not_executed", "IA", "refused")
    yield Attack("missing-data-object", row, plain(task=association), "not_executed", "A", "refused")
    yield Attack("chain-490", row, _chain(490), "too_many_nodes", None, "refused")
    yield Attack("chain-2500", row, _chain(2_500), "too_many_nodes", "N2000", "unreadable")


# ---- 3.4 never ending, or growing


def _endless() -> Iterator[Attack]:
    row = "3.4"

    def refused(name: str, data: bytes, code: str, element: str | None) -> Attack:
        return Attack(name, row, data, code, element, "refused")

    loop = file(
        node("startEvent", "S"), node("exclusiveGateway", "G"), node("exclusiveGateway", "H"), node("endEvent", "E"),
        flow("S", "G"), flow("G", "H"), flow("H", "G", "1 == 1"), flow("H", "E", "1 == 2"),
    )  # fmt: skip
    yield refused("gateway-loop", loop, "machine_loop", "G")
    service = ext('<sop:operator name="case.release" />')
    spin = file(
        node("startEvent", "S"), node("serviceTask", "X", service), node("exclusiveGateway", "G"),
        node("endEvent", "E"), flow("S", "X"), flow("X", "G"), flow("G", "X", "1 == 1"), flow("G", "E", "1 == 2"),
    )  # fmt: skip
    yield refused("machine-loop", spin, "machine_loop", "X")
    yield refused("doubling-18", _doubling(18), "unsafe_tokens", "F1")
    for count, element, end in ((9_000, "F2998", "unreadable"), (700, None, "refused")):
        between = "".join(flow("A", "E", flow_id=f"F{at}") for at in range(count))
        yield Attack(f"flows-{count}", row, plain(between), "too_many_flows", element, end)  # type: ignore[arg-type]
    sets = "".join(f'<sop:set name="v{at}" value="1" />' for at in range(18_000))
    yield refused("names-18000", plain(task=ext(sets)), "too_many_variables", "p")
    yield refused("mesh-295", _mesh(295), "machine_loop", "G281")
    yield refused("wide-30", _wide(30), "too_complex", None)
    call = node("callActivity", "C", calledElement="p")
    yield refused(
        "self-call",
        file(node("startEvent", "S"), call, node("endEvent", "E"), flow("S", "C"), flow("C", "E"), shared=True),
        "call_cycle",
        "C",
    )
    many = "multiInstanceLoopCharacteristics"
    cardinality = f"<bpmn:{many}><bpmn:loopCardinality>10000000</bpmn:loopCardinality></bpmn:{many}>"
    yield refused("multi-instance-ten-million", plain(task=cardinality), "not_executed", "A")
    for name, value in (
        ("at-once", "R/PT0S"),
        ("microsecond", "R/PT0.000001S"),
        ("million", "R1000000/PT0S"),
        ("hourly", "R/PT1H"),
    ):
        yield refused(f"cycle-{name}", _timed("timeCycle", value), "not_executed", "T")
        yield refused(f"cycle-start-{name}", plain(_start_timer(value), flow("X", "A")), "timer_value", "X")
    for name, value, code in (
        ("huge", "P999999999M", "timer_value"), ("negative", "-PT1H", "timer_value"), ("bare", "P", "timer_value"),
        ("zero", "PT0M", "timer_range"), ("two-years", "P732D", "timer_range"), ("months", "P1M", "timer_value"),
        ("seconds", "PT1S", "timer_value"), ("words", "two days", "timer_value"), ("empty", "", "timer_value"),
    ):  # fmt: skip
        yield refused(f"duration-{name}", _timed("timeDuration", value), code, "T")
    for name, value, code in (
        ("roc", "0113-01-01T00:00:00+08:00", "timer_range"), ("roc-short", "113-01-01", "timer_value"),
        ("naive", "2026-01-01T00:00:00", "timer_value"), ("impossible", "2026-02-30T00:00:00Z", "timer_value"),
        ("far", "2999-01-01T00:00:00Z", "timer_range"),
    ):  # fmt: skip
        yield refused(f"date-{name}", _timed("timeDate", value), code, "T")
    yield refused(
        "timer-without-time",
        plain(node("boundaryEvent", "T", "<bpmn:timerEventDefinition />", attachedToRef="A"), flow("T", "E")),
        "timer_missing",
        "T",
    )


# ---- 3.5 structure and names


def _structure() -> Iterator[Attack]:
    row = "3.5"

    def refused(name: str, data: bytes, code: str, element: str | None) -> Attack:
        return Attack(name, row, data, code, element, "refused")

    yield Attack("duplicate-id", row, plain(node("userTask", "A")), "duplicate_id", "A", "unreadable")
    yield Attack("duplicate-flow-id", row, plain(flow("A", "E")), "duplicate_id", "A__E", "unreadable")
    yield Attack("missing-id", row, plain("<bpmn:userTask />"), "missing_id", "p", "unreadable")
    yield Attack(
        "missing-flow-id",
        row,
        plain('<bpmn:sequenceFlow sourceRef="A" targetRef="E" />'),
        "missing_id",
        "p",
        "unreadable",
    )
    yield Attack("path-in-id", row, plain(node("userTask", "../../x")), "bad_id", "../../x", "unreadable")
    yield Attack("invisible-id", row, plain(node("userTask", "A\u200b")), "bad_id", "A\u200b", "unreadable")
    split = file(
        node("startEvent", "S"), node("exclusiveGateway", "G"), node("userTask", "A"), node("userTask", "B"),
        node("parallelGateway", "J"), node("endEvent", "E"), flow("S", "G"), flow("G", "A", "1 == 1"),
        flow("G", "B", "1 == 2"), flow("A", "J"), flow("B", "J"), flow("J", "E"),
    )  # fmt: skip
    yield refused("xor-into-and", split, "deadlock", "J")
    merge = (
        split.replace(b'<bpmn:exclusiveGateway id="G">', b'<bpmn:parallelGateway id="G">')
        .replace(b"</bpmn:exclusiveGateway>", b"</bpmn:parallelGateway>", 1)
        .replace(b'<bpmn:parallelGateway id="J">', b'<bpmn:exclusiveGateway id="J">')
    )
    merge = _swap_end(merge, "J", "exclusiveGateway")
    for condition in ("1 == 1", "1 == 2"):
        said = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
        merge = merge.replace(said.encode(), b"")
    yield refused("and-into-xor", merge, "unsafe_tokens", "E")
    yield refused("no-matching-branch", choosing('r == "yes"', 'r == "perhaps"'), "uncovered", "G")
    yield refused("missing-branch", choosing('r == "yes"', None), "missing_condition", "B1")
    yield refused("empty-condition", choosing("", 'r == "no"'), "expr_empty", "B0")
    yield refused("dead-end", plain(node("userTask", "B"), flow("A", "B")), "dead_end", "B")
    yield refused("unreachable", plain(node("userTask", "B"), flow("B", "E")), "unreachable", "B")
    yield refused("implicit-split", plain(node("userTask", "B"), flow("A", "B"), flow("B", "E")), "implicit_split", "A")
    yield refused("service-without-operator", _between("serviceTask"), "missing_operator", "X")
    yield refused("receive-task", _between("receiveTask"), "not_executed", "X")
    yield refused("juel", choosing("${amount > 10}", 'r == "no"'), "expr_foreign", "B0")
    yield refused("flow-to-nowhere", plain(flow("A", "nowhere")), "flow_end", "A__nowhere")
    yield refused("flow-into-start", plain(flow("A", "S", flow_id="back")), "flow_direction", "back")
    yield refused("flow-out-of-end", plain(flow("E", "A", flow_id="back")), "flow_direction", "back")
    yield refused("no-start", file(node("userTask", "A"), node("endEvent", "E"), flow("A", "E")), "no_start", None)
    yield refused(
        "no-end",
        file(node("startEvent", "S"), node("userTask", "A"), flow("S", "A"), flow("A", "A", flow_id="again")),
        "no_end",
        "S",
    )
    yield refused("condition-on-a-step", plain(flow("A", "E", "1 == 1", "F")), "condition_place", "F")
    default = choosing('r == "yes"', None).replace(b'id="G"', b'id="G" default="A__G"')
    yield refused("default-from-elsewhere", default, "default_flow", "G")
    yield refused(
        "boundary-on-gateway",
        choosing(*('r == "yes"', 'r == "no"')).replace(b"</bpmn:process>", _boundary("G")),
        "boundary_attach",
        "T",
    )
    yield refused(
        "boundary-on-nothing", plain().replace(b"</bpmn:process>", _boundary("nowhere")), "boundary_attach", "T"
    )
    yield refused("two-processes", plain(beside='<bpmn:process id="q" isExecutable="true" />'), "many_processes", "p")
    yield refused("terminate", _ending("terminateEventDefinition"), "not_executed", "E")
    yield refused("compensation", _ending("compensateEventDefinition"), "not_executed", "E")
    yield refused("event-gateway", _between("eventBasedGateway"), "not_executed", "X")
    yield refused("complex-gateway", _between("complexGateway"), "not_executed", "X")
    yield refused("transaction", _between("transaction"), "not_executed", "X")
    yield refused("event-sub-process", plain(node("subProcess", "X", triggeredByEvent="true")), "not_executed", "X")
    yield refused("unknown-callee", _between("callActivity", calledElement="../../etc/passwd"), "unknown_callee", "X")
    yield refused("call-without-callee", _between("callActivity"), "missing_callee", "X")
    yield refused(
        "reversed-writing", plain(node("userTask", "B", name="\u202e准核"), flow("B", "E")), "name_characters", "B"
    )
    yield refused("long-name", plain(node("userTask", "B", name="字" * 5_000), flow("B", "E")), "name_too_long", "B")


# ---- what broke the library and works here


def harmless() -> Iterator[Harmless]:
    yield Harmless(
        "id-End", "3.5", _between("userTask").replace(b'"X"', b'"End"').replace(b">X<", b">End<"), ("A", "End")
    )
    yield Harmless("id-EndJoin", "3.5", _between("userTask").replace(b'"X"', b'"p.EndJoin"'), ("A", "p.EndJoin"))
    yield Harmless("id-Start", "3.5", _between("userTask").replace(b'"X"', b'"Start"'), ("A", "Start"))
    yield Harmless("id-root", "3.5", _between("userTask").replace(b'"X"', b'"Root"'), ("A", "Root"))
    split = _between("userTask").replace(b'"X"', b'"A.BoundaryEventSplit"')
    yield Harmless("id-BoundaryEventSplit", "3.3", split, ("A", "A.BoundaryEventSplit"))
    yield Harmless("untyped-task", "3.5", _between("task"), ("A", "X"))
    yield Harmless("manual-task", "3.5", _between("manualTask"), ("A", "X"))
    unquoted = _between("userTask", more=_boundary_timer("PT1H"))
    yield Harmless("unquoted-duration", "3.4", unquoted, ("A", "X"))
    quoted = _between("userTask", more=_boundary_timer('"PT1H"'))
    yield Harmless("quoted-duration", "3.4", quoted, ("A", "X"))
    located = plain().replace(
        b'targetNamespace="urn:t"',
        b'targetNamespace="urn:t" xsi:schemaLocation="http://127.0.0.1:9/x http://127.0.0.1:9/x.xsd"',
    )
    yield Harmless("schema-location", "3.2", located, ("A",))
    yield Harmless("comment-with-doctype", "3.2", plain("<!-- <!DOCTYPE x> &x; <?php ?> -->"), ("A",))
    yield Harmless(
        "cdata", "3.2", plain(task="<bpmn:documentation><![CDATA[<!DOCTYPE x>]]></bpmn:documentation>"), ("A",)
    )
    yield Harmless("fork-join-8-by-4", "3.4", _forks(8, 4), ())
    yield Harmless(
        "named-typename",
        "3.6",
        choosing('typename_ == "yes"', 'typename_ == "no"', task=ext(outcome("typename_", "yes", "no"))),
        ("A",),
    )


def _between(tag: str, inner: str = "", *, condition: str | None = None, more: str = "", **attributes: str) -> bytes:
    """S → A → X → E, where X is the element in question."""
    return file(
        node("startEvent", "S"), node("userTask", "A"), node(tag, "X", inner, **attributes), node("endEvent", "E"),
        flow("S", "A"), flow("A", "X", flow_id="f1"), flow("X", "E", condition, flow_id="f2"), more,
    )  # fmt: skip


def _ending(definition: str) -> bytes:
    return plain().replace(b'<bpmn:endEvent id="E">', f'<bpmn:endEvent id="E"><bpmn:{definition} />'.encode())


def _timed(tag: str, value: str) -> bytes:
    definition = f"<bpmn:timerEventDefinition><bpmn:{tag}>{value}</bpmn:{tag}></bpmn:timerEventDefinition>"
    return plain(node("boundaryEvent", "T", definition, attachedToRef="A"), flow("T", "E"))


def _start_timer(value: str) -> str:
    return node(
        "startEvent",
        "X",
        f"<bpmn:timerEventDefinition><bpmn:timeCycle>{value}</bpmn:timeCycle></bpmn:timerEventDefinition>",
    )


def _boundary_timer(value: str) -> str:
    definition = (
        f"<bpmn:timerEventDefinition><bpmn:timeDuration>{value}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    return node("boundaryEvent", "T", definition, attachedToRef="A") + flow("T", "E")


def _boundary(host: str) -> bytes:
    definition = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    return f"{node('boundaryEvent', 'T', definition, attachedToRef=host)}</bpmn:process>".encode()


def _swap_end(data: bytes, node_id: str, tag: str) -> bytes:
    """Closes the element of that id with another tag than it was made with."""
    opened = f'<bpmn:{tag} id="{node_id}">'.encode()
    at = data.index(opened) + len(opened)
    end = data.index(b">", at) + 1
    return data[:at] + f"</bpmn:{tag}>".encode() + data[end:]


def _chain(length: int) -> bytes:
    nodes = [node("userTask", f"N{at}") for at in range(1, length)]
    flows = [flow(f"N{at}", f"N{at + 1}") for at in range(1, length - 1)]
    return file(
        node("startEvent", "S"), *nodes, node("endEvent", "E"), flow("S", "N1"), *flows, flow(f"N{length - 1}", "E")
    )


def _doubling(times: int) -> bytes:
    """Each fork is merged without a join: twice the tokens every time."""
    parts = [node("startEvent", "S"), node("userTask", "A"), node("endEvent", "E"), flow("S", "A"), flow("A", "F0")]
    for at in range(times):
        follows = f"F{at + 1}" if at + 1 < times else "E"
        parts += [node("parallelGateway", f"F{at}"), node("exclusiveGateway", f"J{at}")]
        parts += [flow(f"F{at}", f"J{at}", flow_id=f"F{at}a"), flow(f"F{at}", f"J{at}", flow_id=f"F{at}b")]
        parts.append(flow(f"J{at}", follows))
    return file(*parts)


def _wide(branches: int) -> bytes:
    parts = [node("startEvent", "S"), node("parallelGateway", "F"), node("parallelGateway", "J"), node("endEvent", "E")]
    parts += [flow("S", "F"), flow("J", "E")]
    for at in range(branches):
        parts += [node("exclusiveGateway", f"X{at}"), node("userTask", f"A{at}"), node("userTask", f"B{at}")]
        parts += [node("exclusiveGateway", f"Y{at}"), flow("F", f"X{at}"), flow(f"X{at}", f"A{at}", "1 == 1")]
        parts += [flow(f"X{at}", f"B{at}", "1 == 2"), flow(f"A{at}", f"Y{at}"), flow(f"B{at}", f"Y{at}")]
        parts.append(flow(f"Y{at}", "J"))
    return file(*parts)


def _forks(times: int, branches: int) -> bytes:
    """Correctly joined parallel gateways in a row: ordinary, and exponential in the library as it comes."""
    parts = [node("startEvent", "S"), node("endEvent", "E"), flow("S", "F0")]
    for at in range(times):
        follows = f"F{at + 1}" if at + 1 < times else "E"
        parts += [node("parallelGateway", f"F{at}"), node("parallelGateway", f"J{at}"), flow(f"J{at}", follows)]
        for way in range(branches):
            step = f"A{at}-{way}"
            parts += [node("userTask", step), flow(f"F{at}", step), flow(step, f"J{at}")]
    return file(*parts)


def _mesh(size: int) -> bytes:
    """Decisions that lead to decisions, each asking for two of 250 variables with twelve values each."""
    values = " ".join(map(str, range(12)))
    head = "".join(
        f'<sop:parameter name="v{at}" direction="in" values="{values}" required="true" />' for at in range(250)
    )
    parts = [node("startEvent", "S"), node("endEvent", "E"), flow("S", "G0"), flow(f"G{size - 1}", "E", "1 == 1")]
    for at in range(size):
        parts.append(node("exclusiveGateway", f"G{at}"))
        if at + 1 < size:
            parts.append(flow(f"G{at}", f"G{at + 1}", f"v{at % 250} == v{(at + 1) % 250}"))
            back = flow(f"G{at}", f"G{at * 7 % size}", f"v{at % 250} in ['1', '2', '3']", flow_id=f"X{at}")
            parts.append(back)
    return file(*parts, head=head)
