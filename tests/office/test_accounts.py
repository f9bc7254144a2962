"""Accounts: nobody learns whether one exists, five mistakes lock it, a visit ends, a link works once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed
from engine.office import accounts, journal, people
from engine.office import records as r
from engine.office.accounts import SignInRefused
from engine.store import Store
from tests import quick

GOOD = "梅雨季-燈籠-7 路公車"
BETTER = "another long sentence 42"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ready(office: Store, friday_morning, staff) -> Store:
    """The office, where lin has a password."""
    with office.act() as db:
        token = accounts.link(db, "lin", who=staff.root, at=friday_morning)
        accounts.redeem(db, token, GOOD, friday_morning)
    return office


def sign_in(store: Store, at: Any, password: str = GOOD, account: str = "lin") -> str:
    with store.act() as db:
        return accounts.sign_in(db, account, password, at)


def who(store: Store, token: str, at: Any) -> people.Person | None:
    with store.act() as db:
        found = accounts.visit(db, token, at)
        if found is not None and found.unnoted:
            accounts.keep_alive(db, token, at)
        return None if found is None else found.person


def test_a_guess_costs_as_much_as_it_should_and_no_less_where_there_is_no_account() -> None:
    product = quick.PRODUCT
    assert product.type.name == "ID"
    assert product.time_cost >= 2 and product.memory_cost >= 19 * 1024
    assert not product.check_needs_rehash(quick.NOBODY)


def test_signing_in_and_out(ready, friday_morning) -> None:
    token = sign_in(ready, friday_morning)
    person = who(ready, token, friday_morning)
    assert person is not None and person.account == "lin" and person.memberships == (("works-lighting", "officer"),)
    with ready.act() as db:
        accounts.sign_out(db, token, friday_morning)
        accounts.sign_out(db, "unknown", friday_morning)
    assert who(ready, token, friday_morning) is None


def test_every_refusal_reads_the_same(ready, friday_morning) -> None:
    said = set()
    for account, password in [
        ("lin", "wrong password 12"), ("nobody", GOOD), ("ho", GOOD), ("li\x00n", GOOD), ("lin", "\ud800"),
        ("lin", "x" * 10_000), ("", ""),
    ]:  # fmt: skip
        with pytest.raises(SignInRefused) as refusal:
            sign_in(ready, friday_morning, password, account)
        said.add((refusal.value.code, refusal.value.sentence))
    assert len(said) == 1


def test_five_mistakes_lock_for_fifteen_minutes_although_each_was_refused(ready, friday_morning) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(ready, friday_morning, "wrong password 12")
    with pytest.raises(SignInRefused):
        sign_in(ready, friday_morning + timedelta(minutes=14, seconds=59))
    assert sign_in(ready, friday_morning + timedelta(minutes=15))
    with ready.look() as db:
        verbs = [line.verb for line in journal.of(db, "person:1")]
    assert verbs.count("sign_in.refused") == 5


def test_a_good_password_forgets_the_mistakes_before_it(ready, friday_morning) -> None:
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                sign_in(ready, friday_morning, "wrong password 12")
        assert sign_in(ready, friday_morning)


def test_tries_sent_at_the_same_moment_are_counted_one_after_the_other(ready, friday_morning, monkeypatch) -> None:
    tried = []
    matches = accounts._matches

    def counting(stored: str, password: str) -> bool:
        tried.append(stored) if stored != accounts._NOBODY else None
        return matches(stored, password)

    monkeypatch.setattr(accounts, "_matches", counting)

    def attempt(_number: int) -> None:
        with pytest.raises(SignInRefused):
            sign_in(ready, friday_morning, "wrong password 12")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attempt, range(18)))
    assert len(tried) == 5


def test_a_visit_ends_after_half_an_hour_of_nothing_and_after_twelve_hours_of_work(ready, friday_morning) -> None:
    token = sign_in(ready, friday_morning)
    idle = sign_in(ready, friday_morning)
    assert who(ready, idle, friday_morning + timedelta(minutes=30)) is None
    at = friday_morning
    while at < friday_morning + timedelta(hours=12):
        assert who(ready, token, at) is not None, at - friday_morning
        at += timedelta(minutes=29)
    assert who(ready, token, friday_morning + timedelta(hours=12)) is None


def test_a_visit_is_noted_at_most_once_a_minute(ready, friday_morning) -> None:
    token = sign_in(ready, friday_morning)
    seen = []
    for seconds in (0, 30, 59, 60, 90):
        who(ready, token, friday_morning + timedelta(seconds=seconds))
        with ready.look() as db:
            seen.append(db.scalar(sa.select(r.sign_in.c.seen_at)))
    assert [(at - friday_morning).seconds for at in seen] == [0, 0, 0, 60, 60]


@pytest.mark.parametrize("token", ["", "x" * 43, "\ud800", "a\x00b"])
def test_a_strange_token_is_nobody(ready, friday_morning, token) -> None:
    assert who(ready, token, friday_morning) is None


def test_nothing_that_opens_a_door_is_stored(ready, friday_morning, staff) -> None:
    token = sign_in(ready, friday_morning)
    with ready.act() as db:
        link = accounts.link(db, "ho", who=staff.root, at=friday_morning)
        stored = [
            repr(row)
            for table in (r.person, r.sign_in, r.one_time_link, r.entry)
            for row in db.execute(sa.select(table))
        ]
    assert not any(secret in row for row in stored for secret in (token, link, GOOD))


# -- links and passwords ---------------------------------------------------------------------------------------------


def test_a_link_works_once_and_not_after_its_time(office, staff, friday_morning) -> None:
    with office.act() as db:
        first = accounts.link(db, "lin", who=staff.root, at=friday_morning)
        late = accounts.link(db, "ho", who=staff.root, at=friday_morning)
        accounts.redeem(db, first, GOOD, friday_morning + timedelta(minutes=29))
    for token in (first, late, "unknown", "\ud800"):
        with pytest.raises(Missing) as refusal, office.act() as db:
            accounts.redeem(db, token, BETTER, friday_morning + timedelta(minutes=30))
        assert refusal.value.code == "link_missing"


def test_a_new_link_ends_the_one_before(office, staff, friday_morning) -> None:
    with office.act() as db:
        old = accounts.link(db, "lin", who=staff.root, at=friday_morning)
        new = accounts.link(db, "lin", who=staff.root, at=friday_morning)
        with pytest.raises(Missing):
            accounts.redeem(db, old, GOOD, friday_morning)
        assert accounts.redeem(db, new, GOOD, friday_morning).account == "lin"


@pytest.mark.parametrize(
    "weak", ["", "short", "a" * 11, "a" * 40, "lin lin lin lin", "Password-2026!", "ｐａｓｓｗｏｒｄ長長長長長",
             "x" * 257, "長長的密碼\x00長長的密碼長長", "ji32k7au4a83!!", "blue7blue7blue7", "路燈科長路燈科長路燈科長"]
)  # fmt: skip
def test_a_weak_password_is_refused_and_the_link_stays_good(office, staff, friday_morning, weak) -> None:
    with office.act() as db:
        token = accounts.link(db, "lin", who=staff.root, at=friday_morning)
    with pytest.raises(Invalid) as refusal, office.act() as db:
        accounts.redeem(db, token, weak, friday_morning)
    assert "password" in refusal.value.fields
    with office.act() as db:
        accounts.redeem(db, token, GOOD, friday_morning)


def test_the_password_typed_again_makes_a_visit_count_as_just_begun(ready, friday_morning, staff) -> None:
    token, later = sign_in(ready, friday_morning), friday_morning + timedelta(minutes=15)
    with ready.look() as db:
        assert accounts.visit(db, token, later - timedelta(seconds=1)).proved
        assert not accounts.visit(db, token, later).proved
    with ready.act() as db:
        accounts.prove(db, token, GOOD, who=staff.lin, at=later)
    with ready.look() as db:
        assert accounts.visit(db, token, later).proved
        assert [e.verb for e in journal.of(db, f"person:{staff.lin.id}")][-2:] == ["sign_in", "sign_in.again"]


def test_a_wrong_password_typed_again_counts_and_locks(ready, friday_morning, staff) -> None:
    token, later = sign_in(ready, friday_morning), friday_morning + timedelta(minutes=20)
    for _ in range(5):
        with pytest.raises(SignInRefused), ready.act() as db:
            accounts.prove(db, token, BETTER, who=staff.lin, at=later)
    with pytest.raises(SignInRefused), ready.act() as db:
        accounts.prove(db, token, GOOD, who=staff.lin, at=later)
    with ready.look() as db:
        assert not accounts.visit(db, token, later).proved
        assert [e.verb for e in journal.of(db, f"person:{staff.lin.id}")].count("password.refused") == 5


def test_changing_the_password_ends_every_visit_and_begins_a_new_one(ready, friday_morning, staff) -> None:
    here, elsewhere = sign_in(ready, friday_morning), sign_in(ready, friday_morning)
    with ready.act() as db:
        new = accounts.change_password(db, staff.lin, GOOD, BETTER, friday_morning)
    assert who(ready, new, friday_morning) is not None
    assert who(ready, here, friday_morning) is who(ready, elsewhere, friday_morning) is None
    with pytest.raises(SignInRefused):
        sign_in(ready, friday_morning)
    assert sign_in(ready, friday_morning, BETTER)


def test_who_comes_in_learns_when_they_were_here_before_and_of_wrong_passwords_since(
    ready, friday_morning, staff
) -> None:
    first = sign_in(ready, friday_morning)
    for minute in (1, 2):
        with pytest.raises(SignInRefused):
            sign_in(ready, friday_morning + timedelta(minutes=minute), "wrong password 12")
    later = friday_morning + timedelta(hours=1)
    second = sign_in(ready, later)
    with ready.look() as db:
        assert accounts.before(db, first, staff.lin) == accounts.Before(None, 0)
        assert accounts.before(db, second, staff.lin) == accounts.Before(friday_morning, 2)
        assert accounts.visits(db, staff.lin, later) == 1


def test_a_wrong_old_password_counts_like_a_wrong_sign_in(ready, friday_morning, staff) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused), ready.act() as db:
            accounts.change_password(db, staff.lin, "wrong password 12", BETTER, friday_morning)
    with pytest.raises(SignInRefused):
        sign_in(ready, friday_morning)


def test_the_same_password_again_is_no_change(ready, friday_morning, staff) -> None:
    with pytest.raises(Invalid), ready.act() as db:
        accounts.change_password(db, staff.lin, GOOD, GOOD, friday_morning)


def test_a_closed_account_is_out_at_once(ready, friday_morning, staff) -> None:
    token = sign_in(ready, friday_morning)
    with ready.act() as db:
        link = accounts.link(db, "lin", who=staff.root, at=friday_morning)
        accounts.set_active(db, "lin", False, who=staff.root, at=friday_morning)
    assert who(ready, token, friday_morning) is None
    with pytest.raises(SignInRefused):
        sign_in(ready, friday_morning)
    with pytest.raises(Missing), ready.act() as db:
        accounts.redeem(db, link, BETTER, friday_morning)
    with ready.act() as db:
        accounts.set_active(db, "lin", True, who=staff.root, at=friday_morning)
    assert who(ready, token, friday_morning) is None
    assert sign_in(ready, friday_morning)


def test_an_administrator_cannot_close_their_own_account(office, staff, friday_morning) -> None:
    with pytest.raises(NotAllowed), office.act() as db:
        accounts.set_active(db, "root", False, who=staff.root, at=friday_morning)


# -- adding ----------------------------------------------------------------------------------------------------------


def test_an_administrator_adds_somebody_who_sets_their_own_password(office, staff, friday_morning) -> None:
    with office.act() as db:
        token = accounts.add(
            db, "new.clerk", name="新承辦", email="new@city.example", memberships=[("works", "officer")],
            who=staff.root, at=friday_morning,
        )  # fmt: skip
    with office.act() as db:
        person = accounts.redeem(db, token, GOOD, friday_morning + timedelta(hours=71))
        assert (person.name, person.memberships, person.admin) == ("新承辦", (("works", "officer"),), False)
        [line, *_] = journal.of(db, f"person:{person.id}")
        assert (line.verb, line.by) == ("account.add", staff.id("root"))
    assert sign_in(office, friday_morning, account="new.clerk")


@pytest.mark.parametrize("verb", ["add", "link", "set_password", "set_active"])
def test_nobody_else_manages_accounts(office, staff, friday_morning, verb) -> None:
    more = {"add": (), "link": (), "set_password": (GOOD,), "set_active": (False,)}[verb]
    with pytest.raises(NotAllowed), office.act() as db:
        getattr(accounts, verb)(db, "lin2" if verb == "add" else "lin", *more, who=staff.chiu, at=friday_morning)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"account": "王"}, "account"), ({"account": "a"}, "account"), ({"account": "A B"}, "account"),
        ({"account": "x" * 65}, "account"), ({"account": "a\x00b"}, "account"), ({"name": "\ud800"}, "name"),
        ({"name": "長" * 101}, "name"), ({"email": "a@b\r\nBcc: c@d"}, "email"), ({"email": "a@b,c@d"}, "email"),
        ({"memberships": [("nowhere", "officer")]}, "unit"), ({"memberships": [("works", "king")]}, "role"),
        ({"memberships": [("\x00", "officer")]}, "unit"),
    ],
)  # fmt: skip
def test_a_bad_account_is_refused_by_field(office, staff, friday_morning, bad, field) -> None:
    given = {"account": "new.clerk", **bad}
    with pytest.raises(Invalid) as refusal, office.act() as db:
        accounts.add(db, given.pop("account"), who=staff.root, at=friday_morning, **given)
    assert field in refusal.value.fields
    with office.look() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(r.person)) == 8


def test_an_account_is_given_once(office, staff, friday_morning) -> None:
    with pytest.raises(Conflict), office.act() as db:
        accounts.add(db, "lin", who=staff.root, at=friday_morning)


def test_a_demonstration_sets_passwords(office, staff, friday_morning) -> None:
    with office.act() as db:
        accounts.set_password(db, "kao", GOOD, who=staff.root, at=friday_morning)
        with pytest.raises(Missing):
            accounts.set_password(db, "nobody", GOOD, who=staff.root, at=friday_morning)
    assert sign_in(office, friday_morning, account="kao")


def test_an_ordinary_refusal_keeps_nothing(office, friday_morning) -> None:
    with pytest.raises(Missing), office.act() as db:
        db.execute(sa.insert(r.role), {"id": "left", "name": "留下"})
        people.get(db, "nobody", friday_morning)
    with office.look() as db:
        assert db.scalar(sa.select(r.role.c.id).where(r.role.c.id == "left")) is None
