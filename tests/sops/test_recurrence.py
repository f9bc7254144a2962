"""Which days a calendar rule names, and what it is refused for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.dates.workdays import Calendar
from engine.errors import BadSop
from engine.sops import bpmn, recurrence
from engine.sops.check import check
from engine.sops.recurrence import days, read, rolled

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:sop="urn:sopflow:sop:1"
 targetNamespace="urn:t" id="d"><bpmn:process id="monthly" name="每月清查" isExecutable="true">
  <bpmn:startEvent id="S"><bpmn:extensionElements>{said}</bpmn:extensionElements><bpmn:outgoing>f</bpmn:outgoing>
   {definition}</bpmn:startEvent>
  <bpmn:endEvent id="E"><bpmn:incoming>f</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="f" sourceRef="S" targetRef="E"/>
</bpmn:process></bpmn:definitions>"""
TIMER = '<bpmn:timerEventDefinition id="t"/>'


def named(rule: str, year: int) -> list[tuple[str, str]]:
    return [(day.period, f"{day.on:%m-%d}") for day in days(read(rule), year)]


def test_every_month_on_a_day() -> None:
    found = named("monthly 24", 2026)
    assert len(found) == 12
    assert found[0] == ("115-01", "01-24") and found[10] == ("115-11", "11-24")


def test_a_day_that_a_month_lacks_is_its_last() -> None:
    assert [on for _, on in named("monthly 31", 2027)][:4] == ["01-31", "02-28", "03-31", "04-30"]
    assert named("monthly last", 2028) == named("monthly 31", 2028)
    assert named("monthly last", 2028)[1] == ("117-02", "02-29")


def test_twice_a_month_is_two_periods_but_never_two_on_one_day() -> None:
    assert named("monthly 25 10", 2026)[:3] == [("115-01-1", "01-10"), ("115-01-2", "01-25"), ("115-02-1", "02-10")]
    february = [day for day in named("monthly 30 31", 2026) if day[1].startswith("02")]
    assert february == [("115-02-1", "02-28")]


def test_twice_a_year_and_on_the_29th_of_february() -> None:
    assert named("yearly 10/3 4/3", 2026) == [("115-1", "04-03"), ("115-2", "10-03")]
    assert named("yearly 2/29", 2028) == [("117", "02-29")]
    assert named("yearly 2/29", 2027) == [("116", "02-28")]


def test_every_week_by_its_number_also_over_the_turn_of_the_year() -> None:
    found = named("weekly mon", 2026)
    assert len(found) == 52
    assert found[0] == ("115-W02", "01-05")
    assert ("115-W53", "12-28") in found
    assert named("weekly fri", 2027)[0] == ("115-W53", "01-01"), "that Friday belongs to the last week of 2026"
    assert [period for period, _ in named("weekly thu mon", 2026)[:3]] == ["115-W01-2", "115-W02-1", "115-W02-2"]


