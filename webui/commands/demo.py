"""The invented city of `make run`: its accounts, its cases, and how it is thrown away. Never a real office's data."""

from __future__ import annotations

import logging
import secrets
import shutil
from pathlib import Path

import click
import sqlalchemy as sa

from engine.errors import NotAllowed
from engine.office import accounts
from engine.office.people import SYSTEM
from engine.office.records import person, setting
from engine.rehearsal import demonstration
from engine.settings import Settings
from engine.store import Connection, Store
from webui import beginning
from webui.beginning import Begun
from webui.commands.talk import note, now

log = logging.getLogger(__name__)

_MARK = "rehearsal"


def is_rehearsal(db: Connection) -> bool:
    """Whether this database holds an invented city, where time may be moved and everything thrown away."""
    return db.execute(sa.select(setting.c.value).where(setting.c.name == _MARK)).scalar() is True


def throw_away(settings: Settings) -> None:
    """Remove the invented city. Raises NotAllowed for a database that was never marked as one."""
    store = Store(settings.database)
    if not store.is_sqlite:
        store.close()
        raise NotAllowed("not_a_rehearsal", "示範城市只放在 SQLite；PostgreSQL 資料庫不會被清除。")
    file = Path(str(store.url.database))
    try:
        if not file.exists():
            return
        with store.look() as db:
            tables = sa.inspect(db).get_table_names()
            if tables and not (setting.name in tables and is_rehearsal(db)):
                raise NotAllowed("not_a_rehearsal", f"{file} 不是示範城市，不會被清除。")
    finally:
        store.close()
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    settings.key_file.unlink(missing_ok=True)
    if settings.mail_folder is not None and settings.mail_folder.parent == settings.home:
        shutil.rmtree(settings.mail_folder, ignore_errors=True)


def make(begun: Begun) -> None:
    """Give the people of a new city passwords, print them once, and let some weeks of cases happen."""
    store = begun.store
    try:
        with store.look() as db:
            if is_rehearsal(db):
                note("沿用上次的示範城市；密碼不再顯示，make demo 會重新產生。")
                return
        if not demonstration.is_empty(store):
            note("資料庫裡已有案件，不是示範城市，不產生示範資料。")
            return
        _passwords(store)
        with store.look() as db:
            office = beginning.office(db, begun.key)
        note("正在產生示範案件……")
        opened = demonstration.make(store, office, now())
        note(f"示範城市有 {opened} 件案件。")
    except sa.exc.ResourceClosedError:
        return  # the server is closing
    except Exception:
        log.exception("the invented city could not be made")
        note("示範城市沒有完整產生；網頁仍可使用。")


def _passwords(store: Store) -> None:
    with store.act() as db:
        people = db.execute(sa.select(person.c.account, person.c.name).order_by(person.c.id)).all()
        given = {row.account: secrets.token_urlsafe(12) for row in people}
        for account, password in given.items():
            accounts.set_password(db, account, password, who=SYSTEM, at=now())
        db.execute(setting.insert().values(name=_MARK, value=True))
    lines = [f"  {row.account:<16} {given[row.account]}   {row.name}" for row in people]
    click.echo("帳號與密碼（只顯示這一次）：\n" + "\n".join(lines))
