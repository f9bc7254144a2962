"""Whether a case has turned since somebody looked: a short mark that differs when its pictures would."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, case, child, item
from engine.dates.records import deadline
from engine.dates.workdays import local_day
from engine.office.records import chain_head
from engine.store import Connection

__all__ = ["turned"]


def _asked() -> sa.Select[tuple[int, int, int, int]]:
    """The newest line of its journal, what of it is late, which of the cases it opened are not over. One query."""
    id_ = sa.bindparam("case_id", type_=case.c.id.type)
    at = sa.bindparam("at", type_=deadline.c.due_at.type)
    subject = sa.literal("case:") + sa.cast(id_, sa.String)
    line = sa.select(chain_head.c.seq).where(chain_head.c.subject == subject)
    late = sa.select(sa.func.count()).where(item.c.case_id == id_, ITEM_IS_OPEN, item.c.due_at < at)
    passed = sa.select(sa.func.count()).where(
        deadline.c.case_id == id_, deadline.c.ended_at.is_(None), deadline.c.due_at < at
    )
    out = sa.select(sa.func.count()).select_from(child.join(case, case.c.id == child.c.case_id))
    out = out.where(child.c.parent_id == id_, case.c.status == sa.literal_column("'open'"))
    return sa.select(*(query.scalar_subquery() for query in (line, late, passed, out)))


_ASKED = _asked()


def turned(db: Connection, case_id: int, *, at: datetime) -> str:
    """The mark of a case now. The day is in it: a line of time is drawn up to today."""
    row = db.execute(_ASKED, {"case_id": case_id, "at": at}).one()
    return "-".join(str(part or 0) for part in (*row, local_day(at).toordinal()))
