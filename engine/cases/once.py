"""The same form sent twice has one effect and one answer.

The key's row is written in the act's own transaction. Where nothing else excludes a second copy it is written first:
the copy waits for the first to commit, then reads its result; if the first was rolled back, the second is the first.
Who completes an item holds its case and sees that it is done: there the key is written last, with its result.
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

__all__ = ["done_before", "found", "remember", "take"]

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
    if _TAKE.first(db, key=key, person_id=who.id or 0, digest=_digest(asked), result={}, at=at) is not None:
        return None
    return found(db, key, who=who, asked=asked)


def found(db: Connection, key: str | None, *, who: Person, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The result of an earlier act under this key, or None; nothing is taken. For an act that shows by the thing itself
    that it was done: whoever holds the thing's lock need ask only then. Raises Conflict as ``done_before``."""
    seen = db.execute(_SEEN, {"k": key}).mappings().first() if key is not None else None
    if seen is None:
        return None
    if seen["digest"] != _digest(asked) or seen["person_id"] != (who.id or 0):
        raise _reused()
    return dict(seen["result"])


def take(
    db: Connection, key: str | None, *, who: Person, at: datetime, asked: Mapping[str, Any], result: Mapping[str, Any]
) -> None:
    """Key and result in one, at the act's end. Raises Conflict when the key was used before."""
    if key is None:
        return
    row = {"key": key, "person_id": who.id or 0, "digest": _digest(asked), "result": dict(result), "at": at}
    if _TAKE.first(db, **row) is None:
        raise _reused()


def _digest(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(dumps(asked).encode("utf-8", "surrogatepass")).hexdigest()


def _reused() -> Conflict:
    return Conflict("key_reused", "這份表單已用於另一個動作，請重新開啟頁面後再送出。")


def remember(db: Connection, key: str | None, result: Mapping[str, Any]) -> None:
    """What a second copy of this form will be answered."""
    if key is not None:
        _REMEMBER.run(db, k=key, r=dict(result))
