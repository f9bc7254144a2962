"""年度檢視: when an SOP in force is due to be looked over, who may say how often, and who is told, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.library import drafts, publication, yearly
from engine.library.records import sop_version
from engine.office import journal
from engine.office import records as office
from engine.store import Connection
from tests.library.conftest import AT, Workshop
from tests.library.test_reviews import told

YEAR = date(2027, 11, 20)


def test_the_year_begins_with_the_publication_and_anew_with_each_look() -> None:
    assert yearly.due(AT, None, 12) == YEAR
    assert yearly.due(AT, AT + timedelta(days=30), 12) == date(2027, 12, 20)
    assert yearly.due(AT.replace(year=2028, month=2, day=29), None, 12) == date(2029, 3, 1)
    assert yearly.due(AT.replace(month=8, day=31), None, 6) == date(2027, 3, 1)
    assert yearly.due(AT, None, 1) == date(2026, 12, 20)


def dues(db: Connection) -> dict[str, date]:
    return {one.sop_id: one.due for one in yearly.reviews(db)}


def test_a_look_begins_the_year_anew_and_the_administrator_says_how_long_it_is(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        assert dues(db) == {"letters": YEAR, "review": YEAR}
        publication.look_over(db, "review", reason="合宜", who=who["owner"], at=AT + timedelta(days=40))
        assert dues(db) == {"letters": YEAR, "review": date(2027, 12, 30)}
        assert [one.sop_id for one in yearly.reviews(db)] == ["letters", "review"]
    for account in ("clerk", "owner", "lights"):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            yearly.change(db, 6, who=who[account], at=AT)
    for wrong in (0, -1, 61):
        with pytest.raises(Invalid) as refused, workshop.store.act() as db:
            yearly.change(db, wrong, who=who["admin"], at=AT)
        assert refused.value.fields == {"months": "檢視間隔須為 1 至 60 個月。"}
    with workshop.store.act() as db:
        yearly.change(db, 12, who=who["admin"], at=AT)  # as it is: nothing was done
        yearly.change(db, 6, who=who["admin"], at=AT)
        assert [(one.verb, one.effects) for one in journal.of(db, "office")][-1:] == [
            ("settings.reviews", {"from": {"months": 12}, "to": {"months": 6}})
        ]
        assert sum(one.verb == "settings.reviews" for one in journal.of(db, "office")) == 1
        assert yearly.months(db) == 6 and dues(db)["letters"] == date(2027, 5, 20)


def test_its_owners_are_told_a_month_before_and_when_it_is_late_and_nobody_of_what_is_being_revised(
    workshop: Workshop,
) -> None:
    before, late = AT.replace(year=2027, month=10, day=21), AT.replace(year=2027, month=11, day=21)

    def ring(at: datetime) -> int:
        with workshop.store.act() as db:
            return yearly.remind(db, at)

    assert ring(before - timedelta(days=1)) == 0
    assert ring(before) == 1 and ring(before + timedelta(days=1)) == 0, "once, both SOPs in one notice"
    with workshop.store.act() as db:
        assert told(db, "yearly") == ["owner"]
        kept = db.scalar(sa.select(office.notice.c.facts).where(office.notice.c.kind == "workshop"))
        assert (kept["many"], kept["on"]) == (2, str(YEAR))
        drafts.begin(db, "review", who=workshop.people["owner"], at=AT)
    assert ring(late) == 1 and ring(late + timedelta(days=40)) == 0
    with workshop.store.act() as db:
        assert told(db, "yearly_late") == ["owner"]
        facts = [row for row in db.scalars(sa.select(office.notice.c.facts)) if row["what"] == "yearly_late"]
        assert [(row["sop"], row["many"]) for row in facts] == [("letters", 1)]
        assert [one.is_late(YEAR) for one in yearly.reviews(db)] == [False, False]
        db.execute(office.membership.delete().where(office.membership.c.role_id == "process_owner",
                                                    office.membership.c.unit_id != "planning-rdec"))  # fmt: skip
        db.execute(sop_version.update().values(published_at=AT - timedelta(days=60)))
    assert ring(late) == 1
    with workshop.store.act() as db:
        assert told(db, "yearly_late") == ["central", "owner"], "where no unit has an owner, the control office's"
