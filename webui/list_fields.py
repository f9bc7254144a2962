"""The form of one step in the SOP's list: how it is shown, and how what comes back is read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from engine.errors import Invalid
from engine.sops import expressions, revising
from engine.sops.bpmn_read import MAX_NAME
from engine.sops.revising import Said
from engine.sops.sop import Choice, Form, Linked, Node, Note, Outcome, Sop, StandardTime, Timer
from engine.sops.texts import clean_text
from webui import list_ways, rows, step_tables
from webui.list_known import Known
from webui.posted import Posted
from webui.rows import Choices

#: rows left empty below those that are filled, to add more
SPARE = 2
_ROW = re.compile(
    r"(form|direction|as|when|choice|label|reason|flow|target|way|field|sign|value|condition|sets)-[0-9]{1,3}"
)
_ONCE = frozenset(
    [
        "revision",
        "name",
        "documentation",
        "lane",
        "time",
        "unit",
        "items",
        "variable",
        "called",
        "default",
        "wait",
        "opens",
        "interrupting",
        "start_kind",
    ]
)
_STARTS = ("none", "message", "calendar")
_TIMES = ("workday", "day", "hour")
_FORM = ("form", "direction", "as", "when")
_CHOICE = ("choice", "label", "reason")


def names(form: Posted, node: Node) -> tuple[set[str], set[str]]:
    """Which of the names that were sent stand in a step's form: (once, several times)."""
    once = {name for name in form.names() if name in _ONCE or _ROW.fullmatch(name)}
    several = {"co"}
    for table in step_tables.of(node):
        more, many = rows.names(table, form)
        once |= more
        several |= many
    return once, several


def shown(now: Said | None, known: Known) -> dict[str, Any]:
    """What stands in the form of a step as it is stored."""
    if now is None:
        return {}
    forms = [
        {"form": known.papers.get(f.ref, f.ref), "direction": f.direction, "as": f.as_ or "", "when": f.when or ""}
        for f in now.forms
    ]
    choices = [
        {"choice": c.value, "label": c.label, "reason": "yes" if c.needs == "reason" else ""}
        for c in (now.outcome.choices if now.outcome else ())
    ]
    return {
        "name": now.name, "documentation": now.documentation, "lane": now.lane or "",
        "time": f"{now.time.value:g}" if now.time else "", "unit": now.time.unit if now.time else "workday",
        "co": list(now.co_units), "items": "\n".join(now.items), "called": now.called or "",
        "variable": now.outcome.variable if now.outcome else "", "default": list_ways.default(now),
        "forms": forms + [dict.fromkeys(_FORM, "")] * SPARE, "choices": choices + [dict.fromkeys(_CHOICE, "")] * SPARE,
        "ways": [*(list_ways.row(w) for w in now.ways), dict.fromkeys(list_ways.COLUMNS, "")],
        "wait": "yes" if now.wait else "", "opens": "yes" if now.linked is not None else "",
        "interrupting": "yes" if now.interrupting else "", "start_kind": now.start_kind or "",
    }  # fmt: skip


def sent(form: Posted, node: Node) -> dict[str, Any]:
    """What stands in the form that was refused: as it was typed."""
    once = {name: form.one(name) for name in _ONCE}
    return once | {
        "co": [one for one in form.many("co") if one],
        "forms": list_ways.rows_of(form, _FORM), "choices": list_ways.rows_of(form, _CHOICE),
        "ways": list_ways.rows_of(form, list_ways.COLUMNS),
    }  # fmt: skip


def has_papers(node: Node) -> bool:
    return node.kind not in ("exclusive", "parallel", "boundary", "catch", "shown")


