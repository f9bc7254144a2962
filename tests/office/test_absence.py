"""請假: noted by oneself, a chief or an administrator; a fit substitute or none; nothing new for whoever is away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import absence, journal, notices, people
from engine.office import records as r

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def noted(store: Any, staff: Any, at: Any, who: str = "lin", **more: Any) -> int:
    given = {"first": MONDAY, "last": TUESDAY, "substitute": None, **more}
    with store.act() as db:
        return absence.note(db, staff.id("lin"), who=getattr(staff, who), at=at, **given)


@pytest.mark.parametrize("account", ["lin", "chiu", "tsai", "root"])
def test_oneself_ones_chiefs_and_an_administrator_note_it_in_one_entry(office, staff, friday_morning, account) -> None:
    noted(office, staff, friday_morning, account, substitute=staff.id("ho"))
    with office.look() as db:
        lines = journal.of(db, f"person:{staff.id('lin')}")
    assert [(line.verb, line.by) for line in lines] == [("absence.note", staff.id(account))]
    assert lines[0].effects == {"first": "2026-11-23", "last": "2026-11-24", "substitute": staff.id("ho")}


@pytest.mark.parametrize("account", ["ho", "kao", "yen"])
def test_a_colleague_and_a_stranger_do_not(office, staff, friday_morning, account) -> None:
    with pytest.raises(NotAllowed):
        noted(office, staff, friday_morning, account)


def test_it_lasts_from_the_first_to_the_last_day_in_taipei(office, staff, friday_morning, taipei) -> None:
    noted(office, staff, friday_morning, substitute=staff.id("ho"))

    def seen(text: str) -> tuple[bool, list[str], int | None]:
        with office.look() as db:
            stands = [p.account for p in people.get(db, "ho", taipei(text)).standing_for]
            gone = staff.id("lin") in absence.away(db, [staff.id("lin")], taipei(text))
            return gone, stands, absence.taker(db, staff.id("lin"), taipei(text), 1)

    assert seen("2026-11-22T23:59") == (False, [], staff.id("lin"))
    assert seen("2026-11-23T00:00") == (True, ["lin"], staff.id("ho"))
    assert seen("2026-11-24T23:59") == (True, ["lin"], staff.id("ho"))
    assert seen("2026-11-25T00:00") == (False, [], staff.id("lin"))


def test_the_substitute_and_the_person_are_told(office, staff, friday_morning) -> None:
    noted(office, staff, friday_morning, "chiu", substitute=staff.id("ho"))
    with office.look() as db:
        for account in ("lin", "ho"):
            [told] = notices.of(db, getattr(staff, account))
            assert (told.kind, told.facts["what"], told.facts["person"]) == ("absence", "note", staff.id("lin"))
        assert notices.of(db, staff.chiu) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": FRIDAY - timedelta(days=1)}, "first"),
        ({"last": FRIDAY}, "last"),
        ({"last": MONDAY + timedelta(days=400)}, "last"),
        ({"substitute": "lin"}, "substitute"),
        ({"substitute": "yen"}, "substitute"),
        ({"substitute": 999}, "substitute"),
    ],
)
def test_bad_dates_and_an_unfit_substitute_are_refused_at_their_field(
    office, staff, friday_morning, given, field
) -> None:
    if isinstance(given.get("substitute"), str):
        given = {"substitute": staff.id(given["substitute"])}
    with pytest.raises(Invalid) as refusal:
        noted(office, staff, friday_morning, **given)
    assert set(refusal.value.fields) == {field}


def test_a_substitute_of_the_same_role_elsewhere_is_fit_and_one_who_left_is_not(office, staff, friday_morning) -> None:
    with office.look() as db:
        assert [p.account for p in absence.eligible(db, staff.lin, friday_morning)] == ["ho", "chiu", "kao"]
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "ho").values(active=False))
    with pytest.raises(Invalid):
        noted(office, staff, friday_morning, substitute=2)


def test_work_is_never_handed_on_twice(office, staff, friday_morning) -> None:
    with office.act() as db:
        absence.note(
            db, staff.id("ho"), first=TUESDAY, last=TUESDAY, substitute=staff.id("kao"), who=staff.ho, at=friday_morning
        )
    with pytest.raises(Invalid, match="也請假"):
        noted(office, staff, friday_morning, substitute=staff.id("ho"))
    noted(office, staff, friday_morning, substitute=staff.id("ho"), last=MONDAY)


def test_a_substitute_whom_somebody_stands_in_for_is_refused(office, staff, friday_morning) -> None:
    earlier = {"since": friday_morning, "until": friday_morning + timedelta(days=9)}
    with office.act() as db:  # a substitution without an absence, as it may have been brought along
        row = {"person_id": staff.id("ho"), "substitute_id": staff.id("kao"), **earlier}
        db.execute(sa.insert(r.substitution), row)
    with pytest.raises(Invalid, match="由別人代理"):
        noted(office, staff, friday_morning, substitute=staff.id("ho"))


def test_nobody_makes_themself_the_substitute_of_somebody_else_but_a_chief(office, staff, friday_morning) -> None:
    with office.act() as db:  # an administrator who sits in the section
        db.execute(sa.update(r.person).where(r.person.c.account == "ho").values(admin=True))
    with pytest.raises(Invalid, match="自己"):
        noted(office, staff, friday_morning, "ho", substitute=staff.id("ho"))
    noted(office, staff, friday_morning, "chiu", substitute=staff.id("chiu"))


def test_two_absences_of_one_person_never_overlap(office, staff, friday_morning) -> None:
    noted(office, staff, friday_morning)
    with pytest.raises(Conflict):
        noted(office, staff, friday_morning, first=TUESDAY, last=TUESDAY + timedelta(days=3))


def test_coming_back_earlier_ends_absence_and_substitution_at_once(office, staff, friday_morning, taipei) -> None:
    made = noted(office, staff, friday_morning, substitute=staff.id("ho"))
    at = taipei("2026-11-23T10:00")
    with pytest.raises(NotAllowed), office.act() as db:
        absence.cancel(db, made, who=staff.ho, at=at)
    with office.act() as db:
        absence.cancel(db, made, who=staff.lin, at=at)
        assert absence.away(db, [staff.id("lin")], at) == {}
        assert people.get(db, "ho", at).standing_for == ()
        assert absence.of(db, [staff.id("lin")], at) == []
        assert [line.verb for line in journal.of(db, f"person:{staff.id('lin')}")] == ["absence.note", "absence.cancel"]
    with pytest.raises(NotNow), office.act() as db:
        absence.cancel(db, made, who=staff.lin, at=at)
    with pytest.raises(Missing), office.act() as db:
        absence.cancel(db, 99, who=staff.lin, at=at)


def test_an_absence_called_off_before_it_began_never_counts(office, staff, friday_morning, taipei) -> None:
    made = noted(office, staff, friday_morning, substitute=staff.id("ho"))
    with office.act() as db:
        absence.cancel(db, made, who=staff.lin, at=friday_morning)
        at = taipei("2026-11-23T10:00")
        assert absence.away(db, [staff.id("lin")], at) == {}
        assert people.get(db, "ho", at).standing_for == ()
    noted(office, staff, friday_morning)


def test_a_list_to_assign_from_shows_who_is_here_who_stands_in_and_who_is_away(office, staff, taipei) -> None:
    with office.act() as db:
        absence.note(
            db, staff.id("lin"), first=MONDAY, last=TUESDAY, substitute=staff.id("kao"), who=staff.lin,
            at=taipei("2026-11-20T09:00"),
        )  # fmt: skip
    at = taipei("2026-11-23T09:00")
    with office.look() as db:
        found = absence.candidates(db, "officer", "works-lighting", at, case_id=1)
        assert [(c.person.account, c.stands_for, c.away is not None) for c in found] == [
            ("ho", "", False), ("kao", "林承辦", False), ("lin", "", True),
        ]  # fmt: skip
        absence.demand_taker(db, staff.id("kao"), "officer", "works-lighting", at, case_id=1)
        with pytest.raises(Invalid, match="請假至 11/24，請改指派職務代理人高外人"):
            absence.demand_taker(db, staff.id("lin"), "officer", "works-lighting", at, case_id=1)
        with pytest.raises(Invalid, match="不能承辦"):
            absence.demand_taker(db, staff.id("yen"), "officer", "works-lighting", at, case_id=1)
        with pytest.raises(Invalid, match="不能承辦"):
            absence.demand_taker(db, 999, "officer", "works-lighting", at, case_id=1)


def test_what_would_go_to_whoever_is_away_goes_to_the_substitute_or_to_the_pool(office, staff, taipei) -> None:
    at = taipei("2026-11-23T09:00")
    noted(office, staff, taipei("2026-11-20T09:00"), substitute=staff.id("ho"))
    with office.act() as db:
        assert absence.taker(db, staff.id("lin"), at, 1) == staff.id("ho")
        assert absence.taker(db, staff.id("kao"), at, 1) == staff.id("kao")
        absence.note(db, staff.id("ho"), first=MONDAY, last=MONDAY, substitute=None, who=staff.ho, at=at)
        assert absence.taker(db, staff.id("lin"), at, 1) is None
