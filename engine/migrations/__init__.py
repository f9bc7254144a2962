"""The shape of the database over the years, and its copies: Alembic revisions, backup, restore.

``upgrade`` runs at every start. It needs no file but those in this package, so it works from a wheel, and it is one
transaction: either the database has the new shape or it was not touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.errors import Conflict
from engine.store import Connection, Store

# Alembic is loaded where something has to change: every command starts here, and it is a sixth of what that takes
if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def upgrade(store: Store) -> bool:
    """Brings the database to the newest shape; True if anything had to change.

    Raises ``Conflict`` for a database that a newer sopflow has written.
    """
    with store.act() as db:
        if not store.is_sqlite:  # two processes starting at once: the second waits, then finds nothing to do
            db.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            db.exec_driver_sql("SELECT pg_advisory_xact_lock(7367)")
        now = revision(db)
        if now == newest():
            return False
        if now is not None and now not in _numbers():
            raise Conflict("db_newer", f"資料庫的版本（{now}）比程式新，請改用較新的程式。")
        from alembic import command

        command.upgrade(_config(db), "head")
    return True


def revision(db: Connection) -> str | None:
    """The shape the database has; None for an empty one."""
    if not sa.inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def newest() -> str:
    return _numbers()[-1]


def draft(store: Store, message: str, number: str) -> Path:
    """For developers: writes the revision that turns this database into what engine/*/records.py say."""
    from alembic import command

    with store.act() as db:
        made = command.revision(_config(db), message=message, autogenerate=True, rev_id=number)
    assert made is not None and not isinstance(made, list)
    return Path(made.path)


def _config(db: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = db
    return config


def _numbers() -> list[str]:
    """Of all revisions, in their order; their files are named after them."""
    return sorted(file.stem.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))
