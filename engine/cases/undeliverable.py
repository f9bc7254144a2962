"""An answer that came back: noted by a person or found dead in the outbox, then sent again, the same document.

The day it was first sent stays the day its document was closed (公文除管). Each sending stands on the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import answers as answering
from engine.cases import documents, people_of, sight
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_reason, required_text
from engine.cases.records import answer, case, document
from engine.cases.surroundings import Office
from engine.errors import Invalid, Missing, NotNow
from engine.library import shelf
from engine.office import notices, vault
from engine.office.people import SYSTEM, Person
from engine.office.records import notice
from engine.sops import forms
from engine.store import Connection, Store

__all__ = ["WAYS", "correct_identity", "find_dead", "note_undeliverable", "send_again"]

#: how a letter may go out once more: by mail it waits in the outbox, otherwise a person brings it
WAYS = ("mail", "post", "phone", "in_person")


def note_undeliverable(
    db: Connection, document_id: int, why: str, *, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """A letter did not reach the petitioner. Whoever holds the case, who wrote it and the unit's chief are told."""
    act, row = _begin(db, document_id, "note_undeliverable", who, at, office)
    sight.require(db, who, "note_undeliverable", act.case)
    if row["kind"] not in documents.OUTSIDE and row["notice_id"] is None:
        raise Missing("not_a_letter", "這份文件沒有寄出。")
    if row["returned_at"] is not None:
        raise NotNow("already_returned", "這份文件已登錄為無法送達。")
    why = required_text(why, "why", "請說明為什麼無法送達。")
    db.execute(document.update().where(document.c.id == document_id).values(returned_at=at, returned_why=why))
    act.effects |= {"document": document_id, "kind": row["kind"]}
    writer = db.scalar(sa.select(answer.c.by).where(answer.c.id == row["answer_id"]))
    people_of.tell_persons(
        act, [*people_of.holders_of(db, act.case["id"], at), writer, *_chiefs(act)], kind="undeliverable",
        key=f"undeliverable:{document_id}:{act.id}", facts={"document": document_id},
    )  # fmt: skip
    act.finish(step=row["step"], reason=why)


def send_again(
    db: Connection, document_id: int, *, way: str = "mail", reason: str = "", who: Person, at: datetime, office: Office
) -> None:
    """The same letter once more: by mail to the address as it is now, or as a person says how it was brought.

    Any way but mail needs a sentence (``reason``): when, to whom. NotNow for one that did not come back.
    """
    act, row = _begin(db, document_id, "send_again", who, at, office)
    sight.require(db, who, "send_again", act.case)
    if row["returned_at"] is None:
        raise NotNow("not_returned", "這份文件沒有退回，不需再寄。")
    if way not in WAYS:
        raise Invalid("way", "請選擇送達方式。", fields={"way": "請選擇送達方式。"})
    said = required_reason(reason) if way != "mail" or reason.strip() else None
    sendings = [*row["facts"].get("sendings", ()), {
        "returned_at": row["returned_at"].isoformat(), "why": row["returned_why"], "at": at.isoformat(), "way": way,
    }]  # fmt: skip
    letter = _post_again(act, row, len(sendings)) if way == "mail" else None
    db.execute(
        document.update()
        .where(document.c.id == document_id)
        .values(
            returned_at=None, returned_why=None, notice_id=letter, facts={**row["facts"], "sendings": sendings}
        )
    )  # fmt: skip
    act.effects |= {"document": document_id, "kind": row["kind"], "way": way}
    act.finish(step=row["step"], reason=said)


