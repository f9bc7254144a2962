"""What a letter to a petitioner says: composed when it is sent, from the reviewed answer; stored nowhere else."""

from __future__ import annotations

import sqlalchemy as sa

from engine.cases import interim
from engine.cases.records import answer, document
from engine.office.notices import Notice
from engine.store import Connection

__all__ = ["text_of"]

_SOURCE = (
    sa.select(answer.c.answers, document.c.facts)
    .join(answer, answer.c.id == document.c.answer_id)
    .where(document.c.id == sa.bindparam("document_id"), document.c.case_id == sa.bindparam("case_id"))
)


def text_of(db: Connection, notice: Notice) -> str | None:
    """The body of a letter: the reviewed answer for a reply, the earlier case's number for a duplicate, and of a date
    that moved the reason and the new one."""
    if notice.kind in interim.KINDS:
        return interim.text_of(db, notice)
    if notice.kind == "reply":
        # the petitioner of a duplicate gets the answer of the case it was joined to
        answered_in = notice.facts.get("of", notice.case_id)
        row = db.execute(_SOURCE, {"document_id": notice.facts.get("document"), "case_id": answered_in}).first()
        return None if row is None else row.answers.get(row.facts.get("field"))
    if notice.kind == "duplicate" and notice.facts.get("original"):
        return f"您反映的事項與案件 {notice.facts['original']} 相同，已併入該案一併辦理。"
    if notice.kind == "parted" and notice.facts.get("original"):
        return f"您的案件不再併入案件 {notice.facts['original']}，恢復單獨辦理，辦理情形將另行回覆。"
    return None
