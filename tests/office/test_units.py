"""Units over the years: names from a day on, an end with a successor, and work that goes on with whoever took over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import journal, people, units
from engine.office import records as r

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def does(store: Any, staff: Any, verb: Any, *args: Any, at: Any, who: str = "root", **more: Any) -> Any:
    with store.act() as db:
        return verb(db, *args, who=getattr(staff, who), at=at, **more)


def lines(store: Any) -> list[str]:
    with store.look() as db:
        return [line.verb for line in journal.of(db, "office")][1:]


@pytest.mark.parametrize("account", ["lin", "chiu", "tsai", "yen"])
def test_only_an_administrator_changes_units(office, staff, friday_morning, account) -> None:
    for verb, args, more in (
        (units.add, ("works-parks",), {"name": "公園科", "above": "works", "since": None}),
        (units.rename, ("works-lighting", "照明科"), {"since": FRIDAY}),
        (units.move, ("works-lighting", "planning"), {}),
        (units.end, ("works-lighting",), {"last": MONDAY, "successor": None}),
    ):
        with pytest.raises(NotAllowed):
            does(office, staff, verb, *args, at=friday_morning, who=account, **more)
    assert lines(office) == []


def test_a_new_unit_stands_from_its_first_day_and_leaves_one_entry(office, staff, friday_morning, taipei) -> None:
    does(
        office, staff, units.add, "works-parks", name="公園科", above="works", since=MONDAY, at=friday_morning
    )  # fmt: skip
    assert lines(office) == ["unit.add"]
    with office.look() as db:
        assert "works-parks" not in people.units(db, friday_morning)
        assert "works-parks" in people.units(db, taipei("2026-11-23T00:00"))
        assert people.is_above(db, "works", "works-parks")


@pytest.mark.parametrize(
    ("unit", "given", "field"),
    [
        ("works", {}, "unit"),
        ("Parks", {}, "unit"),
        ("works-parks", {"name": " "}, "name"),
        ("works-parks", {"name": "路燈科"}, "name"),
        ("works-parks", {"name": "長" * 101}, "name"),
        ("works-parks", {"name": "a\x00b"}, "name"),
        ("works-parks", {"above": "nowhere"}, "above"),
    ],
)
def test_a_bad_new_unit_is_refused_at_its_field(office, staff, friday_morning, unit, given, field) -> None:
    with pytest.raises(Invalid) as refusal:
        full = {"name": "公園科", "above": "works", "since": None, **given}
        does(office, staff, units.add, unit, at=friday_morning, **full)
    assert set(refusal.value.fields) == {field}


def test_a_name_counts_from_its_day_on_and_old_days_keep_the_old_one(office, staff, friday_morning, taipei) -> None:
    does(office, staff, units.rename, "works-lighting", "照明科", since=MONDAY, at=friday_morning)
    assert lines(office) == ["unit.rename"]

    def named(text: str) -> str:
        with office.look() as db:
            return people.units_named(db, taipei(text))["works-lighting"]

    with office.act() as db:
        assert people.unit_name(db, "works-lighting") == "路燈科"
        assert units.rename_due(db, friday_morning) == 0
        assert units.rename_due(db, taipei("2026-11-23T00:01")) == 1
        assert units.rename_due(db, taipei("2026-11-23T00:02")) == 0
        assert people.unit_name(db, "works-lighting") == "照明科"
    assert [named(day) for day in ("2020-01-01T09:00", "2026-11-22T23:59", "2026-11-23T00:00")] == [
        "路燈科", "路燈科", "照明科",
    ]  # fmt: skip
    with office.look() as db:
        assert units.former_names(db) == {"works-lighting": [(MONDAY, "照明科"), (None, "路燈科")]}
    with pytest.raises(Invalid) as refusal:
        does(office, staff, units.rename, "works-lighting", "燈科", since=MONDAY, at=friday_morning)
    assert set(refusal.value.fields) == {"since"}


def test_a_name_from_today_on_counts_at_once(office, staff, friday_morning) -> None:
    does(office, staff, units.rename, "works-lighting", "照明科", since=FRIDAY, at=friday_morning)
    with office.look() as db:
        assert people.unit_name(db, "works-lighting") == "照明科"
    with pytest.raises(Invalid):
        does(office, staff, units.rename, "works-lighting", "照明科", since=TUESDAY, at=friday_morning)
    with pytest.raises(Missing):
        does(office, staff, units.rename, "nowhere", "照明科", since=TUESDAY, at=friday_morning)


def test_what_a_unit_left_is_done_by_its_successor(office, staff, friday_morning, taipei) -> None:
    """After its last day nobody sits in it; its work, its chief's rights and its old cases are the successor's."""
    does(
        office, staff, units.end, "works-lighting", last=MONDAY, successor="works-drainage", at=friday_morning
    )  # fmt: skip
    assert lines(office) == ["unit.end"]
    work = {"unit": "works-lighting", "role": "officer", "assignee": None, "done_by": None, "case_id": 1}
    before, after = taipei("2026-11-23T17:00"), taipei("2026-11-24T09:00")
    with office.act() as db:
        db.execute(
            sa.insert(r.membership),
            {"person_id": staff.id("tsai"), "unit_id": "works-drainage", "role_id": "section_chief"},
        )
        for at, lin, kao in ((before, True, False), (after, False, True)):
            assert people.may(db, people.get(db, "lin", at), "complete", work) is lin, at
            assert people.may(db, people.get(db, "kao", at), "complete", work) is kao, at
        assert [p.account for p in people.holders(db, "officer", "works-lighting", before)] == ["lin", "ho"]
        assert [p.account for p in people.holders(db, "officer", "works-lighting", after)] == ["kao"]
        assert people.seat(db, "officer", "works-lighting", after) == "works-drainage"
        assert people.may(db, people.get(db, "tsai", after), "assign", work)
        assert people.may(db, people.get(db, "kao", after), "see", {"id": 1, "unit": "works-lighting"})
        assert "works-lighting" not in people.units(db, after)
        assert people.unit_name(db, "works-lighting") == "路燈科"


def test_a_unit_without_a_successor_leaves_its_work_to_the_unit_above(office, staff, friday_morning, taipei) -> None:
    does(office, staff, units.end, "works-lighting", last=FRIDAY, successor=None, at=friday_morning)
    with office.act() as db:
        db.execute(sa.insert(r.membership), {"person_id": staff.id("tsai"), "unit_id": "works", "role_id": "officer"})
        after = taipei("2026-11-21T09:00")
        assert [p.account for p in people.holders(db, "officer", "works-lighting", after)] == ["tsai"]


def test_a_successor_that_ends_too_passes_everything_on(office, staff, friday_morning, taipei) -> None:
    does(office, staff, units.end, "works-lighting", last=FRIDAY, successor="works-drainage", at=friday_morning)
    later = taipei("2026-11-23T09:00")
    does(office, staff, units.end, "works-drainage", last=MONDAY, successor="planning-rdec", at=later)
    work = {"unit": "works-lighting", "role": "rdec_officer", "assignee": None, "done_by": None, "case_id": 1}
    with office.look() as db:
        after = taipei("2026-11-24T09:00")
        assert people.holds(db, people.get(db, "yen", after), "rdec_officer", "works-lighting")
        assert people.may(db, people.get(db, "yen", after), "complete", work)
        assert people.seat(db, "rdec_officer", "works-lighting", after) == "planning-rdec"


@pytest.mark.parametrize(
    ("unit", "given", "field"),
    [
        ("works-lighting", {"last": date(2026, 11, 19)}, "last"),
        ("works-lighting", {"successor": "works-lighting"}, "successor"),
        ("works-lighting", {"successor": "nowhere"}, "successor"),
        ("works", {"successor": "planning"}, "last"),
        ("planning-rdec", {"successor": None, "last": date(2020, 1, 1)}, "last"),
        ("central-registry", {"successor": None}, "successor"),
    ],
)
def test_a_bad_end_is_refused_at_its_field(office, staff, friday_morning, unit, given, field) -> None:
    full = {"last": MONDAY, "successor": "works-drainage", **given}
    with pytest.raises(Invalid) as refusal:
        does(office, staff, units.end, unit, at=friday_morning, **full)
    assert set(refusal.value.fields) == {field}


def test_an_end_is_called_off_until_the_day_has_passed_and_everything_is_as_it_was(
    office, staff, friday_morning, taipei
) -> None:
    with office.act() as db:
        db.execute(
            sa.update(r.membership)
            .where(r.membership.c.person_id == staff.id("lin"))
            .values(until=TUESDAY)
        )  # fmt: skip
        units.add(db, "works-old", name="舊科", above="works", since=None, who=staff.root, at=friday_morning)
        units.end(db, "works-old", last=FRIDAY, successor="works-lighting", who=staff.root, at=friday_morning)

    def stands() -> Any:
        with office.look() as db:
            found = db.execute(sa.select(r.membership).order_by(r.membership.c.person_id, r.membership.c.unit_id))
            return people.units(db), found.all()

    before = stands()
    does(office, staff, units.end, "works-lighting", last=MONDAY, successor="planning", at=friday_morning)
    assert stands() != before
    does(office, staff, units.call_off_end, "works-lighting", at=taipei("2026-11-23T16:00"))
    assert stands() == before
    assert lines(office)[-2:] == ["unit.end", "unit.end_off"]
    with pytest.raises(NotNow, match="沒有訂"):
        does(office, staff, units.call_off_end, "works-lighting", at=friday_morning)
    with pytest.raises(NotNow, match="已經結束"):
        does(office, staff, units.call_off_end, "works-old", at=taipei("2026-11-23T16:00"))
    with pytest.raises(NotAllowed):
        does(office, staff, units.call_off_end, "works-lighting", at=friday_morning, who="chiu")


def test_a_unit_ends_once(office, staff, friday_morning) -> None:
    does(office, staff, units.end, "works-lighting", last=MONDAY, successor=None, at=friday_morning)
    with pytest.raises(NotNow):
        does(office, staff, units.end, "works-lighting", last=MONDAY, successor=None, at=friday_morning)
    with pytest.raises(Invalid):
        does(office, staff, units.end, "works-drainage", last=MONDAY, successor="works-lighting", at=friday_morning)


def test_a_unit_moves_under_another_but_never_under_itself(office, staff, friday_morning) -> None:
    does(office, staff, units.move, "works-lighting", "planning", at=friday_morning)
    assert lines(office) == ["unit.move"]
    with office.look() as db:
        assert people.is_above(db, "planning", "works-lighting")
    for above in ("works-drainage", "works", "nowhere"):
        with pytest.raises(Invalid):
            does(office, staff, units.move, "works", above, at=friday_morning)
    with pytest.raises(Conflict):
        does(office, staff, units.move, "works-lighting", "planning", at=friday_morning)
