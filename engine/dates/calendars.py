"""The office's own corrections to the published calendar, from the database."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from engine.dates.records import calendar_day
from engine.dates.workdays import Calendar, Opening
from engine.store import Connection

_ROWS = sa.select(
    calendar_day.c.day, calendar_day.c.working, calendar_day.c.half, calendar_day.c.reason
).order_by(calendar_day.c.day)  # fmt: skip


def load(db: Connection) -> Calendar:
    """The calendar in force. The same rows give the same value, so the years already counted are kept."""
    return _calendar(tuple(tuple(row) for row in db.execute(_ROWS)))


@lru_cache(maxsize=4)
def _calendar(rows: tuple[tuple[Any, ...], ...]) -> Calendar:
    openings: dict[date, Opening] = {day: (half or True) if working else False for day, working, half, _ in rows}
    return Calendar(openings, {day: reason for day, _, _, reason in rows})
