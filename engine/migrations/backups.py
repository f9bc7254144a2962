"""Copies of a whole database, taken while people work, and put back into an empty one.

SQLite is copied page by page by its own backup (a plain file copy tears). PostgreSQL, and a SQLite database on its way
there, is written as JSON lines out of one snapshot: a head line, then one line per row. The vault's key is in neither.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import migrations
from engine.errors import Conflict, Invalid
from engine.store import Connection, Store, dumps

FORMAT = 1
_SQLITE_HEAD = b"SQLite format 3\x00"
_OWN = "alembic_version"
_BATCH = 500


def backup(store: Store, path: Path, *, lines: bool | None = None) -> None:
    """Writes the copy under its name only when it is whole. ``lines`` asks for JSON lines on SQLite too.

    Raises ``Conflict`` when there is something of that name already.
    """
    with _new_file(path) as unfinished:
        if store.is_sqlite and not lines:
            _copy_pages(store, unfinished)
        else:
            _write_lines(store, unfinished)


def restore(store: Store, path: Path) -> None:
    """Puts a copy back, then brings it to the newest shape. Raises ``Conflict`` unless the database is empty.

    What a backup does not hold is the vault's key: ask ``vault.unreadable`` afterwards.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE_HEAD))
    except OSError:
        raise Invalid("backup_missing", f"找不到備份檔 {path}。") from None
    with store.look() as db:
        if _holds_rows(db):
            raise Conflict("restore_not_empty", "資料庫裡已有資料，只能還原到空的資料庫。")
    if head == _SQLITE_HEAD:
        if not store.is_sqlite:
            raise Invalid("backup_kind", "這是 SQLite 的備份，無法直接還原到 PostgreSQL；請改用 JSON lines 備份。")
        _put_pages(store, path)
    else:
        _put_lines(store, path)
    migrations.upgrade(store)


def check(store: Store) -> list[str]:
    """What the database itself says is broken; nothing is good. Reads every row once."""
    with store.look() as db:
        if store.is_sqlite:
            said = [str(row[0]) for row in db.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            torn = db.exec_driver_sql("PRAGMA foreign_key_check").all()
            return said + [f"{row[0]} 第 {row[1]} 列指向不存在的 {row[2]}" for row in torn]
        db.exec_driver_sql("SET LOCAL statement_timeout = 0")
        problems = []
        for table in _tables(db):
            columns = [sa.func.length(sa.cast(column, sa.Text)) for column in table.c]
            try:
                with db.begin_nested():
                    db.execute(sa.select(*(sa.func.sum(column) for column in columns))).all()
            except sa.exc.DBAPIError as error:
                problems.append(f"{table.name}：{str(error.orig).splitlines()[0]}")
        return problems


# -- SQLite's own ----------------------------------------------------------------------------------------------------


def _copy_pages(store: Store, to: Path) -> None:
    with store.engine.connect() as db, sqlite3.connect(to) as copy:
        raw: Any = db.connection.driver_connection
        raw.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, readable where nothing can be written beside it
    copy.close()


def _put_pages(store: Store, path: Path) -> None:
    copy = sqlite3.connect(f"file:{path.absolute()}?mode=ro", uri=True)
    try:
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Invalid("backup_broken", f"備份檔 {path} 已損壞。")
        if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_OWN,)).fetchone():
            raise Invalid("backup_kind", f"{path} 不是 sopflow 的備份。")
        with store.engine.connect() as db:
            raw: Any = db.connection.driver_connection
            copy.backup(raw)
    except sqlite3.DatabaseError:
        raise Invalid("backup_broken", f"備份檔 {path} 已損壞。") from None
    finally:
        copy.close()


# -- JSON lines ------------------------------------------------------------------------------------------------------


