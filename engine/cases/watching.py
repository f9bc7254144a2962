"""From when on a supervisor should look: after how long work counts as lying still, or as taken by nobody.

Office-wide, with its row in ``setting``; everything here is 建議值 until an administrator sets it. Measured in working
time, and of work, never of a person.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from engine.errors import Invalid
from engine.office import chosen, people
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
    stored = chosen.stored(db, _NAME)
    return replace(Marks(), **{name: value for name, value in stored.items() if name in _MOST})


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
    chosen.choose(db, _NAME, old=asdict(old), new=asdict(new), verb="settings.oversight", who=who, at=at)
