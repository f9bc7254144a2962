"""From when on a supervisor should look: after how long work counts as lying still, or as taken by nobody.

Office-wide, with its row in ``setting``; everything here is 建議值 until an administrator sets it. Measured in working
time, and of work, never of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Marks", "change", "marks"]

_NAME = "oversight"


@dataclass(frozen=True, slots=True)
class Marks:
    """``idle_days``: working days without progress; ``unclaimed_hours``: working hours in the pool."""

    idle_days: int = 5
    unclaimed_hours: int = 8


_MOST = {"idle_days": 60, "unclaimed_hours": 80}
_LABELS = {"idle_days": "無進展的工作天數", "unclaimed_hours": "無人領取的上班時數"}


def marks(db: Connection) -> Marks:
    """The marks in force; a value that nobody set is the proposed one."""
    stored = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == _NAME))
    known = {name: value for name, value in stored.items() if name in _MOST} if isinstance(stored, Mapping) else {}
    return replace(Marks(), **known)


def change(db: Connection, new: Marks, *, who: Person, at: datetime) -> None:
    """Put other marks in force, with one journal line. Raises NotAllowed for all but administrators, Invalid."""
    people.require(db, who, "manage_settings")
    wrong = {
        name: f"{_LABELS[name]}須為 1 至 {most}。"
        for name, most in _MOST.items() if not 1 <= getattr(new, name) <= most
    }  # fmt: skip
    if wrong:
        raise Invalid("oversight_marks", "督導設定需要修正。", fields=wrong)
    old = marks(db)
    if new == old:
        return
    db.execute(sa.delete(r.setting).where(r.setting.c.name == _NAME))
    db.execute(sa.insert(r.setting), {"name": _NAME, "value": asdict(new)})
    effects: dict[str, Any] = {"from": asdict(old), "to": asdict(new)}
    journal.write(
        db, subject="office", verb="settings.oversight", who=who, at=at, act_id=journal.new_act(), effects=effects
    )
