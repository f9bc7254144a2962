"""How each part of an SOP is written in a column of the table of amendments. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.sops import rule_words
from engine.sops.fields import Field
from engine.sops.sop import Choice, Deadline, Flow, Lane, LegalBasis, Node, Parameter, Rung, Sheet, Sop
from engine.sops.tables import Rule, Table

_UNITS = {
    "minute": "分鐘", "hour": "小時", "workday": "工作天", "day": "日", "week": "週", "month": "個月", "year": "年",
}  # fmt: skip
_SHEETS = {"per-case": "逐案辦理", "periodic": "定期辦理", "project": "專案辦理"}
_FIELDS = {
    "text": "文字", "longtext": "長文", "choice": "選項", "date": "日期", "instant": "日期與時間", "number": "數字",
    "integer": "整數", "boolean": "是否", "files": "附件", "case": "案號", "unit": "單位", "email": "電子郵件",
    "procedure": "作業流程代碼", "phone": "電話", "list": "清單", "role": "角色", "form": "文件",
}  # fmt: skip


def listed(parts: Iterable[str]) -> str:
    return "、".join(part for part in parts if part)


def step(sop: Sop, node: Node) -> str:
    """A step in one line: its name, who does it, how long, with which forms."""
    lane_ = sop.lane_of(node.id)
    about = [lane_.name if lane_ else "", standard(node) if node.standard_time else "", forms(node)]
    rest = "；".join(part.strip() for part in about if part)
    return f"{node.name or node.id}（{rest}）" if rest else node.name or node.id


def standard(node: Node) -> str:
    time = node.standard_time
    return f" {time.value:g} {_UNITS.get(time.unit, time.unit)}" if time else "未訂"


def forms(node: Node) -> str:
    return listed(f"{'產出' if form.direction == 'out' else '使用'} {form.ref}" for form in node.forms)


def operator(node: Node) -> str:
    if node.operator is None:
        return ""
    given = listed(f"{arg.name}={arg.value or arg.from_ or ''}" for arg in node.operator.args)
    return f"{node.operator.name}（{given}）" if given else node.operator.name


def decision(node: Node) -> str:
    return node.decision.ref if node.decision else ""


def approval(node: Node) -> str:
    if node.approval is None:
        return ""
    of = "呼叫者的步驟" if node.approval.of == "caller" else node.approval.of
    return listed([node.approval.level or "", of or ""])


def timer(node: Node) -> str:
    said = []
    if node.timer is not None:
        said.append(node.timer.deadline or node.timer.iso or "")
    if node.calendar is not None:
        said += [node.calendar.rule, node.calendar.at or ""]
    return listed(said)


def values(node: Node) -> str:
    sets = (f"{one.name}={one.value or one.from_ or ''}" for one in node.sets)
    ins = (f"{one.to}←{one.value or one.from_ or ''}" for one in node.ins)
    outs = (f"{one.from_}→{one.to}" for one in node.outs)
    return listed([*sets, *ins, *outs])


def deadlines(sop: Sop, node: Node) -> str:
    return listed(deadline(sop, one) for one in node.deadlines)


def many(node: Node) -> str:
    each = f"{node.each.units}（{rule_words.until(node.each.until)}）" if node.each else ""
    return listed([each, "等候結果" if node.wait else ""])


def choice(one: Choice) -> str:
    return f"{one.label}（須說明理由）" if one.needs else one.label


def way(sop: Sop, flow: Flow) -> str:
    """An arrow: from where to where, its name, its condition, what it sets."""
    ends = [sop.nodes[end].name or end if end in sop.nodes else end for end in (flow.source, flow.target)]
    sets = listed(f"{one.name}={one.value or one.from_ or ''}" for one in flow.sets)
    return " ".join(part for part in (f"{ends[0]}→{ends[1]}", flow.name, flow.condition or "", sets) if part)


def lane(one: Lane) -> str:
    if one.who is None:
        return one.name
    return f"{one.name}（{rule_words.recipient(f'{one.who.role}@{one.who.unit}')}）"


def law(one: LegalBasis) -> str:
    return " ".join(part for part in (one.name, one.number, one.dated) if part)


def kind(sheet: Sheet) -> str:
    said = _SHEETS.get(sheet.kind, sheet.kind)
    return f"共用程序（{said}）" if sheet.shared else said


def parameter(one: Parameter) -> str:
    """What a procedure is handed or hands back: its name, its kind, what it may be."""
    way = "呼叫者給的" if one.direction == "in" else "交回呼叫者"
    parts = [way, _FIELDS.get(one.type or "", one.type or ""), listed(one.values), "必填" if one.required else ""]
    default = rule_words.recipient(one.default) if one.default and one.type == "role" else one.default
    parts.append(f"預設 {default}" if default else "")
    return f"{one.name}（{'；'.join(part for part in parts if part)}）"


def parameters(sop: Sop) -> str:
    return listed(map(parameter, sop.parameters))


def length(limit: Deadline) -> str:
    if limit.decision:
        return f"依決策表 {limit.decision}"
    if limit.length is None:
        return limit.at or "依規定"
    return f" {limit.length} {_UNITS.get(limit.unit or '', limit.unit or '')}"


def deadline(sop: Sop, limit: Deadline) -> str:
    """A deadline in one line: how long, from where to where, its rungs, its extension."""
    starts = f"自 {rule_words.starting(sop, limit.starts)}" if limit.starts else ""
    ways = listed([starts, f"至 {rule_words.steps(sop, limit.met)}" if limit.met else ""])
    ladder = rule_words.LADDERS.get(limit.ladder or "", limit.ladder or "")
    rungs = listed([ladder, *map(_rung, limit.rungs)])
    parts = [f"{limit.name}{length(limit)}", ways, rungs, extension(limit), rest(limit)]
    return "；".join(part for part in parts if part)


def extension(limit: Deadline) -> str:
    if limit.extend_by is None:
        return ""
    most = f" {limit.extend_times} 次" if limit.extend_times else ""
    unit = _UNITS.get(limit.extend_unit or "", limit.extend_unit or "")
    return f"可展期{most}每次 {limit.extend_by} {unit} {limit.extend_level or ''}".rstrip()


def rest(limit: Deadline) -> str:
    """What is seldom there: another regime, a cap, the shorter of two."""
    cap = f"最長 {limit.cap} {_UNITS.get(limit.cap_unit or '', limit.cap_unit or '')}" if limit.cap else ""
    shorter = rule_words.SHORTER.get(limit.shorter_of or "", limit.shorter_of or "")
    regime, of = rule_words.REGIMES.get(limit.regime, limit.regime), rule_words.OF.get(limit.of, limit.of)
    return listed([regime, of, shorter, cap])


def _rung(rung: Rung) -> str:
    when = "前" if rung.kind == "reminder" else "後"
    return f"{when} {rung.offset} {_UNITS.get(rung.unit, rung.unit)} {'、'.join(map(rule_words.recipient, rung.to))}"


def field(one: Field) -> str:
    """A field of a screen: its title, kind, choices, when it is shown."""
    parts: list[str] = [_FIELDS.get(one.kind, one.kind), "必填" if one.required else "選填"]
    parts += [listed(label for _, label in one.choices), one.help or "", one.shown_when or ""]
    parts += [f"至多 {one.most}" if one.most is not None else "", "身分資料" if one.identity else ""]
    return f"{one.title}（{'；'.join(part for part in parts if part)}）"


def head(table: Table) -> str:
    columns: list[Any] = [*table.inputs, *table.outputs]
    return f"{listed(column.label or column.name for column in columns)}（{table.hit_policy}）"


def rule(table: Table, row: Rule) -> str:
    """A row of a decision table: its conditions and what they give."""
    ifs = listed(
        f"{column.label or column.name} {cell.text}"
        for column, cell in zip(table.inputs, row.cells, strict=True)
        if cell.items
    )
    gives = listed(
        f"{column.label or column.name}＝{value}" for column, value in zip(table.outputs, row.results, strict=True)
    )
    return f"{ifs or '其他'} → {gives}"
