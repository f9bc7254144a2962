"""A database that was put back from a copy mails nobody until somebody says that it is the office's own again.

A copy looks like the original: its clock would remind people of cases that have gone on elsewhere, and write to
petitioners once more. Everything else goes on; what would be mailed waits in the outbox.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.errors import NotNow
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection

__all__ = ["hold", "release", "since"]

_NAME = "mail-hold"
_MINE = r.setting.c.name == _NAME


def hold(db: Connection, at: datetime) -> None:
    """From now on nothing is mailed. By the door that puts a copy back; its journal is the copy's own, untouched."""
    db.execute(sa.delete(r.setting).where(_MINE))
    db.execute(sa.insert(r.setting), {"name": _NAME, "value": {"since": at.isoformat()}})


def since(db: Connection) -> datetime | None:
    """Since when nothing is mailed; None when mails go out."""
    held = db.scalar(sa.select(r.setting.c.value).where(_MINE))
    return datetime.fromisoformat(held["since"]) if held else None


def release(db: Connection, *, who: Person, at: datetime) -> datetime:
    """Mails go out again, also those that have waited; since when none did. NotNow when none was held."""
    people.require(db, who, "manage_settings")
    held = since(db)
    if held is None:
        raise NotNow("mails_not_held", "寄信沒有暫停，不需要恢復。")
    db.execute(sa.delete(r.setting).where(_MINE))
    journal.write(
        db, subject="office", verb="mails.release", who=who, at=at, act_id=journal.new_act(),
        effects={"since": held.isoformat()},
    )  # fmt: skip
    return held
