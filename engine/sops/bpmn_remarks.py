"""What stands on a chart beside the flow: text annotations, data objects, data stores, and the lines that tie them.

It is drawn and means nothing. What has no place on the page is not drawn, and said to be missing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from engine.sops import names
from engine.sops.sentences import finding
from engine.sops.sop import Finding, Remark

#: more of them, or longer ones, are no chart that anybody reads
MOST, MOST_CHARS = 300, 2_000

_KINDS: Mapping[str, str] = {"textAnnotation": "text", "dataObjectReference": "data", "dataStoreReference": "store"}


def read_remarks(root: etree._Element, problems: list[Finding]) -> Mapping[str, Remark]:
    """The remarks of a file by id, before they have a place."""
    found: dict[str, Remark] = {}
    for tag, kind in _KINDS.items():
        for element in root.iter(names.bpmn(tag)):
            given = element.get("id", "").strip()
            if not given or given in found:
                continue
            if len(found) == MOST:
                problems.append(finding("too_many_remarks", element=given[:120], level="info", limit=MOST))
                return MappingProxyType(found)
            text = element.get("name", "") if kind != "text" else _words(element)
            found[given] = Remark(given, kind, text.strip()[:MOST_CHARS].strip())
    return MappingProxyType(found)


def read_ties(root: etree._Element) -> Mapping[str, tuple[str, str]]:
    """The associations of a file by id: from what to what."""
    found = (element for element in root.iter(names.bpmn("association")) if element.get("id"))
    return MappingProxyType({
        element.get("id", ""): (element.get("sourceRef", ""), element.get("targetRef", "")) for element in found
    })  # fmt: skip


def _words(element: etree._Element) -> str:
    return "\n".join((text.text or "").strip() for text in element.findall(names.bpmn("text")))


def write_remark(process: etree._Element, remark: Remark) -> None:
    """The remark as an element of the process."""
    tag = next(tag for tag, kind in _KINDS.items() if kind == remark.kind)
    element = etree.SubElement(process, names.bpmn(tag), id=remark.id)
    if remark.kind == "text":
        etree.SubElement(element, names.bpmn("text")).text = remark.text or None
    elif remark.text:
        element.set("name", remark.text)
