"""The vault: an identity is readable with its key, for its case, by those who must answer; and by nothing else."""

from __future__ import annotations

import base64
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, Missing, NotAllowed, Stuck
from engine.office import journal, vault
from engine.office import records as r
from engine.store import Store

KEY = vault.Key.of(bytes(range(32)))
OTHER = vault.Key.of(b"x" * 32)
CANARY = {
    "petitioner_name": "金絲雀甲乙",
    "petitioner_phone": "0912-345-678",
    "petitioner_email": "canary@mail.example",
    "petitioner_address": "臺中市西屯區金絲雀路一號",
}
CASE = {"id": 7, "unit": "works-lighting", "informant": False}


@pytest.fixture
def sealed(office: Store) -> Store:
    with office.act() as db:
        vault.seal(db, 7, CANARY, KEY, channel="online")
    return office


def look(store: Store, who: Any, at: Any, case: Any = CASE, key: vault.Key = KEY, reason: str = "電話通知結果") -> Any:
    with store.act() as db:
        return vault.open(db, case, key, who=who, at=at, reason=reason)


def test_whoever_owes_the_answer_reads_it_and_leaves_an_entry_without_it(sealed, staff, friday_morning) -> None:
    assert look(sealed, staff.lin, friday_morning) == CANARY
    with sealed.look() as db:
        [entry] = journal.of(db, "case:7")
    assert (entry.verb, entry.by, entry.reason) == ("identity.open", staff.id("lin"), "電話通知結果")
    assert not any(value in repr(entry) for value in CANARY.values())


@pytest.mark.parametrize(("account", "refusal"), [("kao", Missing), ("root", Missing), ("tsai", NotAllowed)])
def test_others_read_nothing_and_that_they_asked_is_kept_once_a_day(
    sealed, staff, friday_morning, account, refusal
) -> None:
    for at in (friday_morning, friday_morning + timedelta(hours=1), friday_morning + timedelta(days=2)):
        with pytest.raises(refusal):
            look(sealed, getattr(staff, account), at)
    with sealed.look() as db:
        lines = journal.of(db, "case:7")
    assert [(line.verb, line.by) for line in lines] == [("identity.refused", staff.id(account))] * 2


def test_of_an_informants_report_the_unit_that_answers_is_refused_too(sealed, staff, friday_morning) -> None:
    report = {**CASE, "informant": True}
    with pytest.raises(NotAllowed):
        look(sealed, staff.lin, friday_morning, report)
    assert look(sealed, staff.yen, friday_morning, report) == CANARY
    with sealed.look() as db:
        verbs = [(line.verb, line.by) for line in journal.of(db, "case:7")]
    assert verbs == [("identity.refused", staff.id("lin")), ("identity.open", staff.id("yen"))]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_look_without_a_reason_is_refused(sealed, staff, friday_morning, reason) -> None:
    with pytest.raises(Invalid) as refusal:
        look(sealed, staff.lin, friday_morning, reason=reason)
    assert "reason" in refusal.value.fields


def test_another_key_opens_nothing_and_says_so(sealed, staff, friday_morning) -> None:
    with pytest.raises(Stuck, match="無法解密"):
        look(sealed, staff.lin, friday_morning, key=OTHER)
    with sealed.look() as db:
        assert vault.unreadable(db, OTHER) == [7]
        assert vault.unreadable(db, KEY) == []


def test_a_row_moved_to_another_case_does_not_open(sealed) -> None:
    with sealed.act() as db:
        db.execute(sa.update(r.vault).values(case_id=8))
    with sealed.look() as db, pytest.raises(Stuck):
        vault.read(db, 8, KEY)


def test_one_changed_byte_does_not_open(sealed) -> None:
    with sealed.act() as db:
        was = db.execute(sa.select(r.vault.c.sealed)).scalar_one()
        db.execute(sa.update(r.vault).values(sealed=was[:-1] + bytes([was[-1] ^ 1])))
    with sealed.look() as db, pytest.raises(Stuck):
        vault.read(db, 7, KEY)


