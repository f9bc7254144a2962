"""What became different between two versions of an SOP, in sentences a process owner reads. Pure.

Steps are known by their ids, so a step that was renamed or moved is the same step; arrows by the two things they join.
Where things stand on the page is not compared: a drawing tidied up says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.sops import compare_words as words
from engine.sops import rule_words
from engine.sops.sop import Deadline, Flow, Node, Sop
from engine.sops.tables import Table

__all__ = ["Change", "changes", "field_changes", "table_changes"]

Kind = Literal["added", "removed", "changed"]
_KINDS = {
    "start": "起點", "end": "終點", "user": "步驟", "manual": "步驟", "task": "步驟", "service": "系統作業",
    "rule": "系統判斷", "exclusive": "決策", "parallel": "並行", "boundary": "時限", "catch": "等候",
    "call": "共用程序", "subprocess": "子流程", "shown": "圖示",
}  # fmt: skip
_W5H1 = {"who": "何人", "what": "何事", "when": "何時", "where": "何地", "why": "為何", "how": "如何"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``element`` is the step or the arrow it is about, where it is about one; ``before`` and ``after``
    are what stood and what stands there, for the table of amendments."""

    kind: Kind
    sentence: str
    element: str | None = None
    before: str = ""
    after: str = ""


def changes(old: Sop, new: Sop) -> list[Change]:
    """From the sheet around it to the last arrow; nothing where both say the same."""
    return [
        *_sheet(old, new), *_nodes(old, new), *_flows(old, new), *_deadlines(old, new),
        *_listed("法令依據", list(map(words.law, old.legal_basis)), list(map(words.law, new.legal_basis))),
        *_listed("表單", [f.ref for f in old.forms], [f.ref for f in new.forms]), *_notes(old, new), *_lanes(old, new),
    ]  # fmt: skip


def field_changes(old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str]) -> list[Change]:
    """Of the screen forms, by step: fields added, removed, demanded or no longer. ``names``: what steps are called."""
    found: list[Change] = []
    for step in sorted({*old, *new}):
        where = names.get(step, step)
        before = {f.name: f for f in old[step].fields} if step in old else {}
        after = {f.name: f for f in new[step].fields} if step in new else {}
        for name in [*after, *(n for n in before if n not in after)]:
            title = (after.get(name) or before[name]).title
            if name not in before:
                said = f"「{where}」的畫面新增欄位「{title}」。"
                found.append(Change("added", said, step, after=words.field(after[name])))
            elif name not in after:
                said = f"「{where}」的畫面刪除欄位「{title}」。"
                found.append(Change("removed", said, step, before=words.field(before[name])))
            elif before[name] != after[name]:
                said = f"「{where}」的欄位「{title}」內容有調整。"
                if before[name].required != after[name].required:
                    now = "必填" if after[name].required else "選填"
                    said = f"「{where}」的欄位「{title}」改為{now}。"
                found.append(Change("changed", said, step, words.field(before[name]), words.field(after[name])))
    return found


def table_changes(old: Mapping[str, Table], new: Mapping[str, Table]) -> list[Change]:
    """Of the decision tables: those added or removed, and each row that is new, gone or says something else."""
    found: list[Change] = []
    for name in [n for n in new if n not in old]:
        found.append(Change("added", f"新增決策表「{new[name].name or name}」。", name, after=new[name].name or name))
    for name in [n for n in old if n not in new]:
        found.append(
            Change("removed", f"刪除決策表「{old[name].name or name}」。", name, before=old[name].name or name)
        )
    for name in [n for n in new if n in old and old[n] != new[n]]:
        found += _rows(name, old[name], new[name])
    return found


