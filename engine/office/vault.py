"""The vault: who a petitioner is, kept apart from everything else and readable only with a key outside the database.

AES-256-GCM with the case id as associated data: a row moved to another case does not open. The digest is keyed, so it
finds the same person again and tells nothing. The key (``SOPFLOW_KEY_FILE``) is never in a backup.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import Invalid, Missing, NotAllowed, Stuck
from engine.office import journal, people
from engine.office import records as r
from engine.store import Connection, dumps, is_storable

if TYPE_CHECKING:
    from engine.office.people import Person

Identity = Mapping[str, str]
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Key:
    """Two keys from one secret: one seals, one digests. Its repr shows neither."""

    sealing: bytes = field(repr=False)
    digesting: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> Key:
        if len(secret) != 32:
            raise Invalid("key_bad", "金鑰必須是 32 個位元組。")
        return cls(_derive(secret, b"sopflow vault seal"), _derive(secret, b"sopflow vault digest"))

    @classmethod
    def from_file(cls, path: Path) -> Key:
        """Reads a key that ``make`` wrote: 32 bytes in base64. Raises ``Invalid`` naming the file."""
        try:
            return cls.of(base64.b64decode(path.read_text("ascii").strip(), validate=True))
        except FileNotFoundError:
            raise Invalid("key_missing", f"找不到金鑰檔 {path}。") from None
        except (OSError, ValueError, binascii.Error, Invalid):
            raise Invalid("key_bad", f"金鑰檔 {path} 無法讀取，或內容不是 32 個位元組的 base64。") from None

    @classmethod
    def make(cls, path: Path) -> Key:
        """Writes a new key readable by its owner only. Never overwrites one: that would lose every identity."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise Invalid("key_exists", f"金鑰檔 {path} 已經存在。") from None
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return cls.from_file(path)


def seal(db: Connection, case_id: int, identity: Identity, key: Key, *, channel: str | None = None) -> None:
    """Keeps the identity of one case. Empty fields are left out; nothing at all leaves no row."""
    kept = {name: value for name, value in identity.items() if value not in (None, "")}
    if not kept:
        return
    if not is_storable(kept):
        raise Invalid("text_bad", "文字含有無法儲存的字元。")
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key.sealing).encrypt(nonce, dumps(kept).encode(), _bound_to(case_id))
    db.execute(
        sa.insert(r.vault),
        {"case_id": case_id, "nonce": nonce, "sealed": sealed, "digest": digest(kept, key), "channel": channel},
    )


def correct(db: Connection, case_id: int, identity: Identity, key: Key) -> None:
    """Seals this in place of what was kept; the verb that asks for it says so in the case's journal."""
    row = db.execute(sa.select(r.vault.c.channel).where(r.vault.c.case_id == case_id)).one()
    db.execute(sa.delete(r.vault).where(r.vault.c.case_id == case_id))
    seal(db, case_id, identity, key, channel=row.channel)


def open(
    db: Connection, case: Any, key: Key, *, who: Person, at: datetime, reason: str, act_id: str | None = None
) -> dict[str, str]:
    """Who handed the case in. Needs the right to this case and a reason; the look is in the case's journal.

    ``case`` is the case's row or a mapping with ``id``, ``unit`` and ``informant``. The entry says who looked and why,
    not what. A refusal is remembered: who was refused stands in the journal too, once a day.
    """
    facts = people.facts_of(case)
    try:
        people.require(db, who, "see_identity", facts)
    except (Missing, NotAllowed) as refusal:
        _refused(db, facts["id"], who, at, reason)
        refusal.remembered = True
        raise
    if not reason.strip():
        raise Invalid("reason_missing", "請填寫調閱陳情人資料的理由。", fields={"reason": "請填寫理由。"})
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason_long", "理由太長。", fields={"reason": f"理由最多 {LONGEST_REASON} 個字。"})
    identity = read(db, facts["id"], key)
    journal.write(
        db, subject=f"case:{facts['id']}", verb="identity.open", who=who, at=at, reason=reason.strip(),
        act_id=act_id or journal.new_act(),
    )  # fmt: skip
    return identity


def _refused(db: Connection, case_id: int, who: Person, at: datetime, reason: str) -> None:
    """Not more than one line a day: a stubborn finger does not fill a case's journal."""
    line = r.entry.c
    same = sa.select(line.id).where(
        line.by == who.id, line.subject == f"case:{case_id}", line.verb == "identity.refused",
        line.at > at - timedelta(days=1),
    )  # fmt: skip
    if db.scalar(same.limit(1)) is None:
        said = reason.strip()[:LONGEST_REASON] if is_storable(reason) else ""
        journal.write(
            db, subject=f"case:{case_id}", verb="identity.refused", who=who, at=at, reason=said or None,
            act_id=journal.new_act(),
        )  # fmt: skip


def read(db: Connection, case_id: int, key: Key) -> dict[str, str]:
    """For the machine's own use (the address of a letter). People come through ``open``."""
    row = db.execute(sa.select(r.vault.c.nonce, r.vault.c.sealed).where(r.vault.c.case_id == case_id)).first()
    if row is None:
        raise Missing("identity_missing", "此案件沒有陳情人資料。")
    try:
        plain = AESGCM(key.sealing).decrypt(row.nonce, row.sealed, _bound_to(case_id))
    except InvalidTag:
        raise Stuck("identity_unreadable", "陳情人資料無法解密：金鑰不符或資料曾被更動。") from None
    return dict(json.loads(plain))


def digest(identity: Identity, key: Key) -> str:
    """The same for the same person however they write it: width, case, spaces, +886. By name with phone, else mail.

    Fields are known by how their names end: ``name``, ``phone``, ``email``. Whoever left none of them is like nobody.
    """
    name = re.sub(r"[\s·．・.]", "", _plain(_field(identity, "name")))
    phone = re.sub(r"\D", "", re.sub(r"^(\+886|00886)", "0", re.sub(r"[\s()-]", "", _plain(_field(identity, "phone")))))
    phone = re.sub(r"^00", "0", phone)
    email = re.sub(r"\s", "", _plain(_field(identity, "email")))
    contact = f"tel:{phone}" if phone else f"mail:{email}" if email else ""
    if not name and not contact:
        return secrets.token_hex(32)
    return hmac.new(key.digesting, f"{name}\n{contact}".encode(), hashlib.sha256).hexdigest()


def is_empty(db: Connection) -> bool:
    """Whether nothing is sealed in it."""
    return db.execute(sa.select(r.vault.c.case_id).limit(1)).first() is None


def unreadable(db: Connection, key: Key) -> list[int]:
    """The cases whose identity this key does not open; what ``db check`` and a restore have to say."""
    bad = []
    for case_id in db.scalars(sa.select(r.vault.c.case_id).order_by(r.vault.c.case_id)).all():
        try:
            read(db, case_id, key)
        except Stuck:
            bad.append(case_id)
    return bad


def _field(identity: Identity, ending: str) -> str:
    return next((str(identity[name]) for name in sorted(identity) if name.lower().endswith(ending)), "")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _bound_to(case_id: int) -> bytes:
    return f"case:{case_id}".encode()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
