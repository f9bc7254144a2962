"""Notes, priority, solved or not, another unit: what people say of a case besides its steps. Both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import case, document, item, note
from engine.dates.records import deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office.records import notice
from tests.cases.conftest import HANDLED, TICKED, Desk
from tests.cases.test_reopening import released


def row_of(desk: Desk, case_id: int) -> dict[str, Any]:
    return dict(desk.rows(sa.select(case).where(case.c.id == case_id))[0])


def add(desk: Desk, case_id: int, who: str = "lighting1", text: str = "已電話聯絡，下週補件。") -> int:
    made: int = desk.act(cases.note_add, case_id, text, who=desk.who(who))
    return made


def test_a_note_is_struck_and_stays_readable(desk: Desk) -> None:
    case_id = desk.at_officer()
    before = len(desk.entries(case_id))
    made = add(desk, case_id)
    desk.act(cases.note_strike, made, who=desk.who("lighting1"))
    row = desk.rows(sa.select(note))[0]
    assert (row["text"], row["struck_by"], row["struck_at"]) == (
        "已電話聯絡，下週補件。",
        desk.who("lighting1").id,
        desk.now,
    )
    assert [e.verb for e in desk.entries(case_id)[before:]] == ["note_add", "note_strike"]
    assert "電話聯絡" not in str([e.effects for e in desk.entries(case_id)]), "the journal says that, not what"
    with pytest.raises(NotNow) as refusal:
        desk.act(cases.note_strike, made, who=desk.who("lighting-chief"))
    assert "例路燈甲" in refusal.value.sentence


def test_whoever_sees_a_case_may_note_and_a_stranger_may_not(desk: Desk) -> None:
    case_id = desk.at_officer()
    for account in ("lighting1", "lighting2", "lighting-chief", "rdec1", "service1", "registry1", "works-head"):
        add(desk, case_id, account)
    with pytest.raises(Missing):
        add(desk, case_id, "cleaning1")
    made = add(desk, case_id, "lighting1")
    with pytest.raises(NotAllowed):
        desk.act(cases.note_strike, made, who=desk.who("lighting2"))
    with pytest.raises(Missing):
        desk.act(cases.note_strike, made, who=desk.who("cleaning1"))
    desk.act(cases.note_strike, made, who=desk.who("lighting-chief"))
    with pytest.raises(Missing):
        desk.act(cases.note_strike, 10**6, who=desk.who("lighting1"))


@pytest.mark.parametrize("text", ["", " 　", "字" * 2001, "a\x00b", "\ud800"])
def test_a_note_has_words(desk: Desk, text: str) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        add(desk, case_id, text=text)
    assert "text" in refusal.value.fields
    assert desk.rows(sa.select(note)) == []


def test_a_note_on_a_closed_case(desk: Desk) -> None:
    add(desk, released(desk))


def test_priority_is_the_chiefs_and_the_control_offices_word(desk: Desk) -> None:
    case_id = desk.at_officer()
    due, before = desk.item(case_id, "PO-08")["due_at"], len(desk.entries(case_id))
    desk.act(cases.set_priority, case_id, 2, who=desk.who("lighting-chief"))
    desk.act(cases.set_priority, case_id, 1, reason="議員關切。", who=desk.who("rdec1"))
    assert row_of(desk, case_id)["priority"] == 1
    assert [(e.verb, e.effects["was"], e.effects["priority"]) for e in desk.entries(case_id)[before:]] == [
        ("set_priority", 0, 2), ("set_priority", 2, 1),
    ]  # fmt: skip
    assert desk.item(case_id, "PO-08")["due_at"] == due, "a deadline is another thing"
    with pytest.raises(NotNow):
        desk.act(cases.set_priority, case_id, 1, who=desk.who("rdec1"))
    with pytest.raises(NotAllowed):
        desk.act(cases.set_priority, case_id, 2, who=desk.who("lighting1"))
    with pytest.raises(Missing):
        desk.act(cases.set_priority, case_id, 2, who=desk.who("cleaning-chief"))


@pytest.mark.parametrize("level", [-1, 3, True, None, "2", 2.5])
def test_there_are_three_priorities(desk: Desk, level: Any) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid):
        desk.act(cases.set_priority, case_id, level, who=desk.who("rdec1"))


def test_closed_and_solved_are_two_fields(desk: Desk) -> None:
    case_id = released(desk)
    before = len(desk.entries(case_id))
    assert row_of(desk, case_id)["solved"] is None
    desk.act(cases.set_solved, case_id, "partly", reason="更換後仍閃爍。", who=desk.who("lighting1"))
    desk.act(cases.set_solved, case_id, "yes", reason="陳情人來電致謝。", who=desk.who("rdec1"))
    row = row_of(desk, case_id)
    assert (row["solved"], row["status"], row["close_reason"]) == ("yes", "ended", "resolved")
    assert [e.reason for e in desk.entries(case_id)[before:]] == ["更換後仍閃爍。", "陳情人來電致謝。"]
    for account, refusal in (("service1", NotAllowed), ("registry1", NotAllowed), ("cleaning1", Missing)):
        with pytest.raises(refusal):
            desk.act(cases.set_solved, case_id, "no", reason="x", who=desk.who(account))


def test_solved_is_said_after_the_release_with_a_sentence(desk: Desk) -> None:
    case_id = desk.at_officer()
    with pytest.raises(NotNow):
        desk.act(cases.set_solved, case_id, "yes", reason="x", who=desk.who("rdec1"))
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    for solved, reason in (("maybe", "x"), ("yes", " ")):
        with pytest.raises(Invalid):
            desk.act(cases.set_solved, case_id, solved, reason=reason, who=desk.who("rdec1"))


def transfer(
    desk: Desk, case_id: int, unit: str = "works-roads", who: str = "rdec1", reason: str = "非路燈科業務。"
) -> None:
    desk.act(cases.transfer, case_id, unit, reason=reason, who=desk.who(who))


def test_transferred_the_case_lies_in_the_new_units_pool_and_its_date_stays(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(
        cases.save_draft, desk.item(case_id, "PO-08")["id"], answers={"findings": "非本科"}, who=desk.who("lighting1")
    )
    due, before = desk.item(case_id, "PO-08")["due_at"], len(desk.entries(case_id))
    limits = desk.rows(sa.select(deadline.c.path, deadline.c.due_at).order_by(deadline.c.id))
    transfer(desk, case_id)
    row = desk.item(case_id, "PO-08")
    assert (row["unit"], row["assignee"], row["due_at"]) == ("works-roads", None, due)
    assert desk.rows(sa.select(deadline.c.path, deadline.c.due_at).order_by(deadline.c.id)) == limits
    assert row_of(desk, case_id)["unit"] == "works-roads"
    told = {r["person_id"] for r in desk.rows(sa.select(notice).where(notice.c.kind == "transferred"))}
    assert told == {desk.who("lighting1").id, desk.who("roads-chief").id}
    assert [(e.verb, e.effects["from"]) for e in desk.entries(case_id)[before:]] == [("transfer", "works-lighting")]
    assert desk.rows(sa.select(document.c.facts).where(document.c.kind == "distribution"))[-1]["facts"] == {
        "unit": "works-roads"
    }
    desk.done(case_id, "PO-08", "roads1", **HANDLED)
    assert desk.item(case_id, "PO-09")["unit"] == "works-roads", "the chief of the new unit reviews"


def test_a_step_of_the_control_office_stays_where_it_is(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    transfer(desk, case_id)
    assert desk.rows(sa.select(item.c.unit).where(item.c.case_id == case_id, item.c.status == "open")) == [
        {"unit": "planning-rdec"}
    ]


def test_three_people_at_the_transfer(desk: Desk) -> None:
    case_id = desk.at_officer()
    for account in ("lighting1", "lighting-chief", "service1"):
        with pytest.raises(NotAllowed):
            transfer(desk, case_id, who=account)
    with pytest.raises(Missing):
        transfer(desk, case_id, who="cleaning1")


@pytest.mark.parametrize("unit", ["", "nowhere", "works-lighting", "x" * 300, "personnel"])
def test_only_to_a_unit_that_can_take_it(desk: Desk, unit: str) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        transfer(desk, case_id, unit)
    assert "unit" in refusal.value.fields
    with pytest.raises(Invalid):
        transfer(desk, case_id, reason="")
    assert row_of(desk, case_id)["unit"] == "works-lighting"


def test_not_before_a_unit_is_responsible_nor_after_the_end(desk: Desk) -> None:
    case_id = released(desk)
    with pytest.raises(NotNow) as refusal:
        transfer(desk, case_id)
    assert refusal.value.code == "already_over"
    with pytest.raises(NotNow) as refusal:
        transfer(desk, desk.petition())
    assert refusal.value.code in ("no_unit_yet", "already_over")
