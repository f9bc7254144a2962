"""A run of an SOP that meets nobody: what it did stands in its SOP's journal, and no case in anybody's list."""

from __future__ import annotations

import sqlalchemy as sa

from engine.cases import records as r
from engine.cases.act import Act
from engine.dates import records as dates
from engine.office.records import notice, vault

__all__ = ["forget", "met_nobody", "serial_of"]

#: whoever refers to a case by one of these would miss it
_REFERRING = (
    r.item.c.case_id, r.child.c.parent_id, r.child.c.case_id, r.document.c.case_id, r.link.c.case_id, r.link.c.to_id,
    r.meeting_item.c.case_id, r.incident.c.case_id, r.attachment.c.case_id, notice.c.case_id, vault.c.case_id,
)  # fmt: skip
#: what a case leaves that nobody else refers to
_ITS_OWN = (
    dates.alarm.c.case_id, dates.deadline.c.case_id, r.milestone.c.case_id, r.answer.c.case_id, r.case_gram.c.case_id,
)  # fmt: skip


def met_nobody(act: Act) -> bool:
    """Whether the case is over without ever having waited for a person, and nothing refers to it."""
    if act.case["status"] != "ended" or act.others:
        return False
    refers = (sa.exists().where(column == act.case["id"]) for column in _REFERRING)
    return not act.db.execute(sa.select(sa.or_(*refers))).scalar()


def forget(act: Act) -> None:
    """Take the case away again, in the act that opened it and before its first entry; its number is the next one's."""
    for column in _ITS_OWN:
        act.db.execute(sa.delete(column.table).where(column == act.case["id"]))
    act.db.execute(r.case.delete().where(r.case.c.id == act.case["id"]))
    year, _, count = act.case["number"].partition("-")
    mine = r.serial.c.name == serial_of(f"{year}-"), r.serial.c.last == int(count)
    act.db.execute(r.serial.update().where(*mine).values(last=r.serial.c.last - 1))


def serial_of(number: str) -> str:
    """The name under which the numbers of a year are counted."""
    return f"case:{number.partition('-')[0]}"
