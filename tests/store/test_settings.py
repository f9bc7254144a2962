"""Settings: sensible without any, and every bad one named in one sentence, all at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine import settings
from engine.errors import Invalid


def test_without_any_setting_everything_lies_in_the_data_folder(tmp_path) -> None:
    found = settings.read({}, home=tmp_path)
    assert found.database == f"sqlite:///{tmp_path / 'sopflow.sqlite3'}"
    assert found.key_file == tmp_path / "vault.key"
    assert (found.smtp, found.mail_folder) == (None, tmp_path / "mail")
    assert (found.host, found.port, found.url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert found.office_hours == ((time(8), time(12)), (time(13), time(17)))
    assert found.processes == Path(__file__).parents[2] / "processes"
    assert list(tmp_path.iterdir()) == []  # reading makes nothing


def test_the_data_folder_is_the_users_own_unless_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings.read({}).home == tmp_path / ".local" / "share" / "sopflow"
    assert settings.read({"SOPFLOW_HOME": "/srv/sopflow"}).home == Path("/srv/sopflow")
    assert settings.read({"SOPFLOW_HOME": "/srv/sopflow"}, home=tmp_path).home == tmp_path


def test_what_is_said_is_taken(tmp_path) -> None:
    found = settings.read({
        "SOPFLOW_HOME": str(tmp_path), "SOPFLOW_DATABASE": "postgresql://clerk:secret@db/sop",
        "SOPFLOW_KEY_FILE": "/run/secrets/key", "SOPFLOW_PROCESSES": str(tmp_path),
        "SOPFLOW_SMTP": "smtp://clerk:secret@mail:587?starttls=1", "SOPFLOW_SENDER": "sop@city.example",
        "SOPFLOW_HOST": "0.0.0.0", "SOPFLOW_PORT": "443", "SOPFLOW_URL": "https://sop.city.example/",
        "SOPFLOW_OFFICE_HOURS": "08:30-12:30,13:30-17:30",
    })  # fmt: skip
    assert found.database == "postgresql+psycopg://clerk:secret@db/sop"
    assert found.smtp == "smtp://clerk:secret@mail:587?starttls=1" and found.mail_folder is None
    assert (found.host, found.port, found.url) == ("0.0.0.0", 443, "https://sop.city.example")
    assert found.office_hours == ((time(8, 30), time(12, 30)), (time(13, 30), time(17, 30)))
    assert "secret@" not in repr(found)
    assert settings.read({"SOPFLOW_SENDER": "例市政府 <sop@city.example>"}, home=tmp_path).sender.startswith("例市政府")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("DATABASE", ["mysql://a/b", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://db"]),
        ("KEY_FILE", ["a\x00b"]),
        ("PROCESSES", ["/does/not/exist", "/etc/hostname"]),
        ("SMTP", ["mail.example", "http://mail", "smtp://", "smtp://h:99999", "smtp://h/x", "smtp://h?tls=yes"]),
        ("SENDER", ["nobody", "a@b\r\nBcc: c@d", "a@b,c@d", "例\r\nBcc: <c@d>", "a@b <c@d>", "例 <c@d"]),
        ("HOST", ["a b", "host/path", "主機"]),
        ("PORT", ["0", "65536", "-1", "80a", "８０", "9" * 99, "8e3"]),
        ("URL", ["sop.city.example", "ftp://x", "https://", "https://x?y=1", "http://[::1"]),
        ("OFFICE_HOURS", ["", "8-17", "08:00-25:00", "17:00-08:00", "08:00-12:00,11:00-17:00", "08:00-08:00", "x"]),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(tmp_path, name, values) -> None:
    for value in values:
        environment = {f"SOPFLOW_{name}": value}
        if value == "":
            settings.read(environment, home=tmp_path)  # an empty variable is none
            continue
        with pytest.raises(Invalid) as refusal:
            settings.read(environment, home=tmp_path)
        assert set(refusal.value.fields) == {f"SOPFLOW_{name}"}, value
        sentence = refusal.value.fields[f"SOPFLOW_{name}"]
        assert sentence.endswith("。") and sentence.count("。") == 1


def test_all_bad_values_are_said_together_and_a_misspelt_name_is_one(tmp_path) -> None:
    with pytest.raises(Invalid) as refusal:
        settings.read({"SOPFLOW_PORT": "x", "SOPFLOW_DATABSE": "sqlite:///a", "PATH": "/bin"}, home=tmp_path)
    assert set(refusal.value.fields) == {"SOPFLOW_PORT", "SOPFLOW_DATABSE"}
    assert "SOPFLOW_PORT" in refusal.value.sentence and "SOPFLOW_DATABSE" in refusal.value.sentence


def test_a_secret_is_not_repeated_in_the_refusal(tmp_path) -> None:
    with pytest.raises(Invalid) as refusal:
        settings.read({"SOPFLOW_SMTP": "smtp://clerk:secret@mail/x", "SOPFLOW_DATABASE": "mysql://c:secret@d/e"})
    assert "secret" not in refusal.value.sentence + repr(refusal.value.fields)
