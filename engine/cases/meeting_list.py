"""The list of the municipal meeting: where a case goes that the offices alone did not bring to an end."""

from __future__ import annotations

import sqlalchemy as sa

from engine.cases.act import Act
from engine.cases.records import meeting_item

__all__ = ["LATE_CASES", "put_on"]

#: the meeting's category of late and lagging cases
LATE_CASES = "落後與逾期案件"


def put_on(act: Act, *, why: str, category: str = LATE_CASES, case_id: int | None = None) -> bool:
    """Put the case on the list once: while the meeting has not ruled on it, asking again changes nothing.

    ``case_id``: another case that this act brings before the meeting.
    """
    of_case = case_id if case_id is not None else act.case["id"]
    waits = sa.select(meeting_item.c.id).where(
        meeting_item.c.case_id == of_case, meeting_item.c.category == category, meeting_item.c.ruled_at.is_(None)
    )
    if act.db.execute(waits).first() is not None:
        return False
    act.db.execute(meeting_item.insert(), {"case_id": of_case, "category": category, "why": why, "at": act.at})
    act.note("meeting_list", category)
    return True
