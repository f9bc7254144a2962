"""What a file of another tool needs before anything in it can be mapped: one process, ids, plain names, known elements.

Each pass changes the tree and tells what it did: ``tell(what, element id, sentence)``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from engine.sops import foreign_text, names, timers
from engine.sops.sentences import unreadable
from engine.sops.sop import Timer

__all__ = ["Tell", "drop", "repair"]

Tell = Callable[[str, str, str], None]
_GOOD_ID = re.compile(r"[^\W\d][\w.\-]{0,119}")
_REFERS = ("sourceRef", "targetRef", "attachedToRef", "default", "processRef", "bpmnElement", "calledElement")
_NAMED = frozenset([*names.KINDS, *names.SHOWN, "sequenceFlow", "lane", "message", "participant", "process"])
#: what hangs in a process without being a step: the machine of other tools
_MACHINERY = frozenset([
    "property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "dataInput", "dataOutput",
    "inputSet", "outputSet", "correlationSubscription", "supportedInterfaceRef", "script", "ioBinding", "rendering",
    "supports", "correlationKey", "categoryValueRef", "operationRef", "inMessageRef", "outMessageRef", "errorRef",
])  # fmt: skip
_PEOPLE = frozenset(["resourceRole", "performer", "humanPerformer", "potentialOwner"])
_AT_THE_TOP = frozenset(["process", "collaboration", "message", "documentation", "extensionElements"])
_KINDS = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}


def repair(root: etree._Element, tell: Tell, note: Callable[[etree._Element, str, str], None], wanted: str) -> None:
    """Everything but the mapping. Raises BadSop where there is no process."""
    process = _chosen(root, tell, wanted)
    _ids(root, tell)
    _definitions(root)
    _machinery(root, tell, note)
    _top(root, tell)
    _texts(root, tell)
    _times(root, tell)
    _flows(root, process, tell)
    _planes(root, process, tell)


def drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _all(root: etree._Element) -> Iterator[etree._Element]:
    """Every element of BPMN, as they stand now."""
    for element in list(root.iter()):
        if isinstance(element.tag, str) and etree.QName(element).namespace == names.BPMN:
            yield element


def _steps(process: etree._Element) -> int:
    return sum(_local(el) in names.KINDS or _local(el) in names.SHOWN for el in _all(process))


def _chosen(root: etree._Element, tell: Tell, wanted: str) -> etree._Element:
    """The one named by id or name; else the one with most steps, one meant to be run before one that is not."""
    found = root.findall(names.bpmn("process"))
    if not found:
        raise unreadable("no_process")
    pools = {pool.get("processRef"): pool.get("name") for pool in root.iter(names.bpmn("participant"))}

    def called(process: etree._Element) -> set[str]:
        return {said.strip() for said in (process.get("id"), process.get("name"), pools.get(process.get("id"))) if said}

    chosen = max(found, key=lambda p: (_steps(p) > 0, p.get("isExecutable") == "true", _steps(p)))
    if wanted:
        chosen = next((process for process in found if wanted in called(process)), chosen)
    gone = {other.get("id") for other in found if other is not chosen}
    for other in found:
        if other is not chosen:
            title = other.get("name") or pools.get(other.get("id")) or other.get("id") or ""
            said = f"檔案裡的另一個流程「{title[:80]}」（{_steps(other)} 個步驟）沒有帶進來。"
            tell("dropped", other.get("id", ""), said)
            root.remove(other)
    for pool in list(root.iter(names.bpmn("participant"))):
        if pool.get("processRef") in gone:
            drop(pool)
    return chosen


def _ids(root: etree._Element, tell: Tell) -> None:
    """An id for what has none; another for one that no id may be, or that something before it has."""
    ids = _Ids({el.get("id", "") for el in root.iter() if isinstance(el.tag, str)})
    drawn = {el.get("bpmnElement") for el in root.iter() if isinstance(el.tag, str)}
    flows = {flow.get("id"): flow for flow in root.iter(names.bpmn("sequenceFlow"))}
    seen: set[str] = set()
    renamed: dict[str, str] = {}
    given = 0
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or etree.QName(element).namespace not in (names.BPMN, names.BPMNDI):
            continue
        old, needs = element.get("id"), _local(element) in _NAMED
        if old is None or not old.strip():
            if needs:
                element.set("id", ids.fresh(_local(element)))
                seen.add(element.get("id", ""))
                given += 1
        elif old in seen:
            if etree.QName(element).namespace == names.BPMNDI or not (needs or old in drawn):
                del element.attrib["id"]  # nobody asks for it by name
            else:
                element.set("id", ids.fresh(old))
                tell("mapped", element.get("id", ""), f"代碼「{old[:80]}」在檔案裡用了兩次，第二個另給代碼。")
                _own_flows(element, flows)
        else:
            seen.add(old)
            if needs and not _GOOD_ID.fullmatch(old):
                renamed[old] = ids.fresh(re.sub(r"[^\w.\-]", "_", old)[:60].lstrip("0123456789.-") or "id")
    for element in root.iter() if renamed else ():
        if not isinstance(element.tag, str):
            continue
        for name in ("id", *_REFERS):
            if element.get(name) in renamed:
                element.set(name, renamed[element.get(name, "")])
        if (element.text or "").strip() in renamed:
            element.text = renamed[(element.text or "").strip()]
    if given:
        tell("mapped", "", f"{given} 個沒有代碼的元素已給代碼。")
    for old, new in renamed.items():
        tell("mapped", new, f"代碼「{old[:80]}」有這裡不能用的字元，改為「{new}」。")


def _own_flows(element: etree._Element, flows: Mapping[str | None, etree._Element]) -> None:
    """What leaves or enters the second one is what it lists itself; the flows name only the first."""
    listed = [child for child in element if _local(child) in ("incoming", "outgoing")]
    for child in listed:
        flow = flows.get((child.text or "").strip())
        if flow is not None:
            flow.set("sourceRef" if _local(child) == "outgoing" else "targetRef", element.get("id", ""))


class _Ids:
    """Ids that nothing in the file has; the next number of each head is remembered."""

    def __init__(self, taken: set[str]) -> None:
        self.taken, self.last = taken, Counter[str]()

    def fresh(self, head: str) -> str:
        self.last[head] += 1
        while (found := f"{head}_{self.last[head]}") in self.taken:
            self.last[head] += 1
        self.taken.add(found)
        return found


def _definitions(root: etree._Element) -> None:
    """An event that only refers to its definition takes it in."""
    known = {el.get("id"): el for el in root if isinstance(el.tag, str) and _local(el).endswith("EventDefinition")}
    for element in list(_all(root)):
        if _local(element) != "eventDefinitionRef":
            continue
        meant = known.get((element.text or "").strip().rpartition(":")[2])
        event = element.getparent()
        if event is None:
            continue
        if meant is not None:
            copy = etree.fromstring(etree.tostring(meant))
            copy.attrib.pop("id", None)
            copy.tail = None
            event.replace(element, copy)
        else:
            event.remove(element)


def _machinery(root: etree._Element, tell: Tell, note: Callable[[etree._Element, str, str], None]) -> None:
    """What only an engine of another make reads; whom a step was for is worth a note."""
    gone: Counter[str] = Counter()
    tied = {el.get(name, "") for el in root.iter(names.bpmn("association")) for name in ("sourceRef", "targetRef")}
    known = {el.get("id"): el.get("name") or el.get("id", "") for el in root.iter(names.bpmn("resource"))}
    for element in _all(root):
        tag, holder = _local(element), element.getparent()
        if holder is None or holder is root:
            continue
        if tag in _PEOPLE:
            said = " ".join(known.get(text.strip(), text.strip()) for text in element.itertext() if text.strip())
            note(holder, tag, foreign_text.name(element.get("name") or said))
            holder.remove(element)
        elif tag in _MACHINERY and (element.get("id") not in tied or tag == "property"):
            gone[tag] += 1
            holder.remove(element)
    for tag, many in gone.items():
        tell("dropped", "", f"「{tag}」是其他系統執行用的內容，{many} 處沒有帶進來。")


def _top(root: etree._Element, tell: Tell) -> None:
    gone: Counter[str] = Counter()
    for element in list(root):
        qname = etree.QName(element)
        if qname.namespace == names.BPMNDI or (qname.namespace == names.BPMN and qname.localname in _AT_THE_TOP):
            continue
        root.remove(element)
        if not qname.localname.endswith("EventDefinition"):  # those stand in their events now
            gone[qname.localname] += 1
    for tag, many in gone.items():
        tell("dropped", "", f"檔案開頭的「{tag}」有 {many} 個，這裡用不到，沒有帶進來。")


def _texts(root: etree._Element, tell: Tell) -> None:
    for element in _all(root):
        said = element.get("name")
        if said is not None and (plain := foreign_text.name(said)) != said:
            element.set("name", plain)
            if len(" ".join(said.split())) > len(plain) and _local(element) in _NAMED:
                tell("mapped", element.get("id", ""), f"名稱「{said[:40]}」改寫成一行純文字。")
        if _local(element) in ("documentation", "text"):
            plain = foreign_text.plain_text("\n".join(text.strip() for text in element.itertext() if text.strip()))
            for child in list(element):
                element.remove(child)
            element.text = plain
            element.attrib.pop("textFormat", None)


def _times(root: etree._Element, tell: Tell) -> None:
    """A time that means the same here stays; another one is to be filled in again."""
    for definition in list(root.iter(names.bpmn("timerEventDefinition"))):
        event = definition.getparent()
        held = [child for child in definition if _local(child) in _KINDS]
        if event is None:
            continue
        where, starts = event.get("id", ""), _local(event) == "startEvent"
        for child in held[1:]:
            definition.remove(child)
            tell("dropped", where, f"計時器寫了兩種時間，「{(child.text or '').strip()[:60]}」沒有帶進來。")
        for child in held[:1]:
            old = (child.text or "").strip()
            said = foreign_text.time(old)
            kind = _KINDS[_local(child)]
            if said and timers.problem(Timer(iso=said, iso_kind=kind), where, starts=starts) is None:  # type: ignore[arg-type]
                child.text = said
                if said != old:
                    tell("mapped", where, f"時間「{old[:60]}」寫成「{said}」。")
            else:
                definition.remove(child)
                tell("dropped", where, f"時間「{old[:60]}」在這裡不能用，請在計時器重填。")


def _flows(root: etree._Element, process: etree._Element, tell: Tell) -> None:
    """What leads nowhere is gone, and so is what refers to it."""
    holder_of = {
        el.get("id"): el.getparent() for el in _all(process) if _local(el) in names.KINDS or _local(el) in names.SHOWN
    }
    left: set[str] = set()
    for flow in list(process.iter(names.bpmn("sequenceFlow"))):
        ends = [flow.get("sourceRef"), flow.get("targetRef")]
        if all(end in holder_of and holder_of[end] is flow.getparent() for end in ends):
            left.add(flow.get("id", ""))
            continue
        between = [end for end in ends if end in holder_of]
        if len(between) == 2 and holder_of[ends[0]] is holder_of[ends[1]]:  # it stands in another box than its ends
            holder_of[ends[0]].append(flow)
            left.add(flow.get("id", ""))
            continue
        drop(flow)
        title = flow.get("name") or flow.get("id")
        if len(between) == 2:
            tell("dropped", flow.get("id", ""), f"路徑「{title}」的兩端不在同一層，沒有帶進來。")
        else:
            tell("dropped", flow.get("id", ""), f"路徑「{title}」的起點或終點不在檔案裡，沒有帶進來。")
    for element in _all(process):
        known = {"incoming": left, "outgoing": left, "flowNodeRef": holder_of.keys()}.get(_local(element))
        if known is not None and (element.text or "").strip() not in known:
            drop(element)
        if element.get("default") is not None and element.get("default") not in left:
            del element.attrib["default"]


def _planes(root: etree._Element, process: etree._Element, tell: Tell) -> None:
    """Several drawings lie on one another when they become one: then it is drawn anew."""
    steps = {el.get("id") for el in _all(process)}
    planes = list(root.iter(f"{{{names.BPMNDI}}}BPMNPlane"))
    with_steps = [p for p in planes if any(item.get("bpmnElement") in steps for item in p)]
    if len(with_steps) > 1:
        for diagram in root.findall(f"{{{names.BPMNDI}}}BPMNDiagram"):
            root.remove(diagram)
        tell("mapped", "", f"檔案有 {len(with_steps)} 張圖，已合成一張重新排列。")
