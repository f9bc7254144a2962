"""The office's own corrections come from the database and win over the published calendar."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from engine.dates import calendars
from engine.dates.records import calendar_day
from engine.store import Store

TYPHOON, MAKE_UP, HALF = date(2026, 7, 15), date(2026, 7, 18), date(2026, 7, 16)


def test_an_empty_table_gives_the_published_calendar(store: Store) -> None:
    with store.look() as db:
        assert calendars.load(db).is_working(TYPHOON)


def test_rows_close_open_and_halve_days_and_say_why(store: Store) -> None:
    with store.act() as db:
        db.execute(sa.insert(calendar_day), [
            {"day": TYPHOON, "working": False, "half": None, "reason": "颱風停班", "source": "local"},
            {"day": MAKE_UP, "working": True, "half": None, "reason": "補行上班", "source": "local"},
            {"day": HALF, "working": True, "half": "pm", "reason": "上午停班", "source": "local"},
        ])  # fmt: skip
    with store.look() as db:
        calendar = calendars.load(db)
        again = calendars.load(db)
    assert (calendar.is_working(TYPHOON), calendar.is_working(MAKE_UP)) == (False, True)
    assert calendar.why_off(TYPHOON) == "颱風停班"
    assert len(calendar.spans(HALF)) == 1 and not calendar.closes_early(HALF)
    assert again is calendar, "the same rows are not counted twice"


def test_a_changed_row_gives_another_calendar(store: Store) -> None:
    with store.act() as db:
        db.execute(sa.insert(calendar_day), {"day": TYPHOON, "working": False, "reason": "颱風停班", "source": "local"})
        before = calendars.load(db)
        db.execute(sa.update(calendar_day).values(working=True, half="am"))
        after = calendars.load(db)
    assert not before.is_working(TYPHOON) and after.closes_early(TYPHOON)
