"""The form of one step in the SOP's list: how it is shown, and how what comes back is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.library.folder import SopFolder
from engine.sops import comparing, expressions, revising
from engine.sops.bpmn_read import MAX_NAME
from engine.sops.revising import Said, Way
from engine.sops.sop import Choice, Form, Node, Outcome, Sop, StandardTime
from engine.sops.texts import clean_text
from webui import editor_facts
from webui.posted import Posted

#: rows left empty below those that are filled, to add more
SPARE = 2
_ROW = re.compile(r"(form|direction|as|when|choice|label|reason|flow|target|way|field|sign|value|kept)-[0-9]{1,3}")
_ONCE = frozenset(
    {"revision", "name", "documentation", "lane", "time", "unit", "items", "variable", "called", "default"}
)
_TIMES = ("workday", "day", "hour")
_MOST_ROWS = 60
_FORM = ("form", "direction", "as", "when")
_CHOICE = ("choice", "label", "reason")
_WAY = ("flow", "target", "way", "field", "sign", "value", "kept")


@dataclass(frozen=True)
class Known:
    """What may be named: fields of conditions (name → title, kind), documents (ref → name) and back."""

    fields: Mapping[str, Mapping[str, Any]]
    papers: Mapping[str, str]
    refs: Mapping[str, str]


def known(folder: SopFolder, register: Mapping[str, Mapping[str, Any]]) -> Known:
    fields = {one["name"]: one for one in editor_facts.fields(folder)}
    for node in folder.sop.nodes.values():
        if node.outcome is not None:
            choices = [[c.value, c.label] for c in node.outcome.choices]
            fields[node.outcome.variable] = {"title": node.name, "kind": "text", "choices": choices}
        for name in (*(o.to for o in node.outs), *(o.to for o in (node.decision.outs if node.decision else ()))):
            fields.setdefault(name, {"title": node.name, "kind": "text", "choices": []})
        for one in node.sets:
            if "." not in one.name:
                fields.setdefault(one.name, {"title": one.name, "kind": "text", "choices": []})
    names = {ref: editor_facts.paper(row) for ref, row in register.items()}
    return Known(fields, names, {name: ref for ref, name in names.items()})


def names(sent: Collection[str]) -> set[str]:
    return {name for name in sent if name in _ONCE or _ROW.fullmatch(name)}


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
        "variable": now.outcome.variable if now.outcome else "", "default": _default(now),
        "forms": forms + [dict.fromkeys(_FORM, "")] * SPARE, "choices": choices + [dict.fromkeys(_CHOICE, "")] * SPARE,
        "ways": [*(_way(w) for w in now.ways), dict.fromkeys(_WAY, "")],
    }  # fmt: skip


def _default(now: Said) -> str:
    return next((str(n) for n, way in enumerate(now.ways) if way.default), "")


def _way(way: Way) -> dict[str, str]:
    plain = comparing.read(way.condition) if way.condition else None
    row = dict.fromkeys(_WAY, "") | {
        "flow": way.flow or "",
        "target": way.target,
        "way": way.name,
        "kept": way.condition or "",
    }
    if plain is not None:
        row |= {"field": plain.field, "sign": plain.sign, "value": plain.words}
    return row


def sent(form: Posted, node: Node) -> dict[str, Any]:
    """What stands in the form that was refused: as it was typed."""
    once = {name: form.one(name) for name in _ONCE}
    return once | {
        "co": [one for one in form.many("co") if one],
        "forms": _rows(form, _FORM), "choices": _rows(form, _CHOICE),
        "ways": _rows(form, _WAY),
    }  # fmt: skip


def read(form: Posted, sop: Sop, node: Node, known: Known) -> Said:
    """The step as it was typed. Raises Invalid with a sentence per field."""
    _storable(form)
    old = revising.said(sop, node.id)
    wrong: dict[str, str] = {}
    name = form.one("name")
    if len(name) > MAX_NAME:
        wrong["name"] = f"名稱最多 {MAX_NAME} 字。"
    lane = form.one("lane") or None
    if lane is not None and lane not in {one.id for one in sop.lanes}:
        wrong["lane"] = "請選擇承辦的泳道。"
    ways = tuple(_ways(form, sop, node, known, wrong))
    new = Said(
        name=name, documentation=form.one("documentation"), lane=lane, time=old.time, co_units=old.co_units,
        forms=old.forms, items=old.items, outcome=old.outcome, called=old.called, ways=ways,
    )  # fmt: skip
    if revising.is_step(node):
        new = Said(
            name=name, documentation=new.documentation, lane=lane, time=_time(form, old.time, wrong),
            co_units=tuple(dict.fromkeys(one for one in form.many("co") if one)),
            forms=tuple(_forms(form, known)),
            items=tuple(line.strip() for line in form.one("items").split("\n") if line.strip()),
            outcome=_outcome(form, wrong), called=(form.one("called") or None) if node.kind == "call" else old.called,
            ways=ways,
        )  # fmt: skip
    if wrong:
        raise Invalid("step", next(iter(wrong.values())), fields=wrong)
    return new


def _storable(form: Posted) -> None:
    """Raises Invalid for characters that no file of an SOP can hold, such as those some editors paste along."""
    for name in form.names():
        for typed in form.many(name):
            try:
                clean_text(typed)
            except Invalid as bad:
                raise Invalid(bad.code, bad.sentence, fields={name: bad.sentence}) from None


def fresh(form: Posted, sop: Sop) -> Node:
    """The step to add. Raises Invalid."""
    _storable(form)
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
        start_kind="none" if kind == "start" else None, called=(form.one("called") or None) if kind == "call" else None,
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
        for row in _rows(form, _FORM)
        if row["form"]
    ]  # fmt: skip


def _outcome(form: Posted, wrong: dict[str, str]) -> Outcome | None:
    rows = [row for row in _rows(form, _CHOICE) if row["choice"] or row["label"]]
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


def _ways(form: Posted, sop: Sop, node: Node, known: Known, wrong: dict[str, str]) -> list[Way]:
    found = []
    for n, row in enumerate(_rows(form, _WAY)):
        if not row["target"]:
            continue
        if row["target"] not in sop.nodes or (row["flow"] and row["flow"] not in node.outgoing):
            wrong[f"target-{n}"] = "接往的步驟已經不在草案裡，請重新選擇。"
            continue
        condition = sop.flows[row["flow"]].condition if row["flow"] else None
        default = form.one("default") == str(n)
        if node.kind == "exclusive":
            try:
                condition = None if default else _condition(row, condition, known)
            except Invalid as bad:
                wrong[f"value-{n}"] = bad.sentence
        found.append(Way(row["flow"] or None, row["target"], row["way"], condition, default=default))
    return found


def _condition(row: Mapping[str, str], stored: str | None, known: Known) -> str | None:
    """What the three controls say; a condition they cannot show is kept while they are left empty."""
    plain = comparing.read(stored) if stored else None
    if not row["field"]:
        return stored if stored and plain is None else None
    kind = known.fields.get(row["field"], {}).get("kind", "text")
    if plain is not None and isinstance(plain.value, bool):
        kind = "boolean"
    elif plain is not None and not isinstance(plain.value, str):
        kind = "number"
    return str(comparing.of_words(row["field"], row["sign"], row["value"], kind))


def _rows(form: Posted, columns: tuple[str, ...]) -> list[dict[str, str]]:
    rows = []
    for n in range(_MOST_ROWS):
        if not any(f"{column}-{n}" in form.names() for column in columns):
            break
        rows.append({column: form.one(f"{column}-{n}") for column in columns})
    return rows
