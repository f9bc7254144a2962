"""The calendar in force: official tables over the published one, the office's own decisions over both."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.dates import calendars
from engine.dates.records import calendar_day, calendar_edition
from engine.dates.workdays import Calendar
from engine.errors import Invalid, NotAllowed
from engine.office import journal, notices, people
from engine.office.people import SYSTEM, Person
from engine.office.records import person
from engine.store import Connection, Store
from tests.dates.tables import official_csv

TYPHOON, SUNDAY, NEW_YEAR = date(2026, 7, 15), date(2026, 7, 19), date(2026, 1, 1)
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)


def _write(db: Connection, change: calendars.Change, at: datetime = AT, who: Person = SYSTEM) -> None:
    calendars.write(db, change, who=who, at=at, act_id=journal.new_act())


def _bring(db: Connection, year: int, changed: Any = None, *, at: datetime = AT, name: str = "表") -> calendars.Change:
    change = calendars.bring_in(db, official_csv(year, changed).encode(), name=name)
    _write(db, change, at)
    return change


def test_an_empty_database_gives_the_published_calendar(store: Store) -> None:
    with store.look() as db:
        assert calendars.load(db) == Calendar()


def test_the_same_rows_are_not_counted_twice(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.close(db, TYPHOON, reason="颱風停班"))
        assert calendars.load(db) is calendars.load(db)


# ---- closures


def test_a_closed_day_is_off_and_says_why(store: Store) -> None:
    with store.act() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
        assert (change.was, change.becomes, change.since) == ({TYPHOON: True}, {TYPHOON: False}, TYPHOON)
        assert calendars.load(db).is_working(TYPHOON), "worked out, not written"
        assert not calendars.with_change(db, change).is_working(TYPHOON)
        _write(db, change)
        found = calendars.load(db)
        assert (found.is_working(TYPHOON), found.why_off(TYPHOON)) == (False, "颱風停班")
        assert found == calendars.with_change(db, change)


@pytest.mark.parametrize(("half", "left"), [("am", "pm"), ("pm", "am")])
def test_a_closed_half_leaves_the_other_half(store: Store, half: Any, left: str) -> None:
    with store.act() as db:
        _write(db, calendars.close(db, TYPHOON, half=half, reason="颱風"))
        assert calendars.load(db).opening_of(TYPHOON) == left


def test_two_closed_halves_are_a_closed_day_and_one_half_is_not_closed_twice(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.close(db, TYPHOON, half="am", reason="颱風"))
        with pytest.raises(Invalid) as refusal:
            calendars.close(db, TYPHOON, half="am", reason="颱風")
        assert refusal.value.code == "calendar_closed_already"
        _write(db, calendars.close(db, TYPHOON, half="pm", reason="颱風"))
        assert calendars.load(db).opening_of(TYPHOON) is False


@pytest.mark.parametrize("day", [SUNDAY, NEW_YEAR])
def test_a_day_that_is_off_anyway_is_not_closed(store: Store, day: date) -> None:
    with store.look() as db, pytest.raises(Invalid) as refusal:
        calendars.close(db, day, reason="颱風")
    assert refusal.value.code == "calendar_closed_already"


@pytest.mark.parametrize("reason", ["", "   ", "兩\n行", "字" * 201, "\ud800"])
def test_a_closure_needs_a_reason_that_can_be_shown(store: Store, reason: str) -> None:
    with store.look() as db, pytest.raises(Invalid) as refusal:
        calendars.close(db, TYPHOON, reason=reason)
    assert refusal.value.code == "calendar_reason"


def test_opening_takes_the_closure_back_and_leaves_nothing(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.close(db, TYPHOON, reason="颱風"))
        change = calendars.open_again(db, TYPHOON)
        assert (change.becomes, change.reason) == ({TYPHOON: True}, "取消停班")
        _write(db, change)
        assert calendars.load(db) == Calendar()
        assert db.execute(sa.select(calendar_day)).all() == []


def test_a_day_off_may_be_worked_all_the_same(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.open_again(db, SUNDAY, reason="投開票作業"))
        assert calendars.load(db).is_working(SUNDAY)
        assert [(c.day, c.opening, c.reason) for c in calendars.closed_in(db, 2026)] == [(SUNDAY, True, "投開票作業")]
        with pytest.raises(Invalid) as refusal:
            calendars.open_again(db, SUNDAY)
        assert refusal.value.code == "calendar_open_already"


def test_a_day_off_that_was_to_be_worked_is_off_again_and_nothing_is_left(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.open_again(db, SUNDAY, reason="投開票作業"))
        change = calendars.close(db, SUNDAY, reason="改期")
        assert (change.becomes, change.reason) == ({SUNDAY: False}, "改期")
        _write(db, change)
        assert calendars.load(db) == Calendar()
        assert db.execute(sa.select(calendar_day)).all() == []


def test_a_year_nobody_knows_is_refused(store: Store) -> None:
    with store.look() as db, pytest.raises(Invalid) as refusal:
        calendars.close(db, date(2101, 1, 3), reason="颱風")
    assert refusal.value.code == "calendar_year"


# ---- official tables


def test_a_table_equal_to_what_is_known_changes_no_day_but_makes_its_year_official(store: Store) -> None:
    with store.act() as db:
        change = _bring(db, 2027)
        assert change.new and change.becomes == {}
        found = calendars.load(db)
        assert found.is_official(2027) and not found.is_official(2028)
        assert found.overrides == {}


def test_a_table_replaces_the_published_days_where_they_differ(store: Store) -> None:
    worked, off = date(2027, 2, 4), date(2027, 3, 3)
    with store.act() as db:
        change = _bring(db, 2027, {"20270204": ("0", "補行上班"), "20270303": ("2", "地方節日")})
        found = calendars.load(db)
        assert change.becomes == {worked: True, off: False}
        assert (found.is_working(worked), found.why_off(off)) == (True, "地方節日")


def test_the_same_table_twice_is_nothing_new_in_whichever_encoding(store: Store) -> None:
    with store.act() as db:
        _bring(db, 2026)
        again = calendars.bring_in(db, official_csv(2026).encode("cp950"), name="又一份")
        assert not again.new and again.becomes == {}
        assert len(calendars.editions(db)) == 1


def test_a_corrected_edition_is_a_further_row_and_the_newest_counts(store: Store) -> None:
    day = date(2025, 9, 29)  # the law of May 2025 made it a day off; tables printed before it had it worked
    with store.act() as db:
        _bring(db, 2025, {"20250929": ("0", "")}, name="初版")
        assert calendars.load(db).is_working(day)
        _bring(db, 2025, at=AT + timedelta(hours=1), name="修正版")
        assert not calendars.load(db).is_working(day)
        assert [e.name for e in calendars.editions(db, 2025)] == ["修正版", "初版"]


def test_an_edition_that_was_replaced_may_come_back(store: Store) -> None:
    day = date(2025, 9, 29)
    with store.act() as db:
        _bring(db, 2025, {"20250929": ("0", "")}, name="初版")
        _bring(db, 2025, at=AT + timedelta(hours=1), name="修正版")
        change = _bring(db, 2025, {"20250929": ("0", "")}, at=AT + timedelta(hours=2))
        assert change.new
        assert calendars.load(db).is_working(day)
        assert db.scalar(sa.select(sa.func.count()).select_from(calendar_edition)) == 2


def test_a_typhoon_day_outlives_a_new_table_of_its_year(store: Store) -> None:
    with store.act() as db:
        _write(db, calendars.close(db, TYPHOON, reason="颱風"))
        _bring(db, 2026, {"20260101": ("0", "")})
        found = calendars.load(db)
        assert not found.is_working(TYPHOON) and found.is_working(NEW_YEAR)
        _write(db, calendars.open_again(db, TYPHOON))
        assert calendars.load(db).is_working(TYPHOON)


def test_a_bad_table_leaves_everything_as_it_was(store: Store) -> None:
    with pytest.raises(Invalid), store.act() as db:
        _write(db, calendars.bring_in(db, official_csv(2026).encode()[:-200], name="斷"))
    with store.look() as db:
        assert calendars.load(db) == Calendar()
        assert calendars.editions(db) == [] and journal.of(db, "calendar") == []


# ---- who, and what is kept of it


def test_every_change_is_one_entry_that_says_what_became_of_which_day(store: Store) -> None:
    with store.act() as db:
        calendars.write(
            db, calendars.close(db, TYPHOON, reason="颱風停班"), who=SYSTEM, at=AT, act_id="act-1", moving=7
        )  # fmt: skip
        (entry,) = journal.of(db, "calendar")
    assert (entry.verb, entry.reason, entry.act_id, entry.at) == ("calendar.close", "颱風停班", "act-1", AT)
    assert entry.effects == {"days": [["2026-07-15", True, False]], "moving": 7}


def test_whoever_is_no_administrator_writes_nothing(store: Store) -> None:
    clerk = Person(7, "clerk", "例", memberships=(("works-lighting", "officer"),))
    with pytest.raises(NotAllowed), store.act() as db:
        _write(db, calendars.close(db, TYPHOON, reason="颱風"), who=clerk)
    with store.look() as db:
        assert people.may(db, Person(8, "admin", "例", admin=True), "manage_calendar")
        assert calendars.load(db) == Calendar()


# ---- office hours


def test_the_office_hours_of_the_settings_are_the_calendars(store: Store) -> None:
    early = ((time(7, 30), time(12)), (time(13), time(16, 30)))
    with store.act() as db:
        assert calendars.keep_hours(db, early) and not calendars.keep_hours(db, early)
        assert calendars.load(db).hours == early
        assert calendars.keep_hours(db, Calendar().hours) and calendars.load(db) == Calendar()


def test_office_hours_are_two_halves(store: Store) -> None:
    with store.look() as db, pytest.raises(Invalid) as refusal:
        calendars.keep_hours(db, ((time(8), time(17)),))
    assert refusal.value.code == "office_hours"


# ---- the coming year


def _somebody(db: Connection, account: str, **more: Any) -> None:
    db.execute(sa.insert(person), {"account": account, "name": account, "created_at": AT, **more})


def test_from_october_on_administrators_are_told_once_that_next_years_table_is_missing(store: Store) -> None:
    with store.act() as db:
        _somebody(db, "admin", admin=True)
        _somebody(db, "left", admin=True, active=False)
        _somebody(db, "clerk", admin=False)
        assert calendars.warn_of_lacking(db, datetime(2026, 9, 30, 15, 59, tzinfo=UTC)) == 0
        assert calendars.warn_of_lacking(db, datetime(2026, 9, 30, 16, 0, tzinfo=UTC)) == 1, "1 October in Taipei"
        assert calendars.warn_of_lacking(db, datetime(2026, 12, 31, 1, tzinfo=UTC)) == 0
        admin = people.get(db, "admin", AT)
        (told,) = notices.of(db, admin)
        assert (told.kind, told.facts["year"]) == ("calendar", 2027)
        assert calendars.warn_of_lacking(db, datetime(2027, 10, 1, 1, tzinfo=UTC)) == 1, "the year after, again"


def test_nobody_is_told_once_the_table_is_there(store: Store) -> None:
    with store.act() as db:
        _somebody(db, "admin", admin=True)
        _bring(db, 2027)
        assert calendars.lacking(db, AT) == []
        assert calendars.warn_of_lacking(db, AT) == 0


def test_a_year_that_began_without_its_table_is_told_until_it_comes(store: Store) -> None:
    january, december = datetime(2027, 1, 4, 1, tzinfo=UTC), datetime(2027, 12, 1, 1, tzinfo=UTC)
    with store.act() as db:
        _somebody(db, "admin", admin=True)
        assert (calendars.lacking(db, january), calendars.lacking(db, december)) == ([2027], [2027, 2028])
        assert calendars.warn_of_lacking(db, january) == 1
        assert calendars.warn_of_lacking(db, january) == 0, "once for a year"
        _bring(db, 2027)
        assert (calendars.lacking(db, january), calendars.lacking(db, december)) == ([], [2028])
