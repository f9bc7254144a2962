"""A city laid once and copied. To lay one costs as much as a hundred acts: its SOPs are read, checked and published.

``city`` gives what ``scenarios.city`` gives, in an empty migrated store; the rows are made once in a run and put in
again for every further test, whichever database it asks for. The run's other processes, and what they start, read them
from the folder that ``LAID_IN`` names.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.rehearsal import scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store, metadata

PROCESSES = Path(__file__).parents[1] / "processes"
#: with all that they call
PETITIONS = frozenset({"petition-online", "petition-visit-phone", "petition-written-fax"})

_TABLES = tuple(metadata.tables.values())
_Rows = list[tuple[sa.Table, list[dict[str, Any]]]]
_kept: dict[tuple[object, ...], _Rows] = {}


def city(
    at: datetime, store: Store, *, only: Collection[str] | None = PETITIONS,
    then: Callable[[Connection], None] | None = None, key: object = None,
) -> Virtual:  # fmt: skip
    """``only``: as ``scenarios.city`` has it. ``then`` furnishes it further; ``key`` names what it does."""

    def lay() -> None:
        scenarios.city(PROCESSES, at, store=store, only=only)
        if then is not None:
            with store.act() as db:
                then(db)

    copied(store, (at, None if only is None else frozenset(only), key), lay)
    return Virtual(store, scenarios.office(), at)


def copied(store: Store, name: tuple[object, ...], lay: Callable[[], None]) -> None:
    """What ``lay`` puts into the empty ``store``: made the first time, copied afterwards."""
    if name not in _kept:
        with _in_the_run(name) as file:
            if file is None or not file.is_file():
                lay()
                _kept[name] = _rows(store)
                if file is not None:
                    _leave(file, _kept[name])
                return
            found: dict[str, list[dict[str, Any]]] = pickle.loads(file.read_bytes())
            _kept[name] = [(metadata.tables[table], rows) for table, rows in found.items()]
    with store.act() as db:
        _put(db, _kept[name])


def _rows(store: Store) -> _Rows:
    with store.look() as db:
        rows = [(table, [dict(row) for row in db.execute(sa.select(table)).mappings()]) for table in _TABLES]
    return [(table, found) for table, found in rows if found]


@contextmanager
def _in_the_run(name: tuple[object, ...]) -> Iterator[Path | None]:
    """Where the run keeps what bears this name, while nobody else makes it."""
    folder = os.environ.get("LAID_IN")
    if folder is None:
        yield None
        return
    file = Path(folder) / hashlib.sha256(repr([_plain(part) for part in name]).encode()).hexdigest()
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield file


def _plain(part: object) -> object:
    """The same in every process: sets have no order, and one instant is written in many zones."""
    if isinstance(part, datetime):
        return part.astimezone(UTC)
    return sorted(part) if isinstance(part, frozenset) else part


def _leave(file: Path, rows: _Rows) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.write_bytes(pickle.dumps({table.name: found for table, found in rows}))
    unfinished.replace(file)


def _put(db: Connection, kept: _Rows) -> None:
    """The tables' order and the rows' may run against their foreign keys: these are looked at when all is there."""
    postgresql = db.dialect.name == "postgresql"
    if postgresql:
        db.exec_driver_sql("SET LOCAL session_replication_role = replica")
    else:
        db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for table, rows in kept:
        db.execute(table.insert(), rows)
    if postgresql:
        for table, rows in kept:
            for column in table.primary_key.columns:
                if column is table.autoincrement_column:
                    most = max(row[column.name] for row in rows)
                    db.execute(
                        sa.text("SELECT setval(pg_get_serial_sequence(:t, :c), :n)"),
                        {"t": table.name, "c": column.name, "n": most},
                    )
