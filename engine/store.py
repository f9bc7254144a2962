"""Where everything is kept: one SQLAlchemy metadata, one way to open a transaction, times always in UTC.

SQLite (embedded, one writer) and PostgreSQL are the same code. Verbs take an open ``Connection``; only doors and
``clock.tick`` open transactions, with ``Store.act()``.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import StaticPool

from engine.errors import Invalid, Refusal

__all__ = [
    "Connection",
    "Id",
    "Json",
    "Prepared",
    "Store",
    "UtcDateTime",
    "dumps",
    "is_storable",
    "metadata",
    "printable",
]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: a primary key that counts by itself on both databases
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant, stored in UTC. SQLite keeps it as sortable ISO text with microseconds.

    Trap: SQLite drops the zone and keeps the local clock time, so a naive value is refused instead of guessed.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(32))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        return (_to_text if dialect.name == "sqlite" else _in_utc)(value)

    # what SQLAlchemy would call around the function takes as long as the function, of every row of every list
    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _to_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        return _from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    value = _in_utc(value)
    return None if value is None else value.isoformat(timespec="microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


#: one encoder for all: ``json.dumps`` would make one for each
dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(value: Any) -> bool:
    """Whether both databases keep the text: PostgreSQL takes no NUL and no half of a surrogate pair, SQLite would."""
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is None
    if isinstance(value, Mapping):
        return all(is_storable(k) and is_storable(v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(is_storable, value))
    return True


def printable(value: Any, longest: int = 64) -> str:
    """What somebody typed, fit to stand in a sentence: short, one line, nothing that a terminal or a log obeys."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(value)[:longest])


#: no statement, lock or forgotten transaction may hold the others up for long
_POSTGRESQL_LIMITS = (
    "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s -c synchronous_commit=on"
)
#: what a commit's promise rests on: (setting, the values that keep it)
_SQLITE_SAFE = {"synchronous": ("2", "3"), "foreign_keys": ("1",), "busy_timeout": ("10000",), "journal_mode": ("wal",)}
_POSTGRESQL_SAFE = {
    "fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply"),
    "server_encoding": ("UTF8",), "transaction_isolation": ("read committed",),
    "statement_timeout": ("10s",), "lock_timeout": ("5s",), "idle_in_transaction_session_timeout": ("30s",),
}  # fmt: skip


