"""An SOP's draft as a matter of a case: submitted, approved, returned, published in the name of whoever did the step.

The library's own verbs do it and ask their own permissions, so that four eyes hold with a case as without one. What
somebody has done in the workshop meanwhile is not done twice. What a verb refuses is refused to the person who
completes the step; the machine alone does none of it. None of it is undone by moving the case back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine.cases import answers, documents
from engine.cases.act import Act
from engine.cases.operators.registry import OPERATORS, operator
from engine.cases.records import answer
from engine.errors import Invalid, NotAllowed, NotNow, Stuck
from engine.flow import ProjectedStep
from engine.library import drafts, publication, questions, reviews, rule_levels
from engine.library.drafts import Draft
from engine.office.people import office_day

#: what a clerk answers who looked an SOP over and leaves it as it is: there is no draft
UNCHANGED = "維持"
#: the fields of a review's form: questions found in order, questions about what this SOP does not have
CONFIRMED, ELSEWHERE = "confirmed", "not_applicable"
_NEW_ROUND = "送審之後草案已收回修改；請選擇退回修正，由承辦人確認新的內容後重新送審。"


@operator("sop.submit", required=("sop", "result"), results=("draft", "revision"))
def submit(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send an SOP's open draft to its first review; its number and revision, 0 where it stays as it is."""
    sop_id = _sop(act, step, args)
    if args["result"] == UNCHANGED:
        return {"draft": 0, "revision": 0}
    if drafts.find(act.db, sop_id) is None:
        raise NotNow("no_working_draft", "這個作業流程沒有編修中的草案，請先在流程工坊修訂。", element=sop_id)
    draft = drafts.locked(act.db, sop_id)
    if draft.state == "draft":
        levels = rule_levels.levels(act.db)
        try:
            reviews.submit(
                act.db, sop_id, operators=OPERATORS, levels=levels,
                rehearse=act.office.rehearsed(office_day(act.at)), who=act.who, at=act.at, act=act.id,
            )  # fmt: skip
        except NotAllowed:
            said = "草案由流程負責人送審；請流程負責人先在流程工坊送審，再完成這個步驟。"
            raise NotAllowed("draft_of_others", said) from None
        _done(act, step, "sop.submit", draft)
    else:  # submitted in the workshop: whoever lays it before the reviewers vouches for it as well
        drafts.put(act.db, draft, hands=drafts.with_hand(draft, act.who))
    return {"draft": draft.id, "revision": draft.revision}


@operator("sop.approve", required=("sop", "draft", "revision", "stage", "answered"))
def approve(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Approve the draft at its ``stage``; its questions are those answered at the step ``answered``."""
    draft = _waiting(act, step, args)
    if draft is None:
        return {}
    reviews.approve(
        act.db, draft.sop_id, revision=draft.revision, questions=_answered(act, step, args, draft),
        opinion=_reason(act), who=act.who, at=act.at, act=act.id,
    )  # fmt: skip
    _done(act, step, "sop.approve", draft)
    return {}


@operator("sop.questions", required=("sop", "draft", "revision", "stage", "answered"))
def ask(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse whoever leaves a question of the review open, where somebody else decides on what they found."""
    draft = _waiting(act, step, args)
    if draft is not None:
        _answered(act, step, args, draft)
    return {}


@operator("sop.return", required=("sop", "draft"))
def give_back(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the draft to its author, with the reason the person gave for the outcome."""
    draft = _draft(act, step, args)
    if draft is not None and draft.state not in ("draft", "published", "discarded"):
        reviews.give_back(act.db, draft.sop_id, opinion=_reason(act), who=act.who, at=act.at, act=act.id)
        _done(act, step, "sop.return", draft)
    return {}


@operator("sop.publish", required=("sop", "draft", "reason"), optional=("on",), results=("number",))
def publish(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring the approved draft into force, at once or ``on`` a day to come; the number of the version.

    Where the SOP stays as it is, its yearly review is on record with the ``reason``.
    """
    draft, number = _draft(act, step, args), 0
    if draft is None:
        publication.look_over(
            act.db, _sop(act, step, args), reason=str(args["reason"]), who=act.who, at=act.at, act=act.id
        )  # fmt: skip
    elif draft.state == "published":
        return {"number": draft.number or 0}
    else:
        number = publication.publish(
            act.db, draft.sop_id, effective_on=_to_come(act, args.get("on")), operators=OPERATORS,
            rehearse=act.office.rehearsed(office_day(act.at)), who=act.who, at=act.at, act=act.id,
        )  # fmt: skip
    _done(act, step, "sop.look_over" if draft is None else "sop.publish", draft)
    return {"number": number}


def _sop(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> str:
    if act.who.is_system:
        raise Stuck("nobody_acts", "草案的送審、審查與發布要由人辦理。", step=step.path)
    return str(args["sop"]).strip()


def _draft(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Draft | None:
    """The draft that this case has submitted, as it stands now; None where there was none to submit."""
    sop_id = _sop(act, step, args)
    if not args["draft"]:
        return None
    draft = drafts.latest(act.db, sop_id, int(args["draft"]))
    if draft.state == "discarded" and step.node.operator is not None and step.node.operator.name != "sop.return":
        said = "這個案件送審的草案已經作廢，請選擇退回修正或不修訂。"
        raise NotNow("draft_discarded", said, at=draft.ended_at)
    return draft


def _waiting(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Draft | None:
    """The draft, in the review of this ``stage`` as it was submitted; None where it has passed that already."""
    draft, stage = _draft(act, step, args), str(args["stage"])
    if draft is None or drafts.STATES.index(draft.state) > drafts.STATES.index(stage):
        return None
    if draft.state != stage or draft.revision != args["revision"]:
        raise NotNow("draft_changed", _NEW_ROUND, at=draft.submitted_at)
    return draft


def _answered(act: Act, step: ProjectedStep, args: Mapping[str, Any], draft: Draft) -> dict[str, str]:
    said = answers.latest(act.db, act.case["id"], f"{step.scope}/{args['answered']}".removeprefix("/"))
    given = said["answers"] if said is not None else {}
    found = dict.fromkeys(given.get(CONFIRMED) or (), "yes") | dict.fromkeys(
        given.get(ELSEWHERE) or (), "not_applicable"
    )
    open_ = [one.text for one in questions.asked(draft.state, draft.division) if one.id not in found]
    if open_:
        sentence = f"還有 {len(open_)} 題審查題沒有確認：{'；'.join(text.rstrip('。') for text in open_)}。"
        raise Invalid("questions_open", sentence, fields={CONFIRMED: sentence})
    return found


def _reason(act: Act) -> str:
    """What the person wrote for the outcome just chosen."""
    query = sa.select(answer.c.reason).where(answer.c.id == act.effects.get("answer"))
    return act.db.scalar(query) or ""


def _to_come(act: Act, on: Any) -> date | None:
    day = date.fromisoformat(on) if isinstance(on, str) else on
    return day if isinstance(day, date) and day > office_day(act.at) else None


def _done(act: Act, step: ProjectedStep, verb: str, draft: Draft | None) -> None:
    facts: dict[str, Any] = {"act": verb} | ({"draft": draft.id} if draft is not None else {})
    documents.make(act, step, kind=documents.DRAFT_ACT, facts=facts)
