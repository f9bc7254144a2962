"""The working calendar equals the published one, and its arithmetic equals counting by hand."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest

from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.errors import Invalid
from tests.dates.conftest import days

Official = Callable[[date], bool]
Clock = Callable[[str], datetime]
Wall = Callable[[datetime], str]
MINUTE = timedelta(minutes=1)
#: the days off between Monday and Friday in 2027, by the 2025 law on memorial days, reckoned by hand
OFF_2027 = {
    (1, 1), (2, 4), (2, 5), (2, 8), (2, 9), (2, 10), (3, 1), (4, 5), (4, 6), (4, 30), (6, 9), (9, 15), (9, 28),
    (10, 11), (10, 25), (12, 24), (12, 31),
}  # fmt: skip


def test_every_day_from_2017_to_2026_is_worked_or_not_as_published(calendar: Calendar, official: Official) -> None:
    wrong = [d for d in days(date(2017, 1, 1), date(2026, 12, 31)) if calendar.is_working(d) is not official(d)]
    assert wrong == []


def test_every_day_of_2027_follows_the_law(calendar: Calendar) -> None:
    year = list(days(date(2027, 1, 1), date(2027, 12, 31)))
    assert [d for d in year if calendar.is_working(d)] == [
        d for d in year if d.weekday() < 5 and (d.month, d.day) not in OFF_2027
    ]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 2, 15), "農曆除夕前一日"), (date(2026, 2, 16), "農曆除夕"), (date(2026, 2, 20), "農曆除夕（補假）"),
        (date(2028, 4, 4), "兒童節、民族掃墓節"), (date(2025, 1, 27), "調整放假（114/02/08 補行上班）"),
        (date(2026, 11, 21), "週六"),
    ],
)  # fmt: skip
def test_a_day_off_has_the_name_that_offices_give_it(calendar: Calendar, day: date, why: str) -> None:
    assert calendar.why_off(day) == why


@pytest.mark.parametrize("n", [1, 2, 5, 14, 15, 60, 300])
def test_adding_working_days_equals_walking_day_by_day(calendar: Calendar, official: Official, n: int) -> None:
    worked = [d for d in days(date(2017, 1, 1), date(2026, 12, 31)) if official(d)]
    for day in days(date(2018, 6, 1), date(2025, 6, 1)):
        after = bisect_right(worked, day)
        assert calendar.add(day, n) == worked[after + n - 1]
        before = after - 1 if official(day) else after
        assert calendar.add(day, -n) == worked[before - n]


def test_nothing_added_is_the_day_itself_even_when_it_is_off(calendar: Calendar) -> None:
    sunday = date(2026, 11, 22)
    assert calendar.add(sunday, 0) == sunday
    assert calendar.on_or_after(sunday) == calendar.on_or_after(date(2026, 11, 23)) == date(2026, 11, 23)


def test_working_days_between_equal_counting_them_and_turn_their_sign(calendar: Calendar, official: Official) -> None:
    chance = random.Random(20261120)
    for _ in range(400):
        a, b = sorted(date(2017, 1, 1) + timedelta(days=chance.randrange(3652)) for _ in range(2))
        counted = sum(official(d) for d in days(a + timedelta(days=1), b))
        assert calendar.between(a, b) == counted
        assert calendar.between(b, a) == -counted


def test_adding_what_lies_between_arrives_at_the_working_day(calendar: Calendar) -> None:
    start = date(2022, 12, 29)
    for end in days(date(2022, 1, 1), date(2024, 1, 31)):
        if calendar.is_working(end) and end != start:
            assert calendar.add(start, calendar.between(start, end)) == end


def test_a_make_up_saturday_counts_and_its_bridge_day_does_not(calendar: Calendar) -> None:
    assert calendar.is_working(date(2023, 2, 18))
    assert not calendar.is_working(date(2023, 2, 27))
    assert calendar.add(date(2023, 2, 17), 1) == date(2023, 2, 18)


def test_the_hours_over_the_long_new_year_of_2023_are_the_cited_140(calendar: Calendar, clock: Clock) -> None:
    assert calendar.minutes_between(clock("2023-01-05 15:00"), clock("2023-02-06 10:00")) == 140 * 60


def _by_the_minute(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Minutes worked, each looked up by itself on the office's wall."""
    count = 0
    while start < end:
        wall = start.astimezone(TAIPEI)
        half = calendar.overrides.get(wall.date(), calendar.is_working(wall.date()))
        morning = time(8) <= wall.time() < time(12) and half in (True, "am")
        afternoon = time(13) <= wall.time() < time(17) and half in (True, "pm")
        count += morning or afternoon
        start += MINUTE
    return count


def _some_instants(seed: int, around: date) -> tuple[datetime, datetime]:
    chance = random.Random(seed)
    start = datetime.combine(around, time(), TAIPEI) + MINUTE * chance.randrange(5 * 24 * 60)
    return start, start + MINUTE * chance.randrange(8 * 24 * 60)


