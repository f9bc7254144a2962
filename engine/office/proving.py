"""Proof of the whole journal on request: asked by a person, worked off by whoever has the time, with how far it is.

The asking and its answer stand in one row of ``setting``; the journal says who asked. A journal of a million lines is
read for half a minute, longer than a page may take: then a clock does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import NotNow
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection, Store

__all__ = ["AT_ONCE", "Proof", "ask", "newest", "work"]

_NAME = "journal.proof"
#: so many lines are read within one page
AT_ONCE = 20_000
#: between two notes of how far it is
_STEP = 20_000
#: what a proof shows of a journal that somebody has rewritten
_MOST = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """``ended_at`` None: it is still to be done, ``done`` lines of ``total`` are read."""

    asked_at: datetime
    asked_by: int | None
    done: int
    total: int
    ended_at: datetime | None
    count: int
    problems: Sequence[Mapping[str, Any]]


def ask(db: Connection, *, who: Person, at: datetime) -> Proof:
    """Have everything proved. NotNow while an earlier asking is not answered."""
    people.require(db, who, "see_journal")
    before = newest(db)
    if before is not None and before.ended_at is None:
        raise NotNow("proof_runs", "歷程正在驗證中，請稍候。")
    total = db.scalar(sa.select(sa.func.count()).select_from(r.entry)) or 0
    asked = Proof(at, who.id, 0, total, None, 0, ())
    _keep(db, asked)
    journal.write(db, subject="office", verb="journal.verify", who=who, at=at, act_id=journal.new_act())
    return asked


def newest(db: Connection) -> Proof | None:
    """The last one asked, answered or not."""
    row = db.scalar(sa.select(r.setting.c.value).where(r.setting.c.name == _NAME))
    if row is None:
        return None
    ended = datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None
    return Proof(
        datetime.fromisoformat(row["asked_at"]), row["asked_by"], row["done"], row["total"], ended, row["count"],
        row["problems"],
    )  # fmt: skip


def work(store: Store, at: datetime) -> Proof | None:
    """Answer what was asked, if anything was; what it came to."""
    with store.look() as db:
        asked = newest(db)
    if asked is None or asked.ended_at is not None:
        return None

    def note(done: int) -> None:
        with store.act() as db:
            _keep(db, _with(asked, done=done))

    with store.look() as db:
        problems = journal.verify(db, note=note, every=_STEP)
    said = [{"code": p.code, "subject": p.subject, "seq": p.seq, "sentence": p.sentence} for p in problems]
    answered = _with(asked, done=asked.total, ended_at=at, count=len(said), problems=said[:_MOST])
    with store.act() as db:
        _keep(db, answered)
    return answered


def _with(proof: Proof, **changed: Any) -> Proof:
    return Proof(**{**{name: getattr(proof, name) for name in Proof.__slots__}, **changed})


def _keep(db: Connection, proof: Proof) -> None:
    value = {name: getattr(proof, name) for name in Proof.__slots__}
    for name in ("asked_at", "ended_at"):
        value[name] = value[name].isoformat() if value[name] is not None else None
    value["problems"] = list(proof.problems)
    db.execute(sa.delete(r.setting).where(r.setting.c.name == _NAME))
    db.execute(sa.insert(r.setting), {"name": _NAME, "value": value})
