"""A step waiting for a person: who may do it, what is refused, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import answer, draft, idempotency, item
from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from tests.cases.conftest import HANDLED, PETITION, TICKED, Desk


def test_a_petition_is_answered_and_released(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    done = desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    case = desk.city.case(case_id)
    assert done.ended
    assert (case["status"], case["end"], case["close_reason"]) == ("ended", "PO-E1", "resolved")
    assert case["dispatched_at"] is not None
    assert case["released_at"] is not None
    assert desk.open_steps(case_id) == []


def test_the_case_number_is_the_roc_year_and_a_serial(desk: Desk) -> None:
    first, second = desk.petition(), desk.petition(subject="水溝不通")
    assert [desk.city.case(c)["number"] for c in (first, second)] == ["115-000001", "115-000002"]


def test_each_act_leaves_one_entry(desk: Desk) -> None:
    case_id = desk.at_officer()
    assert [e.verb for e in desk.entries(case_id)] == ["open", "complete", "complete"]
    row = desk.item(case_id, "PO-08")
    desk.act(cases.claim, row["id"], who=desk.who("lighting1"))
    desk.act(cases.save_draft, row["id"], who=desk.who("lighting1"), answers={"findings": "現場勘查中。"})
    desk.act(cases.hand_back, row["id"], who=desk.who("lighting1"), reason="請假")
    desk.act(cases.assign, row["id"], to=desk.who("lighting2").id, who=desk.who("lighting-chief"))
    assert [e.verb for e in desk.entries(case_id)][3:] == ["claim", "save_draft", "hand_back", "assign"]


def test_a_holder_of_the_role_completes_an_unclaimed_item(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.done(case_id, "PO-08", "lighting2", **HANDLED)
    assert desk.open_steps(case_id) == ["PO-09"]


def test_a_colleague_cannot_complete_a_claimed_item(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.claim, row["id"], who=desk.who("lighting1"))
    with pytest.raises(NotAllowed):
        desk.act(cases.complete, row["id"], who=desk.who("lighting2"), answers=HANDLED)
    assert desk.open_steps(case_id) == ["PO-08"]


def test_a_stranger_reads_that_there_is_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    for verb, more in (
        (cases.claim, {}),
        (cases.complete, {"answers": HANDLED}),
        (cases.hand_back, {"reason": "x"}),
        (cases.send_back, {"to_step": "PO-07", "reason": "x"}),
        (cases.save_draft, {"answers": {}}),
    ):
        with pytest.raises(Missing):
            desk.act(verb, row["id"], who=desk.who("cleaning1"), **more)


def test_the_second_of_two_reads_who_and_when(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    with pytest.raises(NotNow, match=r"例路燈甲.*11/26 09:00.*完成"):
        desk.act(cases.complete, row["id"], who=desk.who("lighting2"), answers=HANDLED)


def test_what_changed_since_it_was_seen_is_refused(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.assign, row["id"], to=desk.who("lighting1").id, who=desk.who("lighting-chief"))
    with pytest.raises(Conflict):
        desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=HANDLED, seen=row["version"])


def test_the_same_form_twice_has_one_effect_and_one_answer(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    who = desk.who("lighting1")
    first = desk.act(cases.complete, row["id"], who=who, answers=HANDLED, key="k1")
    again = desk.act(cases.complete, row["id"], who=who, answers=HANDLED, key="k1")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.next_item == first.next_item
    assert len(desk.rows(sa.select(answer).where(answer.c.item_id == row["id"]))) == 1


@pytest.mark.parametrize("bad", ["\ud800", "\x00"])
def test_half_a_character_is_refused_under_a_key_as_without(desk: Desk, bad: str) -> None:
    row = desk.item(desk.at_officer(), "PO-08")
    wrong = HANDLED | {"findings": f"現場勘查確認燈具故障{bad}，已派工更換。"}
    for key in (None, "k1"):
        with pytest.raises(Invalid):
            desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=wrong, key=key)
        with pytest.raises(Invalid):
            desk.act(
                cases.open_case, "petition-online", start="PO-S", who=desk.who("service1"), key=key,
                answers=PETITION | {"body": f"中山路一號前的路燈不亮{bad}"},
            )  # fmt: skip
    assert desk.rows(sa.select(idempotency)) == []


def test_a_key_cannot_be_used_for_something_else(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=HANDLED, key="k1")
    with pytest.raises(Conflict) as refusal:
        desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers={**HANDLED, "visited": "no"}, key="k1")
    assert refusal.value.code == "key_reused"


def test_a_key_of_one_step_does_not_complete_another(desk: Desk) -> None:
    one, other = (desk.item(desk.at_officer(), "PO-08") for _ in range(2))
    who = desk.who("lighting1")
    desk.act(cases.complete, one["id"], who=who, answers=HANDLED, key="k1")
    with pytest.raises(Conflict) as refusal:
        desk.act(cases.complete, other["id"], who=who, answers=HANDLED, key="k1")
    assert refusal.value.code == "key_reused"
    assert desk.item(other["case_id"], "PO-08")["version"] == other["version"]
    assert desk.rows(sa.select(answer).where(answer.c.item_id == other["id"])) == []


def test_a_step_sends_few_statements(desk: Desk) -> None:
    """What everybody does all day: each statement more is paid for a hundred thousand times a year. A step done again
    asks for who did it last, and whether they are there."""
    case_id = desk.at_officer()
    sent: list[str] = []

    def hear(_db: Any, _cursor: Any, text: str, *_: Any) -> None:
        sent.append(text)

    counted = []
    returned = {"reply_check": "退回修正", "reason": "請補充完工日期。"}
    sa.event.listen(desk.store.engine, "before_cursor_execute", hear)
    try:
        for step, who, answers in (("PO-08", "lighting1", HANDLED), ("PO-09", "lighting-chief", returned)) * 2:
            row, person = desk.item(case_id, step), desk.who(who)
            sent.clear()
            desk.act(cases.complete, row["id"], who=person, answers=answers, key=f"{row['id']}")
            counted.append(len([text for text in sent if not text.startswith(("BEGIN", "PRAGMA"))]))
    finally:
        sa.event.remove(desk.store.engine, "before_cursor_execute", hear)
    assert counted == [15, 18, 19, 18]


def test_a_petition_sent_twice_is_one_case(desk: Desk) -> None:
    from tests.cases.conftest import PETITION

    who = desk.who("service1")
    first = desk.act(cases.open_case, "petition-online", who=who, answers=PETITION, key="p1")
    again = desk.act(cases.open_case, "petition-online", who=who, answers=PETITION, key="p1")
    assert (again.case_id, again.number, again.replayed) == (first.case_id, first.number, True)
    assert len(desk.rows(sa.select(idempotency))) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"findings": "短"}, "findings"),
        ({"visited": "perhaps"}, "visited"),
        ({"visited_on": "2026-13-01"}, "visited_on"),
        ({"visited_on": None}, "visited_on"),
        ({"approved": "yes"}, "approved"),
        ({"reply_text": "回覆\x00內容" * 9}, "reply_text"),
        ({"reply_text": "回覆\ud800內容" * 9}, "reply_text"),
        ({"reply_kind": "階段性回覆"}, "expected_on"),
    ],
)
def test_a_form_takes_only_what_it_declares_and_stores_nothing_else(
    desk: Desk, change: dict[str, object], field: str
) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    answers = {k: v for k, v in {**HANDLED, **change}.items() if v is not None}
    with pytest.raises(Invalid) as refusal:
        desk.act(cases.complete, row["id"], who=desk.who("lighting1"), answers=answers)
    assert field in refusal.value.fields
    assert desk.rows(sa.select(answer).where(answer.c.item_id == row["id"])) == []
    assert desk.item(case_id, "PO-08")["version"] == row["version"]
    assert len(desk.entries(case_id)) == 3


def test_an_outcome_that_needs_a_reason_waits_for_it(desk: Desk) -> None:
    case_id = desk.at_review()
    row = desk.item(case_id, "PO-09")
    with pytest.raises(Invalid) as refusal:
        desk.act(cases.complete, row["id"], who=desk.who("lighting-chief"), answers={"reply_check": "退回修正"})
    assert "reason" in refusal.value.fields


def test_a_checklist_blocks_only_its_own_choice(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    row = desk.item(case_id, "PO-11")
    with pytest.raises(Invalid) as refusal:
        desk.act(cases.complete, row["id"], who=desk.who("rdec1"), answers={"release": "是"}, checklist=TICKED[:3])
    assert "checklist" in refusal.value.fields
    desk.done(case_id, "PO-11", "rdec1", release="否", reason="尚有承諾未辦")
    assert desk.city.case(case_id)["status"] == "open"


def test_nobody_approves_their_own_work(desk: Desk) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        from engine.office.records import membership

        chief = desk.who("lighting-chief")
        db.execute(membership.insert(), {"person_id": chief.id, "unit_id": "works-lighting", "role_id": "officer"})
    desk.done(case_id, "PO-08", "lighting-chief", **HANDLED)
    row = desk.item(case_id, "PO-09")
    with pytest.raises(NotAllowed) as refusal:
        desk.act(cases.complete, row["id"], who=desk.who("lighting-chief"), answers={"reply_check": "核可"})
    assert refusal.value.code == "own_work"


def test_nor_through_a_substitution(desk: Desk) -> None:
    from datetime import timedelta

    from engine.office.records import substitution

    case_id = desk.at_review()
    with desk.store.act() as db:
        row = {
            "person_id": desk.who("lighting-chief").id, "substitute_id": desk.who("lighting1").id,
            "since": desk.now - timedelta(days=1), "until": desk.now + timedelta(days=1),
        }  # fmt: skip
        db.execute(substitution.insert(), row)
    waiting = desk.item(case_id, "PO-09")
    with pytest.raises(NotAllowed) as refusal:
        desk.act(cases.complete, waiting["id"], who=desk.who("lighting1"), answers={"reply_check": "核可"})
    assert refusal.value.code == "own_work"


def test_a_returned_step_goes_to_its_last_performer(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補日期")
    row = desk.item(case_id, "PO-08")
    assert (row["assignee"], row["opening"]) == (desk.who("lighting1").id, 2)


def test_the_third_return_tells_the_section_chief(desk: Desk) -> None:
    from engine.office.records import notice

    case_id = desk.at_review()
    for _ in range(3):
        desk.done(case_id, "PO-09", "lighting-chief", reply_check="退回修正", reason="請補日期")
        desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    told = desk.rows(sa.select(notice).where(notice.c.kind == "returned-often"))
    assert [n["person_id"] for n in told] == [desk.who("lighting-chief").id]


def test_only_a_chief_assigns_and_only_to_a_holder(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    with pytest.raises(NotAllowed):
        desk.act(cases.assign, row["id"], to=desk.who("lighting2").id, who=desk.who("lighting1"))
    with pytest.raises(Invalid):
        desk.act(cases.assign, row["id"], to=desk.who("cleaning1").id, who=desk.who("lighting-chief"))


def test_a_draft_takes_the_item_and_survives_handing_back(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    desk.act(cases.save_draft, row["id"], who=desk.who("lighting1"), answers={"findings": "現場勘查中。"})
    assert desk.item(case_id, "PO-08")["assignee"] == desk.who("lighting1").id
    desk.act(cases.hand_back, row["id"], who=desk.who("lighting1"), reason="請假")
    assert desk.item(case_id, "PO-08")["assignee"] is None
    assert desk.rows(sa.select(draft))[0]["answers"] == {"findings": "現場勘查中。"}


def test_a_draft_takes_no_undeclared_field(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = desk.item(case_id, "PO-08")
    with pytest.raises(Invalid):
        desk.act(cases.save_draft, row["id"], who=desk.who("lighting1"), answers={"approved": "yes"})
    assert desk.rows(sa.select(draft)) == []


def test_the_new_unit_gets_the_item_and_the_date_stays(desk: Desk) -> None:
    case_id = desk.petition()
    desk.done(case_id, "PO-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    due = desk.item(case_id, "PO-07")["due_at"]
    desk.done(case_id, "PO-07", "lighting1", ours="no", reason="屬清潔業務")
    desk.done(case_id, "PO-07R", "rdec1", new_unit="environment-cleaning")
    row = desk.item(case_id, "PO-07")
    assert (row["unit"], row["due_at"]) == ("environment-cleaning", due)


def test_identity_lies_in_the_vault_and_nowhere_else(desk: Desk) -> None:
    case_id = desk.petition()
    stored = desk.rows(sa.select(answer).where(answer.c.case_id == case_id))
    assert not {"petitioner_name", "petitioner_phone", "petitioner_email"} & set(stored[0]["answers"])
    assert desk.rows(sa.select(item.c.id).where(item.c.case_id == case_id))
