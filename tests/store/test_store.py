"""One act is one transaction; times are UTC; and the promises of a commit are read back, not hoped for."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import Invalid, Missing, NotAllowed
from engine.office import records as r
from engine.store import Store, is_storable, printable


def put(db: sa.Connection, name: str, value: object) -> None:
    db.execute(sa.insert(r.setting), {"name": name, "value": value})


def names(store: Store) -> set[str]:
    with store.look() as db:
        return set(db.scalars(sa.select(r.setting.c.name)))


def test_an_act_is_kept_whole_or_not_at_all(store) -> None:
    with store.act() as db:
        put(db, "a", 1)
        put(db, "b", 2)
    with pytest.raises(RuntimeError), store.act() as db:
        put(db, "c", 3)
        raise RuntimeError
    with pytest.raises(Missing), store.act() as db:
        put(db, "d", 4)
        raise Missing("x", "。")
    assert names(store) == {"a", "b"}


def test_a_refusal_to_be_remembered_keeps_what_was_written(store) -> None:
    class Remembered(NotAllowed):
        remembered = True

    with pytest.raises(Remembered), store.act() as db:
        put(db, "a", 1)
        raise Remembered("x", "。")
    assert names(store) == {"a"}


def test_a_look_writes_nothing(store) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.look() as db:
        put(db, "a", 1)
    assert names(store) == set()
    with store.act() as db:  # the same connection writes again afterwards
        put(db, "b", 1)
    assert names(store) == {"b"}


def test_a_look_never_waits_for_a_writer(store) -> None:
    with store.act() as db:
        put(db, "a", 1)
        assert names(store) == set()
    assert names(store) == {"a"}


def test_a_look_sees_one_moment(store) -> None:
    with store.look() as reading:
        assert reading.scalar(sa.select(sa.func.count()).select_from(r.setting)) == 0
        with store.act() as db:
            put(db, "a", 1)
        assert reading.scalar(sa.select(sa.func.count()).select_from(r.setting)) == 0
    assert names(store) == {"a"}


def test_no_update_is_lost_between_two_writers(store) -> None:
    with store.act() as db:
        put(db, "count", 0)

    def add(_number: int) -> None:
        with store.act() as db:
            where = r.setting.c.name == "count"
            value = db.scalar(sa.select(r.setting.c.value).where(where).with_for_update())
            db.execute(sa.update(r.setting).where(where).values(value=value + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    with store.look() as db:
        assert db.scalar(sa.select(r.setting.c.value)) == 40


def test_times_come_back_in_utc_to_the_microsecond_and_sort(store, taipei) -> None:
    at = taipei("2026-11-26T09:00").replace(microsecond=1)
    elsewhere = at.astimezone(timezone(timedelta(hours=-7))) + timedelta(microseconds=1)
    with store.act() as db:
        for account, created in (("later", elsewhere), ("first", at)):
            row = {"account": account, "name": "x", "created_at": created}
            db.execute(sa.insert(r.person), row)
        rows = db.execute(sa.select(r.person.c.account, r.person.c.created_at).order_by(r.person.c.created_at)).all()
    assert [row.account for row in rows] == ["first", "later"]
    assert rows[0].created_at == at
    assert all(row.created_at.utcoffset() == timedelta(0) for row in rows)


def test_a_time_without_a_zone_is_refused(store) -> None:
    with pytest.raises((ValueError, sa.exc.StatementError)), store.act() as db:
        db.execute(sa.insert(r.person), {"account": "a", "name": "x", "created_at": datetime(2026, 11, 20)})


def test_chinese_is_stored_as_it_is_read(store) -> None:
    with store.act() as db:
        put(db, "a", {"名": "里長"})
        assert "里長" in db.scalar(sa.select(sa.cast(r.setting.c.value, sa.Text)))


def test_an_insert_says_whether_it_wrote_a_row(store) -> None:
    insert = (sqlite if store.is_sqlite else postgresql).insert(r.setting).on_conflict_do_nothing()
    with store.act() as db:
        counts = [db.execute(insert, {"name": "a", "value": 1}).rowcount for _ in range(2)]
    assert counts == [1, 0]


def test_a_row_that_points_nowhere_is_refused(store) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.act() as db:
        db.execute(sa.insert(r.unit), {"id": "a", "name": "甲", "above": "nowhere"})


# -- what a commit rests on ------------------------------------------------------------------------------------------


def test_a_store_as_we_open_it_is_safe(store, memory) -> None:
    store.assert_safe()
    memory.assert_safe()


@pytest.mark.parametrize(
    "pragma", ["synchronous=NORMAL", "synchronous=OFF", "foreign_keys=OFF", "busy_timeout=0", "journal_mode=DELETE"]
)
def test_a_weaker_sqlite_is_named_at_start(sqlite_store, pragma) -> None:
    @event.listens_for(sqlite_store.engine, "connect")
    def _weaken(raw, _record) -> None:
        raw.execute(f"PRAGMA {pragma}")

    with pytest.raises(Invalid) as refusal:
        sqlite_store.assert_safe()
    assert set(refusal.value.fields) == {pragma.partition("=")[0]}


@pytest.mark.parametrize(
    "setting", ["synchronous_commit=off", "synchronous_commit=local", "lock_timeout=0", "statement_timeout=0"]
)
def test_a_weaker_postgresql_is_named_at_start(postgresql_url, setting) -> None:
    weak = Store(postgresql_url)

    @event.listens_for(weak.engine, "connect")
    def _weaken(raw, _record) -> None:
        raw.execute(f"SET {setting}")
        raw.commit()

    with pytest.raises(Invalid) as refusal:
        weak.assert_safe()
    assert set(refusal.value.fields) == {setting.partition("=")[0]}
    weak.close()


def test_a_new_sqlite_file_stands_in_its_own_folder(tmp_path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'deep' / 'down' / 'new.sqlite3'}")
    store.assert_safe()
    store.close()
    assert (tmp_path / "deep" / "down" / "new.sqlite3").exists()
    assert os.listdir(tmp_path) == ["deep"]


# -- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("good", ["里長", "", "a\n\t", "😀", None, 7, {"a": ["x", 1.5, None]}, "\\u0000"])
def test_what_both_databases_keep_is_storable(store, good) -> None:
    assert is_storable(good)
    with store.act() as db:
        put(db, "a", [good])
        assert db.scalar(sa.select(r.setting.c.value)) == [good]


@pytest.mark.parametrize("bad", ["\x00", "a\ud800", {"a": ["\x00"]}, {"\udfff": 1}, [["x", ("\x00",)]]])
def test_what_one_of_them_does_not_keep_is_not(bad) -> None:
    assert not is_storable(bad)


def test_what_somebody_typed_is_fit_for_a_sentence() -> None:
    assert printable("王\x1b[31m\r\n\x00\ud800") == "王\ufffd[31m\ufffd\ufffd\ufffd\ufffd"
    assert len(printable("長" * 1000)) == 64
