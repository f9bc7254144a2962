"""Every period ends when the rule says, and its working says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from engine.dates import periods
from engine.dates.periods import due
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Invalid
from tests.dates.conftest import days

Official = Callable[[date], bool]
Clock = Callable[[str], datetime]
Wall = Callable[[datetime], str]
ONE = timedelta(days=1)


def _at(day: date, clock: time = time(9)) -> datetime:
    return datetime.combine(day, clock, TAIPEI)


# ---- cited examples


@pytest.mark.parametrize(
    ("regime", "length", "unit", "end"),
    [
        ("petition", 5, "workday", "2009-12-03 17:00"),  # 線上陳情
        ("petition", 3, "workday", "2009-12-01 17:00"),  # 市政建議
        ("petition", 14, "workday", "2009-12-16 17:00"),  # 檢舉
        ("petition", 15, "workday", "2009-12-17 17:00"),  # 書面其他
        ("statutory", 30, "day", "2009-12-28 12:00"),  # 覆議: the 26th is a Saturday
        ("statutory", 3, "month", "2010-02-26 23:59:59"),  # 訴願
        ("statutory", 5, "month", "2010-04-26 23:59:59"),  # 訴願 after its extension
        ("follow-up", 1, "month", "2009-12-28 17:00"),
    ],
)
def test_the_catalogues_examples_from_98_11_26_hold(
    calendar: Calendar, clock: Clock, wall: Wall, regime: str, length: int, unit: str, end: str
) -> None:
    assert wall(due(regime, clock("2009-11-26 10:00"), length, unit, calendar).due) == end


def test_a_petition_of_thursday_26_november_2026_is_due_on_the_fifth_working_day(
    calendar: Calendar, clock: Clock, wall: Wall
) -> None:
    assert wall(due("petition", clock("2026-11-26 09:00"), 5, "workday", calendar).due) == "2026-12-03 17:00"


def test_a_follow_up_of_seven_days_ends_a_week_later(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(due("follow-up", clock("2026-12-04 09:00"), 7, "day", calendar).due) == "2026-12-11 17:00"


def test_a_follow_up_that_ends_in_a_holiday_waits_for_the_office(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    reckoned = due("follow-up", clock("2026-02-09 09:00"), 1, "week", calendar)
    assert wall(reckoned.due) == "2026-02-23 17:00"  # the 16th is new year's eve
    assert due("follow-up", clock("2026-02-09 09:00"), 7, "day", calendar).due == reckoned.due


def test_a_petition_across_the_new_year_holiday_of_2026_is_due_after_it(
    calendar: Calendar, clock: Clock, wall: Wall
) -> None:
    assert wall(due("petition", clock("2026-02-12 16:59"), 5, "workday", calendar).due) == "2026-02-26 17:00"
    assert wall(due("petition", clock("2026-02-13 09:00"), 5, "workday", calendar).due) == "2026-03-02 17:00"


@pytest.mark.parametrize("received", ["2026-11-20 23:50", "2026-11-21 10:00", "2026-11-22 23:59"])
def test_friday_night_saturday_and_sunday_all_start_on_monday(
    calendar: Calendar, clock: Clock, wall: Wall, received: str
) -> None:
    assert wall(due("petition", clock(received), 1, "workday", calendar).due) == "2026-11-23 17:00"


def test_the_day_of_receipt_is_the_one_on_the_wall(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(due("petition", clock("2026-11-24 00:10"), 1, "workday", calendar).due) == "2026-11-25 17:00"


def test_a_make_up_saturday_at_the_end_does_not_roll(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    """The tax bureau's own example: received 97/12/11, the thirtieth day is 98/1/10, a Saturday worked."""
    assert wall(due("statutory", clock("2008-12-11 10:00"), 30, "day", calendar).due) == "2009-01-10 23:59:59"


def test_a_saturday_rolls_to_monday_noon_a_sunday_to_the_whole_monday(
    calendar: Calendar, clock: Clock, wall: Wall
) -> None:
    assert wall(due("statutory", clock("2026-11-18 09:00"), 10, "day", calendar).due) == "2026-11-30 12:00"
    assert wall(due("statutory", clock("2026-11-19 09:00"), 10, "day", calendar).due) == "2026-11-30 23:59:59"


