"""Every office-wide value on one page: what it is, whether it is the proposed one, who changed it last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.cases import retention, rules, watching
from engine.dates.workdays import Calendar
from engine.library import rule_levels, yearly
from engine.office import journal, quiet
from engine.office.people import Person
from engine.sops.rules.rule import Level
from engine.store import Connection
from webui import phrases

__all__ = ["GROUPS", "LEVELS", "Group", "Value", "back_to_proposed", "read"]


@dataclass(frozen=True, slots=True)
class Value:
    """``proposed`` is what it would be if nobody had set it; None where nothing is proposed. Not ``is_set``: nobody
    set it, and what is proposed does not hold by itself."""

    name: str
    now: str
    proposed: str | None
    is_set: bool = True

    @property
    def is_proposed(self) -> bool:
        return self.proposed is not None and self.now == self.proposed


@dataclass(frozen=True, slots=True)
class Group:
    """``page`` is where it is changed; ``changed`` is (when, who, from, to) of the last change."""

    id: str
    name: str
    page: str
    values: Sequence[Value]
    changed: tuple[datetime, str, Mapping[str, Any]] | None
    about: str = ""

    @property
    def may_go_back(self) -> bool:
        return self.id in GROUPS and any(not value.is_proposed for value in self.values)


def read(db: Connection, calendar: Calendar) -> list[Group]:
    """All of it, in a fixed number of statements."""
    changed = _changed(db)
    return [
        Group("notices", "通知與勿擾", "settings.show", _notices(quiet.rules(db)), changed.get("settings.notices")),
        Group("oversight", "督導", "oversight.marks", _marks(watching.marks(db)), changed.get("settings.oversight")),
        Group("cases", "案件", "settings.cases", _cases(rules.rules(db)), changed.get("settings.cases")),
        Group("rules", "流程檢核規則", "rules.rules", _rules(rule_levels.levels(db)), changed.get("settings.rules")),
        Group("reviews", "年度檢視", "settings.reviews", _reviews(yearly.months(db)), changed.get("settings.reviews")),
        Group(
            "retention", "保存與銷毀", "retention.retention", _periods(retention.periods(db)),
            changed.get("settings.retention"), "沒有設定就永久保存；建議值只是表單的參考，不會自動生效。",
        ),
        Group(
            "time", "辦公時間", "calendar.calendar", (Value("上班時間", _hours(calendar), "08:00–12:00、13:00–17:00"),),
            None, "由主機的 SOPFLOW_OFFICE_HOURS 決定；停班與放假在辦公日曆。",
        ),
    ]  # fmt: skip


#: the groups that go back to what is proposed with one button
GROUPS: Mapping[str, Callable[[Connection, Person, datetime], None]] = {
    "notices": lambda db, who, at: quiet.change(db, quiet.Rules(), who=who, at=at),
    "oversight": lambda db, who, at: watching.change(db, watching.Marks(), who=who, at=at),
    "cases": lambda db, who, at: rules.change(db, rules.Rules(), who=who, at=at),
    "reviews": lambda db, who, at: yearly.change(db, yearly.PROPOSED, who=who, at=at),
    "rules": lambda db, who, at: rule_levels.change(db, {}, who=who, at=at),
}


def back_to_proposed(db: Connection, group: str, *, who: Person, at: datetime) -> None:
    """What is proposed holds again, with one journal line; nothing where it holds already."""
    GROUPS[group](db, who, at)


def _notices(now: quiet.Rules) -> tuple[Value, ...]:
    old = quiet.Rules()

    def level(rules: quiet.Rules) -> str:
        return f"第 {rules.through} 級以上" if rules.through else "沒有"

    return (
        Value("勿擾時段", f"{now.begins:%H:%M} 至 {now.ends:%H:%M}", f"{old.begins:%H:%M} 至 {old.ends:%H:%M}"),
        Value("非工作日全天勿擾", _yes(now.days_off), _yes(old.days_off)),
        Value("不受勿擾限制的稽催", level(now), level(old)),
        Value("每日彙總寄送時間", f"{now.digest_at:%H:%M}", f"{old.digest_at:%H:%M}"),
        Value("通知信語言", phrases.of(_LANGUAGE, now.language), phrases.of(_LANGUAGE, old.language)),
    )


def _marks(now: watching.Marks) -> tuple[Value, ...]:
    old = watching.Marks()
    return (
        Value("多久沒有進展算停滯", f"{now.idle_days} 個工作天", f"{old.idle_days} 個工作天"),
        Value("多久沒有人領取要提醒", f"{now.unclaimed_hours} 個上班小時", f"{old.unclaimed_hours} 個上班小時"),
    )


def _cases(now: rules.Rules) -> tuple[Value, ...]:
    old = rules.Rules()
    return (
        Value("同一步驟第幾次退回時通知科長", f"第 {now.return_alert} 次", f"第 {old.return_alert} 次"),
        Value("重新列管後幾日追蹤", f"{now.reopened_days} 日", f"{old.reopened_days} 日"),
        Value("幾個工作天內到期算即將到期", f"{now.soon_days} 個工作天", f"{old.soon_days} 個工作天"),
    )


def _rules(now: Mapping[str, Level]) -> tuple[Value, ...]:
    other = "、".join(f"{name} {phrases.of(LEVELS, level)}" for name, level in sorted(now.items()))
    return (Value("與預設等級不同的規則", other or "沒有", "沒有"),)


def _reviews(now: int) -> tuple[Value, ...]:
    return (Value("作業流程的檢視間隔", f"{now} 個月", f"{yearly.PROPOSED} 個月"),)


def _periods(now: retention.Periods) -> tuple[Value, ...]:
    old = retention.PROPOSED

    def months(count: int | None) -> str:
        return f"{count} 個月" if count is not None else "永久保存"

    return (
        Value("陳情人身分資料", months(now.identities), months(old.identities), now.identities is not None),
        Value("附件", months(now.files), months(old.files), now.files is not None),
        Value("通知", months(now.notices), months(old.notices), now.notices is not None),
    )


def _hours(calendar: Calendar) -> str:
    return "、".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in calendar.hours)


def _yes(value: bool) -> str:
    return "是" if value else "否"


LEVELS = {"error": "錯誤", "warning": "警告", "info": "提示", "off": "不檢查"}
_LANGUAGE = {"zh": "中文", "en": "中文，後附英文"}


def _changed(db: Connection) -> dict[str, tuple[datetime, str, Mapping[str, Any]]]:
    """Of each group the newest change in the office's journal."""
    newest = journal.newest(db, "office", starting="settings.")
    return {row["verb"]: (row["at"], row["by_name"] or "系統", row["effects"]) for row in newest}
