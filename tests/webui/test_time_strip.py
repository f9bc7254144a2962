"""Places on a line of working days: as much working time, as much length; a day off has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as some

from engine.dates.workdays import TAIPEI, Calendar
from webui.time_strip import Line, Says, of_limit

YEAR = some.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=some.just(UTC))
CALENDAR = Calendar()
#: of what has passed, and of the whole
INKS = ("#0f4c63", "#1d2733")


@settings(deadline=None)
@given(YEAR, YEAR)
def test_what_lies_between_two_places_is_the_working_time_between_them(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    line = Line(first, CALENDAR)
    worked = CALENDAR.worked(first, last) / CALENDAR.day_length
    assert abs(line.place(last) - line.place(first) - worked) < 1e-6
    assert line.place(first) >= 0


def test_a_weekend_has_no_length_and_its_ticks_are_working_days() -> None:
    friday = datetime(2026, 11, 20, 17, tzinfo=TAIPEI)
    line = Line(friday, CALENDAR)
    assert line.place(friday) == line.place(friday + timedelta(days=2, hours=15)) == 1.0
    assert [name for _, name in line.ticks(2.5)] == ["11/20", "11/23", "11/24"]


def test_where_no_calendar_is_published_days_are_days() -> None:
    far = datetime(2100, 12, 30, 9, tzinfo=TAIPEI)
    line = Line(far, CALENDAR)
    assert line.place(far + timedelta(days=9)) == 9.0
    assert line.ticks(9) == []


def test_what_is_counted_back_from_an_event_begins_with_the_case_and_ends_at_the_event() -> None:
    opened = datetime(2026, 11, 2, 9, tzinfo=TAIPEI)
    row = {
        "name": "函送期限", "path": "X-D1", "starts_at": datetime(2026, 11, 30, 9, tzinfo=TAIPEI),
        "due_at": datetime(2026, 11, 23, 17, tzinfo=TAIPEI), "met_at": None, "ended_at": None, "stopped_at": None,
    }  # fmt: skip
    at = datetime(2026, 11, 12, 12, tzinfo=TAIPEI)
    svg = of_limit(row, (), (), opened=opened, at=at, calendar=CALENDAR, says=Says("zh"))
    assert ">倒推自 11/30（一）</tspan>" in svg and "現在進行中" in svg
    rects = list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect"))
    gone, whole = (max(float(r.attrib["width"]) for r in rects if r.attrib["stroke"] == ink) for ink in INKS)
    assert 0.4 < gone / whole < 0.6, "half of the time until the due date"
