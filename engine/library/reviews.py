"""Two people look at a draft before it counts: 初審 in its unit, 複審 in the control office.

Nobody reviews what they wrote, nor for somebody who wrote it, nor twice. A reviewer pins remarks (註1…註n) to elements;
a returned draft is submitted again when each has its answer. A warning may stand with a reason; an error may not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import BadSop, Invalid, NotAllowed, NotNow
from engine.library import accepting, drafts, telling
from engine.library.drafts import Draft, Rehearse
from engine.library.findings import Verdict
from engine.library.questions import FIRST, SECOND, asked
from engine.library.records import sop as sop_table
from engine.library.records import sop_remark, sop_review, sop_version
from engine.office import people
from engine.office.people import Person
from engine.sops.rules.rule import Level
from engine.sops.sop import Finding
from engine.sops.texts import required_text
from engine.store import Connection

__all__ = [
    "MOST_REMARKS", "accept_warning", "answer", "approve", "decisions", "elements", "give_back", "in_the_way",
    "may_review", "remark", "remarks", "submit", "take_back",
]  # fmt: skip

MOST_REMARKS = 200
#: what a question may be answered: in order, or about something this SOP does not have
ANSWERS = ("yes", "not_applicable")
_STAGES = {FIRST: "review_first", SECOND: "review_second"}


def remarks(db: Connection, draft_id: int) -> Sequence[Mapping[str, Any]]:
    """註1…註n of a draft, in their order."""
    query = sa.select(sop_remark).where(sop_remark.c.draft_id == draft_id).order_by(sop_remark.c.number)
    return [dict(row) for row in db.execute(query).mappings()]


def decisions(db: Connection, draft_id: int) -> Sequence[Mapping[str, Any]]:
    """What reviewers decided, in their order."""
    query = sa.select(sop_review).where(sop_review.c.draft_id == draft_id).order_by(sop_review.c.id)
    return [dict(row) for row in db.execute(query).mappings()]


def elements(draft: Draft) -> dict[str, str]:
    """What a remark may be pinned to: id → what people call it, '' for the SOP as a whole."""
    sop = draft.folder.sop
    found = {"": "整個流程"}
    found |= {node.id: node.name or node.id for node in sop.nodes.values()}
    found |= {lane.id: f"泳道 {lane.name or lane.id}" for lane in sop.lanes}
    found |= {limit.id: f"期限 {limit.name or limit.id}" for limit in sop.deadlines}
    return found


# -- the author


def submit(
    db: Connection, sop_id: str, *, operators: Collection[str] | None = None, rehearse: Rehearse | None = None,
    levels: Mapping[str, Level] | None = None, who: Person, at: datetime, act: str | None = None,
) -> None:  # fmt: skip
    """To the first review. Raises BadSop with the findings that forbid it, NotNow while remarks wait for an answer.

    ``operators``, ``levels`` and ``rehearse``: as ``drafts.check`` has them. ``act``: the act on a case in which this
    happens, here and below.
    """
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    _in(draft, "draft", "這份草案已經送審。")
    if _unchanged(db, draft):
        raise NotNow("draft_unchanged", "草案與現行版相同；檢視後不必修改的，請登錄年度檢視。")
    waiting = [row["number"] for row in remarks(db, draft.id) if row["answer"] is None]
    if waiting:
        numbers = "、".join(f"註{number}" for number in waiting)
        raise NotNow("remarks_open", f"審查意見還沒有逐項回覆：{numbers}。")
    verdict = drafts.check(db, draft, operators=operators, levels=levels, rehearse=rehearse)
    open_ = in_the_way(verdict, accepting.accepted(db, [sop_id])[sop_id])
    if open_:
        first = open_[0]
        raise BadSop(
            "sop_findings", f"還有 {len(open_)} 項檢核發現，不能送審：{first.message}",
            element=first.element, findings=verdict.findings,
        )  # fmt: skip
    values = {"state": FIRST, "round": draft.round + 1, "submitted_at": at, "hands": drafts.with_hand(draft, who)}
    drafts.put(db, draft, **values, first_by=None, first_at=None, second_by=None, second_at=None)
    effects = {"draft": draft.id, "round": draft.round + 1, "revision": draft.revision}
    drafts.write(db, sop_id, "sop.submit", who=who, at=at, effects=effects, act=act)
    telling.first_reviewers(db, drafts.read(db, sop_id), at=at)


def in_the_way(verdict: Verdict, stand: accepting.Accepted) -> list[Finding]:
    """What has to be mended, or to be given a reason, before the draft is submitted."""
    return [
        one for one in verdict.findings if one.blocks or (one.level == "warning" and accepting.key(one) not in stand)
    ]


def take_back(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime) -> None:
    """The author changes their mind before it is published: a draft again, and its reviews begin anew."""
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    if draft.state == "draft":
        raise NotNow("draft_not_submitted", "這份草案還沒有送審。")
    reason = required_text(reason, "reason", "請說明理由。")
    drafts.put(db, draft, state="draft")
    effects = {"draft": draft.id, "was": draft.state}
    drafts.write(db, sop_id, "sop.take_back", who=who, at=at, reason=reason, effects=effects)


def answer(db: Connection, sop_id: str, *, number: int, text: str, who: Person, at: datetime) -> None:
    """How a remark was settled; given again, the newer answer counts."""
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    _in(draft, "draft", "審查中不能回覆意見，請等退回或先收回。")
    text = required_text(text, "answer", "請說明怎麼處理這項意見。")
    row = next((row for row in remarks(db, draft.id) if row["number"] == number), None)
    if row is None:
        raise Invalid("no_such_remark", "沒有這項審查意見。", fields={"number": "沒有這項審查意見。"})
    drafts.put(db, draft, hands=drafts.with_hand(draft, who))
    values = {"answer": text, "answered_by": who.id, "answered_at": at}
    db.execute(sop_remark.update().where(sop_remark.c.id == row["id"]).values(**values))
    effects = {"draft": draft.id, "remark": number, "element": row["element"]}
    drafts.write(db, sop_id, "sop.answer", who=who, at=at, reason=text, effects=effects)


def accept_warning(
    db: Connection, sop_id: str, *, mark: str, reason: str, operators: Collection[str] | None = None,
    levels: Mapping[str, Level] | None = None, rehearse: Rehearse | None = None, who: Person, at: datetime,
) -> None:  # fmt: skip
    """Let the warning of that ``accepting.mark`` stand. Raises Invalid when the check says no such warning now."""
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    _in(draft, "draft", "審查中不能修改草案。")
    reason = required_text(reason, "reason", "請說明為什麼可以不改。")
    findings = drafts.check(db, draft, operators=operators, levels=levels, rehearse=rehearse).findings
    found = next((one for one in findings if mark == accepting.mark(one)), None)
    if found is None or found.level != "warning":
        raise Invalid("no_such_warning", "現在的草案沒有這項警告；錯誤不能附理由保留。")
    if accepting.key(found) in accepting.accepted(db, [sop_id])[sop_id]:
        raise NotNow("warning_accepted", "這項警告已經附了理由。")
    drafts.put(db, draft, hands=drafts.with_hand(draft, who))
    accepting.keep(db, sop_id, found, reason=reason, who=who, at=at)
    effects = {"draft": draft.id, "rule": found.rule, "element": found.element or ""}
    drafts.write(db, sop_id, "sop.accept", who=who, at=at, reason=reason, effects=effects)


# -- the reviewers


def may_review(db: Connection, draft: Draft, who: Person) -> bool:
    """For buttons: whether the draft waits for this person's review."""
    try:
        _reviews(db, draft, who)
    except (NotAllowed, NotNow):
        return False
    return True