def _rows(name: str, old: Table, new: Table) -> Iterator[Change]:
    title = new.name or name
    was, now = {rule.id: words.rule(old, rule) for rule in old.rules}, {r.id: words.rule(new, r) for r in new.rules}
    for id_ in [r for r in now if r not in was]:
        yield Change("added", f"決策表「{title}」新增一列。", name, after=now[id_])
    for id_ in [r for r in was if r not in now]:
        yield Change("removed", f"決策表「{title}」刪除一列。", name, before=was[id_])
    for id_ in [r for r in now if r in was and was[r] != now[r]]:
        yield Change("changed", f"決策表「{title}」有一列不同。", name, was[id_], now[id_])
    kept = [id_ for id_ in was if id_ in now]
    if (words.head(old), old.hit_policy) != (words.head(new), new.hit_policy):
        yield Change("changed", f"決策表「{title}」的欄位或判定方式有調整。", name, words.head(old), words.head(new))
    elif kept != [id_ for id_ in now if id_ in was]:
        yield Change("changed", f"決策表「{title}」的列次序有調整。", name)


def _sheet(old: Sop, new: Sop) -> Iterator[Change]:
    if old.name != new.name:
        yield Change("changed", f"名稱由「{old.name}」改為「{new.name}」。", None, old.name, new.name)
    if old.documentation != new.documentation:
        said = f"目的改為：{_short(new.documentation) or '未填寫'}"
        yield Change("changed", said, None, old.documentation, new.documentation)
    for key, word in _W5H1.items():
        before, after = old.sheet.w5h1.get(key, ""), new.sheet.w5h1.get(key, "")
        if before != after:
            yield Change("changed", f"「{word}」改為：{_short(after) or '未填寫'}", None, before, after)
    if old.sheet.unit != new.sheet.unit:
        before, after = old.sheet.unit or "", new.sheet.unit or ""
        yield Change("changed", f"主辦單位由 {before or '未填'} 改為 {after or '未填'}。", None, before, after)
    if (old.sheet.kind, old.sheet.shared) != (new.sheet.kind, new.sheet.shared):
        yield Change("changed", "流程的種類有調整。", None, words.kind(old.sheet), words.kind(new.sheet))
    if old.parameters != new.parameters:
        before, after = words.parameters(old), words.parameters(new)
        yield Change("changed", "流程的參數有調整。", None, before, after)


def _nodes(old: Sop, new: Sop) -> Iterator[Change]:
    for id_ in [n for n in new.nodes if n not in old.nodes]:
        node, lane = new.nodes[id_], new.lane_of(id_)
        where = f"（{lane.name}）" if lane else ""
        yield Change("added", f"新增{_KINDS[node.kind]}「{_called(node)}」{where}。", id_, after=words.step(new, node))
    for id_ in [n for n in old.nodes if n not in new.nodes]:
        gone = old.nodes[id_]
        said = f"刪除{_KINDS[gone.kind]}「{_called(gone)}」。"
        yield Change("removed", said, id_, before=words.step(old, gone))
    for id_, node in new.nodes.items():
        if id_ in old.nodes:
            for said, was, now in _node(old, new, old.nodes[id_], node):
                yield Change("changed", said, id_, was, now)


def _node(old: Sop, new: Sop, before: Node, after: Node) -> Iterator[tuple[str, str, str]]:
    """What is said of it, what stood there, what stands there."""
    name = f"「{_called(after)}」"
    if before.name != after.name:
        yield f"「{_called(before)}」改名為{name}。", before.name, after.name
    if before.kind != after.kind:
        was, now = _KINDS[before.kind], _KINDS[after.kind]
        yield f"{name}由{was}改為{now}。", was, now
    lane, other = old.lane_of(before.id), new.lane_of(after.id)
    if lane is not None and other is not None and lane.name != other.name:
        yield f"{name}由「{lane.name}」改由「{other.name}」辦理。", lane.name, other.name
    if before.standard_time != after.standard_time:
        was, now = words.standard(before), words.standard(after)
        yield f"{name}的標準工時由{was}改為{now}。", was, now
    for said, part, told in _PARTS:
        if part(before) != part(after):
            yield f"{name}{said(after)}", told(before), told(after)
    if before.deadlines != after.deadlines:
        yield f"{name}的期限有調整。", words.deadlines(old, before), words.deadlines(new, after)
    yield from _choices(name, before, after)
    yield from _ticks(name, before, after)


def _text(node: Node) -> str:
    return node.documentation


