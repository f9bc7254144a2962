"""Our own words inside ``bpmn:extensionElements``: XML to values. Everything odd is noted, nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from lxml import etree

from engine.sops import names
from engine.sops.sentences import finding
from engine.sops.sop import (
    Approval,
    Arg,
    ByCalendar,
    Checklist,
    ChecklistItem,
    Choice,
    Deadline,
    DecisionRef,
    Each,
    Finding,
    Form,
    In,
    LegalBasis,
    Linked,
    Note,
    Operator,
    Out,
    Outcome,
    Parameter,
    Rung,
    Set,
    Sheet,
    StandardTime,
    Who,
)

_RUNS_CODE = re.compile(r"script|listener|operator|expression|delegate|connector", re.IGNORECASE)
_W5H1 = ("who", "what", "when", "where", "why", "how")
_MAX_NUMBER = 1_000_000


class Extensions:
    """The extension elements of one BPMN element. ``owner`` is its id, for the findings that go to ``problems``."""

    def __init__(self, element: etree._Element, owner: str | None, problems: list[Finding]) -> None:
        self.owner = owner
        self.problems = problems
        self.children: list[etree._Element] = []
        for holder in element.findall(names.bpmn("extensionElements")):
            for child in holder:
                qname = etree.QName(child)
                if qname.namespace == names.SOP:
                    self.children.append(child)
                    self._look_over(child)
                else:
                    self._note_foreign(child, qname.localname)

    # -- what stands there

    def all(self, tag: str) -> Iterator[etree._Element]:
        return (child for child in self.children if child.tag == names.sop(tag))

    def first(self, tag: str) -> etree._Element | None:
        return next(self.all(tag), None)

    def sheet(self) -> Sheet:
        el = self.first("sheet")
        if el is None:
            return Sheet()
        w5h1 = el.find(names.sop("w5h1"))
        said = {} if w5h1 is None else {word: w5h1.attrib[word] for word in _W5H1 if word in w5h1.attrib}
        return Sheet(
            kind=el.get("kind") or "per-case",
            unit=el.get("unit"),
            revised=el.get("revised"),
            version=el.get("version"),
            title_en=el.get("titleEn"),
            contact=el.get("contact"),
            shared=self._yes(el, "shared"),
            w5h1=MappingProxyType(said),
        )

    def legal_basis(self) -> tuple[LegalBasis, ...]:
        return tuple(
            LegalBasis(self._text(el, "name"), el.get("number"), el.get("dated"), el.get("basis"))
            for el in self.all("legalBasis")
        )

    def notes(self) -> tuple[Note, ...]:
        return tuple(Note(self._text(el, "id"), el.get("step"), _body(el)) for el in self.all("note"))

    def forms(self) -> tuple[Form, ...]:
        return tuple(
            Form(self._text(el, "ref"), el.get("direction") or "in", el.get("as"), el.get("when"))
            for el in self.all("form")
        )

    def indicators(self) -> tuple[str, ...]:
        return tuple(self._text(el, "ref") for el in self.all("indicator"))

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(
                name=self._text(el, "name"),
                direction="out" if self._one_of(el, "direction", "in", "out") == "out" else "in",
                type=el.get("type"),
                values=_words(el, "values"),
                default=el.get("default"),
                required=self._yes(el, "required"),
            )
            for el in self.all("parameter")
        )

    def deadlines(self, of: str) -> tuple[Deadline, ...]:
        return tuple(
            Deadline(
                id=self._text(el, "id"),
                name=el.get("name") or "",
                regime=self._text(el, "regime"),
                of=self._one_of(el, "of", "case", "step") or of,
                starts=el.get("starts"),
                met=_words(el, "met"),
                length=self._whole(el, "length"),
                unit=el.get("unit"),
                decision=el.get("decision"),
                shorter_of=el.get("shorterOf"),
                cap=self._whole(el, "cap"),
                cap_unit=el.get("capUnit"),
                ladder=el.get("ladder"),
                basis=el.get("basis"),
                rungs=self._rungs(el),
                at=el.get("at"),
                extend_by=self._whole(el, "extendBy"),
                extend_unit=el.get("extendUnit"),
                extend_times=self._whole(el, "extendTimes"),
                extend_level=el.get("extendLevel"),
                extend_basis=el.get("extendBasis"),
            )
            for el in self.all("deadline")
        )

    def _rungs(self, el: etree._Element) -> tuple[Rung, ...]:
        rungs: list[Rung] = []
        for child in el:
            if child.tag == names.sop("reminder"):
                before = self._whole(child, "before") or 0
                rungs.append(
                    Rung("reminder", before, child.get("unit") or "day", _words(child, "to"), child.get("basis"))
                )
            elif child.tag == names.sop("escalation"):
                after = self._whole(child, "after") or 0
                unit, to = child.get("unit") or "day", _words(child, "to")
                rungs.append(Rung("escalation", after, unit, to, child.get("basis"), child.get("opens")))
        return tuple(rungs)

    def calendar(self) -> ByCalendar | None:
        el = self.first("calendar")
        if el is None:
            return None
        return ByCalendar(self._text(el, "rule"), el.get("at"), el.get("roll"), el.get("missed"), el.get("basis"))

    def standard_time(self) -> StandardTime | None:
        el = self.first("standardTime")
        if el is None:
            return None
        value = self._number(el, "value")
        if value is None:
            return None
        return StandardTime(value, el.get("unit") or "workday", el.get("basis"), self._rungs(el))

    def co_units(self) -> tuple[str, ...]:
        return tuple(self._text(el, "ref") for el in self.all("coUnit"))

    def checklists(self) -> tuple[Checklist, ...]:
        return tuple(self._checklist(el) for el in self.all("checklist"))

    def _checklist(self, el: etree._Element) -> Checklist:
        items = tuple(ChecklistItem(self._text(i, "id"), _body(i)) for i in el.findall(names.sop("item")))
        bound = el.get("for")
        if bound is None:
            return Checklist(items)
        variable, equals, value = bound.partition("=")
        if not equals:
            self._odd(el, "for")
        return Checklist(items, (variable.strip(), value.strip()))

    def approval(self) -> Approval | None:
        el = self.first("approval")
        return None if el is None else Approval(el.get("level"), el.get("of"))

    def outcome(self) -> Outcome | None:
        el = self.first("outcome")
        if el is None:
            return None
        choices = tuple(
            Choice(self._text(c, "value"), c.get("label") or c.get("value") or "", c.get("needs"))
            for c in el.findall(names.sop("choice"))
        )
        return Outcome(self._text(el, "variable"), choices)

    def each(self) -> Each | None:
        el = self.first("each")
        return None if el is None else Each(self._text(el, "units"), el.get("until") or "all")

    def linked(self) -> Linked | None:
        el = self.first("linked")
        return None if el is None else Linked(el.get("start"), self._one_of(el, "rest", "withdraw", "go-on"))

    def sets(self) -> tuple[Set, ...]:
        return tuple(Set(self._text(el, "name"), el.get("value"), el.get("from")) for el in self.all("set"))

    def ins(self) -> tuple[In, ...]:
        return _ins(self, self.all("in"))

    def outs(self) -> tuple[Out, ...]:
        return _outs(self, self.all("out"))

    def operator(self) -> Operator | None:
        el = self.first("operator")
        if el is None:
            return None
        args = tuple(
            Arg(self._text(a, "name"), a.get("value"), a.get("from"), a.get("basis"))
            for a in el.findall(names.sop("arg"))
        )
        return Operator(self._text(el, "name"), args)

    def decision(self) -> DecisionRef | None:
        el = self.first("decision")
        if el is None:
            return None
        ins = (*_ins(self, el.iterfind(names.sop("in"))), *self.ins())
        outs = (*_outs(self, el.iterfind(names.sop("out"))), *self.outs())
        return DecisionRef(self._text(el, "ref"), ins, outs)

    def who(self) -> Who | None:
        el = self.first("who")
        return None if el is None else Who(self._text(el, "role"), self._text(el, "unit"), el.get("part"))

    # -- attributes, with a note about the odd ones

    def _text(self, el: etree._Element, name: str) -> str:
        value = el.get(name)
        if value is None:
            self._note("missing_sop_attribute", tag=_local(el), name=name)
        return value or ""

    def _one_of(self, el: etree._Element, name: str, *allowed: str) -> str | None:
        value = el.get(name)
        if value is not None and value not in allowed:
            self._odd(el, name)
            return None
        return value

    def _yes(self, el: etree._Element, name: str) -> bool:
        return self._one_of(el, name, "true", "false", "1", "0") in ("true", "1")

    def _whole(self, el: etree._Element, name: str) -> int | None:
        value = el.get(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,7}", value) or int(value) > _MAX_NUMBER:
            self._odd(el, name)
            return None
        return int(value)

    def _number(self, el: etree._Element, name: str) -> float | None:
        value = el.get(name, "")
        if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,4})?", value):
            self._odd(el, name)
            return None
        return float(value)

    # -- notes

    def _look_over(self, element: etree._Element) -> None:
        """Name every word the descriptor does not know."""
        for el in element.iter():
            attributes = names.vocabulary().get(_local(el)) if etree.QName(el).namespace == names.SOP else None
            if attributes is None:
                self._note("unknown_sop_element", tag=_local(el))
                continue
            for name in el.attrib:
                if not name.startswith("{") and name not in attributes:
                    self._note("unknown_sop_attribute", tag=_local(el), name=name)

    def _note_foreign(self, child: etree._Element, local: str) -> None:
        for el in child.iter():
            if _RUNS_CODE.search(_local(el)):
                self._note("script_refused", tag=_local(el))
                return
        self.problems.append(finding("foreign_extension", element=self.owner, level="warning", tag=local))

    def _odd(self, el: etree._Element, name: str) -> None:
        self._note("bad_sop_attribute", tag=_local(el), name=name)

    def _note(self, code: str, **facts: Any) -> None:
        self.problems.append(finding(code, element=self.owner, **facts))


def _ins(ext: Extensions, elements: Iterator[etree._Element]) -> tuple[In, ...]:
    return tuple(In(ext._text(el, "to"), el.get("from"), el.get("value")) for el in elements)


def _outs(ext: Extensions, elements: Iterator[etree._Element]) -> tuple[Out, ...]:
    return tuple(Out(ext._text(el, "from"), ext._text(el, "to")) for el in elements)


def _words(el: etree._Element, name: str) -> tuple[str, ...]:
    return tuple((el.get(name) or "").split())


def _body(el: etree._Element) -> str:
    return (el.text or "").strip()


def _local(el: etree._Element) -> str:
    return etree.QName(el).localname
