"""Duplicates found later: joined by a person, parted again. Nothing is deleted, everybody is told. Both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import case, document, item, link
from engine.dates.records import alarm
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office.records import notice
from tests.cases.conftest import HANDLED, Desk

UNLIKE = {
    "subject": "夜間照明不足", "location": "公園入口", "body": "公園入口晚上一片漆黑，行人容易跌倒。",
    "petitioner_name": "例鄰人", "petitioner_phone": "0900-000-111", "petitioner_email": "other@example.invalid",
}  # fmt: skip


def other(desk: Desk) -> int:
    """A petition of somebody else, told in other words, so that the machine finds no likeness."""
    return desk.at_officer(**UNLIKE)


def number(desk: Desk, case_id: int) -> str:
    return str(desk.rows(sa.select(case.c.number).where(case.c.id == case_id))[0]["number"])


def join(desk: Desk, case_id: int, original: str, who: str = "rdec1", reason: str = "同一盞路燈。") -> None:
    desk.act(cases.join, case_id, original, reason=reason, who=desk.who(who))


def part(desk: Desk, case_id: int, who: str = "rdec1", reason: str = "不是同一盞。") -> None:
    desk.act(cases.part, case_id, reason=reason, who=desk.who(who))


def row_of(desk: Desk, case_id: int) -> dict[str, Any]:
    return dict(desk.rows(sa.select(case).where(case.c.id == case_id))[0])


def letters(desk: Desk, case_id: int) -> list[tuple[str, str]]:
    query = sa.select(notice.c.kind, notice.c.state).where(
        notice.c.case_id == case_id, notice.c.person_id.is_(None), notice.c.kind != "receipt"
    )
    return [(row["kind"], row["state"]) for row in desk.rows(query.order_by(notice.c.id))]


def test_a_duplicate_is_registered_linked_and_closed_and_everybody_is_told(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    desk.act(cases.claim, desk.item(first, "PO-08")["id"], who=desk.who("lighting1"))
    lines = len(desk.entries(first)), len(desk.entries(second))
    join(desk, second, number(desk, first))
    row = row_of(desk, second)
    assert (row["status"], row["close_reason"], row["ended_at"]) == ("ended", "duplicate", desk.now)
    assert row["released_at"] == desk.now, "control of it ends; the original's goes on"
    assert row_of(desk, first)["status"] == "open"
    assert desk.open_steps(second) == []
    assert (
        desk.rows(
            sa.select(alarm).where(alarm.c.case_id == second, alarm.c.silenced_at.is_(None), alarm.c.rang_at.is_(None))
        )
        == []
    )
    assert [(r["case_id"], r["to_id"], r["kind"]) for r in desk.rows(sa.select(link))] == [(second, first, "duplicate")]
    assert letters(desk, second) == [("duplicate", "waiting")]
    holder = desk.rows(
        sa.select(notice).where(notice.c.kind == "duplicate", notice.c.person_id == desk.who("lighting1").id)
    )
    assert [one["case_id"] for one in holder] == [first]
    mine, theirs = desk.entries(second)[lines[1] :], desk.entries(first)[lines[0] :]
    assert ([e.verb for e in mine], [e.verb for e in theirs]) == (["join"], ["linked"])
    assert mine[0].act_id == theirs[0].act_id, "one act, one entry per case"
    kept = desk.rows(
        sa.select(document.c.kind).where(document.c.case_id == second, document.c.kind == "duplicate-record")
    )
    assert len(kept) == 1


def test_who_joined_gets_the_answer_of_the_original(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    join(desk, second, number(desk, first))
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    assert letters(desk, second) == [("duplicate", "waiting"), ("reply", "waiting")]


def test_joined_to_a_case_already_answered_its_answer_goes_out_at_once(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    join(desk, second, number(desk, first))
    assert letters(desk, second) == [("duplicate", "waiting"), ("reply", "waiting")]


def test_who_was_joined_to_a_case_that_is_joined_itself_is_answered_too(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    third = desk.at_officer(subject="道路坑洞", location="民生路口")
    join(desk, third, number(desk, second))
    join(desk, second, number(desk, first))
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    for joined in (second, third):
        assert letters(desk, joined) == [("duplicate", "waiting"), ("reply", "waiting")]
        assert desk.entries(joined)[-1].verb == "answered"
    late = desk.at_officer(subject="公園積水", location="公園東側")
    fourth = desk.at_officer(subject="號誌不亮", location="自強路口")
    join(desk, fourth, number(desk, late))
    join(desk, late, number(desk, first))
    assert [letters(desk, joined)[-1] for joined in (late, fourth)] == [("reply", "waiting")] * 2


def test_parted_the_case_goes_on_where_it_stood_and_no_letter_leaves(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    due = desk.item(second, "PO-08")["due_at"]
    join(desk, second, number(desk, first))
    part(desk, second)
    row = row_of(desk, second)
    assert (row["status"], row["close_reason"], row["released_at"]) == ("open", None, None)
    assert desk.open_steps(second) == ["PO-08"]
    assert desk.item(second, "PO-08")["due_at"] == due
    assert desk.rows(sa.select(link)) == []
    assert letters(desk, second) == [("duplicate", "none")], "it had not left the house"
    assert (desk.entries(second)[-1].verb, desk.entries(first)[-1].verb) == ("part", "unlinked")
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    assert ("reply", "waiting") not in letters(desk, second)
    desk.done(second, "PO-08", "lighting2", **HANDLED)


def test_after_the_letter_has_left_the_petitioner_is_told_of_the_parting(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    join(desk, second, number(desk, first))
    with desk.store.act() as db:
        db.execute(notice.update().where(notice.c.case_id == second).values(state="sent", sent_at=desk.now))
    part(desk, second)
    assert letters(desk, second) == [("duplicate", "sent"), ("parted", "waiting")]


def test_joined_parted_and_joined_again(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    for _ in range(2):
        join(desk, second, number(desk, first))
        part(desk, second)
    join(desk, second, number(desk, first))
    assert len(desk.rows(sa.select(link))) == 1
    openings = desk.rows(sa.select(item.c.opening).where(item.c.case_id == second, item.c.step == "PO-08"))
    assert sorted(one["opening"] for one in openings) == [1, 2, 3]


def test_three_people_at_joining(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    for account in ("lighting1", "lighting-chief"):
        with pytest.raises(NotAllowed):
            join(desk, second, number(desk, first), who=account)
    with pytest.raises(Missing):
        join(desk, second, number(desk, first), who="cleaning1")
    join(desk, second, number(desk, first), who="service1")
    with pytest.raises(NotAllowed):
        part(desk, second, who="lighting1")
    with pytest.raises(Missing):
        part(desk, second, who="cleaning1")
    part(desk, second, who="service2")


@pytest.mark.parametrize(
    "original", ["", "115-999999", "x" * 400, "'; DROP TABLE", "\ud800".encode("utf-8", "replace").decode()]
)
def test_a_number_nobody_has_is_refused_at_its_field(desk: Desk, original: str) -> None:
    second = other(desk)
    with pytest.raises(Invalid) as refusal:
        join(desk, second, original)
    assert "original" in refusal.value.fields
    assert row_of(desk, second)["status"] == "open"


def test_not_into_itself_nor_in_a_circle_nor_into_a_withdrawn_one(desk: Desk) -> None:
    first, second, third = (
        desk.at_officer(),
        other(desk),
        desk.at_officer(**UNLIKE | {"subject": "道路坑洞", "location": "民生路口", "petitioner_phone": "0900-000-222"}),
    )
    with pytest.raises(Invalid):
        join(desk, second, number(desk, second))
    join(desk, second, number(desk, first))
    with pytest.raises(Invalid) as refusal:
        join(desk, first, number(desk, second))
    assert "併入別案" in refusal.value.sentence
    desk.act(cases.withdraw, third, reason="x", who=desk.who("rdec1"))
    with pytest.raises(Invalid):
        join(desk, first, number(desk, third))
    with pytest.raises(NotNow):
        join(desk, second, number(desk, first))


def test_only_what_a_person_joined_is_parted_and_it_is_not_reopened(desk: Desk) -> None:
    first, second = desk.at_officer(), other(desk)
    with pytest.raises(NotNow):
        part(desk, second)
    join(desk, second, number(desk, first))
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.reopen, second, reason="x", who=desk.who("rdec1"))
    assert refusal.value.code == "was_joined"
    with pytest.raises(Invalid):
        part(desk, second, reason=" ")
