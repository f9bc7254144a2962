"""A case that could not go on: visible, resumable, nobody else's problem."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.records import draft, incident
from engine.errors import Stuck
from engine.store import Connection

__all__ = ["keep", "note", "resolve"]


def note(
    db: Connection,
    *,
    case_id: int | None,
    error: Stuck,
    at: datetime,
    step: str | None = None,
    alarm_id: int | None = None,
) -> int:
    """Write an incident; the same trouble at the same place is one incident while it lasts. ``case_id`` None: of no
    case, and ``step`` says where."""
    here = [incident.c.case_id == case_id, incident.c.code == error.code, incident.c.resolved_at.is_(None)]
    if case_id is None:
        here.append(incident.c.step == step)
    same = db.execute(sa.select(incident.c.id).where(*here)).scalar()
    if same is not None:
        return int(same)
    row = {
        "case_id": case_id, "alarm_id": alarm_id, "step": step, "code": error.code, "sentence": error.sentence,
        "at": at,
    }  # fmt: skip
    return int(db.execute(incident.insert().returning(incident.c.id), row).scalar_one())


def keep(db: Connection, error: Stuck, *, at: datetime) -> int | None:
    """After the roll-back, in a new transaction: keep the incident, and the person's answers as draft.

    ``error.facts`` says whose: case_id, step, and for a step item_id, answers, by. None when no case is known.
    """
    facts: Mapping[str, Any] = error.facts
    if facts.get("case_id") is None:
        return None
    if facts.get("item_id") is not None and facts.get("answers"):
        db.execute(draft.delete().where(draft.c.item_id == facts["item_id"]))
        row = {"item_id": facts["item_id"], "answers": facts["answers"], "at": at, "by": facts["by"]}
        db.execute(draft.insert(), row)
    return note(db, case_id=facts["case_id"], error=error, at=at, step=facts.get("step"))


def resolve(
    db: Connection, case_id: int | None, *, at: datetime, code: str | None = None, step: str | None = None
) -> None:
    """The case moves again: its incidents are over. ``case_id`` None: those of no case, of this ``code`` and place."""
    clause = [incident.c.case_id == case_id, incident.c.resolved_at.is_(None)]
    if code is not None:
        clause.append(incident.c.code == code)
    if case_id is None:
        clause.append(incident.c.step == step)
    db.execute(incident.update().where(*clause).values(resolved_at=at))
