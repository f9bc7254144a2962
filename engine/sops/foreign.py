"""A BPMN file that another tool wrote, in our words: what has an equal is mapped, what says more is kept as a note.

Known are the extensions ``camunda:``, ``zeebe:`` and ``spiffworkflow:``. Everything that was done is told, element by
element; what other tools would run (scripts, listeners, connectors) is dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from lxml import etree

from engine.errors import BadSop, Invalid
from engine.sops import expressions, foreign_repair, foreign_text, form_rows, names, reader
from engine.sops.foreign_repair import drop
from engine.sops.form_rows import Row
from engine.sops.sentences import unreadable

__all__ = ["Brought", "Told", "translate"]

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
#: engines that came from one stem and say the same in their own names
_STEM = frozenset([CAMUNDA, "http://activiti.org/bpmn", "http://flowable.org/bpmn"])
_KNOWN = _STEM | {ZEEBE, SPIFF}
_OURS = frozenset({names.BPMN, names.BPMNDI, names.DC, names.DI, names.XSI, names.SOP})
_NSMAP = {
    "bpmn": names.BPMN, "bpmndi": names.BPMNDI, "dc": names.DC, "di": names.DI, "xsi": names.XSI, "sop": names.SOP,
}  # fmt: skip
#: attributes and elements whose words are worth keeping beside the step
_NOTED = frozenset(
    [
        "assignee",
        "candidateGroups",
        "candidateUsers",
        "dueDate",
        "followUpDate",
        "formKey",
        "formRef",
        "formId",
        "topic",
    ]
)
#: lines of a report; more of them nobody reads
MOST_TOLD = 500
_OPERATOR = frozenset(["type", "topic"])
_FIELD_KINDS = {"string": "text", "long": "integer", "boolean": "boolean", "date": "date", "enum": "choice"}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing in the file."""

    what: Literal["mapped", "kept", "dropped"]
    element: str
    sentence: str
    #: how often, where the same is told of several elements; ``element`` is the first
    times: int = 1


@dataclass
class Brought:
    """The chart in our words, screen forms that the file held (step → text), and what was done."""

    chart: bytes = b""
    forms: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


def translate(data: bytes, sop_id: str, operators: Collection[str] = (), *, process: str = "") -> Brought:
    """Raises BadSop where the file cannot be read at all. ``process``: which one of several, by its id or name."""
    root = reader.parse(foreign_text.as_utf8(data))
    if root.tag != names.bpmn("definitions"):
        raise unreadable("not_bpmn")
    work = _Work(root, sop_id, operators)
    work.all(process)
    etree.cleanup_namespaces(root, top_nsmap=_NSMAP, keep_ns_prefixes=["bpmn", "sop"])
    work.done.chart = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return work.done


