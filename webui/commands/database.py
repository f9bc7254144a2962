"""sopflow db: bring to the newest shape, copy, put back, check."""

from __future__ import annotations

from pathlib import Path

import click

from engine import migrations
from engine.errors import Invalid, Refusal
from engine.migrations import backups
from engine.office import mail_hold, upkeep, vault
from engine.office.people import SYSTEM
from engine.office.vault import Key
from engine.store import Store
from webui import shown
from webui.commands import city
from webui.commands.talk import REFUSED, json_option, note, now, refuses, show, tell

FILE = click.Path(path_type=Path)
as_person = click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")


@click.group("db", help="資料庫：升級、備份、還原、檢查。")
def database() -> None:
    pass


@database.command("upgrade", help="升級資料庫結構，並載入新的組織、表單與作業流程。")
@json_option
@refuses
def upgrade(as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        revision = migrations.revision(db)
    if as_json:
        show({"revision": revision})
    else:
        tell(f"資料庫版本 {revision}")


@database.command("backup", help="備份到新檔案；不含陳情人資料的金鑰。")
@click.argument("out", type=FILE)
@click.option("--lines", is_flag=True, help="SQLite 也寫成 JSON lines（可還原到 PostgreSQL）。")
@json_option
@refuses
def backup(out: Path, lines: bool, as_json: bool) -> None:
    chosen = city.settings(as_json=as_json)
    store = Store(chosen.database)
    try:
        with store.look() as db:
            if migrations.revision(db) is None:
                raise Invalid("db_empty", "資料庫是空的，沒有可備份的資料。")
        backups.backup(store, out, lines=lines or None)
        with store.act() as db:
            upkeep.backed_up(db, out.name, out.stat().st_size, who=SYSTEM, at=now())
    finally:
        store.close()
    note(f"金鑰檔 {chosen.key_file} 不在備份裡，請另行保管。")
    _say({"file": str(out), "bytes": out.stat().st_size}, f"已備份到 {out}。", as_json)


@database.command("restore", help="把備份還原到空的資料庫。")
@click.argument("source", type=FILE)
@json_option
@refuses
def restore(source: Path, as_json: bool) -> None:
    chosen = city.settings(as_json=as_json)
    store = Store(chosen.database)
    try:
        backups.restore(store, source)
        with store.act() as db:
            mail_hold.hold(db, now())
        lost = _sealed_without_key(store, chosen.key_file)
    finally:
        store.close()
    if lost:
        note(f"{lost} 件陳情人資料無法以金鑰檔 {chosen.key_file} 開啟；請放回備份當時的金鑰檔。")
    note("寄信已暫停，以免還原的資料庫重複通知；確認這裡是正式的系統後，執行 sopflow db release-mails。")
    _say({"file": str(source), "unreadable_identities": lost}, f"已從 {source} 還原。", as_json)


@database.command("release-mails", help="還原後恢復寄信：確認這裡是正式的系統、原來的已經停用。")
@as_person
@json_option
@refuses
def release_mails(account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.act() as db:
        held = mail_hold.release(db, who=city.person(db, account, here.at), at=here.at)
    _say({"held_since": held}, f"寄信自 {shown.when(held)} 起暫停，現在恢復。", as_json)


@database.command("check", help="檢查資料庫、歷程鏈與金鑰。")
@json_option
@refuses
def check(as_json: bool) -> None:
    from engine.office import journal

    chosen = city.settings(as_json=as_json)
    store = Store(chosen.database)
    try:
        problems = list(backups.check(store))
        with store.look() as db:
            if migrations.revision(db) != migrations.newest():
                problems.append("資料庫不是最新的結構，請執行 sopflow db upgrade。")
            else:
                problems += [problem.sentence for problem in journal.verify(db)]
        if not problems and (lost := _sealed_without_key(store, chosen.key_file)):
            problems.append(f"{lost} 件陳情人資料無法以金鑰檔 {chosen.key_file} 開啟。")
    finally:
        store.close()
    if as_json:
        show({"problems": problems})
    else:
        for problem in problems:
            tell(problem)
        note("沒有問題。" if not problems else f"{len(problems)} 個問題。")
    if problems:
        raise SystemExit(REFUSED)


def _sealed_without_key(store: Store, key_file: Path) -> int:
    """How many identities cannot be opened with the key that is there; all of them when there is none."""
    try:
        key = Key.from_file(key_file)
    except Refusal:
        key = Key.of(bytes(32))  # opens nothing
    with store.look() as db:
        return len(vault.unreadable(db, key))


def _say(said: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        show(said)
    else:
        tell(sentence)