def test_the_same_identity_never_seals_to_the_same_bytes(office) -> None:
    with office.act() as db:
        vault.seal(db, 1, CANARY, KEY)
        vault.seal(db, 2, CANARY, KEY)
    with office.look() as db:
        rows = db.execute(sa.select(r.vault.c.nonce, r.vault.c.sealed, r.vault.c.digest)).all()
        assert len({row.nonce for row in rows}) == len({row.sealed for row in rows}) == 2
        assert len({row.digest for row in rows}) == 1, "and the same person is found again"


def test_nothing_of_the_identity_stands_in_the_database_file(migrated_sqlite_file, sqlite_store) -> None:
    with sqlite_store.act() as db:
        vault.seal(db, 7, CANARY, KEY)
    path = Path(str(sqlite_store.url.database))
    stored = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    for value in CANARY.values():
        for seen in (value.encode(), value.encode("unicode_escape"), base64.b64encode(value.encode())):
            assert seen not in stored
    assert vault.digest(CANARY, KEY).encode() in stored  # the search can find what is there


def test_no_identity_leaves_no_row(office) -> None:
    with office.act() as db:
        vault.seal(db, 7, {"petitioner_name": "", "petitioner_phone": ""}, KEY)
        with pytest.raises(Missing):
            vault.read(db, 7, KEY)


@pytest.mark.parametrize(
    "same",
    [
        {"name": "王小明", "phone": "0912345678"},
        {"petitioner_name": " 王小明 ", "petitioner_phone": "(0912) 345-678"},
        {"name": "王　小明", "phone": "+886 912 345 678"},
        {"name": "王小明", "phone": "０９１２３４５６７８", "email": "wang@mail.example"},
    ],
)
def test_the_same_person_has_the_same_digest_however_written(same) -> None:
    assert vault.digest(same, KEY) == vault.digest({"name": "王小明", "phone": "0912345678"}, KEY)


@pytest.mark.parametrize(
    "other", [{"name": "王小華", "phone": "0912345678"}, {"name": "王小明", "phone": "0912345679"}, {"name": "王小明"}]
)
def test_another_person_has_another_digest_and_another_key_gives_another(other) -> None:
    mine = {"name": "王小明", "phone": "0912345678"}
    assert vault.digest(other, KEY) != vault.digest(mine, KEY)
    assert vault.digest(mine, OTHER) != vault.digest(mine, KEY)


def test_two_people_who_left_neither_name_nor_phone_are_not_the_same(office) -> None:
    with office.act() as db:
        vault.seal(db, 1, {"address": "甲路一號"}, KEY)
        vault.seal(db, 2, {"address": "乙路二號"}, KEY)
        assert len(set(db.scalars(sa.select(r.vault.c.digest)))) == 2


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path) -> None:
    path = tmp_path / "keys" / "vault.key"
    key = vault.Key.make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vault.Key.from_file(path) == key
    assert "sealing" not in repr(key)
    before = path.read_bytes()
    with pytest.raises(Invalid):
        vault.Key.make(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe", base64.b64encode(b"x" * 31), b"=" * 44])
def test_a_bad_key_file_is_named(tmp_path, content) -> None:
    path = tmp_path / "vault.key"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=r"vault\.key"):
        vault.Key.from_file(path)


def test_a_missing_key_file_is_named(tmp_path) -> None:
    with pytest.raises(Invalid, match="找不到"):
        vault.Key.from_file(tmp_path / "vault.key")
    with pytest.raises(Invalid):
        vault.Key.from_file(tmp_path)


def test_an_identity_that_one_database_could_not_keep_is_refused(office) -> None:
    with office.act() as db, pytest.raises(Invalid):
        vault.seal(db, 7, {"name": "\ud800"}, KEY)


def test_the_system_reads_an_address_without_an_entry(sealed) -> None:
    with sealed.look() as db:
        assert vault.read(db, 7, KEY)["petitioner_email"] == "canary@mail.example"
        assert journal.of(db, "case:7") == []
