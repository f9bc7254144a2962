"""初審 in the unit, 複審 in the control office: who may, what each writes down, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.errors import BadSop, Invalid, Missing, NotAllowed, NotNow, Refusal
from engine.library import accepting, drafts, reviews
from engine.library.questions import QUESTIONS, asked
from engine.library.records import sop_draft, sop_warning
from engine.office import journal, people
from engine.office import records as office
from engine.store import Connection
from tests.library.conftest import AT, Workshop

LATER = AT + timedelta(hours=1)


def begun(workshop: Workshop, db: Connection, step: str = "改了") -> None:
    drafts.begin(db, "review", who=workshop.people["owner"], at=AT)
    drafts.save(db, "review", revision=1, bpmn=workshop.chart(step), who=workshop.people["owner"], at=AT)


def submitted(workshop: Workshop, db: Connection) -> None:
    begun(workshop, db)
    reviews.submit(db, "review", operators=(), who=workshop.people["owner"], at=AT)


def every(stage: str, answer: str = "yes") -> dict[str, str]:
    return {one.id: answer for one in asked(stage, "shared")}


def approve(workshop: Workshop, db: Connection, account: str) -> None:
    draft = drafts.read(db, "review")
    reviews.approve(
        db, "review", revision=draft.revision, questions=every(draft.state), who=workshop.people[account], at=LATER
    )  # fmt: skip


def lines(db: Connection) -> list[str]:
    return [entry.verb for entry in journal.of(db, "sop:review")]


def told(db: Connection, what: str) -> list[str]:
    c = office.notice.c
    rows = db.execute(
        sa.select(office.person.c.account, c.facts).join(office.person, office.person.c.id == c.person_id)
    )
    return sorted(row.account for row in rows if row.facts.get("what") == what)


def test_a_draft_goes_through_two_hands_other_than_those_that_wrote_it(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        submitted(workshop, db)
        before = len(lines(db))
        assert told(db, "first_review") == ["chief"]
        said = {"revision": 2, "questions": every("first_review"), "opinion": "可行"}
        reviews.approve(db, "review", **said, who=who["chief"], at=LATER)
        assert drafts.read(db, "review").state == "second_review"
        assert told(db, "second_review") == ["rdec1", "rdec2"]
        approve(workshop, db, "rdec1")
        done = drafts.read(db, "review")
        assert (done.state, done.first_by, done.second_by) == ("approved", who["chief"].id, who["rdec1"].id)
        assert lines(db)[before - 1 :] == ["sop.submit", "sop.approve", "sop.approve"]
        kept = reviews.decisions(db, done.id)
        assert [(one["stage"], one["decision"]) for one in kept] == [
            ("first_review", "approved"), ("second_review", "approved"),
        ]  # fmt: skip
        assert kept[0]["opinion"] == "可行" and kept[0]["questions"] == every("first_review")
        assert told(db, "approved") == ["owner"]


def test_who_wrote_it_who_is_a_stranger_and_who_reviewed_it_before_may_not_review_it(workshop: Workshop) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        submitted(workshop, db)
    for account in ("clerk", "other-chief", "lights", "rdec1", "admin"):
        with pytest.raises(NotAllowed) as refused, workshop.store.act() as db:
            approve(workshop, db, account)
        assert refused.value.code == "not_allowed"
    with pytest.raises(NotAllowed) as refused, workshop.store.act() as db:
        approve(workshop, db, "owner")
    assert refused.value.code == "own_draft"
    with workshop.store.act() as db:  # the chief stands in for the author: still not their own pen
        standing = office.substitution.insert().values(
            person_id=who["owner"].id, substitute_id=who["chief"].id, since=AT, until=LATER + timedelta(days=1)
        )
        db.execute(standing)
    with workshop.store.look() as db:
        chief = people.get(db, "chief", LATER)
        assert not reviews.may_review(db, drafts.read(db, "review"), chief)
        assert reviews.may_review(db, drafts.read(db, "review"), who["chief"])
        assert not reviews.may_review(db, drafts.read(db, "review"), who["rdec1"])
    with workshop.store.act() as db:
        approve(workshop, db, "chief")
    for account in ("chief", "owner2"):
        with pytest.raises(NotAllowed), workshop.store.act() as db:
            approve(workshop, db, account)
    with pytest.raises(NotAllowed) as refused, workshop.store.act() as db:
        db.execute(sop_draft.update().values(first_by=who["rdec1"].id))
        approve(workshop, db, "rdec1")
    assert refused.value.code == "own_review"


def test_remarks_are_pinned_to_elements_and_answered_one_by_one_before_it_is_submitted_again(
    workshop: Workshop,
) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        submitted(workshop, db)
        assert reviews.remark(db, "review", element="RE-01", text="沒有寫清楚", who=who["chief"], at=LATER) == 1
        assert reviews.remark(db, "review", element="", text="目的太長", who=who["chief"], at=LATER) == 2
    for wrong in ({"element": "RE-99", "text": "x"}, {"element": "RE-01", "text": " "}):
        with pytest.raises(Invalid), workshop.store.act() as db:
            reviews.remark(db, "review", **wrong, who=who["chief"], at=LATER)
    with pytest.raises(NotNow, match="退回"), workshop.store.act() as db:
        approve(workshop, db, "chief")
    with pytest.raises(NotNow), workshop.store.act() as db:  # not while it is reviewed
        reviews.answer(db, "review", number=1, text="已補", who=who["owner"], at=LATER)
    with workshop.store.act() as db:
        reviews.give_back(db, "review", opinion="請補", who=who["chief"], at=LATER)
        assert (drafts.read(db, "review").state, told(db, "returned")) == ("draft", ["owner"])
        assert journal.of(db, "sop:review")[-1].effects["remarks"] == [1, 2]
        reviews.answer(db, "review", number=1, text="已補說明", who=who["owner"], at=LATER)
    with pytest.raises(NotNow, match="註2"), workshop.store.act() as db:
        reviews.submit(db, "review", operators=(), who=who["owner"], at=LATER)
    for number, text in ((9, "x"), (2, "")):
        with pytest.raises(Invalid), workshop.store.act() as db:
            reviews.answer(db, "review", number=number, text=text, who=who["owner"], at=LATER)
    with workshop.store.act() as db:
        reviews.answer(db, "review", number=2, text="已縮短", who=who["owner"], at=LATER)
        reviews.submit(db, "review", operators=(), who=who["owner"], at=LATER)
        approve(workshop, db, "chief")
        rows = reviews.remarks(db, drafts.read(db, "review").id)
        assert [(r["number"], r["element"], r["answer"]) for r in rows] == [(1, "RE-01", "已補說明"), (2, "", "已縮短")]
        assert lines(db)[-3:] == ["sop.answer", "sop.submit", "sop.approve"]


def test_errors_block_submission_and_a_warning_stands_with_its_reason_for_as_long_as_it_says_the_same(
    workshop: Workshop,
) -> None:
    owner = workshop.people["owner"]
    bare = workshop.chart().split(b"<bpmndi:BPMNDiagram")[0] + b"</bpmn:definitions>"  # not drawn: a warning
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=owner, at=AT)
        drafts.save(db, "review", revision=1, bpmn=bare, who=owner, at=AT)
        verdict = drafts.check(db, drafts.read(db, "review"), operators=())
    warnings = {accepting.mark(one) for one in verdict.blocking}
    assert warnings and all(one.level == "warning" for one in verdict.blocking)
    with pytest.raises(BadSop) as refused, workshop.store.act() as db:
        reviews.submit(db, "review", operators=(), who=owner, at=AT)
    assert refused.value.code == "sop_findings" and refused.value.findings
    for mark in warnings:
        said = {"mark": mark}
        with pytest.raises(Invalid), workshop.store.act() as db:
            reviews.accept_warning(db, "review", **said, reason="", operators=(), who=owner, at=AT)
        with workshop.store.act() as db:
            reviews.accept_warning(db, "review", **said, reason="附紙本圖", operators=(), who=owner, at=AT)
        with pytest.raises(NotNow), workshop.store.act() as db:
            reviews.accept_warning(db, "review", **said, reason="再一次", operators=(), who=owner, at=AT)
    with pytest.raises(Invalid), workshop.store.act() as db:
        reviews.accept_warning(db, "review", mark="x" * 20, reason="x", operators=(), who=owner, at=AT)
    with workshop.store.act() as db:
        assert len(db.execute(sa.select(sop_warning)).all()) == len(warnings)
        assert not drafts.check(db, drafts.read(db, "review"), operators=()).blocking
        reviews.submit(db, "review", operators=(), who=owner, at=AT)
        assert lines(db)[-1] == "sop.submit" and lines(db)[-2] == "sop.accept"
    broken = workshop.chart().replace(b'targetRef="RE-E"', b'targetRef="RE-01"')
    with workshop.store.act() as db:
        reviews.take_back(db, "review", reason="再改", who=owner, at=AT)
        drafts.save(db, "review", revision=2, bpmn=broken, who=owner, at=AT)
        error = drafts.check(db, drafts.read(db, "review"), operators=()).findings[0]
    with pytest.raises(Invalid), workshop.store.act() as db:
        reviews.accept_warning(
            db, "review", mark=accepting.mark(error), reason="算了", operators=(), who=owner, at=AT
        )  # fmt: skip


def test_every_question_is_asked_once_and_an_approval_answers_them_all(workshop: Workshop) -> None:
    assert len({one.id for one in QUESTIONS}) == len(QUESTIONS) == 27
    assert {one.stage for one in QUESTIONS} == {"first_review", "second_review"}
    assert {"H15", "H24"} <= {one.id for one in asked("second_review", "it")}
    assert "H15" not in {one.id for one in asked("second_review", "rdec")}
    with workshop.store.act() as db:
        submitted(workshop, db)
    some = dict(list(every("first_review", "not_applicable").items())[1:])
    for questions in ({}, some, every("first_review", "maybe")):
        with pytest.raises(Invalid) as refused, workshop.store.act() as db:
            reviews.approve(db, "review", revision=2, questions=questions, who=workshop.people["chief"], at=AT)
        assert "q-H1" in refused.value.fields
    with workshop.store.act() as db:
        questions = every("first_review", "not_applicable")
        reviews.approve(db, "review", revision=2, questions=questions, who=workshop.people["chief"], at=AT)


def test_what_is_as_before_is_not_reviewed_and_what_is_reviewed_is_not_written_in(workshop: Workshop) -> None:
    owner = workshop.people["owner"]
    with workshop.store.act() as db:
        drafts.begin(db, "review", who=owner, at=AT)
    with pytest.raises(NotNow, match="年度檢視"), workshop.store.act() as db:
        reviews.submit(db, "review", operators=(), who=owner, at=AT)
    with workshop.store.act() as db:
        drafts.save(db, "review", revision=1, bpmn=workshop.chart("改了"), who=owner, at=AT)
        reviews.submit(db, "review", operators=(), who=owner, at=AT)
    refused: list[type[Refusal]] = []
    for act in (
        lambda db: drafts.save(db, "review", revision=2, bpmn=workshop.chart("偷改"), who=owner, at=AT),
        lambda db: reviews.submit(db, "review", operators=(), who=owner, at=AT),
        lambda db: reviews.take_back(db, "review", reason="x", who=workshop.people["clerk"], at=AT),
        lambda db: reviews.take_back(db, "review", reason="", who=owner, at=AT),
        lambda db: reviews.give_back(db, "review", opinion="", who=workshop.people["chief"], at=AT),
        lambda db: reviews.submit(db, "letters", operators=(), who=owner, at=AT),
    ):
        with pytest.raises(Refusal) as caught, workshop.store.act() as db:
            act(db)
        refused.append(caught.type)
    assert refused == [NotNow, NotNow, NotAllowed, Invalid, Invalid, Missing]


def test_what_was_taken_back_and_written_in_is_not_approved_unread_nor_by_whoever_gave_its_reasons(
    workshop: Workshop,
) -> None:
    who = workshop.people
    with workshop.store.act() as db:
        submitted(workshop, db)
        reviews.take_back(db, "review", reason="再改", who=who["owner"], at=LATER)
        drafts.save(db, "review", revision=2, bpmn=workshop.chart("偷改"), who=who["owner"], at=LATER)
        reviews.submit(db, "review", operators=(), who=who["owner"], at=LATER)
    read = {"revision": 2, "questions": every("first_review")}
    with pytest.raises(NotNow, match="重新檢視"), workshop.store.act() as db:
        reviews.approve(db, "review", **read, who=who["chief"], at=LATER)
    with workshop.store.act() as db:
        reviews.remark(db, "review", element="RE-01", text="寫清楚", who=who["chief"], at=LATER)
        reviews.give_back(db, "review", opinion="請補", who=who["chief"], at=LATER)
        reviews.answer(db, "review", number=1, text="這樣就好", who=who["owner2"], at=LATER)
        reviews.submit(db, "review", operators=(), who=who["owner"], at=LATER)
    with pytest.raises(NotAllowed) as refused, workshop.store.act() as db:
        approve(workshop, db, "owner2")
    assert refused.value.code == "own_draft"


def test_who_submitted_what_others_wrote_does_not_review_it(workshop: Workshop) -> None:
    with workshop.store.act() as db:
        begun(workshop, db)
        reviews.submit(db, "review", operators=(), who=workshop.people["owner2"], at=AT)
        assert not reviews.may_review(db, drafts.read(db, "review"), workshop.people["owner2"])
        with pytest.raises(NotAllowed):
            approve(workshop, db, "owner2")
        approve(workshop, db, "chief")
