"""The migrations and the tables say the same, on both databases, and an upgrade is whole or nothing."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine import migrations
from engine.errors import Conflict
from engine.store import Connection, Store, metadata

for wing in ("office", "dates", "library", "cases"):
    importlib.import_module(f"engine.{wing}.records")
ROOT = Path(__file__).parents[2]


def differences(db: Connection) -> list[tuple[str, object]]:
    """All but indexes over what is reckoned, which Alembic cannot read: a test of their own compares those."""
    opts = {"compare_type": True, "include_object": lambda thing, *_: not _reckons(thing)}
    with warnings.catch_warnings():
        for said in ("Skipped unsupported reflection of", "autogenerate skipping metadata-specified"):
            warnings.filterwarnings("ignore", f"{said} expression-based index")
        return compare_metadata(MigrationContext.configure(db, opts=opts), metadata)


def _reckons(thing: object) -> bool:
    return isinstance(thing, sa.Index) and any(isinstance(one, sa.TextClause) for one in thing.expressions)


def test_the_migrations_make_exactly_the_tables_of_the_records(store) -> None:
    with store.look() as db:
        assert differences(db) == []


def test_the_migrations_make_the_indexes_over_what_is_reckoned(sqlite_store: Store) -> None:
    with sqlite_store.look() as db:
        texts = db.scalars(sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%date(%'")).all()
        wanted = [
            str(sa.schema.CreateIndex(index).compile(db))
            for table in metadata.tables.values()
            for index in table.indexes if _reckons(index)
        ]  # fmt: skip
    assert len(wanted) == 5
    assert sorted(map(_plain, texts)) == sorted(map(_plain, wanted))


def _plain(text: str) -> str:
    return "".join(text.split())


def test_a_column_too_many_a_missing_index_and_another_type_would_be_seen(store) -> None:
    with store.engine.connect() as db, db.begin() as transaction:
        db.exec_driver_sql("ALTER TABLE sign_in ADD COLUMN colour VARCHAR(7)")
        db.exec_driver_sql("DROP INDEX ix_sign_in_person")
        assert {change[0] for change in differences(db)} == {"remove_column", "add_index"}
        transaction.rollback()


def test_a_second_upgrade_has_nothing_to_do(store) -> None:
    assert migrations.upgrade(store) is False


def test_a_database_of_a_newer_program_is_refused(store) -> None:
    with store.act() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(Conflict, match="9999"):
            migrations.upgrade(store)
    finally:
        with store.act() as db:
            db.execute(sa.text("UPDATE alembic_version SET version_num = :now"), {"now": migrations.newest()})


def test_the_files_of_the_migrations_are_named_as_they_follow_each_other(store) -> None:
    """What every start goes by, held against Alembic, which only a start with something to change asks."""
    scripts = ScriptDirectory.from_config(migrations._config())
    one_by_one = [script.revision for script in scripts.walk_revisions()]
    assert migrations._numbers() == one_by_one[::-1]
    assert migrations.newest() == scripts.get_current_head()
    with store.look() as db:
        assert migrations.revision(db) == MigrationContext.configure(db).get_current_revision() == migrations.newest()


def test_a_start_with_nothing_to_change_does_not_load_alembic(sqlite_store) -> None:
    code = (
        "import sys; from engine import migrations, store as s\n"
        "assert migrations.upgrade(s.Store(sys.argv[1])) is False\n"
        "assert 'alembic' not in sys.modules\n"
    )
    url = sqlite_store.url.render_as_string()
    subprocess.run([sys.executable, "-c", code, url], cwd=ROOT, check=True, timeout=60)


def test_processes_that_start_together_upgrade_once(tmp_path) -> None:
    def start(_number: int) -> bool:
        store = Store(f"sqlite:///{tmp_path / 'new.sqlite3'}")
        changed = migrations.upgrade(store)
        store.close()
        return changed

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(tmp_path, monkeypatch) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    create = op.create_table

    def failing(name: str, *columns: object, **more: object) -> object:
        if name == "notice":
            raise RuntimeError("the disk is full")
        return create(name, *columns, **more)

    monkeypatch.setattr(op, "create_table", failing)
    with pytest.raises(RuntimeError):
        migrations.upgrade(store)
    with store.look() as db:
        assert sa.inspect(db).get_table_names() == []
    monkeypatch.undo()
    assert migrations.upgrade(store) is True
    store.close()


def test_every_migration_travels_in_the_wheel(tmp_path) -> None:
    """The files that the build packs, unpacked alone, bring an empty database to the newest shape."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "from setuptools import setup; setup()", "-q",
         "build", "--build-base", tmp_path / "build", "egg_info", "--egg-base", tmp_path],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    packed = tmp_path / "build" / "lib"
    with zipfile.ZipFile(tmp_path / "wheel.zip", "w") as archive:
        for file in (packed / "engine").rglob("*"):
            archive.write(file, file.relative_to(packed))
    zipfile.ZipFile(tmp_path / "wheel.zip").extractall(tmp_path / "installed")
    code = "from engine import migrations, store as s; t = s.Store('sqlite://'); print(migrations.upgrade(t))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "installed")},
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "True"
