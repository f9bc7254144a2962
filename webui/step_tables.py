"""What the list says of a step in rows: its values, its notes, what it waits for, by the kind of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.sops.revising import Said
from engine.sops.sop import (
    PERSON_KINDS,
    Approval,
    Arg,
    ByCalendar,
    DecisionRef,
    Each,
    In,
    Linked,
    Node,
    Note,
    Operator,
    Out,
    Set,
    Sop,
    Timer,
)
from webui import rows
from webui.posted import Posted
from webui.rows import Choices, Column, Table


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing to tick off for one choice."""

    variable: str
    value: str
    text: str


SETS = Table(
    "set", "經過時設定的值", Set,
    (Column("name", "欄位", "pick", "fields", must=True), Column("value", "設定的值"),
     Column("from_", "或取自欄位或算式", "pick", "fields")),
)  # fmt: skip
INS = Table(
    "in", "交給它的值", In,
    (Column("to", "交給", must=True), Column("from_", "取自欄位", "pick", "fields"), Column("value", "或直接給值")),
)  # fmt: skip
OUTS = Table("out", "取回的值", Out, (Column("from_", "取它的", must=True), Column("to", "存入欄位", must=True)))
ARGS = Table(
    "arg", "系統作業的參數", Arg,
    (Column("name", "參數", "pick", "args", must=True), Column("value", "直接給值"),
     Column("from_", "或取自欄位", "pick", "fields")),
)  # fmt: skip
NOTES = Table(
    "note", "掛在這個步驟的註", Note, (Column("id", "註的代號"), Column("text", "註的內容", "long", must=True)),
    help="代號留白時由系統編號；清空內容就是刪除。", fresh={"step": None},
)  # fmt: skip
BOUND = Table(
    "bound", "只在某個結果時要檢核的項目", Bound,
    (Column("variable", "結果的欄位", "pick", "fields", must=True), Column("value", "結果的值", must=True),
     Column("text", "檢核項目", must=True)),
)  # fmt: skip
APPROVAL = Table(
    "approval", "核決", Approval,
    (Column("level", "核決層級", "choice", "level"), Column("of", "核誰辦的步驟", "pick", "approved")),
    help="辦理被核步驟的人不能在這裡核決。", single=True,
)  # fmt: skip
EACH = Table(
    "each", "各單位分別辦理", Each,
    (Column("units", "單位清單的欄位", "pick", "fields", must=True), Column("until", "何時繼續", "pick", "until")),
    help="何時繼續也可以寫 count:2，表示辦完兩個就繼續。", single=True,
)  # fmt: skip
LINKED = Table(
    "linked", "另開案件", Linked,
    (Column("start", "由哪個起點"), Column("rest", "離開時其餘案件", "choice", "rest")), single=True,
)  # fmt: skip
OPERATOR = Table(
    "operator", "系統作業", Operator, (Column("name", "作業", "pick", "operators", must=True),), single=True
)
DECISION = Table(
    "decision", "決策表", DecisionRef, (Column("ref", "決策表", "pick", "tables", must=True),), single=True
)
TIMER = Table(
    "timer", "等到什麼時候", Timer,
    (Column("deadline", "用哪個期限", "pick", "deadlines"), Column("continues", "到期後接到", "pick", "steps"),
     Column("iso", "或固定時間"), Column("iso_kind", "固定時間的種類", "choice", "iso")),
    help="固定時間例：時間長度 P3D、PT2H，日期時間 2026-12-01T17:00:00+08:00。", single=True,
)  # fmt: skip
CALENDAR = Table(
    "calendar", "依日曆開案", ByCalendar,
    (Column("rule", "開始的日子", must=True), Column("at", "時刻"), Column("roll", "遇假日", "choice", "roll"),
     Column("missed", "錯過的期別", "choice", "missed")),
    help="例：monthly 24、monthly last、monthly 2 wed、yearly 4/3 10/3、weekly mon thu。", single=True,
)  # fmt: skip
_PERSON = (BOUND, APPROVAL, EACH, SETS, NOTES)
_OF: Mapping[str, tuple[Table, ...]] = {
    **dict.fromkeys(PERSON_KINDS, _PERSON),
    "call": (INS, OUTS, EACH, LINKED, SETS, NOTES), "service": (OPERATOR, ARGS, OUTS, SETS, NOTES),
    "rule": (DECISION, INS, OUTS, SETS, NOTES), "start": (CALENDAR, SETS, NOTES), "end": (SETS, NOTES),
    "boundary": (TIMER, SETS, NOTES), "catch": (TIMER, SETS, NOTES), "subprocess": (SETS, NOTES),
}  # fmt: skip


def of(node: Node) -> tuple[Table, ...]:
    return _OF.get(node.kind, (NOTES,))


def stored(sop: Sop, node: Node, now: Said) -> dict[str, list[Any]]:
    """By the table's key what the step says now."""
    decision, operator = now.decision, now.operator
    held: dict[str, list[Any]] = {
        "set": list(now.sets), "in": list(decision.ins if decision else now.ins),
        "out": list(decision.outs if decision else now.outs), "arg": list(operator.args if operator else ()),
        "note": [note for note in sop.notes if note.step == node.id], "bound": [Bound(*one) for one in now.bound],
        "approval": [now.approval], "each": [now.each], "linked": [now.linked], "operator": [operator],
        "decision": [decision], "timer": [now.timer], "calendar": [now.calendar],
    }  # fmt: skip
    return {table.key: [one for one in held[table.key] if one is not None] for table in of(node)}


def shown(sop: Sop, node: Node, now: Said, choices: Choices) -> dict[str, list[dict[str, Any]]]:
    held = stored(sop, node, now)
    return {table.key: rows.shown(table, held[table.key], choices) for table in of(node)}


def sent(node: Node, form: Posted) -> dict[str, list[dict[str, Any]]]:
    return {table.key: rows.sent(table, form) for table in of(node)}


def read(
    form: Posted, sop: Sop, node: Node, said: Said, choices: Choices, wrong: dict[str, str]
) -> tuple[Said, list[Note]]:  # fmt: skip
    """The step with what its rows say, and the notes pinned to it."""
    held = stored(sop, node, said)
    here = {table.key for table in of(node)}
    typed = {t.key: rows.read(t, form, wrong, choices, base=held[t.key]) for t in of(node)}
    one = {key: next(iter(found), None) for key, found in typed.items()}
    said = replace(
        said, sets=tuple(typed.get("set", said.sets)), approval=one.get("approval", said.approval),
        bound=tuple((b.variable, b.value, b.text) for b in typed["bound"]) if "bound" in here else said.bound,
        each=one.get("each", said.each), linked=one.get("linked", said.linked), timer=one.get("timer", said.timer),
        calendar=one.get("calendar", said.calendar),
    )  # fmt: skip
    if node.kind == "rule":
        table = one["decision"]
        said = replace(said, decision=table and replace(table, ins=tuple(typed["in"]), outs=tuple(typed["out"])))
    elif {"in", "out"} & here:
        said = replace(said, ins=tuple(typed.get("in", said.ins)), outs=tuple(typed["out"]))
    if node.kind == "service":
        operator = one["operator"]
        said = replace(said, operator=operator and replace(operator, args=tuple(typed["arg"])))
    return said, typed["note"]
