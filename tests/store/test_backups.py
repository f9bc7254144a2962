"""A copy taken while people work is whole, goes back only into an empty database, and holds no key."""

from __future__ import annotations

import importlib
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.errors import Conflict, Invalid
from engine.migrations import backups
from engine.office import journal, organisation, people, vault
from engine.office import records as r
from engine.office.people import SYSTEM
from engine.store import Store
from tests.office.conftest import OFFICE

for wing in ("office", "dates", "library", "cases"):  # every table, also where this file runs alone
    importlib.import_module(f"engine.{wing}.records")
KEY = vault.Key.of(bytes(range(32)))


@pytest.fixture
def full(store: Store, friday_morning) -> Store:
    """An office with an identity, a journal, dates, booleans and a unit that stands before the one above it."""
    with store.act() as db:
        text = OFFICE.replace("units:\n", "units:\n  aa-first: {name: 前, above: works}\n")
        organisation.load(db, text, who=SYSTEM, at=friday_morning)
        vault.seal(db, 7, {"name": "王小明", "phone": "0912345678"}, KEY)
        for number in range(700):
            journal.write(
                db, subject=f"case:{number % 7}", verb="complete", who=SYSTEM, at=friday_morning, act_id="x",
                effects={"里": [number, None, 1.5]},
            )  # fmt: skip
        journal.anchor(db, people.office_day(friday_morning), friday_morning)
        db.execute(sa.update(r.membership).values(since=people.office_day(friday_morning)))
    return store


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.look() as db:
        return {
            table.name: sorted((tuple(row) for row in db.execute(sa.select(table))), key=repr)
            for table in r.metadata.sorted_tables
        }


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'restored.sqlite3'}")
    yield store
    store.close()


@pytest.fixture
def empty_postgresql(postgresql_store: Store) -> Iterator[Store]:
    """A second database beside the tests' own, without any table."""
    with postgresql_store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("DROP DATABASE IF EXISTS restored")
        db.exec_driver_sql("CREATE DATABASE restored")
    store = Store(postgresql_store.url.set(database="restored"))
    yield store
    store.close()


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("target", ["empty_sqlite", "empty_postgresql"])
def test_everything_comes_back_into_an_empty_database(full, tmp_path, request, lines, target, friday_morning) -> None:
    other = request.getfixturevalue(target)
    backups.backup(full, tmp_path / "copy", lines=lines)
    if full.is_sqlite and not lines and not other.is_sqlite:
        with pytest.raises(Invalid, match="JSON lines"):
            backups.restore(other, tmp_path / "copy")
        return
    before = everything(full)
    backups.restore(other, tmp_path / "copy")
    assert everything(other) == before
    other.assert_safe()
    assert backups.check(other) == []
    with other.act() as db:  # and the office goes on working in it
        assert journal.verify(db) == []
        assert vault.read(db, 7, KEY)["name"] == "王小明"
        journal.write(db, subject="case:1", verb="go.on", who=SYSTEM, at=friday_morning, act_id="y")
        db.execute(sa.insert(r.person), {"account": "next", "name": "次", "created_at": friday_morning})
        assert journal.verify(db) == []


