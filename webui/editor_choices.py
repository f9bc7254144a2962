"""What may be chosen in the SOP's list: steps, fields, units, roles, deadlines and the words of the closed lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.cases.desks.procedures import roles
from engine.cases.operators import OPERATORS
from engine.library import bundles
from engine.library.drafts import Draft
from engine.office import people
from engine.sops import revising_parts
from engine.store import Connection
from webui import charts, phrases
from webui.list_known import Known

_RULES = {
    "responsible": "案件的承辦單位", "child": "承辦單位的下級", "applicant": "申請人", "caller": "依呼叫者",
}  # fmt: skip
_TO = {"holder": "承辦人", "applicant": "申請人", "meeting@list": "列入市務會議"}
CLOSED: Mapping[str, Mapping[str, str]] = {
    "regime": phrases.REGIME,
    "time": {name: phrases.UNIT[name] for name in ("workday", "day", "hour", "week", "month", "year")},
    "rung": {name: phrases.UNIT[name] for name in ("workday", "day", "hour")},
    "ladder": {"rdec": "研考列管", "tp": "一般", "caller": "依呼叫者"},
    "shorter": {"unit-rule": "單位自訂期限"},
    "basis": phrases.BASIS,
    "level": {"三層": "三層（科長）", "二層": "二層（單位主管）", "一層": "一層（首長）"},
    "part": {"lead": "主辦", "support": "協辦"},
    "kind": {"reminder": "到期前提醒", "escalation": "到期後稽催"},
    "sheet": {"per-case": "逐案", "periodic": "定期", "project": "專案"},
    "direction": {"in": "收進", "out": "產出"},
    "way": {"in": "呼叫者給的", "out": "交回呼叫者"},
    "type": {
        "text": "文字", "integer": "整數", "number": "數字", "boolean": "是否", "date": "日期", "instant": "日期時間",
        "role": "角色", "case": "案件", "form": "文件", "unit": "單位",
    },
    "until": {"all": "全部辦完", "date": "日期到了", "none": "立即繼續"},
    "rest": {"withdraw": "撤回", "go-on": "繼續辦"},
    "roll": {"none": "不順延", "next": "順延到下一上班日", "previous": "提前到前一上班日"},
    "missed": {"every": "每期都補", "newest": "只補最近一期"},
    "iso": {"duration": "時間長度", "date": "日期時間"},
    "starting": {"none": "由人開案", "message": "由來件開案", "calendar": "依日曆開案"},
}  # fmt: skip


def of(db: Connection, draft: Draft, known: Known, *, language: str) -> dict[str, Sequence[tuple[str, str]]]:
    """Every list by the name that a column asks for it; a procedure is called as its file calls it in that language."""
    sop, callable_ = draft.folder.sop, bundles.standing(db)
    units = [(unit.id, unit.name) for unit in people.units(db).values()]
    roles_ = list(roles(db).items())
    steps = [(node.id, f"{node.name or node.id}（{node.id}）") for node in sop.nodes.values()]
    places = [("responsible", _RULES["responsible"]), *((f"fixed:{id_}", name) for id_, name in units)]
    limits = [(one.id, one.name or one.id) for _, one in revising_parts.deadlines(sop)]
    operator_names = [(name, name) for name in OPERATORS]
    return {
        **{name: list(words.items()) for name, words in CLOSED.items()},
        "units": units, "roles": roles_, "steps": steps, "deadlines": limits, "operators": operator_names,
        "rules": [*_RULES.items(), *((f"fixed:{id_}", name) for id_, name in units)],
        "to": [*_TO.items(), *((f"{id_}@{rule}", f"{place}{name}") for rule, place in places for id_, name in roles_)],
        "fields": [(name, str(one["title"])) for name, one in known.fields.items()],
        "tables": [(name, name) for name in draft.tables],
        "procedures": [
            (id_, charts.title_of(one.sop, language)) for id_, one in callable_.items() if id_ != draft.sop_id
        ],
        "papers": [(ref, name) for ref, name in known.papers.items()],
        "args": sorted({(arg, arg) for one in OPERATORS.values() for arg in one.args}),
        "approved": [("caller", "呼叫者的步驟"), *steps],
        "lanes": [(lane.id, lane.name or lane.id) for lane in sop.lanes],
    }  # fmt: skip