def correct_identity(
    db: Connection, case_id: int, changes: Mapping[str, Any], *, reason: str, who: Person, at: datetime, office: Office
) -> list[str]:
    """Correct what the vault holds of a petitioner, an address that was wrong; the names of the fields that changed.

    The journal says which fields, never what stood or stands in them. An empty value leaves the field as it is.
    """
    act = of_case(db, case_id, verb="identity.correct", who=who, at=at, office=office)
    sight.require(db, who, "correct_identity", act.case)
    if office.key is None:
        raise Missing("no_key", "系統沒有身分保管金鑰，無法更正陳情人資料。")
    reason = required_reason(reason)
    form = shelf.form(db, act.case["bundle"], act.case["start"])
    sealed = {f.name for f in form.fields if f.identity} if form is not None else set()
    given = {name: value for name, value in changes.items() if value not in (None, "")}
    unknown = sorted(given.keys() - sealed)
    if form is None or unknown:
        raise Invalid("answers", "這裡只能更正陳情人資料。", fields=dict.fromkeys(unknown, "這裡不能更正這個欄位。"))
    before = vault.read(db, case_id, office.key)
    opening = answering.latest(db, case_id, act.case["start"])
    whole = forms.accept(form, {**(opening["answers"] if opening else {}), **before, **given})
    after = {name: str(value) for name, value in whole.items() if name in sealed and value not in (None, "")}
    changed = sorted(name for name in sealed if after.get(name) != before.get(name))
    if not changed:
        raise Invalid("nothing_changed", "沒有任何更正。")
    vault.correct(db, case_id, after, office.key)
    act.effects["fields"] = changed
    act.finish(reason=reason)
    return changed


def find_dead(store: Store, *, at: datetime, office: Office) -> int:
    """Letters the outbox gave up are noted as undeliverable by the system, each in its own transaction; how many.

    A door's verb, as often as one likes: what was noted once is not found again.
    """
    with store.look() as db:
        found = list(_dead(db))
    for document_id, why in found:
        with store.act() as db:
            if any(one == document_id for one, _ in _dead(db)):
                note_undeliverable(db, document_id, why, who=SYSTEM, at=at, office=office)
    return len(found)


def _dead(db: Connection) -> Iterator[tuple[int, str]]:
    query = (
        sa.select(document.c.id, notice.c.proof)
        .join(notice, notice.c.id == document.c.notice_id)
        .where(notice.c.state == "dead", notice.c.person_id.is_(None), document.c.returned_at.is_(None))
        .order_by(document.c.id)
        .limit(200)
    )
    for row in db.execute(query):
        yield row.id, notices.WHY_DEAD.get(row.proof or "", notices.WHY_DEAD["refused"])


def _begin(
    db: Connection, document_id: int, verb: str, who: Person, at: datetime, office: Office
) -> tuple[Act, dict[str, Any]]:
    of = sa.select(document.c.case_id).join(case, case.c.id == document.c.case_id).where(document.c.id == document_id)
    case_id = db.execute(of).scalar()
    if case_id is None:
        raise Missing("no_such_document", "查無此文件。")
    act = of_case(db, case_id, verb=verb, who=who, at=at, office=office)
    return act, dict(db.execute(sa.select(document).where(document.c.id == document_id)).mappings().one())


def _chiefs(act: Act) -> list[int]:
    """Of the responsible unit; where none is known, of the control office."""
    return people_of.resolve(
        act, "section_chief@responsible" if act.case["unit"] is not None else "section_chief@fixed:planning-rdec"
    )


def _post_again(act: Act, row: Mapping[str, Any], time: int) -> int | None:
    """The letter as it was, in the outbox under another key: its words and its address are read when it leaves."""
    sent = act.db.execute(
        sa.select(notice.c.kind, notice.c.facts).where(notice.c.id == row["notice_id"])
    ).first()  # fmt: skip
    kind = sent.kind if sent is not None else "reply"
    facts = sent.facts if sent is not None else {"number": act.case["number"], "document": row["id"]}
    return notices.post(
        act.db, key=f"again:{row['id']}:{time}", to=None, case_id=act.case["id"], kind=kind, at=act.at, facts=facts,
        channel="mail",
    )  # fmt: skip