_PARTS: tuple[tuple[Callable[[Node], str], Callable[[Node], Any], Callable[[Node], str]], ...] = (
    (lambda n: f"的說明改為：{_short(n.documentation) or '（刪除）'}", _text, _text),
    (lambda n: "使用的表單有調整。", lambda n: n.forms, words.forms),
    (lambda n: f"改為呼叫 {n.called or '（無）'}。", lambda n: n.called, lambda n: n.called or ""),
    (lambda n: f"的系統作業改為 {n.operator.name if n.operator else '（無）'}。", lambda n: n.operator, words.operator),
    (lambda n: f"改用決策表 {n.decision.ref if n.decision else '（無）'}。", lambda n: n.decision, words.decision),
    (lambda n: "的核決層級有調整。", lambda n: n.approval, words.approval),
    (lambda n: "的計時有調整。", lambda n: (n.timer, n.calendar, n.interrupting), words.timer),
    (lambda n: "的會辦單位有調整。", lambda n: n.co_units, lambda n: words.listed(map(rule_words.place, n.co_units))),
    (lambda n: "設定的值有調整。", lambda n: (n.sets, n.ins, n.outs), words.values),
    (lambda n: "請各單位辦理或另開案件的方式有調整。", lambda n: (n.each, n.linked, n.wait), words.many),
)  # fmt: skip


def _choices(name: str, before: Node, after: Node) -> Iterator[tuple[str, str, str]]:
    was = {c.value: c for c in before.outcome.choices} if before.outcome else {}
    now = {c.value: c for c in after.outcome.choices} if after.outcome else {}
    for value in [v for v in now if v not in was]:
        yield f"{name}新增處理結果「{now[value].label}」。", "", now[value].label
    for value in [v for v in was if v not in now]:
        yield f"{name}刪除處理結果「{was[value].label}」。", was[value].label, ""
    for value in [v for v in now if v in was and was[v] != now[v]]:
        yield f"{name}的處理結果「{now[value].label}」有調整。", words.choice(was[value]), words.choice(now[value])


def _ticks(name: str, before: Node, after: Node) -> Iterator[tuple[str, str, str]]:
    was = {i.id: i.text for c in before.checklists for i in c.items}
    now = {i.id: i.text for c in after.checklists for i in c.items}
    for key in [k for k in now if k not in was]:
        yield f"{name}的檢核表新增「{now[key]}」。", "", now[key]
    for key in [k for k in was if k not in now]:
        yield f"{name}的檢核表刪除「{was[key]}」。", was[key], ""
    for key in [k for k in now if k in was and was[k] != now[k]]:
        yield f"{name}的檢核項目「{was[key]}」改為「{now[key]}」。", was[key], now[key]


def _flows(old: Sop, new: Sop) -> Iterator[Change]:
    """Arrows between things that are in both; those of a new or a lost step come and go with it."""
    both = old.nodes.keys() & new.nodes.keys()
    was, now = _by_ends(old, both), _by_ends(new, both)
    for ends in [e for e in now if e not in was]:
        flow = now[ends]
        said = f"新增由{_way(new, flow)}的路徑{_when(flow)}。"
        yield Change("added", said, flow.id, after=words.way(new, flow))
    for ends in [e for e in was if e not in now]:
        said = f"刪除由{_way(old, was[ends])}的路徑。"
        yield Change("removed", said, was[ends].id, before=words.way(old, was[ends]))
    for ends in [e for e in now if e in was]:
        before, after = was[ends], now[ends]
        if before.condition != after.condition:
            said = f"由 {before.condition or '（無）'} 改為 {after.condition or '（無）'}"
            said = f"{_way(new, after)}的條件{said}。"
        elif before.name != after.name:
            said = f"{_way(new, after)}的路徑名稱由「{before.name}」改為「{after.name}」。"
        elif before.sets != after.sets:
            said = f"{_way(new, after)}的路徑設定的值有調整。"
        else:
            continue
        yield Change("changed", said, after.id, words.way(old, before), words.way(new, after))


