"""A file handed out to somebody who may see its case; of an informant's case each one leaves an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.attachments import COLUMNS, content_of
from engine.cases.desks.case_file import seen_by
from engine.cases.records import attachment, item
from engine.cases.surroundings import Office
from engine.errors import Missing, Stuck
from engine.office import journal, people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["find", "hand_out"]

_MISSING = "查無此附件，或您無權查看。"
_ONE = sa.select(*COLUMNS).where(attachment.c.id == sa.bindparam("file_id"))


def find(db: Connection, file_id: int, *, who: Person) -> tuple[Mapping[str, Any], bool]:
    """What is known of a file, and whether a look at it is noted. Raises Missing for a stranger.

    Until it is sent, a file of a draft is only for who works on it, and one chosen at an opening for who chose it.
    """
    found = db.execute(_ONE, {"file_id": file_id}).mappings().first()
    if found is None or found["removed_at"] is not None:
        raise Missing("no_such_attachment", _MISSING)
    row = dict(found)
    if row["case_id"] is None:
        if row["by"] not in who.ids:
            raise Missing("no_such_attachment", _MISSING)
        return row, False
    case = seen_by(db, row["case_id"], who)
    if row["answer_id"] is None and row["by"] not in who.ids and not _takes_over(db, row, who):
        raise Missing("no_such_attachment", _MISSING)
    return row, bool(case["informant"])


def hand_out(
    db: Connection, file_id: int, *, who: Person, at: datetime, office: Office
) -> tuple[Mapping[str, Any], bytes]:
    """A file and its bytes. In an informant's case the look is an act, and its entry names the file's number only."""
    row, noted = find(db, file_id, who=who)
    try:
        content = content_of(db, row, office.key)
    except Stuck as sealed:  # nothing of the case stands still for it
        raise Missing(sealed.code, sealed.sentence) from None
    if noted:
        journal.write(
            db, subject=f"case:{row['case_id']}", verb="attachment.open", who=who, at=at, step=row["step"],
            effects={"attachment": file_id}, act_id=journal.new_act(),
        )  # fmt: skip
    return row, content


def _takes_over(db: Connection, row: Mapping[str, Any], who: Person) -> bool:
    """Whether the item the draft belongs to is this person's to do."""
    found = db.execute(sa.select(item).where(item.c.id == row["item_id"])).mappings().first()
    return found is not None and people.may(db, who, "complete", dict(found))