def remark(db: Connection, sop_id: str, *, element: str, text: str, who: Person, at: datetime) -> int:
    """Pin a remark to an element; its number."""
    draft = drafts.locked(db, sop_id)
    _reviews(db, draft, who)
    text = required_text(text, "text", "請填審查意見。")
    if element not in elements(draft):
        raise Invalid("no_such_element", "流程中沒有這個步驟。", fields={"element": "請由選項中選擇。"})
    number = 1 + (db.scalar(_newest(draft.id)) or 0)
    if number > MOST_REMARKS:
        raise Invalid("too_many_remarks", f"一份草案最多 {MOST_REMARKS} 項審查意見。")
    db.execute(
        sop_remark.insert().values(
            draft_id=draft.id, number=number, round=draft.round, stage=draft.state, element=element, text=text,
            by=who.id, at=at,
        )
    )  # fmt: skip
    effects = {"draft": draft.id, "remark": number, "element": element}
    drafts.write(db, sop_id, "sop.remark", who=who, at=at, reason=text, effects=effects)
    return number


def _newest(draft_id: int) -> sa.Select[Any]:
    return sa.select(sa.func.max(sop_remark.c.number)).where(sop_remark.c.draft_id == draft_id)


def give_back(db: Connection, sop_id: str, *, opinion: str, who: Person, at: datetime, act: str | None = None) -> None:
    """退回修正: the author answers the remarks and submits again."""
    draft = drafts.locked(db, sop_id)
    _reviews(db, draft, who)
    opinion = required_text(opinion, "opinion", "請說明退回的理由。")
    _decide(db, draft, "returned", {}, opinion, who=who, at=at)
    drafts.put(db, draft, state="draft")
    here = [row["number"] for row in remarks(db, draft.id) if row["round"] == draft.round]
    effects = {"draft": draft.id, "stage": draft.state, "round": draft.round, "remarks": here}
    drafts.write(db, sop_id, "sop.return", who=who, at=at, reason=opinion, effects=effects, act=act)
    telling.author(db, draft, "returned", at=at)