def _by_ends(sop: Sop, both: Iterable[str]) -> dict[tuple[str, str, int], Flow]:
    """Two arrows may join the same two things: the n-th is compared with the n-th."""
    found: dict[tuple[str, str, int], Flow] = {}
    kept = set(both)
    for flow in sop.flows.values():
        if flow.source in kept and flow.target in kept:
            n = 0
            while (flow.source, flow.target, n) in found:
                n += 1
            found[flow.source, flow.target, n] = flow
    return found


def _deadlines(old: Sop, new: Sop) -> Iterator[Change]:
    was, now = {d.id: d for d in old.deadlines}, {d.id: d for d in new.deadlines}
    for id_ in [d for d in now if d not in was]:
        said = f"新增期限「{now[id_].name}」（{words.length(now[id_])}）。"
        yield Change("added", said, id_, after=words.deadline(new, now[id_]))
    for id_ in [d for d in was if d not in now]:
        yield Change("removed", f"刪除期限「{was[id_].name}」。", id_, before=words.deadline(old, was[id_]))
    for id_ in [d for d in now if d in was and was[d] != now[d]]:
        before, after = was[id_], now[id_]
        for said in _deadline(before, after):
            yield Change("changed", said, id_, words.deadline(old, before), words.deadline(new, after))


def _deadline(before: Deadline, after: Deadline) -> Iterator[str]:
    if words.length(before) != words.length(after):
        yield f"期限「{after.name}」由{words.length(before)}改為{words.length(after)}。"
    if (before.rungs, before.ladder) != (after.rungs, after.ladder):
        yield f"期限「{after.name}」的提醒與稽催有調整。"
    if (before.starts, before.met) != (after.starts, after.met):
        yield f"期限「{after.name}」的起算或達成步驟有調整。"
    if words.extension(before) != words.extension(after):
        yield f"期限「{after.name}」的展期規定有調整。"
    if words.rest(before) != words.rest(after):
        yield f"期限「{after.name}」的規定有調整。"


def _notes(old: Sop, new: Sop) -> Iterator[Change]:
    was, now = {n.id: n.text for n in old.notes}, {n.id: n.text for n in new.notes}
    for id_ in [n for n in now if n not in was]:
        yield Change("added", f"新增備註「{id_}」：{_short(now[id_])}", after=now[id_])
    for id_ in [n for n in was if n not in now]:
        yield Change("removed", f"刪除備註「{id_}」。", before=was[id_])
    for id_ in [n for n in now if n in was and was[n] != now[n]]:
        yield Change("changed", f"備註「{id_}」改為：{_short(now[id_])}", None, was[id_], now[id_])


def _lanes(old: Sop, new: Sop) -> Iterator[Change]:
    was, now = {lane.id: lane for lane in old.lanes}, {lane.id: lane for lane in new.lanes}
    for id_ in [n for n in now if n not in was]:
        yield Change("added", f"新增泳道「{now[id_].name}」。", id_, after=words.lane(now[id_]))
    for id_ in [n for n in was if n not in now]:
        yield Change("removed", f"刪除泳道「{was[id_].name}」。", id_, before=words.lane(was[id_]))
    for id_ in [n for n in now if n in was and (was[n].name, was[n].who) != (now[n].name, now[n].who)]:
        said = f"泳道「{now[id_].name}」的承辦角色或單位有調整。"
        if was[id_].name != now[id_].name:
            said = f"泳道「{was[id_].name}」改名為「{now[id_].name}」。"
        yield Change("changed", said, id_, words.lane(was[id_]), words.lane(now[id_]))


def _listed(what: str, old: list[str], new: list[str]) -> Iterator[Change]:
    for name in [n for n in new if n not in old]:
        yield Change("added", f"新增{what}「{name}」。", after=name)
    for name in [n for n in old if n not in new]:
        yield Change("removed", f"刪除{what}「{name}」。", before=name)


def _called(node: Node) -> str:
    return node.name or node.id


def _way(sop: Sop, flow: Flow) -> str:
    return f"「{_called(sop.nodes[flow.source])}」到「{_called(sop.nodes[flow.target])}」"


def _when(flow: Flow) -> str:
    return f"（條件 {flow.condition}）" if flow.condition else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 120 else f"{plain[:119]}…"
