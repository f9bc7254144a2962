"""How the house itself stands: what waits to be mailed, when it was last copied and proved, how big it has grown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.office import journal
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Outbox", "backed_up", "last_backup", "locked_accounts", "newest_anchor", "outbox", "size"]

_c = r.notice.c
#: what was put off for a minute, because the server was away, is due all the same
_SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Mails: ``due`` should have left by now, ``held`` wait for the end of the quiet hours, ``retried`` were not taken
    by the server and are tried again, ``dead`` were given up. ``oldest`` is when the oldest one due was written."""

    due: int
    held: int
    retried: int
    dead: int
    oldest: datetime | None


def outbox(db: Connection, at: datetime) -> Outbox:
    """One look at the waiting mails, one at those given up."""
    is_due = _c.next_try_at <= at + _SOON
    waiting = db.execute(
        sa.select(
            _count(is_due), _count(sa.and_(~is_due, _c.tries == 0)), _count(sa.and_(~is_due, _c.tries > 0)),
            sa.func.min(sa.case((is_due, _c.at))),
        ).where(sa.text("state = 'waiting'"))
    ).one()  # fmt: skip
    dead = db.scalar(sa.select(sa.func.count()).select_from(r.notice).where(_c.state == "dead"))
    return Outbox(waiting[0], waiting[1], waiting[2], dead or 0, waiting[3])


def _count(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)


def backed_up(db: Connection, name: str, size: int, *, who: Person, at: datetime) -> None:
    """A copy of the database was taken: remembered in the office's journal."""
    journal.write(
        db, subject="office", verb="backup", who=who, at=at, act_id=journal.new_act(),
        effects={"file": name, "bytes": size},
    )  # fmt: skip


def last_backup(db: Connection) -> tuple[datetime, Mapping[str, Any]] | None:
    """When the newest copy was taken with ``sopflow db backup``, and its facts; None: this database knows of none."""
    row = db.execute(
        sa.select(r.entry.c.at, r.entry.c.effects)
        .where(r.entry.c.subject == "office", r.entry.c.verb == "backup")
        .order_by(r.entry.c.seq.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.at, row.effects)


def newest_anchor(db: Connection) -> date | None:
    """The last day whose journal was sealed."""
    return db.scalar(sa.select(sa.func.max(r.anchor.c.day)))


def locked_accounts(db: Connection, at: datetime) -> int:
    """Active accounts that may not sign in just now: too many wrong passwords."""
    locked = sa.select(sa.func.count()).select_from(r.person).where(r.person.c.active, r.person.c.locked_until > at)
    return int(db.scalar(locked) or 0)


def size(db: Connection) -> int:
    """The database's bytes."""
    if db.dialect.name == "sqlite":
        pages, each = (db.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
        return int(pages) * int(each)
    return int(db.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
