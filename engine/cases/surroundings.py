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
from engine.store import Connection, Store

__all__ = ["Office"]


@dataclass(frozen=True, slots=True)
class Office:
    """Handed in by the door. ``key`` None: petitioners' identities can be neither sealed nor read here.

    ``stand_ins``: operator → results put in its place by a rehearsal, or by an import, whose letters left long ago;
    never set by a door.
    ``rules``: what holds for cases of the whole office.
    ``rehearse``: what the walks of an SOP's scenarios say on that day, where a case takes its draft along; ``walk``
    walks them, with no transaction open. A rehearsed office has neither.
    """

    calendar: Calendar
    key: Key | None = None
    rules: Rules = field(default_factory=Rules)
    stand_ins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rehearse: Callable[[Connection, SopFolder, Calendar, date], Sequence[Finding]] | None = None
    walk: Callable[[Store, SopFolder, Calendar, date], None] | None = None

    def rehearsed(self, today: date) -> Callable[[Connection, SopFolder], Sequence[Finding]] | None:
        """For the library's verbs: a draft's scenarios as somebody has walked them; None: they are not asked."""
        walks = self.rehearse
        if walks is None:
            return None
        return lambda db, folder: walks(db, folder, self.calendar, today)
