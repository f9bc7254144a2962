"""What an administrator has chosen for the whole office: one row per group of values, each change one journal line.

What the values of a group mean and which are allowed is its own module's: ``quiet``, ``cases.rules``,
``cases.watching``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.office import journal
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection

__all__ = ["choose", "stored"]


def stored(db: Connection, name: str) -> Mapping[str, Any]:
    """The values somebody set; empty where nobody did, and what is proposed holds."""
    found = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == name))
    return found if isinstance(found, Mapping) else {}


def choose(
    db: Connection, name: str, *, old: Mapping[str, Any], new: Mapping[str, Any], verb: str, who: Person, at: datetime
) -> None:  # fmt: skip
    """Put other values in force. Whether the person may and the values are good was asked before."""
    db.execute(sa.delete(r.setting).where(r.setting.c.name == name))
    db.execute(sa.insert(r.setting), {"name": name, "value": dict(new)})
    journal.write(
        db, subject="office", verb=verb, who=who, at=at, act_id=journal.new_act(), effects={"from": old, "to": new}
    )
