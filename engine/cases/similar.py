"""Petitions that may be the same matter: same person, and the same place or much the same subject.

Rule of the duplicate check (catalogue 1, A1 DC-01, 建議值): the earlier case was received within ``days`` or is still
in control. A person decides; nothing is ever merged by the machine.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from engine.cases.records import answer, case
from engine.office.records import vault
from engine.store import Connection

__all__ = ["SAME_SUBJECT", "plain", "to"]

#: per cent of rapidfuzz's ratio over normalised text from which two subjects are "much the same" (libraries.md 11)
SAME_SUBJECT = 45


def to(db: Connection, this: Mapping[str, Any], *, at: datetime, days: int = 30) -> list[dict[str, Any]]:
    """Earlier petitions like this one: ``{id, number, title, received_at, status}``, newest first."""
    digest = db.execute(sa.select(vault.c.digest).where(vault.c.case_id == this["id"])).scalar()
    if digest is None:
        return []
    rows = db.execute(
        sa.select(case.c.id, case.c.number, case.c.title, case.c.received_at, case.c.status, case.c.start)
        .join(vault, vault.c.case_id == case.c.id)
        .where(
            vault.c.digest == digest,
            case.c.id != this["id"],
            sa.or_(case.c.received_at >= at - timedelta(days=days), case.c.released_at.is_(None)),
            case.c.status != "withdrawn",
        )
        .order_by(case.c.id.desc())
        .limit(50)
    ).mappings().all()  # fmt: skip
    if not rows:
        return []
    mine = _matter(db, this["id"], this["start"])
    return [dict(row) for row in rows if _alike(mine, _matter(db, row["id"], row["start"]))]


def _matter(db: Connection, case_id: int, start: str) -> tuple[str, str]:
    answers = db.execute(
        sa.select(answer.c.answers).where(answer.c.case_id == case_id, answer.c.step == start).order_by(answer.c.id)
    ).scalar()
    answers = answers or {}
    return plain(answers.get("subject")), plain(answers.get("location"))


def plain(text: Any) -> str:
    """Text as it is compared: one width, one case, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", str(text or "")).casefold() if c.isalnum())


def _alike(a: tuple[str, str], b: tuple[str, str]) -> bool:
    same_place = bool(a[1]) and a[1] == b[1]
    return same_place or (bool(a[0]) and fuzz.ratio(a[0], b[0]) >= SAME_SUBJECT)
