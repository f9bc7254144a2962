"""A step waiting for a person: claimed, assigned, drafted, handed back, completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import answers as answering
from engine.cases import attachments, conditions, documents, incidents, once, people_of, running
from engine.cases.act import Act, of_item
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, draft, item
from engine.cases.settle import settle, told_of
from engine.cases.surroundings import Office
from engine.errors import Conflict, Invalid, NotAllowed, NotNow, Stuck
from engine.library import shelf
from engine.office import absence, notices, people
from engine.office.people import Person
from engine.sops import forms
from engine.store import Connection, Prepared

__all__ = ["Done", "assign", "claim", "complete", "hand_back", "save_draft"]

_DONE = Prepared(
    item.update()
    .where(item.c.id == sa.bindparam("item_id"), item.c.version == sa.bindparam("seen"), ITEM_IS_OPEN)
    .values(
        status="done",
        done_at=sa.bindparam("at"),
        done_by=sa.bindparam("by"),
        late=sa.bindparam("is_late"),
        version=item.c.version + 1,
    )
)


_DONE_AT = (item.c.case_id == sa.bindparam("case_id"), item.c.step == sa.bindparam("step"), item.c.status == "done")
_LAST_DONE = sa.select(sa.func.max(item.c.opening)).where(*_DONE_AT).scalar_subquery()
_LAST_DONE_BY = Prepared(sa.select(item.c.done_by).where(*_DONE_AT, item.c.opening == _LAST_DONE.correlate(None)))


@dataclass(frozen=True, slots=True)
class Done:
    """``next_item``: a step that just opened and that this person may do, or None."""

    case_id: int
    number: str
    next_item: int | None
    ended: bool
    replayed: bool = False


def _still_open(db: Connection, row: Mapping[str, Any], seen: int | None, at: datetime) -> None:
    """Refuse what somebody else has already done, naming who and when."""
    if row["status"] != "open":
        by = people.get(db, row["done_by"], at).name if row["done_by"] else "系統"
        when = row["done_at"].astimezone(conditions.TAIPEI)
        verb = {"done": "完成", "cut": "移走", "withdrawn": "撤回"}[row["status"]]
        raise NotNow("already_done", f"這個步驟已由{by}於 {when:%m/%d %H:%M} {verb}。", by=row["done_by"])
    if seen is not None and seen != row["version"]:
        holder = people.get(db, row["assignee"], at).name if row["assignee"] else None
        raise Conflict(
            "item_changed", f"這個步驟剛剛有異動{f'（現由{holder}承辦）' if holder else ''}，請重新開啟後再試。"
        )


def _touch(db: Connection, row: Mapping[str, Any], **values: Any) -> None:
    done = db.execute(
        item.update()
        .where(item.c.id == row["id"], item.c.version == row["version"])
        .values(version=row["version"] + 1, **values)
    )
    if done.rowcount != 1:
        raise Conflict("item_changed", "這個步驟剛剛有異動，請重新開啟後再試。")


def claim(db: Connection, item_id: int, *, who: Person, at: datetime, office: Office, seen: int | None = None) -> None:
    """Take an unclaimed item of one's role into one's own hands."""
    act, row = of_item(db, item_id, verb="claim", who=who, at=at, office=office)
    people.require(db, who, "claim", row)
    _still_open(db, row, seen, at)
    if row["assignee"] == who.id:
        return
    if row["assignee"] is not None:
        raise NotNow(
            "already_claimed", f"這個步驟已由{people.get(db, row['assignee'], at).name}承辦。", by=row["assignee"]
        )
    _touch(db, row, assignee=who.id)
    act.finish(step=row["step"])


def assign(
    db: Connection, item_id: int, *, to: int, reason: str = "", who: Person, at: datetime, office: Office,
    seen: int | None = None,
) -> None:  # fmt: skip
    """A chief gives an item to a person who holds its role; a reason may be said."""
    act, row = of_item(db, item_id, verb="assign", who=who, at=at, office=office)
    people.require(db, who, "assign", row)
    _still_open(db, row, seen, at)
    absence.demand_taker(db, to, row["role"], row["unit"], at, case_id=row["case_id"])
    _touch(db, row, assignee=to)
    act.effects |= {"to": to, "from": row["assignee"]}
    act.finish(step=row["step"], reason=required_reason(reason) if reason.strip() else None)
    if to != who.id:
        notices.post(
            db, key=f"item:{item_id}:{to}:{row['version'] + 1}", to=to, case_id=row["case_id"], kind="assigned", at=at,
            facts=told_of(act.case["number"], row),
        )  # fmt: skip


def save_draft(
    db: Connection, item_id: int, *, who: Person, at: datetime, office: Office, answers: Mapping[str, Any],
    files: attachments.Files = attachments.NO_FILES, seen: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Keep half-finished answers and files; what is kept now. Saving takes an unclaimed item into one's hands.

    No identity is drafted.
    """
    act, row = of_item(db, item_id, verb="save_draft", who=who, at=at, office=office)
    people.require(db, who, "complete", row)
    _still_open(db, row, seen, at)
    step = act.projection.steps[row["step"]]
    form = shelf.form(db, act.case["bundle"], step.path)
    known = {f.name for f in form.fields if not f.identity} if form else set()
    if step.node.outcome is not None:
        known |= {step.node.outcome.variable, "reason"}
    unknown = sorted(set(answers) - known)
    if unknown:
        raise Invalid("answers", "這個步驟沒有這些欄位。", fields=dict.fromkeys(unknown, "沒有這個欄位。"))
    answers = attachments.add(
        db, form=form, answers=answers, files=files, case_id=act.case["id"], item_id=item_id, step=step.path, who=who,
        at=at, key=office.key, sealed=act.case["informant"],
    )  # fmt: skip
    kept = {name: forms.clean_draft(value) for name, value in answers.items()}
    db.execute(draft.delete().where(draft.c.item_id == item_id))
    db.execute(draft.insert(), {"item_id": item_id, "answers": kept, "at": at, "by": who.id})
    if row["assignee"] is None:
        _touch(db, row, assignee=who.id)
    act.finish(step=row["step"])
    return kept


