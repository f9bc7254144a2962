"""One deadline of an SOP as a form: what it is, when it starts and is met, and the rungs of its ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.errors import Invalid
from engine.sops import rungs
from engine.sops.sop import Deadline, Rung
from webui import rows
from webui.posted import Posted
from webui.rows import Choices, Column, Table

LIMIT = Table(
    "limit", "期限", Deadline,
    (Column("name", "期限名稱", must=True), Column("regime", "期限種類", "choice", "regime", must=True),
     Column("length", "長度", "whole"), Column("unit", "長度單位", "choice", "time"),
     Column("starts", "起算步驟", "pick", "steps"),
     Column("met", "完成步驟", "many", "steps"), Column("decision", "由決策表決定", "pick", "tables"),
     Column("shorter_of", "取較短者", "choice", "shorter"), Column("cap", "最多多長", "whole"),
     Column("cap_unit", "最多多長的單位", "choice", "time"), Column("at", "固定的日子或時刻"),
     Column("ladder", "提醒與稽催階梯", "choice", "ladder"), Column("basis", "依據", "choice", "basis")),
    help="不填起算步驟就從開案（或進入步驟）起算；固定日子的期限寫 monthly 5、yearly 3/31。",
    single=True, fresh={"id": "", "of": "case"},
)  # fmt: skip
EXTENSION = Table(
    "extension", "展期", Deadline,
    (Column("extend_by", "每次展期", "whole"), Column("extend_unit", "展期單位", "choice", "time"),
     Column("extend_times", "可展期次數", "whole"), Column("extend_level", "展期由誰核准", "choice", "level"),
     Column("extend_basis", "展期依據", "choice", "basis")),
    help="不填就是不能展期。", single=True, fresh={"id": "", "name": "", "regime": "", "of": "case"},
)  # fmt: skip
RUNGS = Table(
    "rung", "提醒與稽催", Rung,
    (Column("kind", "提醒或稽催", "choice", "kind", must=True), Column("offset", "到期前後多久", "whole", must=True),
     Column("unit", "單位", "choice", "rung", must=True), Column("to", "通知誰", "many", "to"),
     Column("opens", "另開流程", "pick", "procedures")),
    help="自己寫了任何一級，就不用上面的階梯。到期前的是提醒，到期後的是稽催；清空多久就是刪除這一級。",
)  # fmt: skip
TABLES = (LIMIT, RUNGS, EXTENSION)


def shown(limit: Deadline | None, choices: Choices) -> Mapping[str, list[dict[str, Any]]]:
    held = [limit] if limit is not None else []
    return {
        "limit": rows.shown(LIMIT, held, choices), "extension": rows.shown(EXTENSION, held, choices),
        "rung": rows.shown(RUNGS, limit.rungs if limit is not None else (), choices, spare=2),
    }  # fmt: skip


def sent(form: Posted) -> Mapping[str, list[dict[str, Any]]]:
    return {table.key: rows.sent(table, form) for table in TABLES}


def read(form: Posted, old: Deadline | None, choices: Choices) -> Deadline:
    """The deadline as it was typed. Raises Invalid with a sentence per field."""
    wrong: dict[str, str] = {}
    held = [old] if old is not None else []
    new = rows.only(LIMIT, form, wrong, choices, base=held)
    more = rows.only(EXTENSION, form, wrong, choices)
    ladder = rows.read(RUNGS, form, wrong, choices, base=())
    for n, row in enumerate(rows.sent(RUNGS, form)):
        for to in row["to"]:
            meant = {words: value for value, words in choices["to"]}.get(to, to)
            if not rungs.is_readable(meant):
                wrong[f"rung-to-{n}"] = f"「{to}」不是可以通知的人，請由清單中選擇。"
    if new is None and not wrong:
        wrong["limit-name-0"] = f"請填「{LIMIT.columns[0].label}」。"
    if wrong:
        raise Invalid("limit", next(iter(wrong.values())), fields=wrong)
    basis = {(rung.kind, rung.offset, rung.unit, rung.to): rung.basis for rung in (old.rungs if old else ())}
    made = tuple(_rung(rung, basis) for rung in ladder)
    extend = ("extend_by", "extend_unit", "extend_times", "extend_level", "extend_basis")
    return replace(new, rungs=made, **{name: getattr(more, name, None) for name in extend})


def _rung(rung: Rung, basis: Mapping[Any, str | None]) -> Rung:
    opens = rung.opens if rung.kind == "escalation" else None
    return replace(rung, opens=opens, basis=basis.get((rung.kind, rung.offset, rung.unit, rung.to)))
