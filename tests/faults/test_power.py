"""What an acknowledged act rests on when the power goes: each connection syncs, a database that does not is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from sqlite3 import Connection

import pytest
import sqlalchemy as sa

from engine import store as storing
from engine.errors import Invalid
from engine.store import Store


def test_each_connection_of_a_store_keeps_the_promise_whatever_it_was_used_for_before(store: Store) -> None:
    asked = ("PRAGMA synchronous", "PRAGMA foreign_keys", "PRAGMA query_only") if store.is_sqlite else ("SHOW fsync",)
    expected = ["2", "1", "0"] if store.is_sqlite else ["on"]
    for _ in range(3):
        with ExitStack() as several:
            for _ in range(4):
                several.enter_context(store.look())
        store.assert_safe()
        with store.act() as db:
            assert [str(db.exec_driver_sql(each).scalar()) for each in asked] == expected


@pytest.fixture
def careless_server(emptied_postgresql_store: Store, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The server as somebody in a hurry configures it."""
    kept = emptied_postgresql_store

    def tell(*statements: str) -> None:
        with kept.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            for statement in (*statements, "SELECT pg_reload_conf()"):
                db.exec_driver_sql(statement)

    tell(f"ALTER SYSTEM SET {request.param} = off")
    careless = Store(kept.url)
    try:
        yield careless
    finally:
        careless.close()
        tell(f"ALTER SYSTEM RESET {request.param}")
        while not _is_safe(kept):
            kept.close()


def _is_safe(store: Store) -> bool:
    try:
        store.assert_safe()
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("careless_server", ["fsync", "full_page_writes"], indirect=True)
def test_a_postgresql_server_that_does_not_sync_is_refused(
    careless_server: Store, request: pytest.FixtureRequest
) -> None:
    for _ in range(200):  # the server reads its new settings when it comes to it
        if not _is_safe(careless_server):
            break
        careless_server.close()
    with pytest.raises(Invalid) as refusal:
        careless_server.assert_safe()
    assert list(refusal.value.fields) == [request.node.callspec.params["careless_server"]]


@pytest.mark.parametrize("weaker", ["synchronous=NORMAL", "synchronous=OFF", "foreign_keys=OFF", "journal_mode=DELETE"])
def test_a_build_that_opens_sqlite_more_weakly_is_refused(
    sqlite_store: Store, weaker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(engine: sa.Engine) -> None:
        teach(engine)

        @sa.event.listens_for(engine, "connect")
        def _forget(raw: Connection, _record: object) -> None:
            raw.execute(f"PRAGMA {weaker}")

    teach = storing._teach_sqlite
    monkeypatch.setattr(storing, "_teach_sqlite", forgetful)
    weak = Store(sqlite_store.url)
    with pytest.raises(Invalid) as refusal:
        weak.assert_safe()
    weak.close()
    assert list(refusal.value.fields) == [weaker.partition("=")[0]]