def hand_back(
    db: Connection, item_id: int, *, who: Person, at: datetime, office: Office, reason: str, seen: int | None = None
) -> None:
    """Give a claimed item back to the pool (退回待領), with a reason. The draft stays with the item."""
    act, row = of_item(db, item_id, verb="hand_back", who=who, at=at, office=office)
    people.require(db, who, "hand_back", row)
    _still_open(db, row, seen, at)
    if row["assignee"] is None:
        raise NotNow("not_claimed", "這個步驟目前沒有人承辦，不需退回待領。")
    reason = required_reason(reason)
    _touch(db, row, assignee=None)
    act.effects["from"] = row["assignee"]
    act.finish(step=row["step"], reason=reason)


def complete(
    db: Connection,
    item_id: int,
    *,
    who: Person,
    at: datetime,
    office: Office,
    answers: Mapping[str, Any],
    files: attachments.Files = attachments.NO_FILES,
    checklist: Sequence[str] = (),
    reason: str | None = None,
    seen: int | None = None,
    key: str | None = None,
) -> Done:
    """Finish a step: its answers are kept, the flow goes on until only people and timers wait, the office follows.

    ``answers`` hold the form's fields and the chosen outcome, ``files`` what is new among its attachments.
    Refuses what somebody did first (NotNow, who and when),
    what was changed since it was seen (Conflict), one's own work (NotAllowed), and answers the form does not take.
    Raises Stuck when the machine cannot go on; the door keeps it as an incident and the answers as a draft.
    """
    act, row = of_item(db, item_id, verb="complete", who=who, at=at, office=office)
    asked = {"item": item_id, "answers": dict(answers), "checklist": sorted(checklist), "reason": reason}
    asked |= attachments.told_apart(files)
    before = once.found(db, key, who=who, asked=asked) if row["status"] != "open" else None
    if before is not None:
        return Done(act.case["id"], act.case["number"], before["next_item"], before["ended"], replayed=True)
    people.require(db, who, "complete", row)
    _still_open(db, row, seen, at)
    step = act.projection.steps[row["step"]]
    _not_own_work(db, act, step, who)
    form = shelf.form(db, act.case["bundle"], step.path)
    bring = partial(
        attachments.add, form=form, files=files, case_id=act.case["id"], item_id=item_id, step=step.path, who=who,
        at=at, key=office.key, sealed=act.case["informant"],
    )  # fmt: skip
    accepted = answering.accept(form, step, bring(db, answers=answers), reason=reason, checklist=checklist)
    if accepted.identity:
        raise Invalid("identity_here", "身分資料只能在收件時填寫。")
    answering.refuse_unknown(db, form, accepted, case_id=act.case["id"], at=at)
    answer_id = answering.keep(
        db, act.case["id"], step.path, accepted, item_id=item_id, who=who, at=at, checklist=checklist
    )
    attachments.tie(
        db, form, accepted.answers, case_id=act.case["id"], item_id=item_id, answer_id=answer_id, who=who, at=at,
        drafted=row["drafted"] is not None,
    )  # fmt: skip
    late = row["due_at"] is not None and at > row["due_at"]
    if _DONE.run(db, item_id=item_id, seen=row["version"], at=at, by=who.id, is_late=late) != 1:
        raise Conflict("item_changed", "這個步驟剛剛有異動，請重新開啟後再試。")
    if row["drafted"] is not None:
        db.execute(draft.delete().where(draft.c.item_id == item_id))
        incidents.resolve(db, act.case["id"], at=at)  # answers kept by an incident are among the drafts
    act.effects |= {"answer": answer_id, "fields": sorted(accepted.answers)}
    if step.node.outcome is not None:
        act.effects["outcome"] = {step.node.outcome.variable: accepted.answers[step.node.outcome.variable]}
    if late:
        act.effects["late"] = True
    if (instead_of := absence.stood_for(db, who, row)) is not None:
        act.effects["for"] = instead_of
    opened: list[dict[str, Any]] = []
    said = answering.variables(act.projection, step.scope, accepted, answer_id)
    documents.hand_out(  # before the flow goes on: a case that opens now is handed what this step made
        act, step, answer_id=answer_id, said=said, facts={"unit": row["unit"]} if row["each_unit"] else None
    )
    if _all_in(act, step, row):
        try:
            advance = flow.complete(
                act.projection, act.state, step.path,
                values=said, machine=running.machine(act), context=running.context(act),
            )  # fmt: skip
            opened = settle(act, advance, done=step.path)
        except Stuck as stuck:
            before_files = {name: answers.get(name, ()) for name in files}
            stuck.facts.update(
                case_id=act.case["id"], item_id=item_id, step=step.path, answers=accepted.answers | before_files,
                by=who.id, bring=bring,
            )  # fmt: skip
            raise
    act.finish(step=step.path, reason=accepted.reason)
    next_item = _mine(db, who, opened)
    ended = act.case["status"] == "ended"
    once.take(db, key, who=who, at=at, asked=asked, result={"next_item": next_item, "ended": ended})
    return Done(act.case["id"], act.case["number"], next_item, ended)


def _not_own_work(db: Connection, act: Act, step: flow.ProjectedStep, who: Person) -> None:
    """Nobody approves their own step, nor one done by a person they stand in for, nor through a substitution."""
    if step.approval_of and _done_by(db, act.case["id"], step.approval_of) & who.ids:
        raise NotAllowed("own_work", "不能核可自己（或所代理的人）辦理的內容。")


def _done_by(db: Connection, case_id: int, paths: Sequence[str]) -> set[int | None]:
    """Who did these steps the last time, all who shared in them; ``CALLER``: what the case above lays before this."""
    found: set[int | None] = set()
    for path in paths:
        if path != flow.CALLER:
            found |= {row.done_by for row in _LAST_DONE_BY.rows(db, case_id=case_id, step=path)}
        elif (asks := people_of.asked_by(db, case_id)) is not None:
            projection, above, box = asks
            found |= _done_by(db, above["id"], projection.steps[box].approval_of)
    return found


def _all_in(act: Act, step: flow.ProjectedStep, row: Mapping[str, Any]) -> bool:
    """Whether the flow may go on: a step of many units waits for all of them, or for enough."""
    if step.node.each is None:
        return True
    of_opening = (item.c.case_id == act.case["id"], item.c.step == step.path, item.c.opening == row["opening"])
    statuses = act.db.execute(sa.select(item.c.status).where(*of_opening)).scalars().all()
    until, _, count = step.node.each.until.partition(":")
    done = sum(1 for status in statuses if status == "done")
    enough = done >= int(count) if until == "count" and count.isdigit() else done == len(statuses)
    if enough and done < len(statuses):
        act.db.execute(item.update().where(*of_opening, ITEM_IS_OPEN).values(status="cut", done_at=act.at))
    return enough


def _mine(db: Connection, who: Person, opened: Sequence[Mapping[str, Any]]) -> int | None:
    """The first of the steps that just opened which this person may do."""
    return next((row["id"] for row in opened if people.may(db, who, "complete", row)), None)
