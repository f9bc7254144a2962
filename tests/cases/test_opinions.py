"""會辦: another unit is asked, sees the case, answers; the case goes on and its unit stays. Both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import desks, sight
from engine.cases.records import case, opinion
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office import people
from engine.office.records import notice
from tests.cases.conftest import HANDLED, TICKED, Desk

Taipei = Callable[[str], datetime]
QUESTION = "該處是否屬貴科養護範圍？"


def ask(desk: Desk, case_id: int, unit: str = "works-roads", who: str = "lighting1", **more: Any) -> int:
    asked: int = desk.act(cases.ask_opinion, case_id, unit, more.pop("question", QUESTION), who=desk.who(who), **more)
    return asked


def give(desk: Desk, opinion_id: int, who: str = "roads1", answer: str = "屬本科養護，已派工。") -> None:
    desk.act(cases.give_opinion, opinion_id, answer, who=desk.who(who))


def waiting(desk: Desk, account: str) -> list[Any]:
    with desk.store.look() as db:
        return list(desks.opinions(db, desk.who(account), desk.now))


def told(desk: Desk, account: str) -> list[str]:
    query = sa.select(notice.c.facts).where(notice.c.kind == "opinion", notice.c.person_id == desk.who(account).id)
    return [row["facts"]["state"] for row in desk.rows(query.order_by(notice.c.id))]


def sees(desk: Desk, case_id: int, account: str) -> bool:
    with desk.store.look() as db:
        try:
            desks.seen_by(db, case_id, desk.who(account))
        except Missing:
            return False
        return True


def test_the_asked_unit_sees_the_case_answers_and_the_asker_is_told(desk: Desk) -> None:
    case_id = desk.at_officer()
    assert not sees(desk, case_id, "roads1")
    before, due = len(desk.entries(case_id)), desk.item(case_id, "PO-08")["due_at"]
    asked = ask(desk, case_id)
    assert sees(desk, case_id, "roads1") and sees(desk, case_id, "roads2")
    assert [row["question"] for row in waiting(desk, "roads2")] == [QUESTION]
    assert waiting(desk, "drainage1") == [] and waiting(desk, "lighting1") == []
    give(desk, asked)
    assert (told(desk, "roads1"), told(desk, "lighting1")) == (["asked"], ["given"])
    assert waiting(desk, "roads2") == []
    assert sees(desk, case_id, "roads2"), "afterwards, too"
    assert [line.verb for line in desk.entries(case_id)[before:]] == ["ask_opinion", "give_opinion"]
    assert desk.item(case_id, "PO-08")["due_at"] == due, "the case goes on meanwhile"
    assert desk.rows(sa.select(case.c.unit).where(case.c.id == case_id)) == [{"unit": "works-lighting"}]


def test_neither_question_nor_answer_stands_in_journal_or_notices(desk: Desk) -> None:
    case_id = desk.at_officer()
    give(desk, ask(desk, case_id, question="金絲雀問句"), answer="金絲雀答句")
    everywhere = str([(e.reason, e.effects) for e in desk.entries(case_id)]) + str(desk.rows(sa.select(notice.c.facts)))
    assert "金絲雀" not in everywhere


def test_three_people_at_the_question(desk: Desk) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    with pytest.raises(NotAllowed):
        ask(desk, case_id, who="lighting2")
    with pytest.raises(Missing):
        ask(desk, case_id, who="cleaning1")
    ask(desk, case_id, who="lighting1")
    ask(desk, case_id, "works-drainage", who="lighting-chief")


def test_three_people_at_the_answer(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = ask(desk, case_id)
    with pytest.raises(NotAllowed):
        give(desk, asked, who="lighting1")
    with pytest.raises(NotAllowed):
        give(desk, asked, who="rdec1")
    with pytest.raises(Missing):
        give(desk, asked, who="cleaning1")
    give(desk, asked, who="roads-chief")
    with pytest.raises(NotNow) as refusal:
        give(desk, asked, who="roads1")
    assert "例道路長" in refusal.value.sentence


def test_three_people_at_taking_back(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = ask(desk, case_id)
    for account, refusal in (("lighting2", NotAllowed), ("roads1", NotAllowed), ("cleaning1", Missing)):
        with pytest.raises(refusal):
            desk.act(cases.take_back_opinion, asked, who=desk.who(account))
    desk.act(cases.take_back_opinion, asked, who=desk.who("lighting-chief"))
    assert not sees(desk, case_id, "roads1"), "who is not asked any more sees it no more"
    assert told(desk, "roads1") == ["asked", "taken back"]
    with pytest.raises((NotNow, Missing)):
        give(desk, asked)
    ask(desk, case_id)


def test_the_case_is_not_theirs_to_work_on(desk: Desk) -> None:
    case_id = desk.at_officer()
    ask(desk, case_id)
    with pytest.raises(NotAllowed):
        desk.act(cases.suspend, case_id, reason="x", who=desk.who("roads1"))
    with desk.store.look() as db:
        row = desks.seen_by(db, case_id, desk.who("roads1"))
        assert not people.may(db, desk.who("roads1"), "see_identity", row)
        assert sight.may(db, desk.who("roads1"), "note_add", row)


@pytest.mark.parametrize(
    ("unit", "field"), [("nowhere", "unit"), ("works-lighting", "unit"), ("mayor-office", "unit"), ("", "unit")]
)
def test_only_another_unit_that_somebody_sits_in(desk: Desk, unit: str, field: str) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        ask(desk, case_id, unit)
    assert field in refusal.value.fields
    assert desk.rows(sa.select(opinion)) == []


@pytest.mark.parametrize("question", ["", " 　\n", "字" * 2001, "\x00"])
def test_a_question_is_asked_in_words(desk: Desk, question: str) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid) as refusal:
        ask(desk, case_id, question=question)
    assert "question" in refusal.value.fields


def test_rare_characters_and_emoji_come_back_as_they_were_sent(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = ask(desk, case_id, question="堃 𠮷 鵺 👷🏽 הפוך")
    give(desk, asked, answer="堃 𠮷 鵺 👷🏽")
    with desk.store.look() as db:
        row = desks.opinions_in(db, case_id, desk.now)[0]
    assert (row["question"], row["answer"]) == ("堃 𠮷 鵺 👷🏽 הפוך", "堃 𠮷 鵺 👷🏽")


def test_the_same_unit_is_asked_once_until_it_has_answered(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = ask(desk, case_id)
    with pytest.raises(NotNow) as refusal:
        ask(desk, case_id)
    assert refusal.value.code == "already_asked"
    give(desk, asked)
    ask(desk, case_id, question="完工日期？")


def test_an_opinion_that_is_late_is_seen_to_be(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    with pytest.raises(Invalid):
        ask(desk, case_id, due=date(2026, 11, 25))
    asked = ask(desk, case_id, due=date(2026, 11, 27))
    assert [row["overdue"] for row in waiting(desk, "roads1")] == [False]
    desk.city.until(taipei("2026-11-27T17:01"))
    assert [row["overdue"] for row in waiting(desk, "roads1")] == [True]
    give(desk, asked)
    assert desk.entries(case_id)[-1].effects["late"] is True


def test_a_unit_without_officers_is_asked_through_its_head(desk: Desk) -> None:
    case_id = desk.at_officer()
    ask(desk, case_id, "personnel")
    assert [row["role"] for row in waiting(desk, "personnel-head")] == ["unit_head"]


def test_the_end_of_the_case_ends_the_waiting(desk: Desk) -> None:
    case_id = desk.at_officer()
    asked = ask(desk, case_id)
    desk.done(case_id, "PO-08", "lighting1", **HANDLED)
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    assert waiting(desk, "roads1") != []
    desk.done(case_id, "PO-11", "rdec1", release="是", checklist=TICKED)
    assert waiting(desk, "roads1") == []
    assert told(desk, "roads1") == ["asked", "overtaken"]
    with pytest.raises(NotNow) as refusal:
        give(desk, asked)
    assert refusal.value.code == "opinion_overtaken"


def test_the_list_costs_the_same_whatever_its_length(desk: Desk) -> None:
    counts = []
    for matters in (("路燈不亮", "噪音擾鄰"), ("道路坑洞", "公園積水")):
        for n, matter in enumerate(matters):
            phone = f"0900-000-{len(counts)}{n}0"
            ask(desk, desk.at_officer(subject=matter, location=f"{matter}處", petitioner_phone=phone))
        seen: list[str] = []
        who = desk.who("roads1")
        with desk.store.look() as db:
            sa.event.listen(db, "before_cursor_execute", lambda *a, s=seen: s.append(a[2]))
            desks.opinions(db, who, desk.now)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6
