"""What an act needs besides the database and the person: the calendar, the vault's key, the office-wide settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.cases.rules import Rules
from engine.dates.workdays import Calendar
from engine.library.folder import SopFolder
from engine.office.vault import Key
from engine.sops.sop import Finding
from engine.store import Connection

__all__ = ["Office"]


@dataclass(frozen=True, slots=True)
class Office:
    """Handed in by the door. ``key`` None: petitioners' identities can be neither sealed nor read here.

    ``stand_ins``: operator → results put in its place by a rehearsal, or by an import, whose letters left long ago;
    never set by a door.
    ``rules``: what holds for cases of the whole office.
    ``rehearse``: what the walks of an SOP's scenarios say on that day, where a case takes its draft along.
    """

    calendar: Calendar
    key: Key | None = None
    rules: Rules = field(default_factory=Rules)
    stand_ins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rehearse: Callable[[Connection, SopFolder, Calendar, date], Sequence[Finding]] | None = None
