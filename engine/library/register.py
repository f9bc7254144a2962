"""The form register: every official document an SOP hands in or out, by the ref its chart uses.

forms:
  - {ref: case-record, number: null, name: 案件紀錄, aliases: []}
"""

from __future__ import annotations

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

_KEYS = {"ref", "number", "name", "aliases"}


def load(db: Connection, text: str, *, who: Person, at: datetime) -> int:
    """Add what the file names and follow its changes; nothing is taken away. How many entries changed.

    Raises Invalid naming the entry; then nothing is stored.
    """
    people.require(db, who, "publish")
    entries = read(text)
    known = {row["ref"]: dict(row) for row in db.execute(sa.select(form_register)).mappings()}
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
    for row in rows:
        entry = _entry(row)
        if entry["ref"] in entries:
            raise Invalid("register_twice", f"表單 {entry['ref']} 登記了兩次。", fields={entry["ref"]: "重複。"})
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
    ):
        where = str(ref or row)[:60]
        raise Invalid("register_entry", f"表單登記「{where}」須有 ref 與 name，另可有 number 與 aliases。")
    return {"ref": ref, "number": row.get("number"), "name": row["name"], "aliases": list(row.get("aliases", []))}


def _text(value: Any, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit
