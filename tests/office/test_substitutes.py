"""職務代理: arranged by oneself, one's chief or an administrator, and over when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Invalid, Missing, NotAllowed
from engine.office import journal, people, substitutes

DAY = timedelta(days=1)


@pytest.mark.parametrize("account", ["lin", "chiu", "tsai", "root"])
def test_oneself_ones_chiefs_and_an_administrator_appoint(office, staff, friday_morning, account) -> None:
    with office.act() as db:
        made = substitutes.appoint(
            db, staff.id("lin"), staff.id("kao"), since=friday_morning, until=friday_morning + DAY,
            who=getattr(staff, account), at=friday_morning,
        )  # fmt: skip
        assert [p.account for p in people.get(db, "kao", friday_morning).standing_for] == ["lin"]
        substitutes.end(db, made, who=getattr(staff, account), at=friday_morning + timedelta(hours=1))
        substitutes.end(db, made, who=getattr(staff, account), at=friday_morning + timedelta(hours=2))
        assert people.get(db, "kao", friday_morning + timedelta(hours=1)).standing_for == ()
        verbs = [(line.verb, line.by) for line in journal.of(db, f"person:{staff.id('lin')}")]
    assert verbs == [("substitute.appoint", staff.id(account)), ("substitute.end", staff.id(account))]


@pytest.mark.parametrize("account", ["ho", "kao", "yen"])
def test_a_colleague_and_a_stranger_do_not(office, staff, friday_morning, account) -> None:
    with pytest.raises(NotAllowed), office.act() as db:
        substitutes.appoint(
            db, staff.id("lin"), staff.id(account), since=friday_morning, until=friday_morning + DAY,
            who=getattr(staff, account), at=friday_morning,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("substitute", "since", "until", "field"),
    [("lin", 0, 1, "substitute"), ("ho", 1, 0, "until"), ("ho", 0, 0, "until"), ("ho", -2, -1, "until")],
)
def test_a_bad_substitution_is_refused(office, staff, friday_morning, substitute, since, until, field) -> None:
    with pytest.raises(Invalid) as refusal, office.act() as db:
        substitutes.appoint(
            db, staff.id("lin"), staff.id(substitute), since=friday_morning + since * DAY,
            until=friday_morning + until * DAY, who=staff.lin, at=friday_morning,
        )  # fmt: skip
    assert set(refusal.value.fields) == {field}


def test_an_unknown_substitution_is_missing(office, staff, friday_morning) -> None:
    with pytest.raises(Missing), office.act() as db:
        substitutes.end(db, 99, who=staff.root, at=friday_morning)
