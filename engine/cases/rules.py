"""What holds for cases of the whole office. Everything here is 建議值 until an administrator sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from engine.errors import Invalid
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Rules", "change", "rules"]

_NAME = "cases"
_MOST = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """``return_alert``: the n-th return of one step tells the section chief."""

    return_alert: int = 3


def rules(db: Connection) -> Rules:
    """The rules in force; a value that nobody set is the proposed one."""
    stored = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == _NAME))
    if not isinstance(stored, Mapping):
        return Rules()
    return replace(Rules(), **{name: value for name, value in stored.items() if name in Rules.__slots__})


def change(db: Connection, new: Rules, *, who: Person, at: datetime) -> None:
    """Put other rules in force, with one journal line. Raises NotAllowed for all but administrators, Invalid."""
    people.require(db, who, "manage_settings")
    if not 1 <= new.return_alert <= _MOST:
        sentence = f"退回次數須為 1 至 {_MOST}。"
        raise Invalid("case_rules", sentence, fields={"return_alert": sentence})
    old = rules(db)
    if new == old:
        return
    db.execute(sa.delete(r.setting).where(r.setting.c.name == _NAME))
    db.execute(sa.insert(r.setting), {"name": _NAME, "value": asdict(new)})
    journal.write(
        db, subject="office", verb="settings.cases", who=who, at=at, act_id=journal.new_act(),
        effects={"from": asdict(old), "to": asdict(new)},
    )  # fmt: skip
