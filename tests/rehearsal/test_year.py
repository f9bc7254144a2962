"""A year of the office: every case is moved on, every alarm rings once, nothing fails. Weeks; the whole in soak."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, case, item
from engine.dates.records import alarm
from engine.library import shelf
from engine.office.records import notice
from engine.rehearsal import scenarios
from engine.rehearsal.cast import Cast
from engine.rehearsal.scripts import Scripts, moved, told_apart
from engine.rehearsal.virtual import Virtual
from engine.rehearsal.year import Report, Year
from tests import laid

SOAK = bool(os.environ.get("SOPFLOW_SOAK"))
NEW_YEAR = datetime(2026, 1, 1, tzinfo=scenarios.TAIPEI)
#: with a typhoon in the middle, and the lunar new year
CASES, STORM, UNTIL = (500, date(2026, 8, 11), None) if SOAK else (45, date(2026, 2, 10), date(2026, 3, 7))


def play(city: Virtual, seed: int = 115) -> Report:
    scripts = Scripts(shelf.folder(laid.PROCESSES).values())
    return Year(city, scripts, 2026, cases=CASES, seed=seed, storm=STORM).run(until=UNTIL)


@pytest.fixture(scope="module")
def played() -> tuple[Virtual, Report]:
    city = scenarios.city(laid.PROCESSES, NEW_YEAR)
    return city, play(city)


def test_no_case_stands_still_nothing_fails_and_nobody_is_refused(played: tuple[Virtual, Report]) -> None:
    _, report = played
    assert (report.stuck, report.incidents, report.refused) == ([], [], [])
    assert report.opened >= CASES and report.ended > report.opened / 2 and report.acts > 4 * CASES


def test_every_alarm_that_was_due_rang_once_or_was_silenced(played: tuple[Virtual, Report]) -> None:
    city, report = played
    assert report.unrung == 0 and report.rang > 0
    with city.store.look() as db:
        rang = db.scalar(sa.select(sa.func.count()).select_from(alarm).where(alarm.c.rang_at.is_not(None)))
        told = Counter(db.execute(sa.select(notice.c.person_id, notice.c.key)).all())
    assert rang == report.rang
    assert max(told.values()) == 1, "a person told twice of one thing"


def test_nothing_lies_on_a_desk_for_weeks(played: tuple[Virtual, Report]) -> None:
    city, _ = played
    with city.store.look() as db:
        longest = db.scalar(sa.select(sa.func.min(item.c.opened_at)).where(ITEM_IS_OPEN))
    assert longest is None or city.now - longest < timedelta(days=30)


def test_every_sop_that_people_hand_in_had_its_cases_and_the_sums_agree(played: tuple[Virtual, Report]) -> None:
    city, report = played
    scripts = Scripts(shelf.folder(laid.PROCESSES).values())
    assert {sop for sop, _ in Cast(city, scripts, 1).by_hand()} <= set(report.sops)
    with city.store.look() as db:
        opened = db.scalar(sa.select(sa.func.count()).select_from(case))
    assert opened == report.opened == sum(sums["opened"] for sums in report.sops.values())


def test_the_same_seed_makes_the_same_weeks(played: tuple[Virtual, Report]) -> None:
    city = scenarios.city(laid.PROCESSES, NEW_YEAR)
    again = play(city)
    city.store.close()
    assert (again.acts, again.rang, again.sops) == (played[1].acts, played[1].rang, played[1].sops)


def test_days_in_answers_move_and_other_values_do_not() -> None:
    given = {
        "on": date(2026, 1, 2),
        "at": "2026-01-02T09:30:00",
        "list": ["2026-01-31"],
        "n": 5,
        "text": "2026-13-77 x",
    }
    by = date(2026, 2, 1) - date(2026, 1, 1)
    assert moved(given, by) == {
        "on": "2026-02-02", "at": "2026-02-02T09:30:00", "list": ["2026-03-03"], "n": 5, "text": "2026-13-77 x",
    }  # fmt: skip


def test_only_petitions_are_told_apart() -> None:
    assert told_apart({"subject": "x"}, 1, random.Random(1)) == {"subject": "x"}
    one, two = (told_apart({"petitioner_name": "a", "subject": "x"}, n, random.Random(n)) for n in (1, 2))
    assert one != two and set(one) == {"petitioner_name", "subject"}