def test_every_few_years_counts_from_a_year_of_the_republic() -> None:
    rule = "yearly 4/1 10/1 every 4 from 115"
    years = [year for year in range(2020, 2040) if named(rule, year)]
    assert years == [2026, 2030, 2034, 2038]
    assert named(rule, 2030) == [("119-1", "04-01"), ("119-2", "10-01")]
    assert recurrence.first(read(rule), date(2026, 10, 2)) == date(2030, 4, 1)
    assert recurrence.first(read(rule), date(2019, 1, 1)) == date(2026, 4, 1)
    assert recurrence.first(read("yearly 2/29"), date(2026, 3, 1)) == date(2027, 2, 28)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_the_nth_weekday_lies_in_the_nth_seven_days(nth: int) -> None:
    found = days(read(f"monthly {nth} wed"), 2026)
    assert len(found) == 12
    assert all(day.on.weekday() == 2 and (day.on.day - 1) // 7 == nth - 1 for day in found)


def test_the_last_weekday_has_none_of_its_kind_after_it() -> None:
    for day in days(read("monthly last fri"), 2026):
        assert day.on.weekday() == 4 and (day.on + timedelta(days=7)).month != day.on.month


def test_no_period_of_fifty_years_is_named_twice() -> None:
    for rule in ("monthly 24", "monthly 10 25", "monthly last fri", "yearly 4/3 10/3", "weekly mon thu"):
        every = [day for year in range(2001, 2051) for day in days(read(rule), year)]
        assert len({day.period for day in every}) == len({day.on for day in every}) == len(every), rule


def test_a_day_off_rolls_as_the_rule_says() -> None:
    is_working = Calendar().is_working
    saturday = date(2026, 9, 5)
    assert rolled(read("monthly 5"), saturday, is_working) == saturday
    assert rolled(read("monthly 5", roll="next"), saturday, is_working) == date(2026, 9, 7)
    assert rolled(read("monthly 5", roll="previous"), saturday, is_working) == date(2026, 9, 4)
    friday = date(2026, 11, 20)
    assert rolled(read("monthly 20", roll="next"), friday, is_working) == friday
    assert rolled(read("monthly 20", roll="next"), friday, lambda _: False) == friday, "a calendar without an end"


@pytest.mark.parametrize(
    "rule",
    ["", "monthly", "monthly 0", "monthly 32", "monthly 5 wed", "monthly x wed", "monthly 24 24", "monthly last 31",
     "yearly 4/1 every 1 from 115", "yearly 4/1 every 4", "monthly 4 every 4 from 115", "yearly every 4 from 115",
     "yearly", "yearly 13/1", "yearly 2/30", "yearly 4-3", "weekly", "weekly monday", "weekly mon mon", "daily",
     "R/P1M", "monthly " + " ".join(str(n) for n in range(1, 28)), "monthly -1", "monthly 二十四", "monthly 1e1",
     "monthly \u0665"],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_one_sentence(rule: str) -> None:
    with pytest.raises(BadSop) as refusal:
        read(rule)
    assert refusal.value.code == "calendar_rule"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"at": "24:00"}, "calendar_at"), ({"at": "8:00"}, "calendar_at"), ({"roll": "later"}, "calendar_choice"),
     ({"missed": "all"}, "calendar_choice")],
)  # fmt: skip
def test_what_is_no_time_and_no_choice_is_refused(more: dict[str, str], code: str) -> None:
    with pytest.raises(BadSop) as refusal:
        read("monthly 24", **more)
    assert refusal.value.code == code


# -- in the SOP file -------------------------------------------------------------------------------------------------


def findings(said: str, definition: str = TIMER) -> set[tuple[str, str]]:
    sop = bpmn.read(FILE.format(said=said, definition=definition).encode())
    return {(f.rule, f.level) for f in check(sop, {}) if f.rule.startswith("calendar") or f.rule.startswith("unknown")}


def test_the_rule_is_read_from_the_file_and_written_back() -> None:
    said = '<sop:calendar rule="monthly 5" at="09:30" roll="next" missed="newest" basis="proposed"/>'
    sop = bpmn.read(FILE.format(said=said, definition=TIMER).encode())
    written = sop.nodes["S"].calendar
    assert written is not None
    assert (written.rule, written.at, written.roll, written.missed) == ("monthly 5", "09:30", "next", "newest")
    assert bpmn.read(bpmn.write(sop)) == sop
    assert findings(said) == set()


def test_a_calendar_start_without_a_rule_is_a_finding_that_blocks() -> None:
    assert findings("") == {("calendar_missing", "warning")}
    sop = bpmn.read(FILE.format(said="", definition=TIMER).encode())
    assert all(f.blocks for f in check(sop, {}) if f.rule == "calendar_missing")


def test_a_bad_rule_and_a_rule_in_a_wrong_place_are_errors() -> None:
    assert findings('<sop:calendar rule="monthly 32"/>') == {("calendar_rule", "error")}
    assert findings('<sop:calendar rule="monthly 3"/>', definition="") == {("calendar_place", "error")}
    assert recurrence.ROLLS == ("none", "next", "previous")