def read(form: Posted, sop: Sop, node: Node, known: Known, choices: Choices) -> tuple[Said, list[Note]]:
    """The step as it was typed and the notes pinned to it. Raises Invalid with a sentence per field."""
    storable(form)
    old = revising.said(sop, node.id)
    wrong: dict[str, str] = {}
    name = form.one("name")
    if len(name) > MAX_NAME:
        wrong["name"] = f"名稱最多 {MAX_NAME} 字。"
    lane = form.one("lane") or None
    if lane is not None and lane not in {one.id for one in sop.lanes}:
        wrong["lane"] = "請選擇承辦的泳道。"
    new = replace(
        old, name=name, documentation=form.one("documentation"), lane=lane,
        ways=tuple(list_ways.read(form, sop, node, known, wrong)),
    )  # fmt: skip
    if has_papers(node):
        new = replace(new, forms=tuple(_forms(form, known)))
    if revising.is_step(node):
        new = replace(
            new, time=_time(form, old.time, wrong),
            co_units=tuple(dict.fromkeys(one for one in form.many("co") if one)),
            items=tuple(line.strip() for line in form.one("items").split("\n") if line.strip()),
            outcome=_outcome(form, wrong),
        )  # fmt: skip
    if node.kind == "call":
        new = replace(new, called=form.one("called") or None, wait=bool(form.one("wait")))
    if node.kind == "boundary":
        new = replace(new, interrupting=bool(form.one("interrupting")))
    if node.kind == "start" and (kind := form.one("start_kind")) in _STARTS:
        new = replace(new, start_kind=kind)  # type: ignore[arg-type]
    new, notes = step_tables.read(form, sop, node, new, choices, wrong)
    if node.kind == "call" and new.linked is None and form.one("opens"):
        new = replace(new, linked=Linked())
    if wrong:
        raise Invalid("step", next(iter(wrong.values())), fields=wrong)
    return new, notes


def storable(form: Posted) -> None:
    """Raises Invalid for characters that no file of an SOP can hold, such as those some editors paste along."""
    for name in form.names():
        for typed in form.many(name):
            try:
                clean_text(typed)
            except Invalid as bad:
                raise Invalid(bad.code, bad.sentence, fields={name: bad.sentence}) from None


def fresh(form: Posted, sop: Sop) -> Node:
    """The step to add. Raises Invalid."""
    storable(form)
    kind, after = form.one("kind"), form.one("after")
    if kind not in revising.KINDS:
        raise Invalid("step_kind", "請選擇要新增哪一種步驟。", fields={"kind": "請選擇要新增哪一種步驟。"})
    if after and after not in sop.nodes:
        raise Invalid("step_after", "請選擇加在哪個步驟之後。", fields={"after": "請選擇加在哪個步驟之後。"})
    if len(form.one("name")) > MAX_NAME:
        raise Invalid("step", f"名稱最多 {MAX_NAME} 字。", fields={"name": f"名稱最多 {MAX_NAME} 字。"})
    lanes = [lane.id for lane in sop.lanes]
    lane = form.one("lane") or (sop.nodes[after].lane if after else None) or (lanes[0] if lanes else None)
    if lane is not None and lane not in lanes:
        raise Invalid("step", "請選擇承辦的泳道。", fields={"lane": "請選擇承辦的泳道。"})
    parent = sop.nodes[after].parent if after else None
    return Node(
        id=revising.fresh_id(sop), kind=kind, name=form.one("name"), lane=lane, parent=parent,
        start_kind="none" if kind == "start" else None, timer=Timer() if kind == "catch" else None,
        called=(form.one("called") or None) if kind == "call" else None,
    )  # fmt: skip


def _time(form: Posted, old: StandardTime | None, wrong: dict[str, str]) -> StandardTime | None:
    typed, unit = form.one("time"), form.one("unit", "workday")
    if not typed:
        return None
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", typed) or not typed.isascii():
        wrong["time"] = "標準工時請填數字，例如 0.5 或 3。"
        return old
    if unit not in _TIMES:
        wrong["unit"] = "請選擇工作天、日或小時。"
        return old
    same = old is not None and (old.value, old.unit) == (float(typed), unit)
    if same:
        return old
    return StandardTime(float(typed), unit, None, old.reminders if old else ())


def _forms(form: Posted, known: Known) -> list[Form]:
    return [
        Form(
            known.refs.get(row["form"], row["form"]), row["direction"] if row["direction"] in ("in", "out") else "in",
            row["as"] or None, row["when"] or None,
        )
        for row in list_ways.rows_of(form, _FORM)
        if row["form"]
    ]  # fmt: skip


def _outcome(form: Posted, wrong: dict[str, str]) -> Outcome | None:
    rows = [row for row in list_ways.rows_of(form, _CHOICE) if row["choice"] or row["label"]]
    if not rows:
        return None
    variable = form.one("variable") or "outcome"
    if not expressions.is_variable(variable):
        wrong["variable"] = "欄位代號只能用文字、數字與底線，不能以數字開頭。"
    choices = tuple(
        Choice(row["choice"] or row["label"], row["label"] or row["choice"], "reason" if row["reason"] else None)
        for row in rows
    )
    return Outcome(variable, choices)
