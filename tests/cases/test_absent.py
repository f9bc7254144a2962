"""Whoever is away is given nothing new, who stands in does it under their own name; a unit that ended takes none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import item
from engine.errors import Invalid, NotAllowed
from engine.office import absence, people, units
from tests.cases.conftest import HANDLED, Desk


def away(desk: Desk, account: str, substitute: str | None = None, days: int = 5) -> None:
    today = people.office_day(desk.now)
    with desk.store.act() as db:
        absence.note(
            db, desk.who(account).id, first=today, last=today + timedelta(days=days),
            substitute=desk.who(substitute).id if substitute else None, who=desk.who(account), at=desk.now,
        )  # fmt: skip


def assign(desk: Desk, case_id: int, to: str) -> None:
    work = desk.item(case_id, "PO-08")
    desk.act(cases.assign, work["id"], to=desk.who(to).id, who=desk.who("lighting-chief"))


def test_nothing_is_assigned_to_whoever_is_away_but_to_who_stands_in_for_them(desk) -> None:
    case_id = desk.at_officer()
    away(desk, "lighting1", "drainage1")
    with pytest.raises(Invalid, match="請假至 12/01，請改指派職務代理人例水道甲"):
        assign(desk, case_id, "lighting1")
    with pytest.raises(Invalid, match="不能承辦"):
        assign(desk, case_id, "drainage2")
    assign(desk, case_id, "drainage1")
    assert desk.item(case_id, "PO-08")["assignee"] == desk.who("drainage1").id
    done = desk.done(case_id, "PO-08", "drainage1", **HANDLED)
    assert not done.ended
    [row] = desk.rows(sa.select(item.c.done_by).where(item.c.case_id == case_id, item.c.step == "PO-08"))
    assert row["done_by"] == desk.who("drainage1").id, "under their own name"


@pytest.mark.parametrize(("substitute", "lands_on"), [("drainage1", "drainage1"), (None, None)])
def test_a_returned_step_skips_its_last_performer_who_is_away(desk, substitute, lands_on) -> None:
    case_id = desk.at_review()
    away(desk, "lighting1", substitute)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充。")
    expected = desk.who(lands_on).id if lands_on else None
    assert desk.item(case_id, "PO-08")["assignee"] == expected


def test_back_again_everything_is_as_before(desk) -> None:
    case_id = desk.at_review()
    away(desk, "lighting1", "drainage1", days=0)
    desk.city.until(desk.now + timedelta(days=1))
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補充。")
    assert desk.item(case_id, "PO-08")["assignee"] == desk.who("lighting1").id


def test_nobody_signs_what_they_did_themself_nor_what_they_did_for_somebody(desk) -> None:
    """The chief is away; the clerk who wrote the answer stands in: they still may not sign it."""
    case_id = desk.at_review()
    today = people.office_day(desk.now)
    with desk.store.act() as db:
        absence.note(
            db, desk.who("lighting-chief").id, first=today, last=today, substitute=desk.who("lighting1").id,
            who=desk.who("lighting-chief"), at=desk.now,
        )  # fmt: skip
    with pytest.raises(NotAllowed, match="自己"):
        desk.done(case_id, "PO-09", "lighting1", reply_check="核可")


def test_a_unit_that_has_ended_takes_no_new_case_and_its_old_ones_go_on(desk) -> None:
    old = desk.at_officer()
    with desk.store.act() as db:
        units.end(
            db, "works-lighting", last=people.office_day(desk.now), successor="works-drainage", who=desk.who("admin"),
            at=desk.now,
        )  # fmt: skip
    desk.city.until(desk.now + timedelta(days=1))
    new = desk.petition(petitioner_phone="0900-000-777", location="另一條街", body="另一件事情，請派員處理。")
    with pytest.raises(Invalid, match="已不收新案，請改選工務處下水道科") as refusal:
        desk.done(new, "PO-04", "registry1", receipt_number="115-A-2", responsible_unit="works-lighting")
    assert set(refusal.value.fields) == {"responsible_unit"}
    desk.done(new, "PO-04", "registry1", receipt_number="115-A-2", responsible_unit="works-drainage")
    desk.done(old, "PO-08", "drainage1", **HANDLED)
    assert desk.open_steps(old) == ["PO-09"]
    desk.done(old, "PO-09", "drainage-chief", reply_check="核可")
    with pytest.raises(Invalid):
        desk.act(cases.transfer, new, "works-lighting", reason="誤分", who=desk.who("rdec1"))
