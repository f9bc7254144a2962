"""What the list says of the SOP as a whole, part by part: its head, lanes, law, notes, forms, values, indicators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from engine.errors import Invalid
from engine.sops import revising_parts
from engine.sops.bpmn_read import MAX_NAME
from engine.sops.sop import Form, Lane, LegalBasis, Note, Parameter, Sop, Who
from webui.rows import Column, Table

_W5H1 = ("who", "what", "when", "where", "why", "how")


@dataclass(frozen=True, slots=True)
class Head:
    name: str
    documentation: str
    kind: str
    unit: str | None
    contact: str | None
    version: str | None
    revised: str | None
    title_en: str | None
    who: str
    what: str
    when: str
    where: str
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class LaneRow:
    id: str
    name: str
    role: str
    unit: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Indicator:
    ref: str


@dataclass(frozen=True, slots=True)
class Part:
    """One page: its rows, how they are taken from an SOP and put into it."""

    table: Table
    of: Callable[[Sop], list[Any]]
    into: Callable[[Sop, list[Any]], Sop]


def _head(sop: Sop) -> list[Any]:
    sheet = sop.sheet
    return [
        Head(
            sop.name, sop.documentation, sheet.kind, sheet.unit, sheet.contact, sheet.version, sheet.revised,
            sheet.title_en, *(sheet.w5h1.get(word, "") for word in _W5H1),
        )
    ]  # fmt: skip


def _with_head(sop: Sop, made: list[Any]) -> Sop:
    head: Head = made[0]
    if len(head.name) > MAX_NAME:
        said = f"名稱最多 {MAX_NAME} 字。"
        raise Invalid("part", said, fields={"head-name-0": said})
    w5h1 = {word: said for word in _W5H1 if (said := getattr(head, word))}
    sheet = replace(
        sop.sheet, kind=head.kind, unit=head.unit, contact=head.contact, version=head.version, revised=head.revised,
        title_en=head.title_en, w5h1=MappingProxyType(w5h1),
    )  # fmt: skip
    return replace(sop, name=head.name, documentation=head.documentation, sheet=sheet)


def _lanes(sop: Sop) -> list[Any]:
    nobody = Who("", "")
    rows = ((lane, lane.who or nobody) for lane in sop.lanes)
    return [LaneRow(lane.id, lane.name, who.role, who.unit, who.part) for lane, who in rows]


def _with_lanes(sop: Sop, made: list[Any]) -> Sop:
    return revising_parts.with_lanes(
        sop, [Lane(r.id, r.name, Who(r.role, r.unit, r.part) if r.role or r.unit else None) for r in made]
    )


PARTS: Mapping[str, Part] = {
    "head": Part(
        Table(
            "head", "流程的基本資料", Head,
            (Column("name", "流程名稱", must=True), Column("documentation", "目的", "long"),
             Column("kind", "類型", "choice", "sheet", must=True), Column("unit", "主辦單位", "choice", "units"),
             Column("contact", "聯絡窗口", "pick", "units"), Column("version", "版次"), Column("revised", "修訂日期"),
             Column("title_en", "英文名稱"), Column("who", "何人", "long"), Column("what", "何事", "long"),
             Column("when", "何時", "long"), Column("where", "何地", "long"), Column("why", "為何", "long"),
             Column("how", "如何", "long")),
            single=True,
        ),
        _head, _with_head,
    ),
    "lanes": Part(
        Table(
            "lane", "泳道與承辦", LaneRow,
            (Column("id", "代號", "hidden"), Column("name", "泳道名稱", must=True),
             Column("role", "角色", "pick", "roles"), Column("unit", "哪個單位", "pick", "rules"),
             Column("part", "主辦或協辦", "choice", "part")),
            help="還有步驟的泳道不能刪除。清空名稱就是刪除；新增或刪除泳道後，圖面會重新排列。",
        ),
        _lanes, _with_lanes,
    ),
    "laws": Part(
        Table(
            "law", "法令依據", LegalBasis,
            (Column("name", "法令名稱", must=True), Column("number", "文號或條號"), Column("dated", "日期"),
             Column("basis", "屬於", "choice", "basis")),
            help="清空名稱就是刪除。",
        ),
        lambda sop: list(sop.legal_basis), lambda sop, made: replace(sop, legal_basis=tuple(made)),
    ),
    "notes": Part(
        Table(
            "note", "註（作業注意事項）", Note,
            (Column("id", "註的代號"), Column("step", "掛在哪個步驟", "pick", "steps"),
             Column("text", "註的內容", "long", must=True)),
            help="不選步驟就是整個流程的註。代號留白時由系統編號；清空內容就是刪除。",
        ),
        lambda sop: list(sop.notes), revising_parts.with_notes,
    ),
    "papers": Part(
        Table(
            "paper", "整個流程的表格", Form,
            (Column("ref", "文件", "pick", "papers", must=True),
             Column("direction", "方向", "choice", "direction", must=True),
             Column("when", "條件"), Column("as_", "在呼叫者那裡叫")),
            help="輸入文件名稱時會列出登記的文件；清空名稱就是刪除。",
        ),
        lambda sop: list(sop.forms), lambda sop, made: replace(sop, forms=tuple(made)),
    ),
    "values": Part(
        Table(
            "value", "與呼叫者往來的值", Parameter,
            (Column("name", "欄位", must=True), Column("direction", "誰給的", "choice", "way", must=True),
             Column("type", "種類", "choice", "type"), Column("values", "可能的值（以空白分隔）", "words"),
             Column("default", "預設值"), Column("required", "必須交付", "yes")),
            help="只有供其他流程呼叫的共用程序需要。",
        ),
        lambda sop: list(sop.parameters), lambda sop, made: replace(sop, parameters=tuple(made)),
    ),
    "indicators": Part(
        Table("indicator", "指標", Indicator, (Column("ref", "指標代碼", must=True),), help="清空代碼就是刪除。"),
        lambda sop: [Indicator(ref) for ref in sop.indicators],
        lambda sop, made: replace(sop, indicators=tuple(dict.fromkeys(one.ref for one in made))),
    ),
}  # fmt: skip