class _Work:
    def __init__(self, root: etree._Element, sop_id: str, operators: Collection[str]) -> None:
        self.root, self.sop_id, self.operators = root, sop_id, operators
        self.done = Brought()
        self.notes: list[tuple[str, str]] = []

    def tell(self, what: str, element: str, sentence: str) -> None:
        self.done.told.append(Told(what, element, sentence))  # type: ignore[arg-type]

    def all(self, wanted: str) -> None:
        foreign_repair.repair(self.root, self.tell, self._note, wanted)
        process = self._process()
        for element in list(self.root.iter()):
            if not isinstance(element.tag, str) or etree.QName(element).namespace != names.BPMN:
                continue
            if etree.QName(element).localname in ("extensionElements", "conditionExpression"):
                continue
            self._extensions(element)
            self._attributes(element)
        for condition in list(self.root.iter(names.bpmn("conditionExpression"))):
            self._condition(condition)
        for element in list(self.root.iter()):
            self._clean(element)
        self._write_notes(process)
        self._leave_nothing_behind()
        self._fold()

    def _process(self) -> etree._Element:
        """The procedure takes the draft's code; where it is referred to, too."""
        process = self.root.findall(names.bpmn("process"))[0]
        old = process.get("id")
        process.set("id", self.sop_id)
        process.set("isExecutable", "true")
        for user in self.root.iter():
            for name in ("processRef", "bpmnElement"):
                if old is not None and user.get(name) == old:
                    user.set(name, self.sop_id)
        return process

    def _fold(self) -> None:
        """One line for what is told of many elements in the same words."""
        times = Counter((one.what, one.sentence) for one in self.done.told)
        first = {(one.what, one.sentence): one for one in reversed(self.done.told)}
        folded = [replace(one, times=times[key]) for key, one in reversed(first.items())]
        self.done.told = folded[:MOST_TOLD]
        if len(folded) > MOST_TOLD:
            self.tell("dropped", "", f"另有 {len(folded) - MOST_TOLD} 項未列。")

    # -- what stands in extension elements

    def _extensions(self, element: etree._Element) -> None:
        for holder in element.findall(names.bpmn("extensionElements")):
            asked = [child for child in holder if isinstance(child.tag, str) and _local(child) == "formProperty"]
            if asked and etree.QName(asked[0]).namespace in _STEM:
                fields = etree.SubElement(holder, asked[0].tag)
                fields.extend(asked)
            for child in list(holder):
                space = etree.QName(child).namespace if isinstance(child.tag, str) else None
                if space == names.SOP:
                    continue
                holder.remove(child)
                if space in _KNOWN:
                    self._foreign(element, child)
                elif space is not None:
                    self.tell(
                        "dropped", _id(element), f"不認得的延伸內容「{etree.QName(child).localname}」沒有帶進來。"
                    )

    def _foreign(self, element: etree._Element, child: etree._Element) -> None:
        tag = etree.QName(child).localname
        here = _id(element)
        if tag == "properties":
            for one in child:
                self._property(element, one.get("name", ""), one.get("value", ""))
        elif tag in ("taskDefinition", "serviceTaskOperator"):
            self._operator(element, child.get("type") or child.get("id") or "")
        elif tag in ("calledDecision", "calledDecisionId"):
            self._decision(element, child.get("decisionId") or (child.text or "").strip())
        elif tag == "calledElement" and child.get("processId"):
            element.set("calledElement", child.get("processId", ""))
            self.tell("mapped", here, f"呼叫的流程是「{child.get('processId')}」。")
        elif tag in ("in", "out") and child.get("target"):
            self._passed(element, tag, child.get("source") or "", child.get("target", ""))
        elif tag == "ioMapping":
            for one in child:
                way = "in" if etree.QName(one).localname == "input" else "out"
                self._passed(element, way, (one.get("source") or "").strip(), one.get("target", ""), literal=True)
        elif tag in ("formData", "formProperty"):
            self._form(element, child)
        elif tag == "instructionsForEndUser" and (child.text or "").strip():
            if element.find(names.bpmn("documentation")) is None:
                documentation = etree.Element(names.bpmn("documentation"))
                documentation.text = (child.text or "").strip()
                element.insert(0, documentation)
                self.tell("mapped", here, "給承辦人的說明成為步驟的說明。")
        elif tag in ("assignmentDefinition", "formDefinition"):
            for name, value in child.attrib.items():
                self._note(element, str(name), str(value))
        else:
            self.tell("dropped", here, f"「{tag}」是其他系統執行用的內容，沒有帶進來。")

    def _attributes(self, element: etree._Element) -> None:
        for name in list(element.attrib):
            qname = etree.QName(name)
            if qname.namespace not in _KNOWN:
                continue
            value = element.attrib.pop(name)
            tag = etree.QName(element).localname
            if qname.localname in _OPERATOR and tag == "serviceTask":
                if not (qname.localname == "type" and value == "external"):
                    self._operator(element, str(value))
            elif qname.localname in ("decisionRef", "calledDecisionId"):
                self._decision(element, str(value))
            elif qname.localname in _NOTED:
                self._note(element, qname.localname, str(value))
            else:
                self.tell("dropped", _id(element), f"「{qname.localname}」是其他系統執行用的設定，沒有帶進來。")

    # -- what each becomes

    def _property(self, element: etree._Element, name: str, value: str) -> None:
        number = re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", value)
        if name == "standardHours" and number:
            self._put(element, "standardTime", value=value, unit="hour")
            self.tell("mapped", _id(element), f"標準工時 {value} 小時。")
        elif name == "legalBasis" and value and etree.QName(element).localname == "process":
            self._put(element, "legalBasis", name=value)
            self.tell("mapped", _id(element), f"法令依據「{value}」。")
        elif value:
            self._note(element, name, value)

    def _operator(self, element: etree._Element, name: str) -> None:
        if name in self.operators:
            self._put(element, "operator", name=name)
            self.tell("mapped", _id(element), f"系統作業「{name}」。")
        elif name:
            self.tell("dropped", _id(element), f"系統沒有「{name}」這個作業，請另選。")

    def _decision(self, element: etree._Element, ref: str) -> None:
        if ref:
            self._put(element, "decision", ref=ref)
            self.tell("mapped", _id(element), f"決策表「{ref}」。")

    def _passed(self, element: etree._Element, way: str, source: str, target: str, *, literal: bool = False) -> None:
        """``literal``: without a sign of equality in front it is the value itself."""
        value = literal and way == "in" and not source.startswith("=")
        plain = source.removeprefix("=").strip()
        called = etree.QName(element).localname in ("callActivity", "businessRuleTask")
        if called and expressions.is_variable(target) and (value or expressions.is_variable(plain)):
            self._put(element, way, **{"value" if value else "from": plain, "to": target})
            self.tell("mapped", _id(element), f"往來的值：{plain[:80]} → {target}。")
        elif called:
            self.tell("dropped", _id(element), f"往來的值「{source[:80]}」→「{target}」不是單純的欄位，沒有帶進來。")
        else:
            self.tell("dropped", _id(element), "步驟自己的輸入與輸出對應是其他系統執行用的，沒有帶進來。")

    def _form(self, element: etree._Element, data: etree._Element) -> None:
        rows = []
        for one in data:
            name = one.get("id", "")
            if _local(one) not in ("formField", "formProperty") or not expressions.is_variable(name):
                continue
            choices = tuple((v.get("id", ""), v.get("name") or v.get("id", "")) for v in one if v.get("id"))
            kind = _FIELD_KINDS.get(one.get("type", "string"), "text")
            must = one.get("required") == "true" or any(
                _local(c) == "constraint" and c.get("name") == "required" for c in one.iter(etree.Element)
            )
            label = foreign_text.name(one.get("label") or one.get("name") or "") or name
            rows.append(Row(name, label, kind, must, choices if kind == "choice" else ()))
        if not rows:
            return
        form_id, title = f"{self.sop_id}/{_id(element)}", element.get("name") or ""
        try:
            self.done.forms[_id(element)] = form_rows.write(None, rows, form_id=form_id, title=title)
        except (BadSop, Invalid) as bad:
            self.tell("dropped", _id(element), f"畫面欄位沒有帶進來：{bad.sentence}")
            return
        self.tell("mapped", _id(element), f"畫面欄位 {len(rows)} 個。")

    def _condition(self, condition: etree._Element) -> None:
        """``${…}`` and ``=…`` in our expressions, where they say something we can say."""
        source = (condition.text or "").strip()
        flow = condition.getparent()
        if flow is None:
            return
        plain = foreign_text.condition(source)
        try:
            expressions.check(plain)
        except BadSop:
            flow.remove(condition)
            self.tell("dropped", _id(flow), f"條件「{source[:80]}」無法轉換，請用助理重寫。")
            return
        for name in list(condition.attrib):
            if not name.startswith(f"{{{names.XSI}}}"):
                del condition.attrib[name]
        condition.text = plain
        if plain != source:
            self.tell("mapped", _id(flow), f"條件「{source[:80]}」寫成「{plain}」。")

    def _note(self, element: etree._Element, name: str, value: str) -> None:
        if value:
            self.notes.append((_id(element), f"{name}：{value}"))
            self.tell("kept", _id(element), f"「{name}」記成步驟的註：{value[:80]}")

    def _write_notes(self, process: etree._Element) -> None:
        steps = {el.get("id") for el in process.iter() if isinstance(el.tag, str)}
        for n, (step, text) in enumerate(self.notes, 1):
            said = {"id": f"import-{n}"} | ({"step": step} if step in steps and step != self.sop_id else {})
            self._put(process, "note", **said).text = text

    def _put(self, element: etree._Element, tag: str, **attributes: str) -> etree._Element:
        holder = element.find(names.bpmn("extensionElements"))
        if holder is None:
            holder = etree.Element(names.bpmn("extensionElements"))
            after = 1 if element.find(names.bpmn("documentation")) is not None else 0
            element.insert(after, holder)
        made = etree.SubElement(holder, names.sop(tag))
        for name, value in attributes.items():
            made.set(name, value)
        return made

    def _leave_nothing_behind(self) -> None:
        """What spoke of something that is gone: message flows, and places on the page."""
        known = {element.get("id") for element in self.root.iter() if isinstance(element.tag, str)}
        for flow in list(self.root.iter(names.bpmn("messageFlow"))):
            if not {flow.get("sourceRef"), flow.get("targetRef")} <= known:
                known.discard(flow.get("id"))
                drop(flow)
        for drawn in list(self.root.iter(f"{{{names.BPMNDI}}}BPMNShape", f"{{{names.BPMNDI}}}BPMNEdge")):
            if drawn.get("bpmnElement") not in known:
                drop(drawn)

    def _clean(self, element: etree._Element) -> None:
        """Colours, tool marks and empty holders: of no meaning here."""
        if not isinstance(element.tag, str):
            return
        for name in list(element.attrib):
            space = etree.QName(name).namespace
            if space is not None and space not in _OURS:
                del element.attrib[name]
        empty = element.tag == names.bpmn("extensionElements") and len(element) == 0
        if empty or etree.QName(element).namespace not in _OURS:
            drop(element)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _id(element: etree._Element) -> str:
    return element.get("id") or ""
