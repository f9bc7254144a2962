"""Twenty thousand periods over ten years of closures, halves and holidays, each equal to a walk minute by minute."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from engine.dates.periods import due
from engine.dates.workdays import Calendar
from tests.dates.minutes import DAY, Minutes

SEEDS, EACH = 40, 500
#: where cases crowd: new years, bridges, make-up Saturdays, and any day at all
_CROWDED = [date(2017, 5, 24), date(2018, 2, 8), date(2020, 1, 15), date(2021, 2, 5), date(2023, 1, 12),
            date(2023, 2, 16), date(2024, 2, 3), date(2025, 9, 24), date(2026, 2, 10), date(2022, 9, 5)]  # fmt: skip
_A_YEAR_LEFT = Minutes.number(date(2025, 12, 1)) * DAY
_SPANS = {"day": 40, "week": 6, "month": 5, "year": 1}


def _closures(chance: random.Random) -> dict[date, Any]:
    """Typhoons of one season and more, near where the cases are."""
    return {
        chance.choice(_CROWDED) + timedelta(days=chance.randrange(40)): chance.choice([False, False, "am", "pm"])
        for _ in range(25)
    }


def _received(chance: random.Random) -> int:
    if chance.random() < 0.6:
        day = chance.choice(_CROWDED) + timedelta(days=chance.randrange(-5, 25))
    else:
        day = date(2017, 3, 1) + timedelta(days=chance.randrange(3000))
    return Minutes.number(day) * DAY + chance.choice([0, 1, 479, 480, 719, 720, 779, 780, 1019, 1020, 1439,
                                                      chance.randrange(DAY)])  # fmt: skip


def _case(chance: random.Random, received: int) -> tuple[str, float, str]:
    kind = chance.random()
    if kind < 0.25:
        return chance.choice([
            ("standard", chance.randrange(1, 33), "hour"), ("standard", chance.randrange(1, 1000), "minute"),
            ("standard", chance.randrange(1, 5), "workday"), ("standard", 0.5, "workday"),
        ])  # fmt: skip
    if kind < 0.5:
        return chance.choice(["petition", "document", "follow-up"]), chance.randrange(1, 16), "workday"
    # the oracle ends with the published years: a year from 2026 on would lead past them
    unit = chance.choice(list(_SPANS) if received < _A_YEAR_LEFT else ["day", "week", "month"])
    length = chance.randrange(1, _SPANS[unit] + 1)
    if kind < 0.65:
        return chance.choice(["petition", "document", "follow-up"]), length, unit
    if kind < 0.85:
        return ("statutory", length, unit) if kind < 0.83 else ("statutory", chance.randrange(1, 200), "hour")
    if kind < 0.92:
        return "adverse", chance.randrange(1, 60), "day"
    return "backward", chance.randrange(1, 15), chance.choice(["day", "workday"])


def _walked(minutes: Minutes, received: int, regime: str, length: float, unit: str) -> Any:
    n = int(length)
    if regime == "standard":
        work = {"hour": length * 60, "minute": length, "workday": length * 480}[unit]
        return minutes.instant(minutes.work(received, int(work)))
    if regime == "statutory":
        return minutes.statutory(received, n, unit)
    if regime == "adverse":
        return minutes.adverse(received, n)
    if regime == "backward":
        return minutes.backward(received, n, unit)
    return minutes.office(received, n, unit)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_period_equals_a_walk_minute_by_minute(seed: int) -> None:
    chance = random.Random(seed)
    closed = _closures(chance)
    minutes, calendar = Minutes(closed), Calendar(closed)
    for _ in range(EACH):
        received = _received(chance)
        regime, length, unit = _case(chance, received)
        reckoned = due(regime, minutes.instant(received), length, unit, calendar)
        assert reckoned.due == _walked(minutes, received, regime, length, unit), (
            seed, minutes.instant(received), regime, length, unit, closed,
        )  # fmt: skip


def test_the_oracle_and_the_published_calendar_are_of_one_mind() -> None:
    minutes, calendar = Minutes(), Calendar()
    day = date(2017, 1, 1)
    while day.year < 2027:
        assert minutes.any_open(minutes.number(day)) is calendar.is_working(day), day
        day += timedelta(days=1)


def test_the_oracle_notices_a_day_that_is_wrong() -> None:
    """A check of the check: one closed day in one calendar and not in the other is found."""
    closed = {date(2026, 2, 24): False}
    received = Minutes.number(date(2026, 2, 12)) * DAY + 600
    right = _walked(Minutes(closed), received, "petition", 5, "workday")
    assert due("petition", Minutes.instant(received), 5, "workday", Calendar()).due != right
    assert due("petition", Minutes.instant(received), 5, "workday", Calendar(closed)).due == right
