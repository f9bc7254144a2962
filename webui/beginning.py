"""What happens when the product starts: the database gets its shape, the city its people, the library its SOPs.

Every step does nothing when it was done before, so every door may begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine import migrations
from engine.cases import Office, rules
from engine.cases.operators import OPERATORS
from engine.dates import calendars, unit_limits
from engine.errors import Invalid
from engine.library import register, shelf
from engine.office import organisation, vault
from engine.office.people import SYSTEM
from engine.office.vault import Key
from engine.rehearsal import proof
from engine.settings import Settings
from engine.store import Connection, Store


@dataclass(frozen=True, slots=True)
class Begun:
    """``notes``: what the operator should read, one sentence each."""

    store: Store
    key: Key | None
    home: Path
    notes: tuple[str, ...]


def begin(settings: Settings, *, at: datetime, since: datetime | None = None) -> Begun:
    """Open the database in its newest shape, with people, forms and SOPs loaded from ``processes/`` where new.

    ``since``: a database that is new has all of it from that moment on, as an invented city that began in the past.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # whose cases these are is nobody else's business
    store = Store(settings.database)
    migrations.upgrade(store)
    store.assert_safe()
    notes: list[str] = []
    with store.act() as db:
        if not store.is_sqlite:  # two processes starting at once: the second finds everything done
            db.exec_driver_sql("SELECT pg_advisory_xact_lock(7368)")
        key = _key(db, settings, notes)
        if since is not None and organisation.is_empty(db):
            at = since
        _organisation(db, settings, at)
        notes += _unit_limits(db, settings, at)
        forms = settings.processes / "forms.yaml"
        if forms.is_file():
            register.load(db, forms.read_text("utf-8"), who=SYSTEM, at=at)
        if calendars.keep_hours(db, settings.office_hours):
            notes.append("辦公時間與上次不同；執行 sopflow calendar recount 可看哪些期限會移動。")
        notes += _library(db, settings, at)
    return Begun(store, key, settings.home, tuple(notes))


def office(db: Connection, key: Key | None) -> Office:
    """What acts need besides the database: the calendar as it stands now, and the vault's key."""
    return Office(
        calendar=calendars.load(db), key=key, rules=rules.rules(db), rehearse=proof.settled, walk=proof.walk
    )  # fmt: skip


def _key(db: Connection, settings: Settings, notes: list[str]) -> Key | None:
    """The vault's key; a new one only where nothing was ever sealed, for a lost key is not replaced in silence."""
    if settings.key_file.exists():
        return Key.from_file(settings.key_file)
    if vault.is_empty(db):
        return Key.make(settings.key_file)
    notes.append(f"找不到金鑰檔 {settings.key_file}：已封存的陳情人資料無法讀取，也不能受理新的陳情。")
    return None


def _organisation(db: Connection, settings: Settings, at: datetime) -> None:
    """At first start only: afterwards people are added by the administrator, and the file is not read again."""
    file = settings.processes / "organisation.yaml"
    if not file.is_file():
        return
    if not organisation.is_empty(db):
        return
    organisation.load(db, file.read_text("utf-8"), who=SYSTEM, at=at)


def _unit_limits(db: Connection, settings: Settings, at: datetime) -> list[str]:
    """The units' own limits, at every start; a file with a mistake in it leaves them as they were."""
    file = settings.processes / "unit_limits.yaml"
    try:
        if file.is_file():
            unit_limits.load(db, file.read_text("utf-8"), who=SYSTEM, at=at)
    except (Invalid, UnicodeDecodeError) as bad:
        return [bad.sentence if isinstance(bad, Invalid) else "單位期限檔不是 UTF-8 文字。"]
    return []


def _library(db: Connection, settings: Settings, at: datetime) -> list[str]:
    if not settings.processes.is_dir():
        return [f"找不到作業流程資料夾 {settings.processes}。"]
    loaded = shelf.load(db, settings.processes, who=SYSTEM, at=at, operators=OPERATORS)
    notes = [f"作業流程 {name} 的檔案已變更，存為草案。" for name in loaded.drafted]
    for name, findings in loaded.refused.items():
        why = findings[0].message if findings else ""
        notes.append(f"作業流程 {name} 不能發布，存為草案：{why}")
    return notes
