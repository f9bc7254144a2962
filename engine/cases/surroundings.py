"""What an act needs besides the database and the person: the calendar, the vault's key, the office-wide settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.dates.workdays import Calendar
from engine.office.vault import Key

__all__ = ["Office"]


@dataclass(frozen=True, slots=True)
class Office:
    """Handed in by the door. ``key`` None: petitioners' identities can be neither sealed nor read here.

    ``stand_ins``: operator → results put in its place by a rehearsal, or by an import, whose letters left long ago;
    never set by a door.
    ``return_alert``: the n-th return of one step tells the section chief (建議值 3, ``approval_round_alert``).
    """

    calendar: Calendar
    key: Key | None = None
    return_alert: int = 3
    stand_ins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
