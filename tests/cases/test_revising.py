"""A case of ``sop-revision-review`` takes a draft along: its steps submit, approve twice, return and publish it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import moving
from engine.cases.act import of_case
from engine.cases.operators import OPERATORS, named
from engine.cases.records import case
from engine.errors import Invalid, NotAllowed, NotNow, Stuck
from engine.library import drafts, publication, reviews
from engine.library.questions import FIRST, QUESTIONS, SECOND, asked
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import journal, people, records
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store
from tests import laid

SOP = "sop-revision-review"
TICKED = {
    "T20": ["newcomer", "times", "forms", "marked"], "T40": ["order", "law", "objective", "people", "kpi"],
    "T50": ["clean", "version", "attached", "kpi", "published"],
}  # fmt: skip


def _officers(db: Connection) -> None:
    """The owner of procedures and one who owns none are both officers of the control office."""
    for account in ("owner", "service1"):
        person = db.scalar(sa.select(records.person.c.id).where(records.person.c.account == account))
        db.execute(records.membership.insert(), {"person_id": person, "unit_id": "planning-rdec", "role_id": "officer"})


@dataclass
class Revision:
    city: Virtual

    def draft(self, text: str) -> None:
        """The owner writes in the working draft, begun where there is none."""
        with self.city.store.act() as db:
            who, at = people.get(db, "owner", self.city.now), self.city.now
            draft = drafts.find(db, SOP) or drafts.begin(db, SOP, who=who, at=at)
            old = draft.bpmn.partition("<bpmn:documentation>")[2].partition("</bpmn:documentation>")[0]
            drafts.save(db, SOP, revision=draft.revision, bpmn=draft.bpmn.replace(old, text, 1), who=who, at=at)

    def opened(self) -> int:
        said = {"sop_unit": "planning-rdec", "sop_id": SOP, "sop_title": "修訂流程", "why": "年度檢視"}
        return self.city.open_case(SOP, who="rdec1", start="S0", answers=said).case_id

    def opened_for(self, sop_id: str) -> None:
        said = {"sop_unit": "planning-rdec", "sop_id": sop_id, "sop_title": "修訂流程", "why": "年度檢視"}
        self.city.open_case(SOP, who="rdec1", start="S0", answers=said)

    def done(self, case_id: int, step: str, who: str, reason: str | None = None, **answers: Any) -> None:
        self.city.complete(
            case_id, step, who=who, answers=answers, checklist=TICKED.get(step, ()), reason=reason
        )  # fmt: skip

    def submitted(self, case_id: int, who: str = "owner", result: str = "修訂") -> None:
        self.done(case_id, "T20", who, result=result, changes="補列負責人與標準工時。")

    def handed_in(self) -> None:
        with self.city.store.act() as db:
            who = people.get(db, "owner", self.city.now)
            reviews.submit(db, SOP, operators=OPERATORS, who=who, at=self.city.now)

    @property
    def state(self) -> str:
        with self.city.store.look() as db:
            return drafts.read(db, SOP).state

    def lines(self, subject: str) -> list[journal.Entry]:
        with self.city.store.look() as db:
            return list(journal.of(db, subject))


@pytest.fixture
def revision(store: Store, taipei: Callable[[str], datetime]) -> Revision:
    return Revision(laid.city(taipei("2026-11-26T09:00"), store, only={SOP}, then=_officers, key="two officers"))


def every(stage: str) -> dict[str, list[str]]:
    found = [one.id for one in asked(stage, "rdec")]
    return {"confirmed": found[1:], "not_applicable": found[:1]}


def test_a_draft_is_submitted_reviewed_twice_and_published_by_those_who_do_the_steps(revision: Revision) -> None:
    revision.draft("各單位每年檢視作業流程，並記下改了什麼。")
    case_id = revision.opened()
    before, told = len(revision.lines(f"case:{case_id}")), len(revision.lines(f"sop:{SOP}"))
    with pytest.raises(NotAllowed, match="流程負責人"):
        revision.submitted(case_id, "service1")  # an officer who owns no procedure
    assert revision.state == "draft" and len(revision.lines(f"case:{case_id}")) == before
    revision.submitted(case_id)
    assert revision.state == "first_review"
    of_case, of_sop = revision.lines(f"case:{case_id}")[before:], revision.lines(f"sop:{SOP}")[told:]
    assert [(one.verb, one.act_id) for one in of_sop] == [("sop.submit", of_case[0].act_id)] and len(of_case) == 1
    with pytest.raises(NotNow, match="送審"), revision.city.store.act() as db:
        who = people.get(db, "owner", revision.city.now)
        row = revision.city.open_item(case_id, "T30")
        moving.send_back(
            db, row["id"], to_step="T20", reason="再看", who=people.get(db, "rdec-chief", revision.city.now),
            at=revision.city.now, office=revision.city.office,
        )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        revision.done(case_id, "T30", "rdec-chief", first_review="核可", confirmed=["H1"])
    assert "沒有確認" in refused.value.fields["confirmed"]
    revision.done(case_id, "T30", "rdec-chief", first_review="核可", **every(FIRST))
    assert revision.state == "first_review", "the unit's head has not agreed yet"
    revision.done(case_id, "T35", "planning-head", head_view="核可")
    assert revision.state == "second_review"
    meeting = {"held_on": "2026-12-01", "conclusion": "照案通過。", "second_review": "定稿"}
    with pytest.raises(Invalid):
        revision.done(case_id, "T40", "rdec1", **meeting)
    revision.done(case_id, "T40", "rdec1", **meeting, **every(SECOND))
    with revision.city.store.look() as db:
        draft = drafts.read(db, SOP)
        head, second = (people.get(db, name, revision.city.now).id for name in ("planning-head", "rdec1"))
        assert (draft.state, draft.first_by, draft.second_by) == ("approved", head, second)
        kept = [one["questions"] for one in reviews.decisions(db, draft.id)]
        assert [set(one) for one in kept] == [{q.id for q in asked(stage, "rdec")} for stage in (FIRST, SECOND)]
        assert [list(one.values()).count("not_applicable") for one in kept] == [1, 1]
    revision.done(case_id, "T50", "owner", version="2", published_on="2026-12-10")
    with revision.city.store.look() as db:
        waiting = publication.scheduled(db, SOP)
        assert waiting is not None and (waiting["number"], str(waiting["effective_on"])) == (2, "2026-12-10")
        assert db.scalar(sa.select(case.c.end)) == "E1" and waiting["published_by"] == who.id
    ours = {one.act_id for one in revision.lines(f"case:{case_id}")}
    verbs = [one.verb for one in revision.lines(f"sop:{SOP}")[told:] if one.act_id in ours]
    assert verbs == ["sop.submit", "sop.approve", "sop.approve", "sop.publish"]


def test_a_returned_draft_is_mended_and_submitted_again_and_one_refused_stays_with_its_author(
    revision: Revision,
) -> None:
    for wrong in ("no-such-sop", "../etc", "SOP 甲"):
        with pytest.raises(Invalid) as refused:
            revision.opened_for(wrong)
        assert set(refused.value.fields) == {"sop_id"}, wrong
    case_id = revision.opened()
    with pytest.raises(NotNow, match="工坊"):
        revision.submitted(case_id)  # nobody has begun a draft
    revision.draft("第一稿。")
    revision.handed_in()  # the owner submits it in the workshop, the clerk's step goes on with it
    revision.submitted(case_id, "service1")
    with revision.city.store.look() as db:
        clerk = people.get(db, "service1", revision.city.now)
        assert clerk.id in drafts.read(db, SOP).hands and not reviews.may_review(db, drafts.read(db, SOP), clerk)
    revision.done(case_id, "T30", "rdec-chief", first_review="退回修正", reason="請補表單。")
    assert revision.state == "draft"
    assert revision.lines(f"sop:{SOP}")[-1].reason == "請補表單。"
    revision.draft("第二稿。")
    with pytest.raises(NotAllowed, match="流程負責人"):
        revision.submitted(case_id, "service1")
    revision.handed_in()
    revision.submitted(case_id, "service1")
    revision.done(case_id, "T30", "rdec-chief", first_review="核可", **every(FIRST))
    with revision.city.store.act() as db:  # taken back, written in, submitted again: not what was reviewed
        who, at = people.get(db, "owner", revision.city.now), revision.city.now
        reviews.take_back(db, SOP, reason="漏了一步", who=who, at=at)
    revision.draft("第三稿。")
    revision.handed_in()
    with pytest.raises(NotNow, match="退回修正"):
        revision.done(case_id, "T35", "planning-head", head_view="核可")
    revision.done(case_id, "T35", "planning-head", head_view="駁回", reason="與組織調整不合。")
    assert revision.state == "draft"
    with revision.city.store.look() as db:
        assert db.scalar(sa.select(case.c.end)) == "E2"


def test_an_sop_that_stays_as_it_is_has_its_yearly_review_on_record(revision: Revision) -> None:
    case_id = revision.opened()
    revision.submitted(case_id, "service1", result="維持")
    revision.done(case_id, "T30", "rdec-chief", first_review="核可")
    revision.done(case_id, "T35", "planning-head", head_view="核可")
    revision.done(case_id, "T40", "rdec1", held_on="2026-12-01", conclusion="照案。", second_review="定稿")
    revision.done(case_id, "T50", "owner", version="1", published_on="2026-12-02")
    last = revision.lines(f"sop:{SOP}")[-1]
    assert (last.verb, last.reason) == ("sop.look_over", "補列負責人與標準工時。")
    assert last.act_id == revision.lines(f"case:{case_id}")[-1].act_id
    with revision.city.store.look() as db:
        assert db.scalar(sa.select(sop_table.c.looked_at).where(sop_table.c.id == SOP)) == revision.city.now
        assert db.scalar(sa.select(sa.func.count()).where(sop_version.c.sop_id == SOP)) == 1


def test_the_machine_alone_reviews_and_publishes_nothing(revision: Revision) -> None:
    case_id = revision.opened()
    with revision.city.store.act() as db:
        act = of_case(
            db, case_id, verb="ring", who=SYSTEM, at=revision.city.now, office=revision.city.office
        )  # fmt: skip
        given = {
            "sop": SOP,
            "draft": 1,
            "revision": 1,
            "result": "修訂",
            "stage": FIRST,
            "answered": "T30",
            "reason": "",
        }
        for name in ("sop.submit", "sop.questions", "sop.approve", "sop.return", "sop.publish"):
            with pytest.raises(Stuck, match="由人辦理"):
                named(name).run(act, act.projection.steps["B27"], given)


@pytest.mark.parametrize(("stage", "step"), [(FIRST, "T30"), (SECOND, "T40")])
def test_the_forms_of_the_two_reviews_ask_the_reviewers_questions(stage: str, step: str) -> None:
    form = json.loads((laid.PROCESSES / "rdec" / SOP / f"{step}.form.json").read_text("utf-8"))
    for name in ("confirmed", "not_applicable"):
        choices = [(one["const"], one["title"]) for one in form["properties"][name]["items"]["oneOf"]]
        assert choices == [(one.id, one.text) for one in QUESTIONS if one.stage == stage]
