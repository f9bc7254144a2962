"""Seats for the administrator's rooms, and how many statements a page asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from engine.office import records as r
from engine.store import Store
from tests.webui.conftest import Office, Seat


def admin_of(office: Office, hashed: str) -> Seat:
    """The administrator, who works on no case."""
    return _seat(office, hashed, "admin")


def owner_of(office: Office, hashed: str) -> Seat:
    """Somebody who owns procedures."""
    return _seat(office, hashed, "owner")


def _seat(office: Office, hashed: str, account: str) -> Seat:
    with office.city.store.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == account).values(password_hash=hashed))
    seat = Seat(office.app)
    assert seat.sign_in(account).status == 303
    return seat


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that were sent while the block ran."""
    sent: list[str] = []

    def hear(_db: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SHOW", "SET")):
            sent.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", hear)
