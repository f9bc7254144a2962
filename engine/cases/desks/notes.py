"""The notes of a case as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.cases.records import note
from engine.office import people
from engine.store import Connection

__all__ = ["notes_of"]


def notes_of(db: Connection, case_id: int) -> Sequence[Mapping[str, Any]]:
    """The newest first, struck ones too; with ``by_name`` and ``struck_by_name``."""
    rows = db.execute(sa.select(note).where(note.c.case_id == case_id).order_by(note.c.id.desc()))
    found = [dict(row) for row in rows.mappings()]
    names = people.names(db, {row[by] for row in found for by in ("by", "struck_by")})
    return [
        {**row, "by_name": names.get(row["by"], "系統"), "struck_by_name": names.get(row["struck_by"], "")}
        for row in found
    ]
