"""One case that another one opens: which SOP in which version, whose it is, what it is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.cases import answers as answering
from engine.cases import crossing
from engine.cases.act import Act
from engine.cases.records import child
from engine.errors import Invalid, Stuck
from engine.library import shelf
from engine.office import people
from engine.sops import calls
from engine.sops.sop import Node, Parameter, Sop

__all__ = ["Box", "called_as", "open_one"]


@dataclass(frozen=True, slots=True)
class Box:
    """What opens a case: a call box, or the rung of a deadline as if it were one."""

    path: str
    name: str
    node: Node


def open_one(
    act: Act, box: Box, given: Mapping[str, Any], entry: str = "", *, opening: int, position: int = 0, waits: bool
) -> None:  # fmt: skip
    """One case of a box, in this round of it. Raises Stuck for what cannot be opened: then nothing has been."""

    def tie(opened: Act) -> None:
        """Before its first step looks for who asked."""
        act.db.execute(
            child.insert(),
            {"case_id": opened.case["id"], "parent_id": act.case["id"], "step": box.path, "opening": opening,
             "position": position, "entry": entry, "waits": waits},
        )  # fmt: skip
        crossing.hand_in(opened, act, box.path)

    opened = _open(act, box, given, entry, tie)
    act.note("children", opened.case["number"])


def _open(act: Act, step: Box, given: Mapping[str, Any], entry: str, tie: Callable[[Act], None]) -> Act:
    from engine.cases.opening import open_by_case  # opening a case settles it

    box, called = step.node, step.node.called or ""
    pinned = shelf.opened(act.db, act.case["bundle"]).sops[called]
    # a shared procedure belongs to what this case is pinned to; another SOP is its own version of today
    bundle = (
        shelf.within(act.db, act.case["bundle"], called) if pinned.shared else shelf.bundle(act.db, called)
    )  # fmt: skip
    callee = shelf.opened(act.db, bundle).sop
    start = calls.start_of(box, callee)
    if start is None:
        raise Stuck("linked_start", f"「{callee.name}」目前的版本沒有可以開立的開始事件。", step=step.path)
    form = shelf.form(act.db, bundle, start.id)
    fields = {field.name for field in form.fields} if form is not None else set()
    ins = {p.name: p for p in callee.parameters if p.direction == "in"}
    handed = {name: answering.resolve(act.db, act.case["id"], value)[0] for name, value in given.items()}
    if entry and calls.ENTRY in ins | dict.fromkeys(fields):
        handed.setdefault(calls.ENTRY, _text(act, entry))
    unit = _unit(act, entry, start.id, callee)
    if calls.UNIT in fields and unit is not None:
        handed.setdefault(calls.UNIT, unit)
    _demand(step, callee, ins, handed)
    try:
        return open_by_case(
            act, bundle=bundle, start=start.id, answers={n: v for n, v in handed.items() if n in fields},
            parameters={n: v for n, v in handed.items() if n in ins and n not in fields},
            title=f"{callee.name}（{called_as(act, entry) if entry else act.case['number']}）",
            unit=unit,
            told={"parent": act.case["number"], "box": step.path, **({"entry": entry} if entry else {})}, tie=tie,
        )  # fmt: skip
    except Invalid as refusal:
        why = "；".join(refusal.fields.values()) or refusal.sentence
        raise Stuck("child_refused", f"無法開立「{callee.name}」：{why}", step=step.path) from refusal


def _demand(step: Box, callee: Sop, ins: Mapping[str, Parameter], handed: Mapping[str, Any]) -> None:
    for p in ins.values():
        if p.required and p.type != "form" and p.default is None and handed.get(p.name) is None:
            raise Stuck("parameter_missing", f"開立「{callee.name}」時缺少必要的「{p.name}」。", step=step.path)


def _unit(act: Act, entry: str, start: str, callee: Sop) -> str | None:
    """The child's unit: the one its entry names, or who takes over from it where it has ended; else the parent's.

    A linked case without an entry whose start stands in a unit's own lane belongs to that unit.
    """
    named = entry.partition("/")[0]
    tree = people.units(act.db)
    if named not in tree:
        lane = callee.lane_of(start) if not entry else None
        rule = lane.who.unit if lane is not None and lane.who is not None else ""
        return rule.removeprefix("fixed:") if rule.startswith("fixed:") else act.case["unit"]
    today = people.office_day(act.at)
    unit: str | None = named
    while unit in tree and not tree[unit].works_on(today):
        unit = tree[unit].heir(today) or tree[unit].above
    if unit not in tree:
        raise Stuck("unit_gone", f"{tree[named].name}已不在，也沒有承接或上級單位，無法開立。")
    if unit != named:
        act.note("instead_of", [named, unit])
    return unit


def _text(act: Act, entry: str) -> str:
    """The entry as the callee reads it: a unit's id, or the text, without the unit it is for."""
    named, slash, text = entry.partition("/")
    return text if slash and named in people.units(act.db) else entry


def called_as(act: Act, entry: str) -> str:
    """An entry as people call it: the unit's name, or the text."""
    named, slash, text = entry.partition("/")
    unit = people.units(act.db).get(named)
    if unit is None:
        return entry
    return text if slash else unit.name
