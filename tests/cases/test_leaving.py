"""Somebody leaves: one act closes the account and empties the desk, with an entry for each case."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import leaving
from engine.cases.desks import access
from engine.cases.records import draft, item
from engine.errors import Conflict, Missing, NotAllowed
from engine.office import journal
from engine.office.records import person
from tests.cases.conftest import Desk


def busy(desk: Desk) -> list[int]:
    """Two items on lighting1's desk, one with a draft."""
    made = []
    for number in (1, 2):
        case_id = desk.at_officer(
            location=f"第{number}街", body=f"第{number}件，請派員處理。", petitioner_phone=f"0900-000-10{number}"
        )
        work = desk.item(case_id, "PO-08")
        desk.act(cases.claim, work["id"], who=desk.who("lighting1"))
        made.append(case_id)
    work = desk.item(made[0], "PO-08")
    desk.act(cases.save_draft, work["id"], who=desk.who("lighting1"), answers={"findings": "草稿"})
    return made


def leave(desk: Desk, seen: int, who: str = "admin") -> int:
    with desk.store.act() as db:
        return leaving.leave(
            db, desk.who("lighting1").id, seen=seen, who=desk.who(who), at=desk.now, office=desk.city.office
        )


def test_an_account_is_closed_and_its_work_goes_back_to_the_pool_in_one_act(desk) -> None:
    made = busy(desk)
    me = desk.who("lighting1").id
    assert leave(desk, seen=2) == 2
    with desk.store.look() as db:
        closed = journal.of(db, f"person:{me}")[-1]
        entries = [journal.of(db, f"case:{case_id}")[-1] for case_id in made]
        assert closed.verb == "account.close"
        assert [(e.verb, e.act_id) for e in entries] == [("hand_back", closed.act_id)] * 2
        assert db.scalar(sa.select(person.c.active).where(person.c.id == me)) is False
        assert db.scalars(sa.select(item.c.assignee).where(item.c.status == "open")).all() == [None, None]
        assert db.scalar(sa.select(sa.func.count()).select_from(draft)) == 1


def test_nothing_happens_when_the_desk_is_not_as_it_was_seen(desk) -> None:
    busy(desk)
    with pytest.raises(Conflict):
        leave(desk, seen=1)
    assert desk.who("lighting1").id is not None


@pytest.mark.parametrize("account", ["lighting1", "lighting-chief", "rdec1"])
def test_only_an_administrator_closes_accounts(desk, account) -> None:
    with pytest.raises(NotAllowed):
        leave(desk, seen=0, who=account)


def test_nobody_unknown_leaves(desk) -> None:
    with pytest.raises(Missing), desk.store.act() as db:
        leaving.leave(db, 999, seen=0, who=desk.who("admin"), at=desk.now, office=desk.city.office)


def test_the_access_report_says_who_looked_and_who_was_refused_and_never_at_whom(desk) -> None:
    from engine.cases import desks, informants

    case_id = desk.at_officer(case_type="檢舉")

    def look(account: str, reason: str) -> None:
        with desk.store.act() as db:
            informants.see_identity(
                db, desks.head(db, case_id), reason=reason, who=desk.who(account), at=desk.now, office=desk.city.office
            )  # fmt: skip

    look("service1", "電話聯絡")
    for account in ("lighting1", "drainage1"):
        with pytest.raises((NotAllowed, Missing)):
            look(account, "好奇")
    with desk.store.look() as db:
        page = access.access(db, access.Sought(), who=desk.who("admin"))
        assert [(r["account"], r["verb"], r["reason"]) for r in page.rows] == [
            ("drainage1", "identity.refused", "好奇"),
            ("lighting1", "identity.refused", "好奇"),
            ("service1", "identity.open", "電話聯絡"),
        ]
        assert "例民眾" not in str(page.rows)
        for sought, total in (
            (access.Sought(kind="opened"), 1),
            (access.Sought(kind="refused", person="例路燈"), 1),
            (access.Sought(person="service1"), 1),
            (access.Sought(number=page.rows[0]["number"]), 3),
            (access.Sought(number="none"), 0),
            (access.Sought(since=desk.now), 3),
            (access.Sought(until=desk.now), 0),
        ):
            assert access.access(db, sought, who=desk.who("rdec1")).total == total, sought
            assert len(list(access.every_look(db, sought, who=desk.who("rdec1")))) == total
        for account in ("lighting1", "lighting-chief", "service1"):
            with pytest.raises(NotAllowed):
                access.access(db, access.Sought(), who=desk.who(account))