def test_a_backup_is_the_owners_and_never_overwrites(full, tmp_path) -> None:
    backups.backup(full, tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    before = (tmp_path / "copy").read_bytes()
    with pytest.raises(Conflict):
        backups.backup(full, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == before
    with pytest.raises(Invalid):
        backups.backup(full, tmp_path / "nowhere" / "copy")


def test_a_sqlite_backup_is_one_file_without_a_journal_beside_it(sqlite_store, tmp_path) -> None:
    backups.backup(sqlite_store, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes()[18:20] == b"\x01\x01"  # the file format's mark of the rollback journal
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy"]


def test_a_backup_that_fails_leaves_no_file(full, tmp_path, monkeypatch) -> None:
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(backups, "_tables", lambda _db: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backups.backup(full, tmp_path / "copies" / "copy", lines=True)
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_backup_taken_while_people_write_is_one_moment(full, tmp_path, empty_sqlite, friday_morning) -> None:
    """Each act writes one line in each of two chains; a torn copy would hold one without the other."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with full.act() as db:
                for subject in ("case:100", "case:200"):
                    journal.write(db, subject=subject, verb="x", who=SYSTEM, at=friday_morning, act_id="z")

    writer = threading.Thread(target=work)
    writer.start()
    try:
        for number in range(5):
            backups.backup(full, tmp_path / f"copy{number}", lines=True)
    finally:
        stop.set()
        writer.join()
    backups.restore(empty_sqlite, tmp_path / "copy4")
    with empty_sqlite.look() as db:
        assert journal.verify(db) == []
        assert len(journal.of(db, "case:100")) == len(journal.of(db, "case:200"))


@pytest.mark.parametrize("lines", [False, True])
def test_a_database_with_rows_in_it_is_not_written_over(full, tmp_path, lines) -> None:
    backups.backup(full, tmp_path / "copy", lines=lines)
    before = everything(full)
    with pytest.raises(Conflict):
        backups.restore(full, tmp_path / "copy")
    assert everything(full) == before


def spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    spoilt = {
        "cut in a line": data[: len(data) // 2],
        "cut between lines": b"".join(lines[:-50]),
        "a line left out": b"".join(lines[:20] + lines[21:]),
        "not a backup": b'{"hello": 1}\n',
        "a list": b"[]\n",
        "empty": b"",
        "not text": b"\xff\xfe\x00",
        "another table": data.replace(b'"table":"role"', b'"table":"king"'),
        "a column too many": data.replace(b'"row":[', b'"row":[1,', 1),
        "a pointer nowhere": data.replace(b'"officer"', b'"0fficer"', 1),
        "another shape": data.replace(b'"revision":"', b'"revision":"9', 1),
    }[how]  # fmt: skip
    assert spoilt != data
    path.write_bytes(spoilt)


@pytest.mark.parametrize(
    "how", ["cut in a line", "cut between lines", "a line left out", "not a backup", "a list", "empty", "not text",
            "another table", "a column too many", "a pointer nowhere", "another shape"]
)  # fmt: skip
def test_a_spoilt_copy_is_refused_and_nothing_of_it_stays(full, tmp_path, empty_sqlite, how) -> None:
    backups.backup(full, tmp_path / "copy", lines=True)
    spoil(tmp_path / "copy", how)
    with pytest.raises((Invalid, Conflict)) as refusal:
        backups.restore(empty_sqlite, tmp_path / "copy")
    assert refusal.value.sentence.endswith("。")
    migrations.upgrade(empty_sqlite)
    assert not any(everything(empty_sqlite).values())


def test_a_spoilt_sqlite_copy_is_refused(sqlite_store, tmp_path, empty_sqlite) -> None:
    backups.backup(sqlite_store, tmp_path / "copy")
    data = (tmp_path / "copy").read_bytes()
    (tmp_path / "torn").write_bytes(data[:4096] + b"\xaa" * 4096 + data[8192:])
    (tmp_path / "short").write_bytes(data[: len(data) // 2])
    other = Store(f"sqlite:///{tmp_path / 'other'}")
    with other.act() as db:
        db.exec_driver_sql("CREATE TABLE something (a)")
    other.close()
    for name in ("torn", "short", "other", "missing"):
        with pytest.raises(Invalid):
            backups.restore(empty_sqlite, tmp_path / name)


def test_the_key_is_in_no_backup_and_a_restore_without_it_says_so(full, tmp_path, empty_sqlite) -> None:
    key = vault.Key.make(tmp_path / "vault.key")
    with full.act() as db:
        vault.seal(db, 8, {"name": "金絲雀甲乙", "phone": "0987654321"}, key)
    for lines in (False, True):
        backups.backup(full, tmp_path / f"copy{lines}", lines=lines)
        stored = (tmp_path / f"copy{lines}").read_bytes()
        secret = (tmp_path / "vault.key").read_bytes().strip()
        for canary in (secret, key.sealing, key.digesting, "金絲雀甲乙".encode(), b"0987654321"):
            assert canary not in stored
    backups.restore(empty_sqlite, tmp_path / "copyTrue")
    with empty_sqlite.look() as db:
        assert vault.unreadable(db, KEY) == [8]
        assert vault.unreadable(db, vault.Key.of(b"x" * 32)) == [7, 8]


def test_check_says_what_the_database_itself_finds_broken(sqlite_store) -> None:
    assert backups.check(sqlite_store) == []
    with sqlite_store.engine.connect() as db:
        raw = db.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO unit (id, name, above) VALUES ('a', '甲', 'nowhere')")
        raw.execute("PRAGMA foreign_keys=ON")
    [problem] = backups.check(sqlite_store)
    assert "unit" in problem
