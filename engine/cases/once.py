"""The same form sent twice has one effect and one answer.

The key's row is written first, in the act's own transaction: a second copy of the form waits for the first to commit,
then reads its result; if the first was rolled back, the second is the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.cases.records import idempotency
from engine.errors import Conflict
from engine.office.people import Person
from engine.store import Connection, Prepared, dumps

__all__ = ["done_before", "remember"]

_SEEN = sa.select(idempotency).where(idempotency.c.key == sa.bindparam("k"))
#: RETURNING tells whether it was written; after an INSERT psycopg's row count does not
_TAKE = Prepared(
    {
        name: dialect.insert(idempotency).on_conflict_do_nothing().returning(idempotency.c.key)
        for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }
)
_REMEMBER = Prepared(
    idempotency.update().where(idempotency.c.key == sa.bindparam("k")).values(result=sa.bindparam("r"))
)


def done_before(
    db: Connection, key: str | None, *, who: Person, at: datetime, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The result of an earlier act under this key, or None: then the key is taken. ``asked`` is what the form said.

    Raises Conflict when the key was used for something else, or by somebody else.
    """
    if key is None:
        return None
    digest = hashlib.sha256(dumps(asked).encode("utf-8", "surrogatepass")).hexdigest()
    if _TAKE.first(db, key=key, person_id=who.id or 0, digest=digest, result={}, at=at) is not None:
        return None
    seen = db.execute(_SEEN, {"k": key}).mappings().one()
    if seen["digest"] != digest or seen["person_id"] != (who.id or 0):
        raise Conflict("key_reused", "這份表單已用於另一個動作，請重新開啟頁面後再送出。")
    return dict(seen["result"])


def remember(db: Connection, key: str | None, result: Mapping[str, Any]) -> None:
    """What a second copy of this form will be answered."""
    if key is not None:
        _REMEMBER.run(db, k=key, r=dict(result))
