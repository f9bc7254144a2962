"""What a row is about: the subject of a case for a list, the case that a row belongs to."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from engine.cases.records import answer, document, extension, item, note, opinion
from engine.errors import Missing
from engine.sops.calls import ENTRY
from engine.store import Connection

__all__ = ["case_of", "subject_of"]

Kind = Literal["document", "extension", "item", "note", "opinion"]
_TABLES: dict[Kind, sa.Table] = {
    "document": document, "extension": extension, "item": item, "note": note, "opinion": opinion,
}  # fmt: skip


def subject_of(case_id: sa.ColumnElement[Any], start: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """The subject as the newest answers of the opening have it, as a column beside a case's id and start.

    What was opened for one of many is about that entry.
    """
    said = sa.func.coalesce(answer.c.answers["subject"].as_string(), answer.c.answers[ENTRY].as_string())
    return (
        sa.select(said)
        .where(answer.c.case_id == case_id, answer.c.step == start)
        .order_by(answer.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def case_of(db: Connection, kind: Kind, row_id: int) -> int:
    """The case of a row that an address names; whether one may see it is asked of that case. Missing for no row."""
    table = _TABLES[kind]
    found = db.execute(sa.select(table.c.case_id).where(table.c.id == row_id)).scalar()
    if found is None:
        raise Missing("missing", "查無此資料，或您無權查看。")
    return int(found)
