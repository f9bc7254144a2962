"""The closed words of an SOP's rules (holder, section_chief@responsible, document) as the office says them. Pure."""

from __future__ import annotations

from engine.sops.sop import Sop

__all__ = ["LADDERS", "OF", "REGIMES", "SHORTER", "place", "recipient", "starting", "steps", "until"]

REGIMES = {
    "petition": "人民陳情（工作天）", "statutory": "法定期間", "adverse": "不利期間", "document": "公文時限（工作天）",
    "standard": "標準工時", "follow-up": "追蹤期限", "backward": "倒數期限", "fixed": "固定日期",
}  # fmt: skip
OF = {"case": "整個案件", "step": "單一步驟"}
LADDERS = {"rdec": "研考列管", "tp": "一般", "caller": "依呼叫者"}
SHORTER = {"unit-rule": "單位自訂期限"}
_UNTIL = {"all": "全部辦完", "date": "日期到了", "none": "立即繼續"}
_TO = {"holder": "承辦人", "applicant": "申請人", "meeting@list": "列入市務會議"}
_PLACES = {"responsible": "權責單位", "child": "承辦單位的下級", "applicant": "申請人", "caller": "依呼叫者"}
#: roles that offices have; an organisation may have others, which stand here by their id
_ROLES = {
    "citizen": "陳情人", "registrar": "總收文人員", "service_center": "服務中心人員", "officer": "承辦人",
    "section_chief": "科長", "unit_head": "單位主管", "rdec_officer": "研考科承辦人", "rdec_chief": "研考科科長",
    "doc_tracker": "公文稽催人員", "unit_registry": "登記桌人員", "personnel_officer": "人事處承辦人",
    "first_tier": "首長（一層）", "deputy_mayor": "副市長", "first_tier_staff": "首長室幕僚",
}  # fmt: skip


def place(rule: str) -> str:
    """「權責單位」; a unit named by its id stands as it is."""
    return _PLACES.get(rule, rule.removeprefix("fixed:"))


def recipient(to: str) -> str:
    """Who is told: 「承辦人」, 「權責單位科長」."""
    if to in _TO:
        return _TO[to]
    role, at, rule = to.partition("@")
    named = _ROLES.get(role, role)
    return f"{place(rule)} {named}" if at else named


def starting(sop: Sop, starts: str) -> str:
    """From where a deadline counts: the name of a step, or the event it waits for."""
    event = starts.removeprefix("event:")
    return f"事件 {event}" if event != starts else steps(sop, (starts,))


def steps(sop: Sop, ids: tuple[str, ...]) -> str:
    """Their names; a step inside a shared procedure is said by its box here and its own id."""
    return "、".join(_step(sop, one) for one in ids)


def _step(sop: Sop, path: str) -> str:
    first, slash, inside = path.partition("/")
    name = sop.nodes[first].name if first in sop.nodes else ""
    return f"{name or first}{slash}{inside}"


def until(said: str) -> str:
    count = said.removeprefix("count:")
    return f"{count} 個辦完" if count != said else _UNTIL.get(said, said)
