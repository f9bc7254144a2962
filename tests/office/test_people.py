"""Three people at every door: the responsible clerk, a colleague, a stranger from another unit; and their chiefs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Missing, NotAllowed, NotNow, Refusal
from engine.office import people
from engine.office import records as r
from engine.office.people import SYSTEM, Person
from engine.store import Store

PERFORMING = ("complete", "save_draft", "claim")


def item(unit: str = "works-lighting", role: str = "officer", **more: Any) -> Mapping[str, Any]:
    return {"unit": unit, "role": role, "assignee": None, "done_by": None, **more}


def refused(store: Store, who: Person, to: str, thing: Any) -> Refusal | None:
    with store.look() as db:
        try:
            people.require(db, who, to, thing)
        except Refusal as refusal:
            return refusal
    return None


@pytest.mark.parametrize("verb", PERFORMING)
def test_a_holder_may_work_on_an_unclaimed_item(office, staff, verb) -> None:
    assert refused(office, staff.lin, verb, item()) is None


@pytest.mark.parametrize("verb", PERFORMING)
def test_a_colleague_cannot_work_on_a_claimed_item_and_reads_who_has_it(office, staff, verb) -> None:
    refusal = refused(office, staff.ho, verb, item(assignee=staff.id("lin")))
    assert isinstance(refusal, NotNow if verb == "claim" else NotAllowed)
    assert refusal.code == "claimed"
    assert "林承辦" in refusal.sentence


@pytest.mark.parametrize("verb", [*PERFORMING, "see", "assign", "hand_back", "send_back", "recall", "amend"])
def test_a_stranger_reads_that_there_is_no_such_item(office, staff, verb) -> None:
    assert isinstance(refused(office, staff.kao, verb, item()), Missing)
    assert isinstance(refused(office, staff.kao, verb, item(assignee=staff.id("lin"))), Missing)


@pytest.mark.parametrize("verb", PERFORMING)
def test_another_role_of_the_same_unit_sees_the_item_but_may_not_do_it(office, staff, verb) -> None:
    assert refused(office, staff.chiu, "see", item()) is None
    assert isinstance(refused(office, staff.chiu, verb, item()), NotAllowed)


@pytest.mark.parametrize("verb", ["assign", "hand_back", "send_back"])
def test_a_chief_leads_the_items_of_the_section_and_of_sections_below(office, staff, verb) -> None:
    assert refused(office, staff.chiu, verb, item()) is None
    assert refused(office, staff.tsai, verb, item()) is None
    assert isinstance(refused(office, staff.chiu, verb, item("works-drainage")), Missing)


@pytest.mark.parametrize("verb", ["assign", "send_back"])
def test_a_clerk_does_not_lead(office, staff, verb) -> None:
    assert isinstance(refused(office, staff.lin, verb, item()), NotAllowed)


def test_a_clerk_hands_back_only_what_is_theirs(office, staff) -> None:
    assert refused(office, staff.lin, "hand_back", item(assignee=staff.id("lin"))) is None
    assert isinstance(refused(office, staff.ho, "hand_back", item(assignee=staff.id("lin"))), NotAllowed)


def test_only_whoever_completed_recalls_and_nobody_who_stands_for_them(office, staff) -> None:
    done = item(done_by=staff.id("lin"))
    assert refused(office, staff.lin, "recall", done) is None
    assert isinstance(refused(office, staff.chiu, "recall", done), NotAllowed)
    stand_in(office, staff, "lin", "ho")
    assert isinstance(refused(office, staff.ho, "recall", done), NotAllowed)


def test_withdrawing_is_the_control_offices(office, staff) -> None:
    case = {"unit": "works-lighting", "opened_by": staff.id("fang")}
    assert refused(office, staff.yen, "withdraw", case) is None
    for other in (staff.lin, staff.chiu, staff.tsai, staff.fang):
        assert isinstance(refused(office, other, "withdraw", case), NotAllowed)
    assert isinstance(refused(office, staff.kao, "withdraw", case), Missing)


def test_the_control_office_sees_every_case_but_does_nobodys_work(office, staff) -> None:
    assert refused(office, staff.yen, "see", {"unit": "works-drainage"}) is None
    assert isinstance(refused(office, staff.yen, "complete", item()), NotAllowed)


def test_a_case_is_seen_by_every_unit_that_had_work_in_it_and_by_whoever_opened_it(office, staff) -> None:
    case = {"unit": "works-lighting", "units": ["works-drainage"], "opened_by": staff.id("fang")}
    assert refused(office, staff.kao, "see", case) is None
    assert refused(office, staff.fang, "see", {"unit": "works-lighting", "opened_by": staff.id("fang")}) is None
    assert isinstance(refused(office, staff.kao, "see", {**case, "units": []}), Missing)


def test_an_administrator_manages_accounts_and_sees_no_case(office, staff) -> None:
    assert refused(office, staff.root, "manage_accounts", None) is None
    assert isinstance(refused(office, staff.chiu, "manage_accounts", None), NotAllowed)
    assert isinstance(refused(office, staff.root, "see", {"unit": "works-lighting"}), Missing)
    assert isinstance(refused(office, staff.root, "see_identity", {"unit": "works-lighting"}), Missing)


def test_who_the_petitioner_is_may_be_read_where_the_answer_is_owed(office, staff) -> None:
    case = {"unit": "works-lighting", "units": ["works-drainage"], "informant": False}
    for who in (staff.lin, staff.chiu, staff.fang, staff.yen):
        assert refused(office, who, "see_identity", case) is None
    assert isinstance(refused(office, staff.kao, "see_identity", case), NotAllowed)
    assert isinstance(refused(office, staff.tsai, "see_identity", case), NotAllowed)


@pytest.mark.parametrize("known", [{"informant": True}, {}])
def test_of_an_informants_report_not_even_the_responsible_unit_reads_who_it_was(office, staff, known) -> None:
    case = {"unit": "works-lighting", **known}
    for who in (staff.fang, staff.yen):
        assert refused(office, who, "see_identity", case) is None
    for who in (staff.lin, staff.chiu, staff.tsai):
        assert isinstance(refused(office, who, "see_identity", case), NotAllowed)
    assert isinstance(refused(office, staff.kao, "see_identity", case), Missing)


def test_a_case_without_a_unit_yet_is_no_open_book(office, staff) -> None:
    assert isinstance(refused(office, staff.lin, "see", {"unit": None, "opened_by": None}), Missing)


def test_the_system_may_do_everything_and_an_unknown_verb_nobody(office, staff) -> None:
    assert refused(office, SYSTEM, "withdraw", {"unit": None}) is None
    with office.look() as db, pytest.raises(KeyError):
        people.require(db, SYSTEM, "burn", {})


def test_a_database_row_is_a_thing(office, staff) -> None:
    columns = [sa.literal(value).label(name) for name, value in item().items() if value is not None]
    with office.look() as db:
        row = db.execute(sa.select(*columns)).one()
        people.require(db, staff.lin, "complete", row)
        with pytest.raises(Missing):
            people.require(db, staff.kao, "complete", row)
        with pytest.raises(TypeError):
            people.require(db, staff.lin, "complete", 7)


def test_may_answers_what_require_would(office, staff) -> None:
    with office.look() as db:
        assert people.may(db, staff.lin, "complete", item())
        assert not people.may(db, staff.kao, "complete", item())


# -- substitution ----------------------------------------------------------------------------------------------------


def stand_in(store: Store, staff: Any, person: str, substitute: str, days: int = 1) -> None:
    from tests.office.conftest import AT

    row = {"person_id": staff.id(person), "substitute_id": staff.id(substitute)}
    with store.act() as db:
        db.execute(
            sa.insert(r.substitution), {**row, "since": AT - timedelta(days=1), "until": AT + timedelta(days=days)}
        )


def test_a_substitute_does_the_others_work_while_it_lasts(office, staff, friday_morning) -> None:
    claimed = item(assignee=staff.id("lin"))
    stand_in(office, staff, "lin", "kao")
    with office.look() as db:
        now = people.get(db, "kao", friday_morning)
        later = people.get(db, "kao", friday_morning + timedelta(days=1))
    assert [p.account for p in now.standing_for] == ["lin"]
    assert refused(office, now, "complete", claimed) is None
    assert later.standing_for == ()
    assert isinstance(refused(office, later, "complete", claimed), Missing)


def test_substitution_never_nests_and_gives_no_administration(office, staff) -> None:
    stand_in(office, staff, "root", "lin")
    stand_in(office, staff, "lin", "ho")
    assert [p.account for p in staff.ho.standing_for] == ["lin"]
    assert isinstance(refused(office, staff.lin, "manage_accounts", None), NotAllowed)


def test_a_person_who_left_is_nobodys_reason(office, staff) -> None:
    stand_in(office, staff, "lin", "kao")
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "lin").values(active=False))
    assert staff.kao.standing_for == ()


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_role_nobody_holds_in_a_unit_is_sought_in_the_unit_above(office, staff, friday_morning) -> None:
    head = item("works-lighting", "unit_head")
    with office.look() as db:
        found = people.holders(db, "unit_head", "works-lighting", friday_morning)
        assert [p.account for p in found] == ["tsai"]
        assert people.seat(db, "unit_head", "works-lighting", friday_morning) == "works"
        assert people.seat(db, "officer", "works-lighting", friday_morning) == "works-lighting"
        assert people.seat(db, "registrar", "works-lighting", friday_morning) is None
        assert people.holders(db, "registrar", "works-lighting", friday_morning) == []
        assert ("works-lighting", "unit_head") in people.seats(db, staff.tsai)
        assert people.seats(db, staff.lin) == {("works-lighting", "officer")}
    assert refused(office, staff.tsai, "complete", head) is None


def test_whoever_sits_above_does_not_take_the_work_of_a_section_that_has_its_own(office, staff) -> None:
    with office.act() as db:
        db.execute(sa.insert(r.membership), {"person_id": staff.id("tsai"), "unit_id": "works", "role_id": "officer"})
    assert isinstance(refused(office, staff.tsai, "complete", item()), NotAllowed)
    with office.act() as db:  # the last officers leave the section
        db.execute(sa.update(r.person).where(r.person.c.account.in_(["lin", "ho"])).values(active=False))
    assert refused(office, staff.tsai, "complete", item()) is None


def test_a_membership_counts_from_its_first_to_its_last_day_in_taipei(office, staff, taipei) -> None:
    with office.act() as db:
        mine = r.membership.c.person_id == staff.id("lin")
        db.execute(sa.update(r.membership).where(mine).values(since=date(2026, 11, 20), until=date(2026, 11, 20)))

    def held(at: datetime) -> bool:
        with office.look() as db:
            return bool(people.get(db, "lin", at).memberships)

    assert not held(taipei("2026-11-19T23:59"))
    assert held(taipei("2026-11-20T00:00"))
    assert held(taipei("2026-11-20T23:59"))
    assert not held(taipei("2026-11-21T00:00"))


def test_units_know_who_stands_above(office, staff) -> None:
    with office.look() as db:
        assert people.is_above(db, "works", "works-lighting")
        assert not people.is_above(db, "works-lighting", "works")
        assert not people.is_above(db, "works", "works")
        assert people.unit_name(db, "works-lighting") == "路燈科"
        assert people.units_led(db, staff.tsai) == {"works", "works-lighting", "works-drainage"}
        assert people.units_led(db, staff.lin) == frozenset()
        with pytest.raises(Missing):
            people.unit_name(db, "nowhere")


def test_nobody_is_found_under_a_strange_name_and_a_closed_account_is_refused(office, staff, friday_morning) -> None:
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "ho").values(active=False))
    with office.look() as db:
        for strange in ("nobody", 999, "' OR 1=1 --", "a\x00b", "\ud800"):
            with pytest.raises(Missing):
                people.get(db, strange, friday_morning)
        with pytest.raises(NotAllowed):
            people.get(db, "ho", friday_morning)
        assert "何同事" in people.names(db, [None, *range(1, 9)]).values()
