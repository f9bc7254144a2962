"""What colleagues leave each other on a case. A note is struck out, never deleted: the struck text stays readable."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.cases import sight
from engine.cases.act import of_case
from engine.cases.reasons import required_text
from engine.cases.records import note
from engine.cases.surroundings import Office
from engine.errors import Missing, NotNow
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["note_add", "note_strike"]


def note_add(db: Connection, case_id: int, text: str, *, who: Person, at: datetime, office: Office) -> int:
    """Leave a note on a case one may see, open or closed; its id. The journal says that, not what, was written."""
    act = of_case(db, case_id, verb="note_add", who=who, at=at, office=office)
    sight.require(db, who, "note_add", act.case)
    cleaned = required_text(text, "text", "請填寫備註內容。")
    row = {"case_id": case_id, "text": cleaned, "by": who.id, "at": at}
    note_id = int(db.execute(note.insert().returning(note.c.id), row).scalar_one())
    act.effects["note"] = note_id
    act.finish()
    return note_id


def note_strike(db: Connection, note_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """Strike out one's own note, or as chief one of the unit's case. NotNow when it is struck already."""
    case_id = db.execute(sa.select(note.c.case_id).where(note.c.id == note_id)).scalar()
    if case_id is None:
        raise Missing("no_such_note", "查無此備註。")
    act = of_case(db, case_id, verb="note_strike", who=who, at=at, office=office)
    row = db.execute(sa.select(note).where(note.c.id == note_id)).one()
    sight.require(db, who, "note_strike", act.case, by=row.by)
    if row.struck_at is not None:
        by = people.names(db, [row.struck_by]).get(row.struck_by, "他人")
        raise NotNow("already_struck", f"這則備註已由{by}劃除。", by=row.struck_by)
    db.execute(note.update().where(note.c.id == note_id).values(struck_by=who.id, struck_at=at))
    act.effects["note"] = note_id
    act.finish()
