"""A city laid once and copied. To lay one costs as much as a hundred acts: its SOPs are read, checked and published.

``city`` gives what ``scenarios.city`` gives, in an empty migrated store; the rows are made once in a test process and
put in again for every further test, whichever database it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
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
    if name in _kept:
        with store.act() as db:
            _put(db, _kept[name])
        return
    lay()
    with store.look() as db:
        rows = [(table, [dict(row) for row in db.execute(sa.select(table)).mappings()]) for table in _TABLES]
    _kept[name] = [(table, found) for table, found in rows if found]


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
