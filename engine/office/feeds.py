"""An address under which a calendar program fetches what its owner may see, without signing in.

The address proves itself: it holds who asks and a digest over the city's key and the person's password hash. Nothing is
stored; a new password ends it, as does leaving the office.
"""

from __future__ import annotations

import hashlib
import hmac

import sqlalchemy as sa

from engine.errors import Missing
from engine.office import records as r
from engine.office.people import Person
from engine.office.vault import Key
from engine.store import Connection

__all__ = ["address", "reader"]

_LENGTH = 40


def address(db: Connection, who: Person, key: Key | None, *, of: str) -> str | None:
    """The last part of the address of feed ``of``; None where the city has no key, or the person no password."""
    kept = db.scalar(sa.select(r.person.c.password_hash).where(r.person.c.id == who.id))
    if key is None or who.id is None or not kept:
        return None
    return f"{who.id}-{_proof(key, who.id, kept, of)}"


def reader(db: Connection, given: str, key: Key | None, *, of: str) -> int:
    """Whose address it is: the person's id. Missing for any other text, an old address, and whoever has left."""
    number, _, proof = given.partition("-")
    if key is not None and given.isascii() and number.isdigit() and len(number) < 12:  # digests compare ASCII alone
        asked = sa.select(r.person.c.password_hash).where(r.person.c.id == int(number), r.person.c.active)
        kept = db.scalar(asked)
        if kept and hmac.compare_digest(_proof(key, int(number), kept, of), proof):
            return int(number)
    raise Missing("no_such_feed", "這個訂閱網址已失效，請登入後重新取得。")


def _proof(key: Key, person_id: int, password_hash: str, of: str) -> str:
    said = f"feed:{of}:{person_id}:{password_hash}".encode()
    return hmac.new(key.digesting, said, hashlib.sha256).hexdigest()[:_LENGTH]
