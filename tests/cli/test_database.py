"""sopflow db, journal, user, tick: what an operator does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.office.records import entry, setting
from engine.store import Store
from tests.cli.conftest import PETITION, Run, runner


def test_upgrade_begins_the_city_and_does_nothing_the_second_time(sopflow: Run, home: Path, store: Store) -> None:
    first = sopflow("db", "upgrade", "--json")
    with store.look() as db:
        before = db.execute(sa.select(sa.func.count()).select_from(entry)).scalar()
    assert sopflow("db", "upgrade", "--json").json == first.json
    with store.look() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(entry)).scalar() == before
    assert (home / "vault.key").stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o077 == 0


def test_a_backup_restores_and_misses_only_the_key(sopflow: Run, petition: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    said = sopflow("db", "backup", str(copy), "--lines")
    assert said.code == 0
    assert "vault.key" in said.err
    other = runner({"SOPFLOW_HOME": str(tmp_path / "other")})
    restored = other("db", "restore", str(copy), "--json")
    assert (restored.code, restored.json["unreadable_identities"]) == (0, 1)
    assert "vault.key" in restored.err
    shown = other("case", "show", petition, "--as", "registry1", "--json")
    assert shown.json["number"] == petition
    # the lost key is not replaced in silence
    assert not (tmp_path / "other" / "vault.key").exists()
    assert "vault.key" in shown.err
    assert other("db", "check").code == 1
    assert sopflow("db", "check").code == 0


def test_a_restored_database_mails_nobody_until_it_is_released(sopflow: Run, petition: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    sopflow("db", "backup", str(copy))
    other = runner({"SOPFLOW_HOME": str(tmp_path / "other")})
    assert "release-mails" in other("db", "restore", str(copy)).err
    [held] = [check for check in other("health", "--json").json["checks"] if check["id"] == "mail-hold"]
    assert (held["state"], "release-mails" in held["todo"]) == ("bad", True)
    refused = other("db", "release-mails", "--as", "registry1", "--json")
    assert (refused.code, refused.json["refusal"]["code"]) == (1, "not_allowed")
    assert other("db", "release-mails", "--json").code == 0
    assert all(check["id"] != "mail-hold" for check in other("health", "--json").json["checks"])
    assert other("db", "release-mails", "--json").json["refusal"]["code"] == "mails_not_held"
    assert sopflow("db", "release-mails").code == 1, "the original was never held"


def test_a_backup_never_overwrites_and_never_copies_nothing(sopflow: Run, files_only: Run, tmp_path: Path) -> None:
    assert sopflow("db", "upgrade").code == 0
    (tmp_path / "there").write_text("x")
    assert sopflow("db", "backup", str(tmp_path / "there")).code == 1
    assert (tmp_path / "there").read_text() == "x"
    empty = runner({"SOPFLOW_HOME": str(tmp_path / "empty")})
    assert empty("db", "backup", str(tmp_path / "copy"), "--json").json["refusal"]["code"] == "db_empty"


def test_a_restore_needs_an_empty_database(sopflow: Run, tmp_path: Path) -> None:
    sopflow("db", "upgrade")
    sopflow("db", "backup", str(tmp_path / "copy"))
    assert sopflow("db", "restore", str(tmp_path / "copy")).code == 1
    assert sopflow("db", "restore", str(tmp_path / "nowhere")).code == 1


def test_a_changed_journal_is_found(sopflow: Run, petition: str, store: Store) -> None:
    assert sopflow("journal", "verify").code == 0
    with store.act() as db:
        db.execute(entry.update().where(entry.c.verb == "open").values(reason="另一個理由"))
    said = sopflow("journal", "verify", "--json")
    assert said.code == 1
    assert [problem["code"] for problem in said.json["problems"]] == ["journal_changed"]
    assert sopflow("db", "check").code == 1


def test_a_new_account_gets_a_link_once(sopflow: Run) -> None:
    said = sopflow("user", "add", "newbie", "--unit", "works-lighting", "--role", "officer", "--json")
    assert said.code == 0
    assert said.json["link"].startswith("http://127.0.0.1:8000/welcome/")
    assert sopflow("user", "add", "newbie").code == 1
    assert (
        sopflow("user", "add", "other", "--unit", "works-lighting", "--json").json["refusal"]["code"] == "account_bad"
    )
    assert sopflow("user", "add", "other", "--as", "lighting1", "--json").json["refusal"]["code"] == "not_allowed"
    assert sopflow("user", "add", "other", "--as", "admin").code == 0


def test_time_runs_ahead_only_in_a_rehearsal(sopflow: Run, petition: str, store: Store) -> None:
    registered = {"receipt_number": "府收-1", "responsible_unit": "works-lighting"}
    sopflow("case", "complete", petition, "--as", "registry1", "--answers", json.dumps(registered))
    ahead = ("tick", "--at", "2126-01-01T08:00", "--json")
    assert sopflow(*ahead).json["refusal"]["code"] == "tick_ahead"
    assert sopflow("tick", "--json").json["rang"] == 0
    with store.act() as db:
        db.execute(setting.insert().values(name="rehearsal", value=True))
    said = sopflow(*ahead)
    assert said.code == 0
    assert said.json["rang"] >= 4
    assert sopflow(*ahead).json["rang"] == 0


@pytest.mark.parametrize("instant", ["soon", "2026-13-01", "", "0001-01-01T00:00+23:59"])
def test_an_instant_must_be_iso(files_only: Run, instant: str) -> None:
    assert files_only("tick", "--at", instant).code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("SOPFLOW_DATABASE", "mysql://x"), ("SOPFLOW_PORT", "99999"), ("SOPFLOW_COLOUR", "red")],
)
def test_a_bad_setting_is_named(home: Path, name: str, value: str) -> None:
    said = runner({"SOPFLOW_HOME": str(home), name: value})("db", "upgrade")
    assert said.code == 2
    assert name in said.err
    assert not home.exists()


def test_a_database_that_cannot_be_reached_is_a_sentence(home: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    said = runner({"SOPFLOW_HOME": str(home), "SOPFLOW_DATABASE": url})("sop", "list", "--json")
    assert (said.code, said.json["refusal"]["code"]) == (1, "database")


def test_the_petitioner_is_in_no_backup(sopflow: Run, petition: str, tmp_path: Path) -> None:
    sopflow("db", "backup", str(tmp_path / "copy"), "--lines")
    data = (tmp_path / "copy").read_bytes()
    assert PETITION["petitioner_name"].encode() not in data
    assert PETITION["petitioner_email"].encode() not in data
