"""職務代理人: somebody does another's work for a while, under their own name."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.errors import Invalid, Missing
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person
from engine.store import Connection


def appoint(
    db: Connection, person_id: int, substitute_id: int, *, since: datetime, until: datetime, who: Person, at: datetime
) -> int:
    """The substitute stands for the person from ``since`` until ``until``. By oneself, one's chief or an admin."""
    person, substitute = people.get(db, person_id, at), people.get(db, substitute_id, at)
    require(db, who, person)
    wrong: dict[str, str] = {}
    if person.id == substitute.id:
        wrong["substitute"] = "代理人不可為本人。"
    elif substitute.id == who.id and not people.leads(db, who, person):
        wrong["substitute"] = "不能替別人指定自己為代理人。"
    if until <= since or until <= at:
        wrong["until"] = "代理結束時間必須晚於開始時間與現在。"
    if wrong:
        raise Invalid("substitution_bad", "代理資料有誤。", fields=wrong)
    row = {"person_id": person_id, "substitute_id": substitute_id, "since": since, "until": until}
    made = db.execute(sa.insert(r.substitution).returning(r.substitution.c.id), row).scalar_one()
    journal.write(
        db, subject=f"person:{person_id}", verb="substitute.appoint", who=who, at=at, act_id=journal.new_act(),
        effects={"substitute": substitute_id, "since": since.isoformat(), "until": until.isoformat()},
    )  # fmt: skip
    return int(made)


def end(db: Connection, substitution_id: int, *, who: Person, at: datetime) -> None:
    """Ends a substitution now; one that has ended stays as it was."""
    row = db.execute(sa.select(r.substitution).where(r.substitution.c.id == substitution_id)).first()
    if row is None:
        raise Missing("substitution_missing", "查無此代理設定。")
    require(db, who, people.get(db, row.person_id, at))
    if row.until <= at:
        return
    db.execute(sa.update(r.substitution).where(r.substitution.c.id == substitution_id).values(until=at))
    journal.write(
        db, subject=f"person:{row.person_id}", verb="substitute.end", who=who, at=at, act_id=journal.new_act(),
        effects={"substitute": row.substitute_id},
    )  # fmt: skip


def require(db: Connection, who: Person, person: Person) -> None:
    """Oneself, an administrator, or a chief of any unit the person sits in may arrange who stands in."""
    things = [{"person_id": person.id, "unit": unit} for unit, _ in person.memberships]
    if not any(people.may(db, who, "substitute", thing) for thing in things):
        people.require(db, who, "substitute", {"person_id": person.id})
