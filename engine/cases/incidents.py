"""A case that could not go on: visible, resumable, nobody else's problem."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases.records import case, draft, incident
from engine.dates.records import alarm
from engine.errors import Invalid, Missing, NotNow, Stuck
from engine.office import journal, people
from engine.office.people import Person
from engine.sops import forms
from engine.store import Connection

__all__ = ["keep", "note", "resolve", "set_aside"]

#: a case whose opening got stuck holds no token and no value
NOT_BEGUN = ("", flow.dump(flow.State((), {}, {})))


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
        answers = facts["answers"]
        if "bring" in facts:
            answers = facts["bring"](db, answers=answers)  # the files were rolled back with the act
        row = {"item_id": facts["item_id"], "answers": answers, "at": at, "by": facts["by"]}
        db.execute(draft.insert(), row)
    return note(db, case_id=facts["case_id"], error=error, at=at, step=facts.get("step"))


def resolve(
    db: Connection, case_id: int | None, *, at: datetime, by: int | None = None, code: str | None = None,
    step: str | None = None,
) -> None:  # fmt: skip
    """The case moves again: its incidents are over. ``case_id`` None: those of no case, of this ``code`` and place."""
    clause = [incident.c.case_id == case_id, incident.c.resolved_at.is_(None)]
    if code is not None:
        clause.append(incident.c.code == code)
    if case_id is None:
        clause.append(incident.c.step == step)
    db.execute(incident.update().where(*clause).values(resolved_at=at, resolved_by=by))


def set_aside(db: Connection, incident_id: int, *, reason: str, who: Person, at: datetime) -> None:
    """Nothing more is done about it, with the reason; it stays in the history. A rung that could not ring falls silent.

    NotNow when it is over already, or when its case could never begin: that one is tried again, or withdrawn.
    """
    row = db.execute(
        sa.select(incident, case.c.state.label("case_state"), case.c.status.label("case_status"))
        .join(case, case.c.id == incident.c.case_id, isouter=True)
        .where(incident.c.id == incident_id)
        .with_for_update(of=incident)
    ).first()  # fmt: skip
    if row is None:
        raise Missing("no_such_incident", "查無此異常。")
    people.require(db, who, "resume", {"id": row.case_id})
    if row.resolved_at is not None:
        raise NotNow("incident_over", "這個異常已經處理完畢。")
    if row.case_status == "open" and row.case_state in NOT_BEGUN:
        raise NotNow("case_not_begun", "這個案件還沒有開始，不能擱置異常；請排除原因後重試，或撤案。")
    text = forms.clean_text(reason, limit=2000).strip()
    if not text:
        raise Invalid("reason", "請說明理由。", fields={"reason": "請說明理由。"})
    db.execute(
        incident.update().where(incident.c.id == incident_id).values(resolved_at=at, resolved_by=who.id, why=text)
    )
    if row.alarm_id is not None:  # a timer moves its case on, and is never given up
        rung = alarm.c.id == row.alarm_id, alarm.c.kind != "timer", alarm.c.rang_at.is_(None)
        db.execute(alarm.update().where(*rung).values(silenced_at=at))
    journal.write(
        db, subject="office" if row.case_id is None else f"case:{row.case_id}", verb="incident.set_aside", who=who,
        at=at, act_id=journal.new_act(), step=row.step, reason=text,
        effects={"incident": incident_id, "code": row.code},
    )  # fmt: skip
