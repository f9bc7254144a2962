"""Small SOP files for tests: one procedure with a person's step in it, and room for whatever a test is about."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:sop="urn:sopflow:sop:1" id="defs" targetNamespace="urn:t">'
)
XML = '<?xml version="1.0" encoding="UTF-8"?>'


def ext(*elements: str) -> str:
    """Extension elements around our own words."""
    return f"<bpmn:extensionElements>{''.join(elements)}</bpmn:extensionElements>"


def node(tag: str, node_id: str, inner: str = "", **attributes: str) -> str:
    said = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<bpmn:{tag} id={quoteattr(node_id)}{said}>{inner}</bpmn:{tag}>"


def flow(source: str, target: str, condition: str | None = None, flow_id: str | None = None, inner: str = "") -> str:
    flow_id = flow_id or f"{source}__{target}"
    if condition is not None:
        escaped = condition.replace("&", "&amp;").replace("<", "&lt;")
        inner += f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escaped}</bpmn:conditionExpression>'
    return f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def outcome(variable: str, *values: str) -> str:
    choices = "".join(f'<sop:choice value="{value}" label="{value}" />' for value in values)
    return f'<sop:outcome variable="{variable}">{choices}</sop:outcome>'


def process(*inner: str, sop_id: str = "p", head: str = "", shared: bool = False) -> str:
    sheet = f'<sop:sheet kind="per-case" shared="{"true" if shared else "false"}" />'
    return (
        f'<bpmn:process id="{sop_id}" name="流程" isExecutable="true">{ext(sheet, head)}{"".join(inner)}</bpmn:process>'
    )


def file(*inner: str, beside: str = "", **said: object) -> bytes:
    """A whole file around the elements of a process."""
    return f"{XML}{HEAD}{beside}{process(*inner, **said)}</bpmn:definitions>".encode()  # type: ignore[arg-type]


def plain(*more: str, task: str = "", **said: object) -> bytes:
    """Start, one person's step ``A`` with whatever is put into it, end; and more elements beside them."""
    return file(
        node("startEvent", "S"), node("userTask", "A", task), node("endEvent", "E"), flow("S", "A"), flow("A", "E"),
        *more, **said,
    )  # fmt: skip


def choosing(*conditions: str | None, before: str = "", task: str | None = None) -> bytes:
    """A step ``A`` with the outcome ``r`` (yes, no), a gateway ``G``, and one branch ``B0``, ``B1`` … per condition."""
    said = ext(outcome("r", "yes", "no")) if task is None else task
    branches = [
        node("endEvent", f"E{at}") + flow("G", f"E{at}", condition, f"B{at}") for at, condition in enumerate(conditions)
    ]
    return file(
        node("startEvent", "S"), before, node("userTask", "A", said), node("exclusiveGateway", "G"),
        flow("S", "A"), flow("A", "G"), *branches,
    )  # fmt: skip