def test_a_holiday_in_the_week_rolls_to_the_next_working_day(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(due("statutory", clock("2026-09-29 09:00"), 10, "day", calendar).due) == "2026-10-12 23:59:59"  # 10/9


def test_a_saturday_before_a_monday_off_rolls_to_the_whole_tuesday(
    calendar: Calendar, clock: Clock, wall: Wall
) -> None:
    assert wall(due("statutory", clock("2026-10-14 09:00"), 10, "day", calendar).due) == "2026-10-27 23:59:59"


@pytest.mark.parametrize(
    ("received", "months", "end"),
    [
        ("2025-01-29", 1, "2025-02-28"),  # counted from the 30th, which February has not
        ("2025-01-30", 1, "2025-02-28"),
        ("2025-01-31", 1, "2025-02-28"),  # counted from 1 February: the whole month
        ("2023-02-28", 1, "2023-03-31"),  # counted from 1 March: the whole month, not the 28th
        ("2024-01-30", 1, "2024-02-29"),
        ("2024-02-28", 12, "2025-02-28"),  # counted from the leap day
        ("2025-10-31", 1, "2025-11-30"),
    ],
)
def test_months_end_before_the_corresponding_day_or_with_the_month(
    calendar: Calendar, clock: Clock, received: str, months: int, end: str
) -> None:
    reckoned = due("statutory", clock(f"{received} 09:00"), months, "month", calendar)
    counted = next(line for line in reckoned.working if line.what == "計入")
    assert counted.date.isoformat() == end


def test_hours_of_the_law_run_at_once_day_and_night(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(due("statutory", clock("2026-11-20 22:30"), 72, "hour", calendar).due) == "2026-11-23 22:30"


# ---- brute force


def _rolled(last: date, official: Official) -> datetime:
    """§48 IV, by walking."""
    if official(last):
        return _at(last, time(23, 59, 59))
    if last.weekday() == 5 and official(last + 2 * ONE):
        return _at(last + 2 * ONE, time(12))
    while not official(last):
        last += ONE
    return _at(last, time(23, 59, 59))


@pytest.mark.parametrize(
    ("length", "unit"), [(1, "day"), (10, "day"), (30, "day"), (2, "week"), (1, "month"), (3, "month"), (1, "year")]
)
def test_statutory_ends_equal_a_walk_from_every_day_of_nine_years(
    calendar: Calendar, official: Official, length: int, unit: str
) -> None:
    for received in days(date(2017, 1, 1), date(2025, 11, 30)):
        first = received + ONE
        if unit in ("day", "week"):
            last = received + length * ONE * (7 if unit == "week" else 1)
        else:
            last = first + relativedelta(**{f"{unit}s": length})
            if last.day == first.day:
                last -= ONE
        assert due("statutory", _at(received), length, unit, calendar).due == _rolled(last, official), received


@pytest.mark.parametrize("regime", ["petition", "document", "follow-up"])
@pytest.mark.parametrize("length", [1, 3, 5, 15])
def test_working_day_periods_equal_a_walk_from_every_day_of_ten_years(
    calendar: Calendar, official: Official, regime: str, length: int
) -> None:
    for received in days(date(2017, 1, 1), date(2026, 11, 20)):
        last, left = received, length
        while left:
            last += ONE
            left -= official(last)
        assert due(regime, _at(received), length, "workday", calendar).due == _at(last, time(17))


@pytest.mark.parametrize("length", [7, 14])
def test_follow_ups_equal_a_walk_from_every_day_of_ten_years(
    calendar: Calendar, official: Official, length: int
) -> None:
    for received in days(date(2017, 1, 1), date(2026, 11, 30)):
        last = received + length * ONE
        while not official(last):
            last += ONE
        assert due("follow-up", _at(received), length, "day", calendar).due == _at(last, time(17))


# ---- the other regimes


def test_standard_time_is_working_time_from_the_opening(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    opened = clock("2026-11-20 15:00")
    ends = [(4, "hour"), (1, "workday"), (0.5, "workday"), (2, "workday"), (90, "minute"), (3, "day")]
    assert [wall(due("standard", opened, n, unit, calendar).due) for n, unit in ends] == [
        "2026-11-23 10:00", "2026-11-23 15:00", "2026-11-23 10:00", "2026-11-24 15:00", "2026-11-20 16:30",
        "2026-11-23 17:00",
    ]  # fmt: skip


def test_a_step_opened_at_night_has_its_hours_from_the_morning(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    assert wall(due("standard", clock("2026-11-20 22:00"), 2, "hour", calendar).due) == "2026-11-23 10:00"


def test_an_adverse_period_counts_its_first_day_does_not_roll_and_names_the_ordinary_end(
    calendar: Calendar, clock: Clock, wall: Wall
) -> None:
    reckoned = due("adverse", clock("2026-11-19 15:00"), 10, "day", calendar)
    assert wall(reckoned.due) == "2026-11-28 23:59:59"  # a Saturday
    assert reckoned.alternative is not None
    assert wall(reckoned.alternative.due) == "2026-11-30 23:59:59"


def test_before_a_meeting_days_are_counted_back_to_a_working_day(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    meeting = clock("2026-03-03 10:00")
    assert wall(due("backward", meeting, 2, "workday", calendar).due) == "2026-02-26 17:00"
    assert wall(due("backward", meeting, 3, "day", calendar).due) == "2026-02-26 17:00"  # 2/28 gives way backwards


def test_what_is_due_on_a_day_that_is_given_is_due_that_day(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    on_the_day = due("backward", clock("2026-03-03 10:00"), 0, "day", calendar)
    assert wall(on_the_day.due) == "2026-03-03 17:00"
    assert on_the_day.working[0].why == "以該日為限"


def test_what_counts_back_may_be_due_at_an_hour_of_its_day(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    meeting = clock("2026-03-03 10:00")
    assert wall(due("backward", meeting, 1, "day", calendar, clock="15:30").due) == "2026-03-02 15:30"
    assert wall(due("backward", meeting, 3, "day", calendar, clock="15:30").due) == "2026-02-26 15:30"
    assert wall(due("backward", meeting, 0, "day", calendar, clock="event").due) == "2026-03-03 10:00"
    assert wall(due("backward", clock("2026-02-28 10:00"), 0, "day", calendar).due) == "2026-02-26 17:00"


def test_a_fixed_day_rolls_as_stated(calendar: Calendar, clock: Clock, wall: Wall) -> None:
    start = clock("2026-04-01 09:00")
    rolls = ("next", "previous", "none")
    thirds = [due("fixed", start, 0, "month", calendar, month=4, day=3, roll=roll) for roll in rolls]
    assert [wall(third.due) for third in thirds] == ["2026-04-07 17:00", "2026-04-02 17:00", "2026-04-03 17:00"]
    assert wall(due("fixed", start, 0, "month", calendar, day=5).due) == "2026-04-07 17:00"
    assert wall(due("fixed", start, 0, "month", calendar, weekday=4, nth=2).due) == "2026-04-10 17:00"
    assert wall(due("fixed", clock("2026-04-20 09:00"), 0, "year", calendar, month=4, day=3).due) == "2027-04-07 17:00"


def test_a_fixed_day_whose_afternoon_was_closed_rolls_like_a_day_off(clock: Clock, wall: Wall) -> None:
    noon = Calendar({date(2026, 12, 7): "am"})
    start = clock("2026-12-01 09:00")
    assert wall(due("fixed", start, 0, "day", noon, day=7).due) == "2026-12-08 17:00"
    assert wall(due("fixed", start, 0, "day", noon, day=7, roll="none").due) == "2026-12-07 12:00"


def test_both_readings_of_an_adverse_period_say_where_a_table_may_still_move_them(
    calendar: Calendar, clock: Clock
) -> None:
    reckoned = due("adverse", clock("2026-12-24 09:00"), 10, "day", calendar)
    assert reckoned.alternative is not None
    assert "推算" in [line.what for line in reckoned.alternative.working]
    assert "推算" not in [line.what for line in reckoned.working], "its end rolls off no day: no table moves it"
    hours = due("statutory", clock("2026-12-31 09:00"), 72, "hour", calendar)
    assert "推算" not in [line.what for line in hours.working]


@pytest.mark.parametrize(
    ("regime", "unit", "why"),
    [
        ("statutory", "day", "次日起算，始日不計"), ("petition", "workday", "收件次日起算，始日不計"),
        ("document", "workday", "收文次日起算，始日不計"), ("follow-up", "week", "上次追蹤次日起算，始日不計"),
    ],
)  # fmt: skip
def test_the_working_says_what_it_counts_from(
    calendar: Calendar, clock: Clock, regime: str, unit: str, why: str
) -> None:
    assert due(regime, clock("2026-11-26 09:00"), 1, unit, calendar).working[0].why == why


def test_a_fixed_day_that_never_comes_is_refused(calendar: Calendar, clock: Clock) -> None:
    with pytest.raises(Invalid) as refusal:
        due("fixed", clock("2026-04-01 09:00"), 0, "year", calendar, month=2, day=30)
    assert refusal.value.code == "period_fixed"


# ---- typhoons


def test_a_typhoon_day_is_not_counted(clock: Clock, wall: Wall) -> None:
    calendar = Calendar({date(2026, 12, 1): False}, {date(2026, 12, 1): "颱風停班"})
    reckoned = due("petition", clock("2026-11-26 09:00"), 5, "workday", calendar)
    assert wall(reckoned.due) == "2026-12-04 17:00"
    assert ("放假", "颱風停班") in [(line.what, line.why) for line in reckoned.working]


def test_a_last_day_closed_at_noon_rolls_one_closed_in_the_morning_does_not(clock: Clock, wall: Wall) -> None:
    last = date(2026, 12, 3)
    closed_at_noon, opened_at_one = Calendar({last: "am"}, {last: "颱風"}), Calendar({last: "pm"}, {last: "颱風"})
    received = clock("2026-11-26 09:00")
    assert wall(due("petition", received, 5, "workday", closed_at_noon).due) == "2026-12-04 17:00"
    assert wall(due("petition", received, 5, "workday", opened_at_one).due) == "2026-12-03 17:00"
    assert wall(due("statutory", received, 7, "day", closed_at_noon).due) == "2026-12-04 23:59:59"


def test_a_period_does_not_roll_onto_another_day_closed_at_noon(clock: Clock, wall: Wall) -> None:
    calendar = Calendar({date(2026, 12, 3): False, date(2026, 12, 4): "am"})
    assert wall(due("follow-up", clock("2026-11-26 09:00"), 7, "day", calendar).due) == "2026-12-07 17:00"


# ---- the working


def test_the_working_names_each_day_counted_and_skipped(calendar: Calendar, clock: Clock) -> None:
    reckoned = due("petition", clock("2026-11-26 09:00"), 5, "workday", calendar)
    assert [(line.date.day, line.what) for line in reckoned.working] == [
        (27, "起算"), (27, "計入"), (28, "放假"), (29, "放假"), (30, "計入"), (1, "計入"), (2, "計入"), (3, "計入"),
        (3, "末日"),
    ]  # fmt: skip
    assert {line.article for line in reckoned.working} == {periods.PETITION_RULE}
    assert reckoned.working[-1].why == "115/12/03 17:00 前為期限內"


def test_the_working_says_why_a_statutory_end_rolled_and_by_which_article(calendar: Calendar, clock: Clock) -> None:
    working = due("statutory", clock("2026-11-18 09:00"), 10, "day", calendar).working
    assert [(line.what, line.date.day, line.article) for line in working[-3:]] == [
        ("放假", 28, "行政程序法第48條第4項"),
        ("順延", 30, "行政程序法第48條第4項"),
        ("末日", 30, "行政程序法第48條第4項"),
    ]


@pytest.mark.parametrize("length", [1, 7, 30])
def test_the_working_of_a_petition_explains_every_day_exactly_once(calendar: Calendar, length: int) -> None:
    for received in days(date(2026, 1, 1), date(2026, 12, 31)):
        working = due("petition", _at(received), length, "workday", calendar).working
        told = [line.date for line in working if line.what in ("計入", "放假")]
        assert told == list(days(received + ONE, working[-1].date))
        assert sum(line.what == "計入" for line in working) == length


def test_the_line_of_a_working_can_be_stored(calendar: Calendar, clock: Clock) -> None:
    line = due("petition", clock("2026-11-26 09:00"), 1, "workday", calendar).working[0]
    assert line.as_dict() == {
        "date": "2026-11-27", "what": "起算", "why": "收件次日起算，始日不計", "article": periods.PETITION_RULE,
    }  # fmt: skip


# ---- the shorter of two rules


def test_the_shorter_rule_wins_and_says_so(calendar: Calendar, clock: Clock) -> None:
    received = clock("2026-11-26 09:00")
    reckoned = periods.shortest(
        {
            "本項期限": due("petition", received, 15, "workday", calendar),
            "單位期限": due("petition", received, 7, "workday", calendar),
            "上限": due("petition", received, 30, "day", calendar),
        }
    )
    assert (reckoned.length, reckoned.unit) == (7, "workday")
    assert reckoned.working[-1].what == "採用"
    assert reckoned.working[-1].why == "取最短者：單位期限（7工作天），不採本項期限（15工作天）、上限（30日）"


def test_a_rule_alone_has_nothing_to_win_against(calendar: Calendar, clock: Clock) -> None:
    alone = due("petition", clock("2026-11-26 09:00"), 5, "workday", calendar)
    assert periods.shortest({"本項期限": alone}) is alone


# ---- refusals


@pytest.mark.parametrize(
    ("regime", "length", "unit", "code"),
    [
        ("lunar", 5, "workday", "period_regime"),
        ("petition", 5, "hour", "period_unit"),
        ("statutory", 5, "workday", "period_unit"),
        ("petition", 5, "fortnight", "period_unit"),
        ("petition", 0, "workday", "period_length"),
        ("petition", -3, "workday", "period_length"),
        ("petition", 2.5, "workday", "period_length"),
        ("petition", True, "workday", "period_length"),
        ("petition", "5", "workday", "period_length"),
        ("petition", 10**9, "workday", "period_length"),
        ("petition", float("nan"), "workday", "period_length"),
        ("statutory", 99_999, "year", "period_length"),
    ],
)
def test_an_absurd_period_is_refused_with_a_code(
    calendar: Calendar, clock: Clock, regime: str, length: float, unit: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        due(regime, clock("2026-11-26 09:00"), length, unit, calendar)
    assert refusal.value.code == code


def test_a_receipt_without_a_zone_is_a_mistake_of_ours(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        due("petition", datetime(2026, 11, 26, 9), 5, "workday", calendar)
