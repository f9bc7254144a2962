"""Roles given and taken, what needs two people, and an administrator who can do nothing for themself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import accounts, journal, notices, people, staffing
from engine.office import records as r
from engine.store import Store

THURSDAY, FRIDAY, MONDAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)
CHIEF = ("works-lighting", "section_chief")
CONTROL = ("planning-rdec", "rdec_officer")


@pytest.fixture
def two_admins(office, staff) -> Store:
    """ho is an administrator, too, and fang the chief of the control office."""
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "ho").values(admin=True))
        db.execute(
            sa.insert(r.membership),
            {"person_id": staff.id("fang"), "unit_id": "planning-rdec", "role_id": "rdec_chief"},
        )
    return office


def gives(store: Any, staff: Any, at: Any, seat: tuple[str, str] = CHIEF, who: str = "root", **more: Any) -> Any:
    given = {"to": "lin", "since": None, "until": None, "reason": "", **more}
    with store.act() as db:
        return staffing.give(
            db, staff.id(given.pop("to")), *seat, who=getattr(staff, who), at=at, **given
        )  # fmt: skip


def verbs(store: Any, staff: Any, account: str = "lin") -> list[str]:
    with store.look() as db:
        return [line.verb for line in journal.of(db, f"person:{staff.id(account)}")]


def held(store: Any, account: str, at: Any) -> set[tuple[str, str]]:
    with store.look() as db:
        return set(people.get(db, account, at).memberships)


def test_a_role_is_given_for_a_time_in_one_entry_and_its_holder_is_told(
    office, staff, friday_morning, taipei
) -> None:  # fmt: skip
    assert gives(office, staff, friday_morning, since=MONDAY, until=MONDAY) is True
    assert verbs(office, staff) == ["membership.give"]
    assert CHIEF not in held(office, "lin", friday_morning)
    assert CHIEF in held(office, "lin", taipei("2026-11-23T09:00"))
    assert CHIEF not in held(office, "lin", taipei("2026-11-24T00:00"))
    with office.look() as db:
        assert [n.facts["what"] for n in notices.of(db, staff.lin)] == ["role"]
    gives(office, staff, friday_morning)
    assert CHIEF in held(office, "lin", taipei("2027-11-24T00:00"))


@pytest.mark.parametrize("account", ["lin", "chiu", "tsai", "yen"])
def test_only_an_administrator_gives_roles(office, staff, friday_morning, account) -> None:
    with pytest.raises(NotAllowed):
        gives(office, staff, friday_morning, who=account, to="ho")


def test_nobody_gives_anything_to_themself(two_admins, staff, friday_morning) -> None:
    with pytest.raises(NotAllowed, match="自己"):
        gives(two_admins, staff, friday_morning, to="root")
    with two_admins.act() as db:
        for act in (
            lambda: accounts.unlock(db, "root", who=staff.root, at=friday_morning),
            lambda: accounts.link(db, "root", who=staff.root, at=friday_morning),
            lambda: accounts.set_active(db, "root", False, who=staff.root, at=friday_morning),
            lambda: staffing.propose_administrator(
                db, staff.id("root"), reason="x", who=staff.root, at=friday_morning
            ),
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                act()
    assert verbs(two_admins, staff, "root") == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"seat": ("nowhere", "officer")}, "unit"),
        ({"seat": ("works", "king")}, "role"),
        ({"seat": ("works", "a\x00b")}, "role"),
        ({"since": MONDAY, "until": FRIDAY}, "until"),
        ({"until": THURSDAY}, "until"),
        ({"seat": CONTROL}, "reason"),
    ],
)
def test_a_bad_role_is_refused_at_its_field(office, staff, friday_morning, given, field) -> None:
    with pytest.raises(Invalid) as refusal:
        gives(office, staff, friday_morning, **given)
    assert set(refusal.value.fields) == {field}


def test_a_role_ends_on_a_day_once(office, staff, friday_morning, taipei) -> None:
    seat = ("works-lighting", "officer")

    def ends(last: date, who: str = "root", seat: tuple[str, str] = seat) -> None:
        with office.act() as db:
            staffing.end_membership(db, staff.id("lin"), *seat, last=last, who=getattr(staff, who), at=friday_morning)

    with pytest.raises(NotAllowed):
        ends(FRIDAY, "chiu")
    with pytest.raises(Missing):
        ends(FRIDAY, seat=CHIEF)
    with pytest.raises(Invalid):
        ends(THURSDAY - timedelta(days=1))
    ends(FRIDAY)
    assert seat in held(office, "lin", friday_morning)
    assert seat not in held(office, "lin", taipei("2026-11-21T00:00"))
    assert verbs(office, staff) == ["membership.end"]
    with pytest.raises(NotNow):
        ends(MONDAY)


# -- four eyes -------------------------------------------------------------------------------------------------------


def asks(store: Any, staff: Any, at: Any, who: str = "root", to: str = "lin") -> int:
    assert gives(store, staff, at, CONTROL, who=who, to=to, reason="支援研考業務") is False
    with store.look() as db:
        [waiting] = staffing.nominations(db)
    return waiting.id


def decides(store: Any, staff: Any, at: Any, which: int, who: str, granted: bool = True) -> None:
    with store.act() as db:
        staffing.decide(db, which, granted=granted, who=getattr(staff, who), at=at)


def test_a_role_that_opens_identities_is_granted_by_a_second_person(two_admins, staff, friday_morning) -> None:
    which = asks(two_admins, staff, friday_morning)
    assert CONTROL not in held(two_admins, "lin", friday_morning)
    with pytest.raises(Conflict):
        asks(two_admins, staff, friday_morning)
    for who in ("root", "lin", "yen", "chiu"):
        with pytest.raises(NotAllowed):
            decides(two_admins, staff, friday_morning, which, who)
    decides(two_admins, staff, friday_morning, which, "ho")
    assert CONTROL in held(two_admins, "lin", friday_morning)
    assert verbs(two_admins, staff) == ["nomination.ask", "nomination.grant"]
    with pytest.raises(Missing):
        decides(two_admins, staff, friday_morning, which, "ho")
    with two_admins.look() as db:
        assert [n.facts["what"] for n in notices.of(db, staff.ho)] == ["asked"]
        assert [n.facts["what"] for n in notices.of(db, staff.fang)] == ["asked"]
        assert [n.facts["what"] for n in notices.of(db, staff.root)] == ["granted"]


def test_the_chief_of_the_control_office_may_be_the_second_person_and_may_refuse(
    two_admins, staff, friday_morning
) -> None:
    which = asks(two_admins, staff, friday_morning)
    decides(two_admins, staff, friday_morning, which, "fang", granted=False)
    assert CONTROL not in held(two_admins, "lin", friday_morning)
    assert verbs(two_admins, staff) == ["nomination.ask", "nomination.refuse"]


def test_whoever_stands_in_for_the_asker_is_not_a_second_person(two_admins, staff, friday_morning) -> None:
    which = asks(two_admins, staff, friday_morning)
    row = {"person_id": staff.id("root"), "substitute_id": staff.id("ho")}
    span = {"since": friday_morning - timedelta(days=1), "until": friday_morning + timedelta(days=1)}
    with two_admins.act() as db:
        db.execute(sa.insert(r.substitution), {**row, **span})
    with pytest.raises(NotAllowed, match="另一位"):
        decides(two_admins, staff, friday_morning, which, "ho")


def test_an_administrator_is_made_by_two_and_the_last_one_stays(two_admins, staff, friday_morning) -> None:
    with two_admins.act() as db:
        staffing.propose_administrator(db, staff.id("lin"), reason="輪值", who=staff.root, at=friday_morning)
        [waiting] = staffing.nominations(db, staff.id("lin"))
        assert not people.get(db, "lin", friday_morning).admin
        staffing.decide(db, waiting.id, granted=True, who=staff.ho, at=friday_morning)
        assert people.get(db, "lin", friday_morning).admin
        with pytest.raises(NotNow):
            staffing.propose_administrator(db, staff.id("lin"), reason="輪值", who=staff.root, at=friday_morning)
        for account in ("lin", "ho"):
            staffing.end_administration(db, staff.id(account), who=staff.root, at=friday_morning)
        with pytest.raises(NotNow):
            staffing.end_administration(db, staff.id("ho"), who=staff.root, at=friday_morning)
        with pytest.raises(NotAllowed, match="最後"):
            staffing.end_administration(db, staff.id("root"), who=staff.root, at=friday_morning)
    assert verbs(two_admins, staff) == ["nomination.ask", "nomination.grant", "administrator.end"]


@pytest.mark.parametrize("granted", [True, False])
def test_whoever_may_more_signs_in_again(two_admins, staff, friday_morning, granted) -> None:
    """A visit that somebody took from them does not grow; a refusal ends nothing."""
    row = {"digest": "0" * 64, "person_id": staff.id("lin"), "at": friday_morning, "seen_at": friday_morning}
    with two_admins.act() as db:
        db.execute(sa.insert(r.sign_in), row)
    which = asks(two_admins, staff, friday_morning)
    decides(two_admins, staff, friday_morning, which, "ho", granted=granted)
    with two_admins.look() as db:
        assert (accounts.visits(db, staff.lin, friday_morning) == 0) is granted


def test_a_new_account_cannot_bring_along_what_needs_two(office, staff, friday_morning) -> None:
    for more in ({"admin": True}, {"memberships": [CONTROL]}):
        with pytest.raises(NotAllowed, match="另一位"), office.act() as db:
            accounts.add(db, "puppet", who=staff.root, at=friday_morning, **more)
    with office.act() as db:
        accounts.add(db, "new", who=staff.root, at=friday_morning, memberships=[CHIEF])


def test_the_last_administrators_account_is_never_closed(two_admins, staff, friday_morning) -> None:
    with two_admins.act() as db:
        accounts.set_active(db, "root", False, who=staff.ho, at=friday_morning)
    with pytest.raises(NotAllowed), two_admins.act() as db:
        accounts.set_active(db, "ho", False, who=staff.ho, at=friday_morning)


# -- accounts --------------------------------------------------------------------------------------------------------


def test_a_locked_account_is_unlocked_by_an_administrator(office, staff, friday_morning) -> None:
    with office.act() as db:
        with pytest.raises(NotNow):
            accounts.unlock(db, "lin", who=staff.root, at=friday_morning)
        until = friday_morning + timedelta(minutes=10)
        db.execute(sa.update(r.person).where(r.person.c.account == "lin").values(locked_until=until))
        with pytest.raises(NotAllowed):
            accounts.unlock(db, "lin", who=staff.chiu, at=friday_morning)
        accounts.unlock(db, "lin", who=staff.root, at=friday_morning)
    assert verbs(office, staff) == ["account.unlock"]


def test_all_visits_of_a_person_end_by_themself_or_an_administrator(office, staff, friday_morning) -> None:
    with office.act() as db:
        for digest in ("a", "b"):
            row = {"digest": digest, "person_id": staff.id("lin"), "at": friday_morning, "seen_at": friday_morning}
            db.execute(sa.insert(r.sign_in), row)
        with pytest.raises(NotAllowed):
            accounts.end_visits(db, "lin", who=staff.ho, at=friday_morning)
        assert accounts.end_visits(db, "lin", who=staff.lin, at=friday_morning) == 2
        assert accounts.end_visits(db, "lin", who=staff.root, at=friday_morning) == 0
    assert verbs(office, staff) == ["sign_out.everywhere"] * 2


def test_whose_password_is_reset_is_told_by_whom(office, staff, friday_morning) -> None:
    with office.act() as db:
        accounts.link(db, "lin", who=staff.root, at=friday_morning)
        [told] = notices.of(db, staff.lin)
    assert (told.kind, told.facts) == ("account", {"what": "link", "person": staff.id("root")})
