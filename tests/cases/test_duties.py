"""The year's duties: opened by the calendar, due by their limits, and where a unit has two on one day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.cases.desks import duties as looks
from engine.cases.desks.duties import Duty, Limit
from engine.dates.workdays import Calendar
from tests.cases.test_periodic import Library, Taipei, library

__all__ = ["library"]

SEED = Duty(
    "s", "流程", "planning", "S", "起點", "115-01", date(2026, 1, 24), date(2026, 1, 24), (), 1.0, "seed", False
)


def year_of(library: Library, year: int = 2026) -> list[Duty]:
    with library.store.look() as db:
        return looks.duties(db, year, Calendar())


def test_a_monthly_duty_is_there_twelve_times_with_its_limit_and_its_standard_days(
    library: Library, taipei: Taipei
) -> None:
    library.publish(
        'rule="monthly 24" roll="next"', at=taipei("2026-11-02T09:00"), sheet="planning",
        limit='<sop:deadline id="D" name="清查期限" regime="document" of="case" length="5" unit="workday"/>',
        step='<sop:standardTime value="2.5" unit="workday"/>',
    )  # fmt: skip
    found = year_of(library)
    assert [duty.period for duty in found] == [f"115-{month:02}" for month in range(1, 13)]
    january = found[0]
    assert (january.named, january.on) == (date(2026, 1, 24), date(2026, 1, 26)), "a Saturday rolls to Monday"
    assert january.limits == (Limit("清查期限", date(2026, 2, 2)),) and january.due == date(2026, 2, 2)
    assert (january.days, january.unit, january.days_off) == (2.5, "planning", False)
    assert [month.by_unit for month in looks.months(found)] == [{"planning": (1, 2.5)}] * 12


def test_what_does_not_roll_says_that_it_falls_on_a_day_off(library: Library, taipei: Taipei) -> None:
    library.publish('rule="yearly 10/10"', at=taipei("2026-11-02T09:00"))
    [only] = year_of(library)
    assert only.on == date(2026, 10, 10) and only.days_off and only.due is None


def test_a_city_without_calendar_starts_has_an_empty_year(library: Library) -> None:
    assert year_of(library) == []
    assert [month.by_unit for month in looks.months([])] == [{}] * 12


def test_a_year_beyond_the_published_calendar_is_told_by_weekdays(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 1" roll="next"', at=taipei("2026-11-02T09:00"))
    assert all(duty.on.weekday() < 5 for duty in year_of(library, 2090))


def test_what_is_done_every_day_is_told_but_is_no_date_to_plan_by(library: Library, taipei: Taipei) -> None:
    library.publish('rule="weekly mon tue wed thu fri"', at=taipei("2026-11-02T09:00"), sheet="planning")
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"), sop_id="other", sheet="planning")
    found = year_of(library)
    assert {duty.sop_id for duty in found if duty.daily} == {"monthly"} and len(found) > 250
    assert looks.meetings(found) == []
    assert {month.by_unit["planning"][0] for month in looks.months(found)} == {1}


def test_two_duties_of_one_unit_on_one_day_meet_and_those_of_two_units_do_not() -> None:
    other = replace(SEED, sop_id="t", limits=(Limit("l", date(2026, 1, 30)),))
    [met] = looks.meetings([SEED, other])
    assert (met.on, met.unit, [d.sop_id for d in met.begin], met.due) == (date(2026, 1, 24), "planning", ["s", "t"], [])
    assert looks.meetings([SEED, replace(other, unit="works")]) == []
    later = replace(SEED, sop_id="u", on=date(2026, 1, 30))
    [met] = looks.meetings([other, later])
    assert (met.on, [d.sop_id for d in met.begin], [d.sop_id for d in met.due]) == (date(2026, 1, 30), ["u"], ["t"])
    same = replace(other, limits=(Limit("l", other.on),))
    assert looks.meetings([same]) == [], "one duty that begins and ends on a day meets nobody"
