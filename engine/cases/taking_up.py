"""A case that was over goes on: the same way back for one wrongly released, wrongly withdrawn, wrongly joined.

What it was before stands in the journal. Deadlines that its end cut off run to their old dates; those that were met
stay met, and a follow-up deadline begins in their place (docs/decisions/0009-taken-up-again.md).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import limits
from engine.cases.act import Act
from engine.cases.settle import settle
from engine.dates import deadlines
from engine.dates.records import deadline
from engine.office.records import entry
from engine.sops.sop import Deadline, Rung
from engine.store import Connection

__all__ = ["as_it_stood", "take_up"]

#: how long it is, the office decides (``rules``)
_FOLLOW_UP = Deadline(
    limits.REOPENED, "重新列管追蹤", "follow-up", unit="day", basis="proposed",
    rungs=(
        Rung("reminder", 1, "workday", ("holder",), "proposed"),
        Rung("escalation", 0, "workday", ("holder", "section_chief@responsible"), "proposed"),
    ),
)  # fmt: skip
_WAS = ("status", "end", "close_reason", "ended_at", "released_at", "solved")


def take_up(act: Act, tokens: tuple[str, ...]) -> None:
    """Put the case back to this marking: open again, its deadlines run, its steps on somebody's desk."""
    ended = act.case["ended_at"]
    act.effects["was"] = {name: _said(act.case[name]) for name in _WAS if act.case[name] is not None}
    act.change(
        status="open", end=None, close_reason=None, ended_at=None, released_at=None, solved=None, reopened_at=act.at
    )
    limits.run_on(act, ended)
    _follow_up(act)
    settle(act, flow.take_up(act.projection, act.state, tokens))


def as_it_stood(db: Connection, case_id: int, verb: str) -> tuple[str, ...] | None:
    """The marking a case had when it was withdrawn or joined; None where its journal does not hold it."""
    newest = (
        sa.select(entry.c.effects)
        .where(entry.c.subject == f"case:{case_id}", entry.c.verb == verb)
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    stood = (db.execute(newest).scalar() or {}).get("stood")
    return tuple(str(token) for token in stood) if stood else None


def _follow_up(act: Act) -> None:
    """Where the reply was met it stays so, and the case gets a new date; where its own limit runs on, that counts."""
    runs = any(row.step is None and row.regime != "standard" for row in deadlines.open_of(act.db, act.case["id"]))
    met = sa.select(deadline.c.id).where(
        deadline.c.case_id == act.case["id"], deadline.c.met_at.is_not(None), deadline.c.step.is_(None)
    )
    if runs and act.db.execute(met.limit(1)).first() is None:
        return
    spec = replace(_FOLLOW_UP, length=act.office.rules.reopened_days)
    row = deadlines.start(
        act.db, case_id=act.case["id"], path=spec.id, spec=spec, starts_at=act.at, calendar=act.office.calendar,
    )  # fmt: skip
    act.limits = None
    act.note("deadlines", {"path": row.path, "due": row.due_at.isoformat()})


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