def approve(
    db: Connection, sop_id: str, *, revision: int, questions: Mapping[str, str], opinion: str = "", who: Person,
    at: datetime, act: str | None = None,
) -> None:  # fmt: skip
    """核可: on to the second review, or ready to be published. Raises Invalid while a question has no answer.

    ``revision``: the one that was read; NotNow where it was taken back and written in meanwhile. ``questions``:
    question → ``yes`` or ``not_applicable``; a remark of this round means that it is not approved yet.
    """
    draft = drafts.locked(db, sop_id)
    _reviews(db, draft, who)
    if revision != draft.revision:
        raise NotNow("draft_changed", "您開啟之後草案已收回修改並重新送審，請重新檢視再核可。", at=draft.submitted_at)
    wanted = [one.id for one in asked(draft.state, draft.division)]
    open_ = {f"q-{id_}": "請確認這一題。" for id_ in wanted if questions.get(id_) not in ANSWERS}
    if open_:
        raise Invalid("questions_open", f"還有 {len(open_)} 題審查題沒有確認。", fields=open_)
    if any(row["round"] == draft.round and row["answer"] is None for row in remarks(db, draft.id)):
        raise NotNow("remarks_now", "這次審查還有意見沒有處理，請退回修正。")
    if opinion.strip():
        opinion = required_text(opinion, "opinion", "")
    kept = {id_: questions[id_] for id_ in sorted(wanted)}
    _decide(db, draft, "approved", kept, opinion.strip(), who=who, at=at)
    effects = {"draft": draft.id, "stage": draft.state, "round": draft.round}
    if draft.state == FIRST:
        drafts.put(db, draft, state=SECOND, first_by=who.id, first_at=at)
    else:
        drafts.put(db, draft, state="approved", second_by=who.id, second_at=at)
    drafts.write(db, sop_id, "sop.approve", who=who, at=at, reason=opinion.strip() or None, effects=effects, act=act)
    if draft.state == FIRST:
        telling.second_reviewers(db, draft, at=at)
    else:
        telling.author(db, draft, "approved", at=at)


def _decide(
    db: Connection, draft: Draft, decision: str, questions: Mapping[str, str], opinion: str, *, who: Person,
    at: datetime,
) -> None:  # fmt: skip
    db.execute(
        sop_review.insert().values(
            draft_id=draft.id, round=draft.round, stage=draft.state, decision=decision, questions=dict(questions),
            opinion=opinion, by=who.id, at=at,
        )
    )  # fmt: skip


def _reviews(db: Connection, draft: Draft, who: Person) -> None:
    """Passes in silence when the draft waits for this person's review, else raises."""
    if draft.state not in _STAGES:
        raise NotNow("not_in_review", "這份草案目前不在審查中。")
    people.require(db, who, _STAGES[draft.state], draft.facts)
    if set(draft.hands) & who.ids:
        raise NotAllowed("own_draft", "不能審查自己（或所代理的人）編修的草案。")
    if draft.state == SECOND and draft.first_by in who.ids:
        raise NotAllowed("own_review", "初審與複審須由不同的人辦理。")


def _in(draft: Draft, state: str, sentence: str) -> None:
    if draft.state != state:
        raise NotNow("draft_in_review", sentence, at=draft.submitted_at)


def _unchanged(db: Connection, draft: Draft) -> bool:
    c = sop_version.c
    query = sa.select(c.hash, c.scenarios).join(sop_table, sop_table.c.in_force == c.id)
    row = db.execute(query.where(sop_table.c.id == draft.sop_id)).first()
    return row is not None and tuple(row) == (draft.folder.hash, draft.scenarios)