class Store:
    """One database. ``act()`` is one transaction: it commits when the block ends, or nothing happened."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        options: dict[str, Any] = {
            "json_serializer": dumps,
            "query_cache_size": 2000,
            "hide_parameters": True,  # an error written to a log must not say what people wrote
            # without it an INSERT ... ON CONFLICT DO NOTHING has no row count on PostgreSQL, and -1 is not 1
            "execution_options": {"preserve_rowcount": True},
        }
        if self.is_sqlite:
            memory = self.url.database in (None, "", ":memory:")
            if memory:
                options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
            else:
                Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
                options |= {"connect_args": {"timeout": 10.0, "check_same_thread": False}}
        else:
            options |= {"pool_pre_ping": True, "pool_size": 10, "connect_args": {"options": _POSTGRESQL_LIMITS}}
        self._look_options: dict[str, Any] = {"sopflow_read": True}
        if not self.is_sqlite:
            self._look_options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self.engine: Engine = sa.create_engine(self.url, **options)
        if self.is_sqlite:
            _teach_sqlite(self.engine)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def act(self) -> Iterator[Connection]:
        """One act: one transaction. On SQLite it holds the write lock from the first statement (BEGIN IMMEDIATE).

        A refusal undoes everything, except one that must be remembered (a wrong password counts against its account).
        """
        with self.engine.connect() as db, db.begin() as transaction:
            try:
                yield db
            except Refusal as refusal:
                if refusal.remembered:
                    transaction.commit()
                raise

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A read: one moment of the database. It never waits for a writer, and a write in it is an error."""
        with self.engine.connect().execution_options(**self._look_options) as db:
            try:
                yield db
            finally:
                db.rollback()

    def assert_safe(self) -> None:
        """Reads back every setting that a commit's promise rests on. Asked at start; raises ``Invalid`` naming them."""
        with self.act() as db:
            if self.is_sqlite:
                safe = dict(_SQLITE_SAFE)
                if self.url.database in (None, "", ":memory:"):
                    del safe["journal_mode"]  # in memory there is no journal to keep
                found = {name: str(db.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in safe}
            else:
                safe = _POSTGRESQL_SAFE
                found = {name: str(db.exec_driver_sql(f"SHOW {name}").scalar()) for name in safe}
        wrong = {
            name: f"{name} 為 {found[name]}，須為 {'或'.join(values)}。"
            for name, values in safe.items() if found[name] not in values
        }  # fmt: skip
        if wrong:
            raise Invalid("store_unsafe", f"資料庫設定不安全：{''.join(wrong.values())}", fields=wrong)

    def close(self) -> None:
        self.engine.dispose()


def _teach_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _pragmas(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver's own transactions lose updates
        cursor = raw.cursor()
        for pragma in (
            "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "temp_store=MEMORY",
        ):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        read = db.get_execution_options().get("sopflow_read")
        if read:
            _sent(db, "PRAGMA query_only=ON")
        _sent(db, "BEGIN" if read else "BEGIN IMMEDIATE")

    @sa.event.listens_for(engine, "reset")
    def _after_use(raw: Any, _record: Any, _state: Any) -> None:
        raw.execute("PRAGMA query_only=OFF")


class Prepared:
    """A statement of the hot path: compiled once per database kind, then run without being built, keyed and looked up.

    Same connection, same transaction, same types of parameters and columns, heard by whoever listens to statements;
    what it saves is SQLAlchemy's work per call. Parameters are passed by name and must all be there: column defaults
    are not filled in.
    """

    def __init__(self, statement: sa.Executable | Mapping[str, sa.Executable]) -> None:
        self._statement = statement  # one, or one per dialect
        self._compiled: dict[str, _Compiled] = {}

    def _of(self, db: Connection, names: Iterable[str]) -> _Compiled:
        found = self._compiled.get(db.dialect.name)
        if found is None:
            one = self._statement[db.dialect.name] if isinstance(self._statement, Mapping) else self._statement
            found = self._compiled[db.dialect.name] = _Compiled(one, db.dialect, list(names))
        return found

    def rows(self, db: Connection, **values: Any) -> list[Any]:
        """All rows, as named tuples."""
        compiled = self._of(db, values)
        return [compiled.row(raw) for raw in self._sent(db, compiled, values).fetchall()]

    def first(self, db: Connection, **values: Any) -> Any:
        """The first row, or None."""
        compiled = self._of(db, values)
        raw = self._sent(db, compiled, values).fetchone()
        return None if raw is None else compiled.row(raw)

    def scalar(self, db: Connection, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(db, **values)
        return None if row is None else row[0]

    def run(self, db: Connection, **values: Any) -> int:
        """How many rows it touched."""
        touched: int = self._sent(db, self._of(db, values), values).rowcount
        return touched

    def run_all(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of these, sent together; nothing where there are none."""
        if rows:
            compiled = self._of(db, rows[0])
            self._handed(db, compiled, [compiled.bound(values) for values in rows])

    def _sent(self, db: Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
        return self._handed(db, compiled, compiled.bound(values))

    @staticmethod
    def _handed(db: Connection, compiled: _Compiled, parameters: Any) -> Any:
        if not db.in_transaction():
            db.begin()
        return _sent(db, compiled.sql, parameters)


def _sent(db: Connection, text: str, parameters: Any = ()) -> Any:
    """The driver's cursor. Where somebody listens to statements, they go the long way and are heard."""
    if db.dispatch.before_cursor_execute:
        return db.exec_driver_sql(text, parameters)
    driver: Any = db.connection.driver_connection
    try:
        if isinstance(parameters, list):
            return driver.cursor().executemany(text, parameters)
        return driver.execute(text, parameters)
    except db.dialect.loaded_dbapi.Error as error:  # told in SQLAlchemy's words, without the parameters
        raise sa.exc.DBAPIError.instance(
            text, parameters, error, db.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=db.dialect
        ) from error


class _Compiled:
    """SQL text of one dialect, how its parameters are bound and how its columns are read."""

    def __init__(self, statement: Any, dialect: sa.Dialect, names: list[str]) -> None:
        plain_insert = statement.is_insert and statement.select is None
        compiled: Any = statement.compile(dialect=dialect, column_keys=names if plain_insert else None)
        self.sql = str(compiled)
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        processors = {name: kind.bind_processor(dialect) for name, kind in types.items()}
        self.fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        #: name and processor of each parameter, in the order the driver takes them
        self.plan = [(name, processors[name]) for name in (compiled.positiontup or compiled.binds)]
        self.by_name = compiled.positiontup is None
        columns = statement.returning_column_descriptions if statement.is_dml else statement.column_descriptions
        row_of: Any = namedtuple("Row", [column["name"] for column in columns], rename=True)  # type: ignore[misc]
        self.row_of = row_of
        self.readers = [column["type"].dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self.plain = not any(self.readers)

    def bound(self, values: Mapping[str, Any]) -> Any:
        given = {**self.fixed, **values} if self.fixed else values
        if self.by_name:
            return {name: given[name] if process is None else process(given[name]) for name, process in self.plan}
        return tuple([given[name] if process is None else process(given[name]) for name, process in self.plan])

    def row(self, raw: Sequence[Any]) -> Any:
        if self.plain:
            return self.row_of(*raw)
        return self.row_of(
            *[value if reader is None else reader(value) for value, reader in zip(raw, self.readers, strict=True)]
        )
