"""What the operator decides, read once from the environment. Every bad value is named, each in one sentence.

SOPFLOW_HOME          data folder                          ~/.local/share/sopflow
SOPFLOW_DATABASE      sqlite:///… or postgresql://…        sqlite file in the data folder
SOPFLOW_KEY_FILE      key of the vault, 32 bytes base64    vault.key in the data folder
SOPFLOW_PROCESSES     the SOPs                             the checkout's processes/, else in the data folder
SOPFLOW_SMTP          smtp://…, smtps://…, folder:/…       folder:<data folder>/mail
SOPFLOW_SENDER        From of every mail                   sopflow@localhost
SOPFLOW_HOST, _PORT   where the web desk listens           127.0.0.1, 8000
SOPFLOW_URL           address in mails                     http://<host>:<port>
SOPFLOW_OFFICE_HOURS  in Taipei time                       08:00-12:00,13:00-17:00
SOPFLOW_LANG          zh-Hant or en, on the command line   the terminal's, else zh-Hant; webui.commands.language
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import Invalid

Hours = tuple[tuple[time, time], ...]
T = TypeVar("T")

#: a misspelt name would silently do nothing, so any other SOPFLOW_ name is refused
_KNOWN = {
    "SOPFLOW_HOME", "SOPFLOW_DATABASE", "SOPFLOW_KEY_FILE", "SOPFLOW_PROCESSES", "SOPFLOW_SMTP", "SOPFLOW_SENDER",
    "SOPFLOW_HOST", "SOPFLOW_PORT", "SOPFLOW_URL", "SOPFLOW_OFFICE_HOURS", "SOPFLOW_LANG",
    "SOPFLOW_DEBUG", "SOPFLOW_SOAK", "SOPFLOW_KILLS", "SOPFLOW_SEED",  # read by the command line and by the tests
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Secrets (database and mail passwords) never show in its repr."""

    home: Path
    database: str = field(repr=False)
    key_file: Path
    processes: Path
    smtp: str | None = field(repr=False)
    mail_folder: Path | None
    sender: str
    host: str
    port: int
    url: str
    office_hours: Hours


def read(environment: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """Raises ``Invalid`` whose ``fields`` are the names of the bad variables. ``home`` wins over SOPFLOW_HOME."""
    wrong = {name: "不認得這個設定。" for name in environment if name.startswith("SOPFLOW_") and name not in _KNOWN}

    def one(name: str, default: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(environment.get(name, "").strip() or default)
        except ValueError as error:
            wrong[name] = str(error)
            return None

    folder = home or one("SOPFLOW_HOME", "~/.local/share/sopflow", _path)
    here = folder or Path(".")
    database = one("SOPFLOW_DATABASE", f"sqlite:///{here / 'sopflow.sqlite3'}", _database)
    key_file = one("SOPFLOW_KEY_FILE", str(here / "vault.key"), _path)
    processes = one("SOPFLOW_PROCESSES", "", _folder) if "SOPFLOW_PROCESSES" in environment else _processes(here)
    mail = one("SOPFLOW_SMTP", f"folder:{here / 'mail'}", _mail)
    sender = one("SOPFLOW_SENDER", "sopflow@localhost", _sender)
    host = one("SOPFLOW_HOST", "127.0.0.1", _host)
    port = one("SOPFLOW_PORT", "8000", _port)
    url = one("SOPFLOW_URL", f"http://{host}:{port}", _url)
    hours = one("SOPFLOW_OFFICE_HOURS", "08:00-12:00,13:00-17:00", office_hours)
    if wrong:
        said = "".join(f"{name}：{sentence}" for name, sentence in sorted(wrong.items()))
        raise Invalid("settings_bad", f"設定有誤：{said}", fields=wrong)
    assert folder and database and key_file and processes and mail and sender and host and port and url and hours
    smtp, mail_folder = mail
    return Settings(
        folder, database, key_file, processes, smtp, mail_folder, sender, host, port, url.rstrip("/"), hours
    )  # fmt: skip


def office_hours(text: str) -> Hours:
    """``08:00-12:00,13:00-17:00``: in order, not overlapping. Raises ``ValueError`` with the sentence."""
    spans: list[tuple[time, time]] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\s*", part)
        if found is None:
            raise ValueError("辦公時間須如 08:00-12:00,13:00-17:00。")
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if start >= end or (spans and start < spans[-1][1]):
            raise ValueError("辦公時間須先後有序且不重疊。")
        spans.append((start, end))
    return tuple(spans)


def _database(text: str) -> str:
    try:
        url: URL = make_url(text)
    except ArgumentError:
        raise ValueError("須為 sqlite:///路徑 或 postgresql://主機/資料庫。") from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        if not url.database:
            raise ValueError("PostgreSQL 須指明資料庫名稱。")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.drivername != "sqlite":
        raise ValueError("只支援 sqlite 與 postgresql。")
    if url.database in (None, "", ":memory:"):
        raise ValueError("SQLite 須指明檔案，記憶體資料庫不會保存任何案件。")
    return text


def _path(text: str) -> Path:
    if "\x00" in text:
        raise ValueError("路徑不可含 NUL 字元。")
    return Path(text).expanduser().absolute()


def _folder(text: str) -> Path:
    path = _path(text)
    if not path.is_dir():
        raise ValueError(f"找不到資料夾 {path}。")
    return path


def _processes(home: Path) -> Path:
    """The checkout's own folder; an installed wheel has none beside it and looks in the data folder."""
    checkout = Path(__file__).resolve().parent.parent / "processes"
    return checkout if checkout.is_dir() else home / "processes"


def _mail(text: str) -> tuple[str | None, Path | None]:
    if text.startswith("folder:"):
        return None, _path(text.removeprefix("folder:"))
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.path not in ("", "/") or parts.query not in ("", "starttls=1"):
        raise ValueError("須為 smtp://主機、smtps://主機 或 folder:/路徑。")
    return text, None


def _sender(text: str) -> str:
    address = r"[^\s@,;<>\"\x00-\x1f\x7f]+@[A-Za-z0-9.-]+"
    if not re.fullmatch(rf"{address}|[^@,;<>\"\x00-\x1f\x7f]{{1,60}} <{address}>", text):
        raise ValueError("須為一個電子郵件地址；前面可加名稱，地址放在角括號裡。")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", text):
        raise ValueError("須為主機名稱或位址。")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise ValueError("須為 1 至 65535 的整數。")
    return int(text)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise ValueError("須為 http:// 或 https:// 開頭的網址。")
    return text
