"""Files of a case: kept with the answer that brought them, in the act's own transaction; their bytes lie beside them.

An answer holds their ids. Until it is given they belong to the draft of its item (``answer_id`` NULL); a file chosen at
the opening belongs to nobody's case yet, only to whoever chose it. What a petitioner hands in is always sealed with the
vault's key, and so is everything in an informant's case.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.cases.files import Received, in_size
from engine.cases.records import attachment, attachment_content
from engine.errors import Invalid, Stuck
from engine.office.people import Person
from engine.office.vault import Key
from engine.sops.forms import ScreenForm
from engine.store import Connection

__all__ = [
    "MOST_FILES", "MOST_MAILED", "NO_FILES", "REPLY_FILES", "Files", "add", "at_home", "choosable",
    "content_of", "fields_of", "forget_loose", "hand_over", "ids_in", "seal_case", "tie", "told_apart",
]  # fmt: skip

#: field → files as ``files.receive`` let them in
Files = Mapping[str, Sequence[Received]]
NO_FILES: Files = {}
#: files one act may bring or keep
MOST_FILES = 20
#: files that may wait for one form, with those taken out of it again
_MOST_WAITING = 40
#: the field whose files leave with the reply, and how large a mail's files may be together
REPLY_FILES = "reply_files"
MOST_MAILED = 10_000_000
#: how long a file waits for the form it was chosen for to be sent
_LOOSE = timedelta(days=1)

_c = attachment.c
#: what is known of a file without its bytes
COLUMNS = (
    _c.id, _c.case_id, _c.item_id, _c.answer_id, _c.step, _c.field, _c.name, _c.media_type, _c.size, _c.nonce, _c.at,
    _c.by, _c.removed_at,
)  # fmt: skip


def told_apart(files: Files) -> dict[str, Any]:
    """What of the files tells one form from another sent under the same key; nothing where there are none."""
    return {"files": {name: [one.digest for one in several] for name, several in files.items()}} if files else {}


def fields_of(form: ScreenForm | None) -> tuple[str, ...]:
    """The form's fields that ask for files."""
    return tuple(field.name for field in form.fields if field.kind == "files") if form else ()


def ids_in(form: ScreenForm | None, answers: Mapping[str, Any]) -> dict[int, str]:
    """File id → the field it stands in. Raises Invalid where something else than an id stands there."""
    found: dict[int, str] = {}
    for name in fields_of(form):
        for given in answers.get(name) or ():
            if not (isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 19):
                raise _gone(name)
            found[int(given)] = name
    return found


def add(
    db: Connection, *, form: ScreenForm | None, answers: Mapping[str, Any], files: Files, case_id: int | None,
    item_id: int | None, step: str, who: Person, at: datetime, key: Key | None, sealed: bool,
) -> dict[str, Any]:  # fmt: skip
    """Store what was brought, and name it in the answers. Nothing is asked of the database when nothing was."""
    given = dict(answers)
    asked = fields_of(form)
    if files:
        _room(db, files, item_id, who)
    for name, several in files.items():
        if name not in asked:
            raise Invalid("answers", "這個步驟沒有這些欄位。", fields={name: "沒有這個欄位。"})
        told = given.get(name) or []
        ids = [told] if isinstance(told, str) else list(told)
        for one in several:
            row = {
                "case_id": case_id, "item_id": item_id, "step": step, "field": name, "at": at, "by": who.id,
            }  # fmt: skip
            if sealed and key is None:
                raise Invalid("no_key", "系統沒有身分保管金鑰，這件案件不能收附件。")
            ids.append(str(_keep(db, one, row, key if sealed else None)))
        if ids:
            given[name] = ids
    return given


def _room(db: Connection, files: Files, item_id: int | None, who: Person) -> None:
    own = _c.item_id == item_id if item_id is not None else sa.and_(_c.case_id.is_(None), _c.by == who.id)
    waiting = sa.select(sa.func.count()).where(own, _c.answer_id.is_(None), _c.removed_at.is_(None))
    if db.execute(waiting).scalar_one() + sum(map(len, files.values())) > _MOST_WAITING:
        full = f"還沒送出的附件已超過 {_MOST_WAITING} 個，請先送出這個步驟。"
        raise Invalid("answers", full, fields=dict.fromkeys(files, full))


def _keep(db: Connection, one: Received, row: Mapping[str, Any], key: Key | None) -> int:
    nonce = secrets.token_bytes(12) if key is not None else None
    # of a sealed file the plain digest would let anybody try out which file it is
    digest = hmac.new(key.digesting, one.content, "sha256").hexdigest() if key is not None else one.digest
    new = attachment.insert().returning(_c.id)
    facts = {"name": one.name, "media_type": one.media_type, "size": len(one.content), "digest": digest}
    file_id = int(db.execute(new, {**row, **facts, "nonce": nonce}).scalar_one())
    kept = one.content if key is None or nonce is None else _sealed(key, nonce, one.content, file_id)
    db.execute(attachment_content.insert(), {"attachment_id": file_id, "content": kept})
    return file_id


