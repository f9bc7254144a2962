"""The invented city of `make run`: its accounts, its cases, and how it is thrown away. Never a real office's data."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import sqlalchemy as sa

from engine.errors import NotAllowed
from engine.office import accounts, roster
from engine.office.people import SYSTEM
from engine.rehearsal import demonstration
from engine.settings import Settings
from engine.store import Store
from webui import beginning
from webui.beginning import Begun
from webui.commands import rounds
from webui.commands.language import said
from webui.commands.talk import note, now, tell

log = logging.getLogger(__name__)

PASSWORDS = "demo-passwords.txt"
#: role, account: those whose passwords are printed
SHOWN = (
    ("承辦人", "lighting1"), ("科長／督導", "lighting-chief"), ("單位主管（核展期）", "works-head"),
    ("研考科列管", "rdec1"), ("服務中心", "service1"), ("流程負責人", "owner"), ("系統管理員", "admin"),
)  # fmt: skip
#: per cent between two lines where the line cannot move
_PIECE = 25


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
            if tables and not ("setting" in tables and demonstration.is_marked(db)):
                raise NotAllowed("not_a_rehearsal", f"{file} 不是示範城市，不會被清除。")
    finally:
        store.close()
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    settings.key_file.unlink(missing_ok=True)
    (settings.home / PASSWORDS).unlink(missing_ok=True)
    if settings.mail_folder is not None and settings.mail_folder.parent == settings.home:
        shutil.rmtree(settings.mail_folder, ignore_errors=True)


def greet(begun: Begun) -> bool:
    """Print who can sign in. A new city's people are given passwords first; whether its petitions are still to come."""
    store, file = begun.store, begun.home / PASSWORDS
    with store.look() as db:
        old, whole = demonstration.is_marked(db), demonstration.is_whole(db)
    if old:
        note(f"沿用上次的示範城市；帳號與密碼在 {file}，make demo 會重新產生。")
        if not whole:
            _give_the_rest(store, file)
            note("上次中斷時示範案件還沒有產生完，只有到那時為止的；要完整的城市請用 make demo。")
        return False
    if not demonstration.is_empty(store):
        note("資料庫裡已有案件，不是示範城市，不產生示範資料。")
        return False
    with store.act() as db:
        people = roster.accounts(db)
        demonstration.mark(db)
    given = {account: secrets.token_urlsafe(9) for account in people}
    wide = max(map(len, people), default=0) + 2
    _write(file, "".join(f"{account:<{wide}}{given[account]}  {name}\n" for account, name in people.items()))
    for account in dict.fromkeys([*(account for _, account in SHOWN), *given]):
        if account in given:
            with store.act() as db:  # one by one: a password takes its time, and the desk is open already
                accounts.set_password(db, account, given[account], who=SYSTEM, at=now())
        if account == SHOWN[-1][1]:
            _table(given, file)
    return True


def _give_the_rest(store: Store, file: Path) -> None:
    """Passwords to whom the first start had not come: those that the list promised them."""
    listed = [line.split()[:2] for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    with store.look() as db:
        without = accounts.without_password(db)
    for account, password in listed:
        if account in without:
            with store.act() as db:
                accounts.set_password(db, account, password, who=SYSTEM, at=now())


def make(settings: Settings, begun: Begun, count: int, between: Callable[[], None]) -> None:
    """Let three months of petitions happen. ``between`` is called after every act, to let people go first."""
    store = _hasty(begun.store)
    try:
        with store.look() as db:
            office = beginning.office(db, begun.key)
        progress = Progress()
        made = demonstration.make(
            store, office, now(), count=count, progress=progress.told, between=between,
            deliver=rounds.postman(settings, store, begun.key, office.calendar),
        )  # fmt: skip
        progress.end()
        note(f"示範城市有 {made.opened} 件陳情，以及其他作業流程的案件。")
    except Exception:
        log.exception("the invented city could not be made")
        note("示範城市沒有完整產生；網頁仍可使用，make demo 會重新產生。")
    finally:
        store.close()


def _hasty(store: Store) -> Store:
    """The same database by connections of its own that do not wait for the disk: what is invented may be lost with the
    power, what people do meanwhile may not."""
    own = Store(store.url)
    if own.is_sqlite:
        sa.event.listen(own.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=NORMAL"))
    return own


class Progress:
    """One line that moves on a terminal; elsewhere a line now and then."""

    def __init__(self) -> None:
        self._moves, self._said = sys.stderr.isatty(), -1

    def told(self, done: int, of: int) -> None:
        part = done * 100 // of
        if self._moves:
            click.echo(f"\r{said(f'正在產生示範案件……{done}／{of} 件')}", err=True, nl=False)
        elif part // _PIECE > self._said:
            self._said = part // _PIECE
            note(f"正在產生示範案件……{done}／{of} 件")

    def end(self) -> None:
        if self._moves:
            note("")


def _table(given: Mapping[str, str], file: Path) -> None:
    """The people a visitor would want to be."""
    tell("登入帳號（示範用）：")
    for role, account in SHOWN:
        if account in given:
            click.echo(f"  {account:<16}{given[account]:<16}{said(role)}")
    tell(f"其他 {len(given) - len(SHOWN)} 個帳號與密碼在 {file}")


def _write(file: Path, text: str) -> None:
    """Readable by nobody else from its first byte on."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as kept:
        kept.write(text)
