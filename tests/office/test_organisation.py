"""The organisation file: loaded once or ten times the same, and refused whole when a line of it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.office import journal, organisation, people
from engine.office import records as r
from engine.office.people import SYSTEM
from tests.office.conftest import OFFICE

GOOD = "units: {a: {name: 甲}, b: {name: 乙, above: a}}\nroles: {officer: 承辦人}\n"


def count(db: object) -> list[int]:
    return [db.scalar(sa.select(sa.func.count()).select_from(t)) for t in (r.unit, r.role, r.person, r.membership)]


def test_loading_twice_changes_nothing_and_leaves_one_entry(office, staff, friday_morning) -> None:
    with office.act() as db:
        before = count(db)
        assert not organisation.load(db, OFFICE, who=SYSTEM, at=friday_morning)
        assert count(db) == before == [6, 7, 8, 7]
        assert [line.verb for line in journal.of(db, "office")] == ["organisation.load"]


def test_a_changed_file_renames_and_adds_but_takes_nothing_away(office, staff, friday_morning) -> None:
    with office.act() as db:
        changed = OFFICE.replace("林承辦", "林大同").replace("[officer@works-drainage]", "[officer@works]")
        loaded = organisation.load(db, changed, who=SYSTEM, at=friday_morning)
        assert (loaded.people, loaded.memberships, loaded.units) == (1, 1, 0)
        assert people.get(db, "lin", friday_morning).name == "林大同"
        assert len(people.get(db, "kao", friday_morning).memberships) == 2


def test_a_unit_may_stand_before_the_one_above_it(store, friday_morning) -> None:
    with store.act() as db:
        text = "units: {c: {name: 丙, above: b}, b: {name: 乙, above: a}, a: {name: 甲}}\nroles: {}\n"
        assert organisation.load(db, text, who=SYSTEM, at=friday_morning).units == 3
        assert people.is_above(db, "a", "c")


def test_units_and_memberships_have_their_days(store, friday_morning, taipei) -> None:
    text = """
units:
  old: {name: 舊科, until: 2026-11-20, successor: new}
  new: {name: 新科, since: 2026-11-16}
roles: {officer: 承辦人}
people:
  - {account: chen, name: 例陳, memberships: [{seat: officer@new, since: 2026-11-16, until: 2026-12-31}]}
"""
    with store.act() as db:
        assert organisation.load(db, text, who=SYSTEM, at=friday_morning)
        assert not organisation.load(db, text, who=SYSTEM, at=friday_morning)
        assert set(people.units(db, taipei("2026-11-10T09:00"))) == {"old"}
        assert set(people.units(db, taipei("2026-11-20T09:00"))) == {"old", "new"}
        assert set(people.units(db, taipei("2026-11-21T09:00"))) == {"new"}
        assert set(people.units(db)) == {"old", "new"}
        assert people.get(db, "chen", taipei("2026-11-15T09:00")).memberships == ()
        assert people.get(db, "chen", taipei("2027-01-01T09:00")).memberships == ()


def test_only_an_administrator_loads(office, staff, friday_morning) -> None:
    with pytest.raises(NotAllowed), office.act() as db:
        organisation.load(db, OFFICE, who=staff.chiu, at=friday_morning)
    with office.act() as db:
        organisation.load(db, OFFICE, who=staff.root, at=friday_morning)


def test_the_citys_own_file_loads(store, friday_morning) -> None:
    file = Path(__file__).parents[2] / "processes" / "organisation.yaml"
    with store.act() as db:
        loaded = organisation.load(db, file.read_text("utf-8"), who=SYSTEM, at=friday_morning)
        assert loaded.units and loaded.roles and loaded.people
        assert not organisation.load(db, file.read_text("utf-8"), who=SYSTEM, at=friday_morning)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("units: {a: {name: 甲, above: x}}", "units.a"),
        ("units: {a: {name: 甲, above: b}, b: {name: 乙, above: a}}", "units.a"),
        ("units: {a: {name: 甲, above: a}}", "units.a"),
        ("units: {a: {name: 甲, above: [b]}}", "units.a"),
        ("units: {a: {}}", "units.a"),
        ("units: {a: 甲}", "units.a"),
        ("units: {A B: {name: 甲}}", "units.A B"),
        ("units: [a]", "units"),
        ("units: {a: {name: 甲, colour: red}}", "units.a"),
        ("roles: {officer: 7}", "roles.officer"),
        ("roles: {officer: ''}", "roles.officer"),
        ("cities: {}", "cities"),
        ("people: {}\nx: 1", "x"),
        ("units: {a: {name: 甲, since: yesterday}}", "units.a"),
        ("units: {a: {name: 甲, since: 2026-01-01T08:00:00}}", "units.a"),
        ("units: {a: {name: 甲, since: 2026-02-01, until: 2026-01-31}}", "units.a"),
        ("units: {a: {name: 甲, until: 2026-01-31, successor: x}}", "units.a"),
        ("units: {a: {name: 甲, until: 2026-01-31, successor: a}}", "units.a"),
        ("units: {a: {name: 甲, successor: b}, b: {name: 乙}}", "units.a"),
        (GOOD + "people: [{account: w, name: 王, memberships: [{seat: officer@a, from: 2026-01-01}]}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, memberships: [{seat: officer@x}]}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, memberships: [{seat: officer@a, until: soon}]}]", "people.1"),
        (GOOD + "people: wang", "people"),
        (GOOD + "people: [wang]", "people.1"),
        (GOOD + "people: [{account: wang}]", "people.1"),
        (GOOD + "people: [{account: 王, name: 王}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王}, {account: w, name: 王}]", "people.2"),
        (GOOD + "people: [{account: w, name: 王, admin: 'yes'}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, email: 'a,b@c'}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, memberships: [officer@x]}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, memberships: [king@a]}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, memberships: officer@a}]", "people.1"),
        (GOOD + "people: [{account: w, name: 王, password: x}]", "people.1"),
    ],
)
def test_a_wrong_place_is_named_and_nothing_stored(memory, friday_morning, text, place) -> None:
    with pytest.raises(Invalid) as refusal, memory.act() as db:
        organisation.load(db, text, who=SYSTEM, at=friday_morning)
    assert place in refusal.value.fields, refusal.value.fields
    with memory.look() as db:
        assert count(db) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "7", "units: {", "units: {a: {name: 甲}, a: {name: 乙}}", "1: {}", "a: &x [1]\nb: *x",
        "!!python/object/apply:os.system ['true']", "units: \x00", "a: " + "[" * 5000, "x" * (1024 * 1024 + 1),
        "? {a: 1}\n: 2", "--- {}\n--- {}",
    ],
)  # fmt: skip
def test_what_is_no_organisation_is_refused_in_one_sentence(text) -> None:
    with pytest.raises(Invalid) as refusal:
        organisation.read(text)
    assert refusal.value.sentence.endswith("。")
