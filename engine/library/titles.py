"""What SOPs are called in English, as their own files say; nothing for those that do not say."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from engine.library.records import sop, sop_version
from engine.store import Connection

__all__ = ["edition", "in_english"]

_SHEET = re.compile(r"<sop:sheet\b[^>]*?\stitleEn=(?:\"([^\"]*)\"|'([^']*)')")
#: the sheet stands at the beginning of the process
_FAR_ENOUGH = 20_000


def edition(db: Connection) -> tuple[int, int]:
    """Other than before when an SOP came into force."""
    row = db.execute(sa.select(sa.func.count(sop.c.in_force), sa.func.max(sop.c.in_force))).one()
    return row[0], row[1] or 0


def in_english(db: Connection) -> dict[str, str]:
    """Name to title, of the versions in force."""
    begin = sa.func.substr(sop_version.c.bpmn, 1, _FAR_ENOUGH)
    rows = db.execute(sa.select(sop.c.name, begin).join(sop_version, sop_version.c.id == sop.c.in_force))
    found = {name: _SHEET.search(text) for name, text in rows}
    return {name: unescape(one[1] or one[2] or "") for name, one in found.items() if one and (one[1] or one[2])}