def tie(
    db: Connection, form: ScreenForm | None, answers: Mapping[str, Any], *, case_id: int, item_id: int | None,
    answer_id: int, who: Person, at: datetime, drafted: bool = False,
) -> None:  # fmt: skip
    """The answer is given: its files are the case's, and what was taken out of the draft is gone for good.

    ``drafted``: whether a draft may hold files that the answer does not name.

    Raises Invalid at the field for a file that is not this case's, or was removed, and for too many or too large ones.
    """
    chosen = ids_in(form, answers)
    if not chosen and not (drafted and fields_of(form)):
        return
    of_draft = sa.and_(_c.item_id == item_id, _c.answer_id.is_(None), _c.removed_at.is_(None))
    wanted = sa.select(*COLUMNS).where(sa.or_(_c.id.in_(chosen), of_draft))
    known = {row["id"]: dict(row) for row in db.execute(wanted).mappings()}
    for file_id, name in chosen.items():
        if file_id not in known or not _usable(known[file_id], case_id, item_id, who):
            raise _gone(name)
    _bounded(chosen, known)
    new = [file_id for file_id in chosen if known[file_id]["answer_id"] is None]
    left = [file_id for file_id in known if file_id not in chosen]
    if new:
        db.execute(attachment.update().where(_c.id.in_(new)).values(case_id=case_id, answer_id=answer_id))
    if left:
        db.execute(attachment.update().where(_c.id.in_(left)).values(removed_at=at))
        db.execute(attachment_content.delete().where(attachment_content.c.attachment_id.in_(left)))


def _usable(row: Mapping[str, Any], case_id: int, item_id: int | None, who: Person) -> bool:
    if row["removed_at"] is not None:
        return False
    if row["case_id"] is None:  # chosen at an opening that was not sent yet
        return item_id is None and row["by"] == who.id
    return row["case_id"] == case_id and (row["answer_id"] is not None or row["item_id"] == item_id)


def _bounded(chosen: Mapping[int, str], known: Mapping[int, Mapping[str, Any]]) -> None:
    if len(chosen) > MOST_FILES:
        last = list(chosen.values())[-1]
        raise Invalid("answers", "附件太多。", fields={last: f"一次最多 {MOST_FILES} 個附件。"})
    mailed = sum(known[file_id]["size"] for file_id, name in chosen.items() if name == REPLY_FILES)
    if mailed > MOST_MAILED:
        most = f"隨信寄出的附件合計不能超過 {in_size(MOST_MAILED)}，目前是 {in_size(mailed)}。"
        raise Invalid("answers", most, fields={REPLY_FILES: most})


def _gone(name: str) -> Invalid:
    gone = "有附件已不存在，請重新選取。"
    return Invalid("answers", gone, fields={name: gone})


def hand_over(db: Connection, *, from_item: int, to_item: int, to_step: str) -> None:
    """The files of a draft go on with it to the step that continues."""
    of_draft = sa.and_(_c.item_id == from_item, _c.answer_id.is_(None), _c.removed_at.is_(None))
    db.execute(attachment.update().where(of_draft).values(item_id=to_item, step=to_step))


def at_home(
    form: ScreenForm | None, answers: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:  # fmt: skip
    """Answers of a draft from another step: files of a field this form does not have stand in its first one."""
    fields = fields_of(form)
    strays = [
        str(row["id"]) for row in waiting
        if row["field"] not in fields and str(row["id"]) in (answers.get(row["field"]) or ())
    ]  # fmt: skip
    if not fields or not strays:
        return dict(answers)
    return {**answers, fields[0]: [*(answers.get(fields[0]) or ()), *strays]}


def choosable(db: Connection, ids: Iterable[int], who: Person) -> list[Mapping[str, Any]]:
    """Files this person chose at an opening and has not sent yet."""
    mine = sa.and_(_c.id.in_(list(ids)), _c.case_id.is_(None), _c.by == who.id, _c.removed_at.is_(None))
    return [dict(row) for row in db.execute(sa.select(*COLUMNS).where(mine).order_by(_c.id)).mappings()]


def forget_loose(db: Connection, *, at: datetime) -> int:
    """Files chosen for a form that was never sent are deleted after a day; how many were."""
    old = sa.and_(_c.case_id.is_(None), _c.at < at - _LOOSE)
    ids = list(db.scalars(sa.select(_c.id).where(old)))
    if ids:
        db.execute(attachment_content.delete().where(attachment_content.c.attachment_id.in_(ids)))
        db.execute(attachment.delete().where(_c.id.in_(ids)))
    return len(ids)


def content_of(db: Connection, row: Mapping[str, Any], key: Key | None) -> bytes:
    """The bytes of one file. Raises Stuck when they are sealed and this key does not open them."""
    kept: bytes = db.execute(
        sa.select(attachment_content.c.content).where(attachment_content.c.attachment_id == row["id"])
    ).scalar_one()
    if row["nonce"] is None:
        return bytes(kept)
    if key is not None:
        try:
            return AESGCM(key.sealing).decrypt(row["nonce"], kept, _bound_to(row["id"]))
        except InvalidTag:
            pass
    raise Stuck("attachment_unreadable", "附件無法解密：金鑰不符或資料曾被更動。")


def seal_case(db: Connection, case_id: int, key: Key) -> int:
    """A case turned out to be an informant's: what of its files lies open is sealed; how many were."""
    plain = sa.select(*COLUMNS).where(_c.case_id == case_id, _c.nonce.is_(None), _c.removed_at.is_(None))
    rows = [dict(row) for row in db.execute(plain).mappings()]
    for row in rows:
        content, nonce = content_of(db, row, None), secrets.token_bytes(12)
        digest = hmac.new(key.digesting, content, "sha256").hexdigest()
        db.execute(attachment.update().where(_c.id == row["id"]).values(nonce=nonce, digest=digest))
        db.execute(
            attachment_content.update()
            .where(attachment_content.c.attachment_id == row["id"])
            .values(content=_sealed(key, nonce, content, row["id"]))
        )
    return len(rows)


def _sealed(key: Key, nonce: bytes, content: bytes, file_id: int) -> bytes:
    return AESGCM(key.sealing).encrypt(nonce, content, _bound_to(file_id))


def _bound_to(file_id: int) -> bytes:
    return f"attachment:{file_id}".encode()
