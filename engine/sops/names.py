"""The XML names of a BPMN file and the words of our own extension, shared by reading and writing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SOP = "urn:sopflow:sop:1"

#: BPMN element → kind of node, for the elements that are executed
KINDS: Mapping[str, str] = {
    "startEvent": "start",
    "endEvent": "end",
    "userTask": "user",
    "manualTask": "manual",
    "task": "task",
    "serviceTask": "service",
    "businessRuleTask": "rule",
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
    "boundaryEvent": "boundary",
    "intermediateCatchEvent": "catch",
    "callActivity": "call",
    "subProcess": "subprocess",
}
ELEMENTS: Mapping[str, str] = {kind: element for element, kind in KINDS.items()}

#: elements that stand on the chart but are not executed
SHOWN = frozenset(
    [
        "scriptTask",
        "sendTask",
        "receiveTask",
        "inclusiveGateway",
        "complexGateway",
        "eventBasedGateway",
        "intermediateThrowEvent",
        "adHocSubProcess",
        "transaction",
        "callChoreography",
        "choreographyTask",
        "subChoreography",
    ]
)
#: elements that hold other nodes
HOLDERS = frozenset({"subProcess", "adHocSubProcess", "transaction"})


def bpmn(local: str) -> str:
    """The full tag of a BPMN element."""
    return f"{{{BPMN}}}{local}"


def sop(local: str) -> str:
    """The full tag of one of our own elements."""
    return f"{{{SOP}}}{local}"


@cache
def vocabulary() -> Mapping[str, Mapping[str, str]]:
    """Our extension as the moddle descriptor declares it: element → {attribute: type}. The editor reads it too."""
    descriptor: dict[str, Any] = json.loads(files("engine.sops").joinpath("sop-moddle.json").read_text("utf-8"))
    return {
        kind["name"][0].lower() + kind["name"][1:]: {
            prop["name"]: prop["type"] for prop in kind["properties"] if prop.get("isAttr")
        }
        for kind in descriptor["types"]
    }
