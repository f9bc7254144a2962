"""The form register: every official document an SOP hands in or out, by the ref its chart uses.

forms:
  - {ref: case-record, number: null, name: 案件紀錄, aliases: [], version: 1}

Names are compared as people read them: full width and half width, and spaces, make no difference. Two forms never bear
one official name; a short name (alias) may be several forms'.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import yaml

from engine import yaml_text
from engine.errors import Invalid
from engine.library.records import form_register
from engine.office import journal, people
from engine.office.people import Person
from engine.store import Connection

_KEYS = {"ref", "number", "name", "aliases", "version"}


def load(db: Connection, text: str, *, who: Person, at: datetime) -> int:
    """Add what the file names and follow its changes; nothing is taken away. How many entries changed.

    Raises Invalid naming the entry; then nothing is stored.
    """
    people.require(db, who, "publish")
    entries = read(text)
    known = {row["ref"]: dict(row) for row in db.execute(sa.select(form_register)).mappings()}
    for entry in entries:
        was = known.get(entry["ref"], entry)["version"]
        if entry["version"] < was:
            sentence = f"表單「{entry['name']}」已是第 {was} 版，不能退回第 {entry['version']} 版。"
            raise Invalid("register_version", sentence, fields={entry["ref"]: sentence})
    changed = [entry for entry in entries if known.get(entry["ref"]) != entry]
    for entry in changed:
        if entry["ref"] in known:
            db.execute(form_register.update().where(form_register.c.ref == entry["ref"]).values(**entry))
        else:
            db.execute(form_register.insert().values(**entry))
    if changed:
        journal.write(
            db, subject="office", verb="register.load", who=who, at=at, act_id=journal.new_act(),
            effects={"forms": [entry["ref"] for entry in changed]},
        )  # fmt: skip
    return len(changed)


def normal(text: str) -> str:
    """A name as it is compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def names(db: Connection, refs: Iterable[str]) -> dict[str, str]:
    """What these documents are officially called, with their number; a ref nobody registered is left out."""
    rows = db.execute(sa.select(form_register).where(form_register.c.ref.in_(sorted(set(refs))))).mappings()
    return {row["ref"]: f"{row['name']}（{row['number']}）" if row["number"] else row["name"] for row in rows}


def read(text: str) -> list[dict[str, Any]]:
    """The entries of a register file. Pure. Raises Invalid."""
    try:
        tree = yaml_text.read(text)
    except yaml.YAMLError:
        raise Invalid("register_yaml", "表單登記檔不是正確的 YAML。") from None
    rows = tree.get("forms") if isinstance(tree, dict) and set(tree) == {"forms"} else None
    if not isinstance(rows, list):
        raise Invalid("register_yaml", "表單登記檔應只有一份 forms 清單。")
    entries: dict[str, dict[str, Any]] = {}
    called: dict[str, str] = {}
    for row in rows:
        entry = _entry(row)
        if entry["ref"] in entries:
            raise Invalid("register_twice", f"表單 {entry['ref']} 登記了兩次。", fields={entry["ref"]: "重複。"})
        other = called.setdefault(normal(entry["name"]), entry["ref"])
        if other != entry["ref"]:
            sentence = f"表單 {entry['ref']} 與 {other} 的正式名稱相同。"
            raise Invalid("register_same_name", sentence, fields={entry["ref"]: sentence})
        entries[entry["ref"]] = entry
    return list(entries.values())


def _entry(row: Any) -> dict[str, Any]:
    ref = row.get("ref") if isinstance(row, dict) else None
    if (
        not isinstance(row, dict)
        or not set(row) <= _KEYS
        or not _text(ref, 100)
        or not _text(row.get("name"), 200)
        or not (row.get("number") is None or _text(row["number"], 60))
        or not isinstance(row.get("aliases", []), list)
        or not all(_text(alias, 200) for alias in row.get("aliases", []))
        or type(row.get("version", 1)) is not int
        or not 0 < row.get("version", 1) < 1000
    ):
        where = str(ref or row)[:60]
        raise Invalid("register_entry", f"表單登記「{where}」須有 ref 與 name，另可有 number、aliases 與 version。")
    return {
        "ref": ref, "number": row.get("number"), "name": row["name"], "aliases": list(row.get("aliases", [])),
        "version": row.get("version", 1),
    }  # fmt: skip


def _text(value: Any, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit
