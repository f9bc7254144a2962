"""Moving a case against its arrows: sent back, recalled, amended, withdrawn. Each with its reason and its entry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import answers as answering
from engine.cases import attachments, children, documents, ending, limits, running, sight
from engine.cases.act import Act, of_case, of_item
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, answer, document, draft, item
from engine.cases.settle import settle
from engine.cases.surroundings import Office
from engine.cases.working import _still_open
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["amend", "recall", "recallable", "send_back", "withdraw"]


def send_back(
    db: Connection, item_id: int, *, to_step: str, reason: str, who: Person, at: datetime, office: Office,
    seen: int | None = None,
) -> None:  # fmt: skip
    """Move the case to an earlier completed step of the same procedure, with a reason; it goes to its last performer.

    Only while one token is open (else NotNow), never across an operator with an outside effect.
    """
    act, row = of_item(db, item_id, verb="send_back", who=who, at=at, office=office)
    people.require(db, who, "send_back", row)
    _still_open(db, row, seen, at)
    reason = required_reason(reason)
    target = _last_done(db, act, to_step)
    if target is None or act.projection.steps[to_step].scope != act.projection.steps[row["step"]].scope:
        raise Invalid(
            "not_an_earlier_step", "只能退回同一流程中已完成的步驟。", fields={"to_step": "請選擇已完成的步驟。"}
        )
    _move(act, row["step"], to_step, since=target["done_at"])
    act.effects["to"] = to_step
    act.finish(step=row["step"], reason=reason)


def recall(db: Connection, item_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> None:
    """Take a completed step back, by whoever completed it, until the next person claims or saves."""
    act, row = of_item(db, item_id, verb="recall", who=who, at=at, office=office)
    people.require(db, who, "recall", row)
    reason = required_reason(reason)
    newest = _last_done(db, act, row["step"])
    if row["status"] != "done" or newest is None or newest["id"] != item_id:
        raise NotNow("not_recallable", "這個步驟已不能抽回。")
    _refuse_opened(act, row["done_at"])
    now_open = db.execute(
        sa.select(item.c.id, item.c.step, item.c.version, item.c.opened_at, draft.c.item_id.label("draft"))
        .outerjoin(draft, saved_since_it_opened())
        .where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)
    ).all()  # fmt: skip
    if len(now_open) != 1:
        raise NotNow("not_one_step", "案件目前不是只停在一個步驟，不能抽回。")
    following = now_open[0]
    if following.version != 1 or following.draft is not None:
        raise NotNow("already_taken", "下一位承辦人已經接手，不能抽回。")
    # the open step must be the one this completion opened: nobody answered since, no timer moved the case on
    if following.opened_at != row["done_at"] or _last_answered(db, act.case["id"]) != item_id:
        raise NotNow("not_recallable", "這個步驟已不能抽回。")
    _move(act, following.step, row["step"], since=row["done_at"])
    act.finish(step=row["step"], reason=reason)


def recallable(db: Connection, case: Mapping[str, Any], who: Person) -> int | None:
    """The item this person may take back now, as ``recall`` would let them; None when there is none."""
    newest = _last_answered(db, case["id"]) if case["status"] == "open" else None
    row = db.execute(sa.select(item).where(item.c.id == newest, item.c.status == "done")).mappings().first()
    if row is None or not people.may(db, who, "recall", dict(row)):
        return None
    following = db.execute(
        sa.select(item.c.version, item.c.opened_at, draft.c.item_id.label("draft"))
        .outerjoin(draft, saved_since_it_opened())
        .where(item.c.case_id == case["id"], ITEM_IS_OPEN)
        .limit(2)
    ).all()
    if len(following) != 1 or following[0].version != 1 or following[0].draft is not None:
        return None
    if following[0].opened_at != row["done_at"] or _made_since(db, case["id"], _KEPT, row["done_at"]):
        return None
    if children.opened_since(db, case["id"], row["done_at"]):
        return None
    return int(row["id"])


def saved_since_it_opened() -> sa.ColumnElement[bool]:
    """A draft that somebody saved at this desk; one left from an earlier visit to the step is nobody's beginning."""
    return sa.and_(draft.c.item_id == item.c.id, draft.c.at >= item.c.opened_at)


def _last_answered(db: Connection, case_id: int) -> int | None:
    """The item whose answers came last; corrections do not count."""
    query = (
        sa.select(answer.c.item_id)
        .where(answer.c.case_id == case_id, answer.c.amends.is_(None))
        .order_by(answer.c.id.desc())
        .limit(1)
    )
    return db.execute(query).scalar()


def _last_done(db: Connection, act: Act, step: str) -> Mapping[str, Any] | None:
    query = (
        sa.select(item)
        .where(item.c.case_id == act.case["id"], item.c.step == step, item.c.status == "done")
        .order_by(item.c.opening.desc())
        .limit(1)
    )
    row = db.execute(query).mappings().first()
    return None if row is None else dict(row)


def _move(act: Act, from_step: str, to_step: str, *, since: datetime) -> None:
    if _made_since(act.db, act.case["id"], documents.OUTSIDE, since):
        raise NotNow("already_sent", "回覆已經寄出，不能再退到寄出之前的步驟。")
    if _made_since(act.db, act.case["id"], {documents.DRAFT_ACT}, since):
        raise NotNow("draft_moved_on", "作業流程的草案已經送審、核可或發布，不能再退到那之前的步驟。")
    _refuse_opened(act, since)
    advance = flow.move(
        act.projection, act.state, from_step, to_step, machine=running.machine(act), context=running.context(act)
    )
    limits.reopen(act, to_step)
    settle(act, advance)


def _refuse_opened(act: Act, since: datetime) -> None:
    """Other units work on the cases a box has opened: nobody takes them away by going back."""
    opened = children.opened_since(act.db, act.case["id"], since)
    if opened:
        raise NotNow("cases_opened", f"之後已開立 {opened} 件案件，不能再退到開立之前的步驟。")


#: what no move of the case undoes
_KEPT = documents.OUTSIDE | {documents.DRAFT_ACT}


def _made_since(db: Connection, case_id: int, kinds: Collection[str], since: datetime) -> bool:
    """Whether the case has made a document of these kinds from that instant on: a letter has left the house."""
    made = sa.select(document.c.id).where(
        document.c.case_id == case_id, document.c.kind.in_(kinds), document.c.at >= since
    )
    return db.execute(made.limit(1)).first() is not None


def amend(
    db: Connection, case_id: int, step: str, *, answers: Mapping[str, Any], reason: str, who: Person, at: datetime,
    office: Office, files: attachments.Files = attachments.NO_FILES,
) -> int:  # fmt: skip
    """Correct answers of a closed step; the old ones stay readable. The new answer row's id.

    A field that decided the way of the case, or that was sent, is not corrected here: the case is sent back instead.
    """
    act = of_case(db, case_id, verb="amend", who=who, at=at, office=office)
    done = _last_done(db, act, step) if step in act.projection.steps else None
    if done is None:
        raise Missing("no_such_answer", "這個步驟還沒有可更正的內容。")
    people.require(db, who, "amend", dict(done) | {"sop_id": act.case["sop_id"], "case_unit": act.case["unit"]})
    reason = required_reason(reason)
    projected = act.projection.steps[step]
    old = answering.latest(db, case_id, step)
    form = shelf.form(db, act.case["bundle"], step)
    if old is None or form is None:
        raise Missing("no_such_answer", "這個步驟沒有可更正的欄位。")
    outcome = projected.node.outcome
    chosen = {outcome.variable: old["answers"].get(outcome.variable)} if outcome is not None else {}
    fields = {k: v for k, v in old["answers"].items() if k not in chosen} | dict(answers)
    fields = attachments.add(
        db, form=form, answers=fields, files=files, case_id=case_id, item_id=done["id"], step=step, who=who, at=at,
        key=office.key, sealed=act.case["informant"],
    )  # fmt: skip
    # the outcome and its checklist were accepted when the step was done; only the fields are read again
    accepted = answering.accept(form, None, fields)
    answering.refuse_unknown(db, form, accepted, case_id=case_id)
    changed = sorted(
        k for k in {*accepted.answers, *old["answers"]} - {*chosen} if accepted.answers.get(k) != old["answers"].get(k)
    )
    if not changed:
        raise Invalid("nothing_changed", "沒有任何更正。")
    deciding = sorted(set(changed) & {n for n in changed if act.projection.keeps(projected.scope, n)})
    if deciding:
        titles = {f.name: f.title for f in form.fields}
        raise NotAllowed(
            "decides_the_way",
            f"「{titles[deciding[0]]}」已決定案件走向或已對外使用，不能更正，請改用退回。",
            element=deciding[0],
        )
    corrected = answering.Accepted(accepted.answers | chosen, {}, accepted.long, reason)
    answer_id = answering.keep(
        db, case_id, step, corrected, item_id=done["id"], who=who, at=at, checklist=old["checklist"], amends=old["id"]
    )
    attachments.tie(
        db, form, corrected.answers, case_id=case_id, item_id=done["id"], answer_id=answer_id, who=who, at=at
    )
    act.effects |= {"answer": answer_id, "amends": old["id"], "fields": changed}
    act.finish(step=step, reason=reason)
    return answer_id


def withdraw(db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> None:
    """The control office ends a case before its end, with a reason. Nothing is deleted."""
    act = of_case(db, case_id, verb="withdraw", who=who, at=at, office=office)
    sight.require(db, who, "withdraw", act.case)
    if act.case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    reason = required_reason(reason)
    ending.stop(act, why=f"母案 {act.case['number']} 已撤案。")
    act.change(status="withdrawn", ended_at=at)
    act.finish(reason=reason)
