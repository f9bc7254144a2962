"""A unit's own, shorter limits (單位自訂要點), from ``processes/unit_limits.yaml``; they compete with the SOP's.

    limits:
      - {whose: environment, sop: petition-online, deadline: PO-D1, name: 環境保護局要點, length: 4, unit: workday}

A limit binds the units below its own as well; the nearest one speaks. ``case_type`` narrows it to one type of case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import yaml

from engine import yaml_text
from engine.dates.records import unit_limit
from engine.errors import Invalid
from engine.office import journal, people
from engine.office.people import Person
from engine.store import Connection, Prepared, is_storable, printable

__all__ = ["load", "read", "shorter"]

LONGEST_FILE = 256 * 1024
_MOST = 5_000
_KEYS = {"whose", "sop", "deadline", "name", "length", "unit", "case_type"}
_UNITS = {"workday", "day", "week", "month"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OF = Prepared(
    sa.select(unit_limit).where(
        unit_limit.c.sop_id == sa.bindparam("sop_id"), unit_limit.c.deadline == sa.bindparam("deadline")
    )
)


def shorter(
    db: Connection, *, sop_id: str, deadline: str, unit: str | None, case_type: str | None
) -> tuple[float, str, str] | None:
    """(length, unit of time, name of the rule) of the unit's own limit, or of the nearest unit above; None: none."""
    rows = {(row.unit_id, row.case_type): row for row in _OF.rows(db, sop_id=sop_id, deadline=deadline)}
    if not rows or unit is None:
        return None
    tree = people.units(db)
    here: str | None = unit
    while here is not None:
        found = rows.get((here, case_type or "")) or rows.get((here, ""))
        if found is not None:
            return found.length, found.unit, found.name
        here = tree[here].above if here in tree else None
    return None


def load(db: Connection, text: str, *, who: Person, at: datetime) -> int:
    """The table becomes what the file says; how many rows changed. ``Invalid`` leaves it as it was."""
    people.require(db, who, "manage_organisation")
    wanted = read(text)
    units = people.units(db)
    unknown = sorted({row["unit_id"] for row in wanted} - units.keys())
    if unknown:
        raise Invalid("unit_limits_bad", f"單位期限檔有誤：查無單位 {printable(unknown[0])}。")
    stored = [dict(row) for row in db.execute(sa.select(unit_limit)).mappings()]
    changed = [row for row in wanted if row not in stored]
    gone = [row for row in stored if row not in wanted]
    if changed or gone:
        db.execute(sa.delete(unit_limit))
        if wanted:
            db.execute(sa.insert(unit_limit), wanted)
        journal.write(
            db, subject="office", verb="unit_limits.load", who=who, at=at, act_id=journal.new_act(),
            effects={"limits": len(wanted), "changed": len(changed), "gone": len(gone)},
        )  # fmt: skip
    return len(changed) + len(gone)


def read(text: str) -> list[dict[str, Any]]:
    """Pure: the file's rows as they are stored, or one sentence about the first thing wrong with it."""
    try:
        if len(text) > LONGEST_FILE or not is_storable(text) or re.search(r"(?m)^[^#\n]*[&*][A-Za-z]", text):
            raise ValueError
        root = yaml_text.read(text) or {}
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Invalid("unit_limits_bad", "單位期限檔不是可用的 YAML。") from None
    listed = root.get("limits") if isinstance(root, dict) and set(root) <= {"limits"} else None
    if not isinstance(listed, list) or len(listed) > _MOST:
        raise Invalid("unit_limits_bad", "單位期限檔必須只有 limits 一個清單。")
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for number, entry in enumerate(listed, 1):
        row = _row(entry, number)
        key = (row["unit_id"], row["sop_id"], row["deadline"], row["case_type"])
        if key in found:
            raise _wrong(number, "同一單位、流程、期限寫了兩次")
        found[key] = row
    return list(found.values())


def _row(entry: Any, number: int) -> dict[str, Any]:
    if not isinstance(entry, Mapping) or not set(entry) <= _KEYS:
        raise _wrong(number, f"只能有 {'、'.join(sorted(_KEYS))}")
    for key in ("whose", "sop", "deadline"):
        if not isinstance(entry.get(key), str) or not _ID.fullmatch(entry[key]):
            raise _wrong(number, f"缺少 {key}，或不是代碼")
    length: Any = entry.get("length")
    name: Any = entry.get("name")
    case_type: Any = entry.get("case_type", "")
    if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= 3_650:
        raise _wrong(number, "length 必須是 1 到 3650 的整數")
    if entry.get("unit") not in _UNITS:
        raise _wrong(number, "unit 必須是 workday、day、week、month 之一")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 100:
        raise _wrong(number, "缺少 name（要點的名稱）")
    if not isinstance(case_type, str) or len(case_type) > 64:
        raise _wrong(number, "case_type 必須是案件類型")
    return {
        "unit_id": entry["whose"], "sop_id": entry["sop"], "deadline": entry["deadline"], "case_type": case_type,
        "name": name.strip(), "length": length, "unit": entry["unit"],
    }  # fmt: skip


def _wrong(number: int, sentence: str) -> Invalid:
    return Invalid("unit_limits_bad", f"單位期限檔第 {number} 筆有誤：{sentence}。")
