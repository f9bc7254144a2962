"""What became different between two versions of an SOP, in sentences a process owner reads. Pure.

Steps are known by their ids, so a step that was renamed or moved is the same step; arrows by the two things they join.
Where things stand on the page is not compared: a drawing tidied up says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.sops.sop import Deadline, Flow, Node, Sop

__all__ = ["Change", "changes", "field_changes"]

Kind = Literal["added", "removed", "changed"]
_KINDS = {
    "start": "起點", "end": "終點", "user": "步驟", "manual": "步驟", "task": "步驟", "service": "系統作業",
    "rule": "系統判斷", "exclusive": "決策", "parallel": "並行", "boundary": "時限", "catch": "等候",
    "call": "共用程序", "subprocess": "子流程", "shown": "圖示",
}  # fmt: skip
_UNITS = {"workday": "工作天", "hour": "小時", "day": "日", "week": "週", "month": "個月", "year": "年"}
_W5H1 = {"who": "何人", "what": "何事", "when": "何時", "where": "何地", "why": "為何", "how": "如何"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``element`` is the step or the arrow it is about, where it is about one."""

    kind: Kind
    sentence: str
    element: str | None = None


def changes(old: Sop, new: Sop) -> list[Change]:
    """From the sheet around it to the last arrow; nothing where both say the same."""
    return [
        *_sheet(old, new), *_nodes(old, new), *_flows(old, new), *_deadlines(old, new),
        *_listed("法令依據", [law.name for law in old.legal_basis], [law.name for law in new.legal_basis]),
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
                found.append(Change("added", f"「{where}」的畫面新增欄位「{title}」。", step))
            elif name not in after:
                found.append(Change("removed", f"「{where}」的畫面刪除欄位「{title}」。", step))
            elif before[name].required != after[name].required:
                now = "必填" if after[name].required else "選填"
                found.append(Change("changed", f"「{where}」的欄位「{title}」改為{now}。", step))
            elif before[name] != after[name]:
                found.append(Change("changed", f"「{where}」的欄位「{title}」內容有調整。", step))
    return found


def _sheet(old: Sop, new: Sop) -> Iterator[Change]:
    if old.name != new.name:
        yield Change("changed", f"名稱由「{old.name}」改為「{new.name}」。")
    if old.documentation != new.documentation:
        yield Change("changed", f"目的改為：{_short(new.documentation) or '未填寫'}")
    for key, word in _W5H1.items():
        before, after = old.sheet.w5h1.get(key, ""), new.sheet.w5h1.get(key, "")
        if before != after:
            yield Change("changed", f"「{word}」改為：{_short(after) or '未填寫'}")
    if old.sheet.unit != new.sheet.unit:
        yield Change("changed", f"主辦單位由 {old.sheet.unit or '未填'} 改為 {new.sheet.unit or '未填'}。")


def _nodes(old: Sop, new: Sop) -> Iterator[Change]:
    for id_ in [n for n in new.nodes if n not in old.nodes]:
        node, lane = new.nodes[id_], new.lane_of(id_)
        where = f"（{lane.name}）" if lane else ""
        yield Change("added", f"新增{_KINDS[node.kind]}「{_called(node)}」{where}。", id_)
    for id_ in [n for n in old.nodes if n not in new.nodes]:
        yield Change("removed", f"刪除{_KINDS[old.nodes[id_].kind]}「{_called(old.nodes[id_])}」。", id_)
    for id_, node in new.nodes.items():
        if id_ in old.nodes:
            for sentence in _node(old, new, old.nodes[id_], node):
                yield Change("changed", sentence, id_)


def _node(old: Sop, new: Sop, before: Node, after: Node) -> Iterator[str]:
    name = f"「{_called(after)}」"
    if before.name != after.name:
        yield f"「{_called(before)}」改名為{name}。"
    if before.kind != after.kind:
        yield f"{name}由{_KINDS[before.kind]}改為{_KINDS[after.kind]}。"
    was, now = old.lane_of(before.id), new.lane_of(after.id)
    if was is not None and now is not None and was.name != now.name:
        yield f"{name}由「{was.name}」改由「{now.name}」辦理。"
    if before.standard_time != after.standard_time:
        yield f"{name}的標準工時由{_standard(before)}改為{_standard(after)}。"
    for said, part in _PARTS:
        if part(before) != part(after):
            yield f"{name}{said(after)}"
    yield from _choices(name, before, after)
    yield from _ticks(name, before, after)


_PARTS: tuple[tuple[Callable[[Node], str], Callable[[Node], Any]], ...] = (
    (lambda n: f"的說明改為：{_short(n.documentation) or '（刪除）'}", lambda n: n.documentation),
    (lambda n: "使用的表單有調整。", lambda n: n.forms),
    (lambda n: f"改為呼叫 {n.called or '（無）'}。", lambda n: n.called),
    (lambda n: f"的系統作業改為 {n.operator.name if n.operator else '（無）'}。", lambda n: n.operator),
    (lambda n: f"改用決策表 {n.decision.ref if n.decision else '（無）'}。", lambda n: n.decision),
    (lambda n: "的核決層級有調整。", lambda n: n.approval),
    (lambda n: "的計時有調整。", lambda n: (n.timer, n.calendar, n.interrupting)),
    (lambda n: "的會辦單位有調整。", lambda n: n.co_units),
    (lambda n: "設定的值有調整。", lambda n: (n.sets, n.ins, n.outs)),
    (lambda n: "的期限有調整。", lambda n: n.deadlines),
    (lambda n: "請各單位辦理或另開案件的方式有調整。", lambda n: (n.each, n.linked, n.wait)),
)  # fmt: skip


def _choices(name: str, before: Node, after: Node) -> Iterator[str]:
    was = {c.value: c for c in before.outcome.choices} if before.outcome else {}
    now = {c.value: c for c in after.outcome.choices} if after.outcome else {}
    for value in [v for v in now if v not in was]:
        yield f"{name}新增處理結果「{now[value].label}」。"
    for value in [v for v in was if v not in now]:
        yield f"{name}刪除處理結果「{was[value].label}」。"
    for value in [v for v in now if v in was and was[v] != now[v]]:
        yield f"{name}的處理結果「{now[value].label}」有調整。"


def _ticks(name: str, before: Node, after: Node) -> Iterator[str]:
    was = {i.id: i.text for c in before.checklists for i in c.items}
    now = {i.id: i.text for c in after.checklists for i in c.items}
    for key in [k for k in now if k not in was]:
        yield f"{name}的檢核表新增「{now[key]}」。"
    for key in [k for k in was if k not in now]:
        yield f"{name}的檢核表刪除「{was[key]}」。"
    for key in [k for k in now if k in was and was[k] != now[k]]:
        yield f"{name}的檢核項目「{was[key]}」改為「{now[key]}」。"


def _flows(old: Sop, new: Sop) -> Iterator[Change]:
    """Arrows between things that are in both; those of a new or a lost step come and go with it."""
    both = old.nodes.keys() & new.nodes.keys()
    was, now = _by_ends(old, both), _by_ends(new, both)
    for ends in [e for e in now if e not in was]:
        flow = now[ends]
        yield Change("added", f"新增由{_way(new, flow)}的路徑{_when(flow)}。", flow.id)
    for ends in [e for e in was if e not in now]:
        yield Change("removed", f"刪除由{_way(old, was[ends])}的路徑。", was[ends].id)
    for ends in [e for e in now if e in was]:
        before, after = was[ends], now[ends]
        if before.condition != after.condition:
            said = f"由 {before.condition or '（無）'} 改為 {after.condition or '（無）'}"
            yield Change("changed", f"{_way(new, after)}的條件{said}。", after.id)
        elif before.name != after.name:
            yield Change("changed", f"{_way(new, after)}的路徑名稱由「{before.name}」改為「{after.name}」。", after.id)
        elif before.sets != after.sets:
            yield Change("changed", f"{_way(new, after)}的路徑設定的值有調整。", after.id)


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
        yield Change("added", f"新增期限「{now[id_].name}」（{_length(now[id_])}）。", id_)
    for id_ in [d for d in was if d not in now]:
        yield Change("removed", f"刪除期限「{was[id_].name}」。", id_)
    for id_ in [d for d in now if d in was]:
        before, after = was[id_], now[id_]
        if _length(before) != _length(after):
            yield Change("changed", f"期限「{after.name}」由{_length(before)}改為{_length(after)}。", id_)
        if before.rungs != after.rungs:
            yield Change("changed", f"期限「{after.name}」的提醒與稽催有調整。", id_)
        if (before.starts, before.met) != (after.starts, after.met):
            yield Change("changed", f"期限「{after.name}」的起算或達成步驟有調整。", id_)
        if (before.extend_by, before.extend_times, before.extend_level) != (
            after.extend_by, after.extend_times, after.extend_level,
        ):  # fmt: skip
            yield Change("changed", f"期限「{after.name}」的展期規定有調整。", id_)


def _notes(old: Sop, new: Sop) -> Iterator[Change]:
    was, now = {n.id: n.text for n in old.notes}, {n.id: n.text for n in new.notes}
    for id_ in [n for n in now if n not in was]:
        yield Change("added", f"新增備註「{id_}」：{_short(now[id_])}")
    for id_ in [n for n in was if n not in now]:
        yield Change("removed", f"刪除備註「{id_}」。")
    for id_ in [n for n in now if n in was and was[n] != now[n]]:
        yield Change("changed", f"備註「{id_}」改為：{_short(now[id_])}")


def _lanes(old: Sop, new: Sop) -> Iterator[Change]:
    was, now = {lane.id: lane for lane in old.lanes}, {lane.id: lane for lane in new.lanes}
    for id_ in [n for n in now if n in was and (was[n].name, was[n].who) != (now[n].name, now[n].who)]:
        if was[id_].name != now[id_].name:
            yield Change("changed", f"泳道「{was[id_].name}」改名為「{now[id_].name}」。", id_)
        else:
            yield Change("changed", f"泳道「{now[id_].name}」的承辦角色或單位有調整。", id_)


def _listed(what: str, old: list[str], new: list[str]) -> Iterator[Change]:
    for name in [n for n in new if n not in old]:
        yield Change("added", f"新增{what}「{name}」。")
    for name in [n for n in old if n not in new]:
        yield Change("removed", f"刪除{what}「{name}」。")


def _called(node: Node) -> str:
    return node.name or node.id


def _way(sop: Sop, flow: Flow) -> str:
    return f"「{_called(sop.nodes[flow.source])}」到「{_called(sop.nodes[flow.target])}」"


def _when(flow: Flow) -> str:
    return f"（條件 {flow.condition}）" if flow.condition else ""


def _standard(node: Node) -> str:
    time = node.standard_time
    return f" {time.value:g} {_UNITS.get(time.unit, time.unit)}" if time else "未訂"


def _length(limit: Deadline) -> str:
    if limit.decision:
        return f"依決策表 {limit.decision}"
    if limit.length is None:
        return limit.at or "依規定"
    return f" {limit.length} {_UNITS.get(limit.unit or '', limit.unit or '')}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 120 else f"{plain[:119]}…"
