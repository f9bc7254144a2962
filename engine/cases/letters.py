"""What a letter to a petitioner says: composed when it is sent, from the reviewed answer; stored nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import attachments, interim
from engine.cases.records import answer, attachment, document
from engine.office import wording
from engine.office.notices import Letter, Notice
from engine.office.vault import Key
from engine.office.wording import Written
from engine.store import Connection

__all__ = ["preview", "text_of", "writing"]

_SOURCE = (
    sa.select(answer.c.answers, document.c.facts)
    .join(answer, answer.c.id == document.c.answer_id)
    .where(document.c.id == sa.bindparam("document_id"), document.c.case_id == sa.bindparam("case_id"))
)


def writing(key: Key | None) -> Letter:
    """What the outbox asks at the moment of sending: the text, and the files the reply encloses."""

    def write(db: Connection, notice: Notice) -> Written | None:
        text = text_of(db, notice)
        return None if text is None else Written(text, _enclosed(db, notice, key))

    return write


def preview(case: Mapping[str, Any], text: str, at: datetime) -> tuple[str, str]:
    """A reply as it would leave now: its subject and its whole text."""
    notice = Notice(
        0, "preview", None, case["id"], "reply", 0, {"number": case["number"]}, at, None, "mail", "", 0, None, None,
        False,
    )  # fmt: skip
    mail = wording.message(notice, "petitioner@example.invalid", "sopflow@localhost", body=text)
    return str(mail["Subject"]), mail.get_content().rstrip()


def _enclosed(db: Connection, notice: Notice, key: Key | None) -> list[tuple[str, str, bytes]]:
    """The files chosen to leave with a reply, read now; links to the desk are never sent."""
    if notice.kind != "reply":
        return []
    answered_in = notice.facts.get("of", notice.case_id)
    row = db.execute(_SOURCE, {"document_id": notice.facts.get("document"), "case_id": answered_in}).first()
    ids = [int(one) for one in (row.answers.get(attachments.REPLY_FILES) or ())] if row is not None else []
    if not ids:
        return []
    known = sa.select(*attachments.COLUMNS).where(
        attachment.c.id.in_(ids), attachment.c.case_id == answered_in, attachment.c.removed_at.is_(None)
    )
    rows = {one["id"]: dict(one) for one in db.execute(known).mappings()}
    return [
        (rows[one]["name"], rows[one]["media_type"], attachments.content_of(db, rows[one], key))
        for one in ids if one in rows
    ]  # fmt: skip


def text_of(db: Connection, notice: Notice) -> str | None:
    """The body of a letter: when to expect the answer for a receipt, the reviewed answer for a reply, the number of the
    earlier case for a duplicate, and of a date that moved the reason and the new one."""
    if notice.kind in interim.KINDS:
        return interim.text_of(db, notice)
    if notice.kind == "receipt" and notice.facts.get("answer_by"):
        return f"預定答復期限：{notice.facts['answer_by']}（自收件次日起算；權責單位認定後如有調整，以調整後為準）。"
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
