"""One mail a day instead of many: the digest of everything not urgent and not yet read; and many urgent ones as one.

A person has at most one digest a day, however many clocks send them: the day's row is unique and is written in the
transaction that puts the mail in the outbox. What came after the day's digest waits for the next one; what rang late,
because the clock was down, does not wait.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from engine.office import notices, quiet
from engine.office import records as r
from engine.office.people import office_day
from engine.office.wording import MOST_LINES
from engine.store import Connection, Store

__all__ = ["fold", "send_due"]

log = logging.getLogger(__name__)

#: more urgent mails than this to one person at one moment go as one
MOST_SINGLE = 3
_c = r.notice.c
_UNTOLD = sa.text(r.UNTOLD)
#: nothing of a case that its reader was excluded from since
_OWN = ~sa.exists().where(r.exclusion.c.case_id == _c.case_id, r.exclusion.c.person_id == _c.person_id)


def send_due(store: Store, *, at: datetime, is_working: quiet.WorkingDay) -> int:
    """Put today's digests in the outbox once their time has come; how many. A door's verb: a transaction a person."""
    with store.look() as db:
        instant = quiet.digest_time(quiet.rules(db), at, is_working)
        if instant is None:
            return 0
        waiting = _waiting(db, office_day(at), instant)
    sent = 0
    for person_id in waiting:
        try:
            with store.act() as db:
                sent += _send(db, person_id, office_day(at), at)
        except OperationalError:
            raise
        except Exception as failure:  # one person's trouble is nobody else's
            log.error("the digest of person %s failed: %s", person_id, type(failure).__name__)
    return sent


def fold(store: Store, *, at: datetime, is_working: quiet.WorkingDay) -> int:
    """Where many urgent mails to one person wait at once, make one of them; how many were folded."""
    with store.look() as db:
        if quiet.quiet_until(quiet.rules(db), at, is_working) is not None:
            return 0
        count = sa.func.count()
        crowded = sa.select(_c.person_id).where(*_urgent(at)).group_by(_c.person_id).having(count > MOST_SINGLE)
        persons = db.execute(crowded.order_by(_c.person_id)).scalars().all()
    folded = 0
    for person_id in persons:
        with store.act() as db:
            folded += _fold(db, person_id, at)
    return folded


def _waiting(db: Connection, day: date, instant: datetime) -> list[int]:
    """Persons who have something to be told and no digest of this day yet."""
    told = sa.select(r.digest.c.person_id).where(r.digest.c.day == day)
    rows = db.execute(
        sa.select(_c.person_id, _c.at, _c.facts)
        .join(r.person, r.person.c.id == _c.person_id)
        .where(_UNTOLD, _OWN, _c.channel == "desk", r.person.c.active, r.person.c.email.is_not(None))
        .where(_c.person_id.not_in(told))
        .order_by(_c.person_id)
    )
    return list(dict.fromkeys(row.person_id for row in rows if row.at <= instant or row.facts.get("late")))


def _send(db: Connection, person_id: int, day: date, at: datetime) -> int:
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    first = insert(r.digest).on_conflict_do_nothing(index_elements=["person_id", "day"]).returning(r.digest.c.id)
    digest_id = db.scalar(first, {"person_id": person_id, "day": day, "notices": 0, "at": at})
    if digest_id is None:
        return 0  # another clock was faster
    taken = sa.update(r.notice).where(_UNTOLD, _OWN, _c.person_id == person_id, _c.channel == "desk")
    rows = db.execute(taken.values(digest_id=digest_id).returning(_c.id, _c.kind, _c.level, _c.case_id, _c.facts))
    told = [row._asdict() for row in rows]
    mail = _mail(db, person_id, told, key=f"digest:{person_id}:{day}", at=at)
    count = {"notices": len(told), "notice_id": mail}
    db.execute(sa.update(r.digest).where(r.digest.c.id == digest_id).values(**count))
    return 1


def _urgent(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    waiting: sa.ColumnElement[bool] = sa.text("state = 'waiting'")  # type: ignore[assignment]
    return waiting, _OWN, _c.urgent, _c.next_try_at <= at, _c.tries == 0, _c.read_at.is_(None), _c.kind != "incident"


def _fold(db: Connection, person_id: int, at: datetime) -> int:
    newest = db.scalar(sa.select(sa.func.max(_c.id)).where(*_urgent(at), _c.person_id == person_id))
    key = f"fold:{person_id}:{newest}"
    taken = sa.update(r.notice).where(*_urgent(at), _c.person_id == person_id)
    taken = taken.values(state="folded", next_try_at=None, proof=notices.message_id(key))
    rows = db.execute(taken.returning(_c.id, _c.kind, _c.level, _c.case_id, _c.facts))
    told = [row._asdict() for row in rows]
    if told:
        _mail(db, person_id, told, key=key, at=at)
    return len(told)


def _mail(db: Connection, person_id: int, told: Sequence[Mapping[str, Any]], *, key: str, at: datetime) -> int | None:
    lines = _lines(told)
    facts = {"count": len(told), "rows": lines[:MOST_LINES], "more": max(0, len(lines) - MOST_LINES)}
    return notices.post(db, key=key, to=person_id, case_id=None, kind="digest", facts=facts, at=at, channel="mail")


def _lines(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a digest names: of one deadline only the highest rung, escalations first, then by due date."""
    newest: dict[Any, Mapping[str, Any]] = {}
    of_rung: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for row in told:
        deadline = row["facts"].get("deadline")
        of_rung[(row["case_id"], deadline) if deadline else row["id"]].append(row)
    for about, rows in of_rung.items():
        newest[about] = max(rows, key=lambda row: (row["level"], row["kind"] == "escalation", row["id"]))
    ordered = sorted(newest.values(), key=lambda row: (-row["level"], str(row["facts"].get("due") or "~"), row["id"]))
    return [
        {
            "kind": row["kind"], "level": row["level"], "number": row["facts"].get("number"),
            "step": row["facts"].get("step"), "due": row["facts"].get("due"), "case": row["case_id"],
        }
        for row in ordered
    ]  # fmt: skip
