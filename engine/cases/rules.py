"""What holds for cases of the whole office. Everything here is 建議值 until an administrator sets it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from engine.errors import Invalid
from engine.office import chosen, people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Rules", "change", "rules"]

_NAME = "cases"


@dataclass(frozen=True, slots=True)
class Rules:
    """``return_alert``: the n-th return of one step tells the section chief. ``reopened_days``: so many days after a
    case was taken up again its follow-up is due. ``soon_days``: what is due within so many working days is due soon."""

    return_alert: int = 3
    reopened_days: int = 7
    soon_days: int = 2


_MOST = {"return_alert": 20, "reopened_days": 90, "soon_days": 10}
_LABELS = {"return_alert": "退回次數", "reopened_days": "追蹤日數", "soon_days": "即將到期的工作天數"}


def rules(db: Connection) -> Rules:
    """The rules in force; a value that nobody set is the proposed one."""
    stored = chosen.stored(db, _NAME)
    return replace(Rules(), **{name: value for name, value in stored.items() if name in _MOST})


def change(db: Connection, new: Rules, *, who: Person, at: datetime) -> None:
    """Put other rules in force, with one journal line. Raises NotAllowed for all but administrators, Invalid."""
    people.require(db, who, "manage_settings")
    wrong = {
        name: f"{_LABELS[name]}須為 1 至 {most}。"
        for name, most in _MOST.items() if not 1 <= getattr(new, name) <= most
    }  # fmt: skip
    if wrong:
        raise Invalid("case_rules", "案件設定需要修正。", fields=wrong)
    old = rules(db)
    if new == old:
        return
    chosen.choose(db, _NAME, old=asdict(old), new=asdict(new), verb="settings.cases", who=who, at=at)