@pytest.mark.parametrize("seed", range(60))
def test_working_time_equals_looking_at_every_minute(seed: int) -> None:
    around = [date(2026, 2, 12), date(2026, 11, 18), date(2023, 2, 16), date(2025, 12, 29)][seed % 4]
    typhoon = around + timedelta(days=4)
    calendar = Calendar({typhoon: "am", typhoon + timedelta(days=2): "pm", typhoon + timedelta(days=3): False})
    start, end = _some_instants(seed, around)
    minutes = _by_the_minute(calendar, start, end)
    assert calendar.minutes_between(start, end) == minutes
    assert calendar.minutes_between(end, start) == -minutes
    if minutes:
        forward, back = calendar.plus(start, minutes * MINUTE), calendar.plus(end, -minutes * MINUTE)
        assert forward <= end and _by_the_minute(calendar, forward, end) == 0
        assert back >= start and _by_the_minute(calendar, start, back) == 0
        assert _by_the_minute(calendar, start, forward) == _by_the_minute(calendar, back, end) == minutes


def test_working_hours_skip_lunch_the_night_and_the_weekend(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    friday = clock("2026-11-20 09:00")
    assert [wall(calendar.plus_hours(friday, hours)) for hours in (3, 3.5, 7, 8, 40)] == [
        "2026-11-20 12:00", "2026-11-20 13:30", "2026-11-20 17:00", "2026-11-23 09:00", "2026-11-27 09:00",
    ]  # fmt: skip
    assert wall(calendar.plus_hours(clock("2026-11-21 23:00"), 1)) == "2026-11-23 09:00"
    assert wall(calendar.plus_hours(clock("2026-11-23 08:30"), -1)) == "2026-11-20 16:30"
    assert calendar.plus_hours(friday, 0) == friday


def test_a_workday_of_work_is_a_whole_days_hours(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(calendar.after(clock("2026-11-26 10:00"), 3, "workday")) == "2026-12-01 10:00"
    assert wall(calendar.after(clock("2026-11-26 10:00"), 0.5, "workday")) == "2026-11-26 15:00"
    assert wall(calendar.after(clock("2026-11-26 10:00"), 90, "minute")) == "2026-11-26 11:30"
    assert wall(calendar.after(clock("2026-11-26 10:00"), 2, "day")) == "2026-11-28 10:00"
    with pytest.raises(Invalid) as refusal:
        calendar.after(clock("2026-11-26 10:00"), 2, "fortnight")
    assert refusal.value.code == "period_unit"


def test_a_typhoon_day_is_off_whole_or_by_half_and_says_why(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    day = date(2026, 7, 15)
    whole, morning = Calendar({day: False}, {day: "颱風停班"}), Calendar({day: "am"}, {day: "颱風停班"})
    assert (whole.is_working(day), whole.why_off(day), whole.add(date(2026, 7, 14), 1)) == (
        False, "颱風停班", date(2026, 7, 16),
    )  # fmt: skip
    assert morning.is_working(day) and morning.closes_early(day)
    assert wall(morning.closing(day)) == "2026-07-15 12:00"
    assert wall(morning.plus_hours(clock("2026-07-15 08:00"), 5)) == "2026-07-16 09:00"
    assert calendar.is_working(day) and not calendar.closes_early(day), "the published calendar stays as it was"


def test_the_reason_of_a_day_off_is_a_word_people_know(calendar: Calendar) -> None:
    assert [calendar.why_off(date(2026, m, d)) for m, d in [(11, 21), (11, 22), (2, 17), (9, 25)]] == [
        "週六", "週日", "春節", "中秋節",
    ]  # fmt: skip


def test_office_hours_are_a_setting() -> None:
    early = Calendar(hours=((time(7, 30), time(12)), (time(13), time(16, 30))))
    assert early.day_length == timedelta(hours=8)
    assert early.closing(date(2026, 11, 20)).astimezone(TAIPEI).time() == time(16, 30)


@pytest.mark.parametrize("year", [1997, 2101])
def test_a_year_without_a_published_calendar_is_refused(calendar: Calendar, year: int) -> None:
    with pytest.raises(Invalid) as refusal:
        calendar.is_working(date(year, 6, 1))
    assert refusal.value.code == "calendar_year"


def test_the_first_and_last_years_are_known(calendar: Calendar) -> None:
    assert calendar.is_working(date(1998, 1, 5)) and calendar.is_working(date(2100, 1, 5))


def test_calendars_of_the_same_days_are_the_same_value() -> None:
    day = date(2026, 7, 15)
    assert Calendar({day: False}) == Calendar({day: False}) != Calendar({day: "pm"})
    assert hash(Calendar({day: False})) == hash(Calendar({day: False}))


def test_the_day_on_the_wall_is_not_the_day_in_utc(clock: Clock) -> None:
    assert local_day(clock("2026-11-20 00:30")) == date(2026, 11, 20)
