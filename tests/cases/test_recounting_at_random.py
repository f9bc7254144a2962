"""Days closed, halved and opened at random under deadlines of every regime: nothing is left behind, all comes back.

A recount looks only at what the changed day can move. Afterwards nothing may disagree with the calendar, and the day
taken back leaves every due date and every waiting rung where it was.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import recounting
from engine.cases.records import case
from engine.dates import calendars, changes, deadlines, touched
from engine.dates.calendars import Change
from engine.dates.records import alarm, deadline
from tests.cases.conftest import Desk

Taipei = Callable[[str], datetime]
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
CASES, DAYS = (60, 60) if SOAK else (16, 7)
FIRST_ID = 100_000
_REGIMES = {
    "petition": ("workday", "day"), "statutory": ("day", "week", "month"), "follow-up": ("day", "week", "workday"),
    "document": ("workday",), "standard": ("workday", "hour"), "adverse": ("day",), "backward": ("day", "workday"),
    "fixed": ("day",),
}  # fmt: skip
_LONGEST = {"day": 40, "workday": 25, "week": 5, "month": 2, "hour": 90}
_RUNGS = [(0, "workday"), (1, "workday"), (2, "workday"), (3, "workday"), (5, "workday"), (1, "day"), (7, "day")]


def _deadline(chance: random.Random, monday: datetime) -> dict[str, Any]:
    regime = chance.choice(list(_REGIMES))
    unit = chance.choice(_REGIMES[regime])
    length, rule = chance.randrange(1, _LONGEST[unit]), {}
    starts_at = monday + timedelta(days=chance.randrange(12), hours=chance.randrange(8))
    if regime == "backward":
        starts_at += timedelta(days=45)
    if regime == "fixed":
        day = monday.date() + timedelta(days=chance.randrange(45))
        length, rule = 0, {"month": day.month, "day": day.day, "roll": chance.choice(["next", "previous", "none"])}
    reckoned = [{"name": "本項期限", "length": length, "unit": unit} | ({"rule": rule} if rule else {})]
    longer = [{"kind": "extension", "length": chance.randrange(1, 10), "unit": "day"}]
    extended = regime in ("statutory", "follow-up") and unit != "workday" and chance.random() < 0.4
    return {"regime": regime, "unit": unit, "length": length, "starts_at": starts_at, "reckoned": reckoned,
            "changes": longer if extended else []}  # fmt: skip


def _laid(desk: Desk, chance: random.Random, monday: datetime) -> None:
    """Cases like a real one, each with three deadlines at random and four rungs around every one of them."""
    case_id, calendar = desk.at_officer(), desk.city.office.calendar
    with desk.store.act() as db:
        one = dict(db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one())
        of_case = sa.and_(deadline.c.case_id == case_id, deadline.c.path == "PO-D1")
        limit = dict(db.execute(sa.select(deadline).where(of_case)).mappings().one())
        first = sa.select(alarm).where(alarm.c.deadline_id == limit["id"], alarm.c.kind != "timer").limit(1)
        rung = dict(db.execute(first).mappings().one())
        del limit["id"], rung["id"]
        ids = range(FIRST_ID, FIRST_ID + CASES)
        db.execute(sa.insert(case), [{**one, "id": n, "number": f"C-{n}"} for n in ids])
        for n in [n for n in ids for _ in range(3)]:
            values = {**limit, **_deadline(chance, monday), "case_id": n, "path": f"X-{chance.random()}"}
            row = db.execute(sa.insert(deadline).values(values).returning(deadline)).one()
            to = changes.again(row, calendar)
            moved = {"due_at": to.due, "working": list(to.working)}
            db.execute(sa.update(deadline).where(deadline.c.id == row.id).values(moved))
            for place in range(4):
                kind, (offset, unit) = chance.choice(["reminder", "escalation"]), chance.choice(_RUNGS)
                rings = deadlines.rung_rings_at(kind, offset, unit, to.due, calendar)
                if rings > desk.now:
                    told = {"kind": kind, "rung": place, "rung_offset": offset, "rung_unit": unit, "due_at": rings}
                    db.execute(sa.insert(alarm).values({**rung, **told, "case_id": n, "deadline_id": row.id}))


def _standing(desk: Desk) -> dict[Any, Any]:
    dates = desk.rows(sa.select(deadline.c.id, deadline.c.due_at).where(deadline.c.case_id >= FIRST_ID))
    of_rung = (alarm.c.id, alarm.c.due_at, alarm.c.silenced_at, alarm.c.opening)
    rungs = desk.rows(sa.select(*of_rung).where(alarm.c.case_id >= FIRST_ID))
    return {(kind, row["id"]): tuple(row.values()) for kind, part in (("d", dates), ("r", rungs)) for row in part}


def _applied(desk: Desk, working_out: Callable[[Any], Change]) -> None:
    with desk.store.look() as db:
        change = working_out(db)
    done = recounting.apply(desk.store, change, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    assert done.stuck == 0
    with desk.store.look() as db:
        left = touched.by_calendar(db, calendars.load(db), since=None)
    assert [(one.row.regime, one.row.due_at, one.to.due, one.rungs) for one in left] == [], change.becomes


def test_whatever_day_changes_nothing_is_left_behind_and_everything_comes_back(desk: Desk, taipei: Taipei) -> None:
    chance = random.Random(20261123)
    _laid(desk, chance, taipei("2026-11-30T09:00"))
    before = _standing(desk)
    moved = 0
    for _ in range(DAYS):
        day = date(2026, 12, 1) + timedelta(days=chance.randrange(45))
        half = chance.choice([None, None, "am", "pm"])
        with desk.store.look() as db:
            worked = calendars.load(db).is_working(day)

        def closed(db: Any, day: date = day, half: Any = half if worked else None) -> Change:
            return calendars.close(db, day, half=half, reason="颱風停班")

        def opened(db: Any, day: date = day) -> Change:
            return calendars.open_again(db, day, reason="照常上班")

        there, back = (closed, opened) if worked else (opened, closed)
        _applied(desk, there)
        moved += _standing(desk) != before
        _applied(desk, back)
        assert _standing(desk) == before, (day, half)
    assert moved > DAYS // 2, "most days move something, or nothing was tried"