def _write_lines(store: Store, to: Path) -> None:
    with store.look() as db, to.open("w", encoding="utf-8") as file:
        if not store.is_sqlite:
            db.exec_driver_sql("SET LOCAL statement_timeout = 0")
        file.write(dumps({"sopflow": FORMAT, "revision": migrations.revision(db)}) + "\n")
        rows = 0
        for table in _tables(db):
            read = sa.select(table).order_by(*table.primary_key.columns)
            for row in db.execute(read, execution_options={"yield_per": _BATCH}):
                file.write(dumps({"table": table.name, "row": [_out(value) for value in row]}) + "\n")
                rows += 1
        file.write(dumps({"rows": rows}) + "\n")


def _put_lines(store: Store, path: Path) -> None:
    broken = Invalid("backup_broken", f"備份檔 {path} 已損壞或不完整。")
    try:
        with path.open(encoding="utf-8") as file:
            head = json.loads(file.readline())
            if not isinstance(head, dict) or head.get("sopflow") != FORMAT:
                raise Invalid("backup_kind", f"{path} 不是 sopflow 的備份。")
            if head["revision"] != migrations.newest():
                raise Conflict("backup_revision", f"備份的版本是 {head['revision']}，請用當時的程式還原後再升級。")
            migrations.upgrade(store)
            with store.act() as db:
                rows = _insert(db, map(json.loads, file))
                if rows is None:
                    raise broken
    except (ValueError, KeyError, TypeError, AttributeError, sa.exc.IntegrityError, sa.exc.StatementError):
        raise broken from None


def _insert(db: Connection, lines: Iterator[Any]) -> int | None:
    """Rows stand in the order of their tables. None when the last line, which counts them, is missing or differs."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("SET LOCAL statement_timeout = 0")
    tables = {table.name: table for table in _tables(db)}
    batch: list[dict[str, Any]] = []
    current = None
    upward: list[tuple[sa.Table, dict[str, Any]]] = []
    for count, line in enumerate(lines):
        if "rows" in line:
            _flush(db, current, batch)
            for table, row in upward:
                own = [column == row[column.name] for column in table.primary_key.columns]
                db.execute(sa.update(table).where(*own).values({c.name: row[c.name] for c in _to_itself(table)}))
            _count_on(db, tables.values())
            return count if line["rows"] == count else None
        table = tables[line["table"]]
        if table is not current or len(batch) == _BATCH:
            _flush(db, current, batch)
            current, batch = table, []
        row = {column.name: _in(column, value) for column, value in zip(table.c, line["row"], strict=True)}
        for column in _to_itself(table):  # a unit may stand before the one above it
            if row[column.name] is not None:
                upward.append((table, dict(row)))
                row[column.name] = None
        batch.append(row)
    return None


def _flush(db: Connection, table: sa.Table | None, rows: list[dict[str, Any]]) -> None:
    if table is not None and rows:
        db.execute(sa.insert(table), rows)


def _count_on(db: Connection, tables: Any) -> None:
    """PostgreSQL's sequences know nothing of rows that came with their number."""
    if db.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = db.execute(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name))).scalar()
            if sequence:
                last = db.scalar(sa.select(sa.func.max(column)))
                db.execute(sa.select(sa.func.setval(sequence, last or 1, last is not None)))


def _to_itself(table: sa.Table) -> list[sa.Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table is table]


def _tables(db: Connection) -> list[sa.Table]:
    """Read from the database itself, so that no table is forgotten; each after those it points to."""
    found = sa.MetaData()
    with warnings.catch_warnings():  # indexes over what is reckoned cannot be read; rows are what a copy is about
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        found.reflect(db)
    return [table for table in found.sorted_tables if table.name != _OWN]


def _holds_rows(db: Connection) -> bool:
    return any(db.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() for table in _tables(db))


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return value


def _in(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value["base64"], validate=True)
    return value


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    if path.exists():
        raise Conflict("backup_exists", f"{path} 已經存在，備份不會覆寫。")
    if not path.parent.is_dir():
        raise Invalid("backup_folder", f"找不到資料夾 {path.parent}。")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.link(unfinished, path)  # unlike a rename it never replaces what appeared meanwhile
    except FileExistsError:
        raise Conflict("backup_exists", f"{path} 已經存在，備份不會覆寫。") from None
    finally:
        unfinished.unlink(missing_ok=True)
