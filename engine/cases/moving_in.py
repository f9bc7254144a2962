"""One petition that is open today enters its SOP: opened as of its true day of receipt and played to where it stands.

It goes the way the chart draws, through the SOP's own forms, by the system, in one act with one entry. Nobody outside
hears of it: receipts and replies of the old system left long ago, and are only noted as documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import answers as answering
from engine.cases import documents, limits, running
from engine.cases.act import Act
from engine.cases.import_rows import FIELDS, FOLLOWED, RECEIVED, WITH_UNIT, Mistakes, Row, column_of
from engine.cases.opening import Opened, open_case
from engine.cases.records import ITEM_IS_OPEN, imported, item
from engine.cases.settle import settle
from engine.cases.surroundings import Office
from engine.dates import changes, deadlines, roc
from engine.dates.records import deadline
from engine.errors import Invalid, Refusal, Stuck
from engine.flow import ProjectedStep
from engine.library import shelf
from engine.library.records import sop
from engine.office import people
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.store import Connection

__all__ = ["City", "Stands", "city", "hush", "move_in"]

FOLLOW_UP = "shared-follow-up"
#: steps that one petition may be played through
_MOST_STEPS = 20
#: what must not be done again: letters that left long ago, duplicates that somebody has looked for
_DONE_LONG_AGO: Mapping[str, Mapping[str, Any]] = {
    "petition.open": {}, "petition.send-reply": {}, "petition.find-similar": {"count": 0},
}  # fmt: skip
#: the documents those letters were
_DOCUMENTS = {"petition.open": "case-record", "petition.send-reply": "reply"}


@dataclass(frozen=True, slots=True)
class City:
    """What every row is measured by: units by id and by name, and which SOP takes which channel."""

    units: Mapping[str, str]
    starts: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Stands:
    """Where the petition stands now."""

    case_id: int
    number: str
    sentence: str


class _Mistaken(Exception):
    """The row does not fit; nothing of it is kept."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes


def city(db: Connection, at: datetime) -> City:
    """Read once for many rows."""
    working = people.units(db, at).values()
    units = {unit.id: unit.id for unit in working}
    for unit in working:
        units.setdefault(unit.name, unit.id)
    starts: dict[str, tuple[str, str]] = {}
    in_force = sa.select(sop.c.id).where(~sop.c.shared, sop.c.in_force.is_not(None)).order_by(sop.c.id)
    for sop_id in db.scalars(in_force).all():
        bundle = shelf.bundle(db, sop_id)
        for start in shelf.opened(db, bundle).sop.starts():
            form = shelf.form(db, bundle, start.id)
            if form is None or any(f.required and f.name not in FIELDS for f in form.fields):
                continue  # it opens upon what no sheet of petitions says
            asked = next((f for f in form.fields if f.name == "channel"), None)
            for value, _ in asked.choices if asked else ():
                starts.setdefault(str(value), (sop_id, start.id))
    return City(units, starts)


def move_in(
    db: Connection, row: Row, *, batch_id: int, here: City, at: datetime, office: Office, trial: bool = False
) -> Stands | Mistakes:
    """The petition as it stands afterwards, or what is wrong with the row; then nothing was written. ``trial``: nothing
    is written in any case."""
    point = db.begin_nested()
    try:
        stands = _moved_in(db, row, batch_id=batch_id, here=here, at=at, office=office)
    except _Mistaken as wrong:
        point.rollback()
        return wrong.mistakes
    except Invalid as bad:
        point.rollback()
        return [(column_of(name), f"{column_of(name)}：{said}" if column_of(name) else said)
                for name, said in (bad.fields or {"": bad.sentence}).items()]  # fmt: skip
    except Refusal as refusal:
        point.rollback()
        return [("", refusal.sentence)]
    if trial:
        point.rollback()
    else:
        point.commit()
    return stands


def _moved_in(db: Connection, row: Row, *, batch_id: int, here: City, at: datetime, office: Office) -> Stands:
    values = dict(row.values)
    if row.unit:
        unit = here.units.get(row.unit)
        if unit is None:
            raise _Mistaken([("權責單位", "查無這個單位，請填單位名稱或代碼。")])
        values["responsible_unit"] = unit
    if row.channel not in here.starts:
        raise _Mistaken([("管道", f"管道須為{'、'.join(here.starts)}其中之一。")])
    if row.received_at > at:
        raise _Mistaken([("收件日期", "收件日期不能晚於今天。")])
    if row.replied_at is not None and not row.received_at <= row.replied_at <= at:
        raise _Mistaken([("回覆日期", "回覆日期不能早於收件日期，也不能晚於今天。")])
    sop_id, start = here.starts[row.channel]
    form = shelf.form(db, shelf.bundle(db, sop_id), start)
    asked = {f.name for f in form.fields} if form else set()
    opened = open_case(
        db, sop_id, who=SYSTEM, at=at, office=replace(office, stand_ins={**office.stand_ins, **_DONE_LONG_AGO}),
        start=start, answers={name: value for name, value in values.items() if name in asked},
        received_at=row.received_at, verb="import",
        then=partial(_go_on, row=replace(row, values=values), batch_id=batch_id),
    )  # fmt: skip
    return _arrived_at(db, row, opened, batch_id)


def _go_on(act: Act, *, row: Row, batch_id: int) -> None:
    """The same act plays the petition to its stage; what was answered long ago is played on the day of the answer, so
    that no timer closes a step that was done in time."""
    now, act.at = act.at, row.replied_at or act.at
    if "incident" in act.effects:
        raise Stuck("import_stuck", "流程無法開始，請先確認作業流程可以受理這種案件。")
    act.effects |= {"batch": batch_id, "old_number": row.old_number}
    noted = _note_documents(act, 0, row)
    told = False
    for _ in range(_MOST_STEPS):
        told = told or _as_told(act, row)
        waiting = [act.projection.steps[path] for path in flow.open_steps(act.projection, act.state)]
        if not waiting or _is_there(act, row, waiting):
            break
        step = waiting[0]
        raw = _answers(act, step, row)
        if raw is None:
            break
        _do(act, step, *raw)
        noted = _note_documents(act, noted, row)
    _as_told(act, row)
    _demand_stage(act, row)
    if act.case["controlled_at"] is not None:
        act.change(controlled_at=row.received_at)
    if row.replied_at is not None:
        act.change(dispatched_at=row.replied_at)
    act.at = now


def _is_there(act: Act, row: Row, waiting: list[ProjectedStep]) -> bool:
    if row.stage == RECEIVED:
        return any(one.name == "case.responsible_unit" for step in waiting for one in step.node.sets)
    followed = any(_is_followed(act, step.path) for step in waiting)
    return followed and (row.replied_at is None or _is_answered(act))


def _is_answered(act: Act) -> bool:
    """Whether the limit of the whole case is met."""
    return any(d.met_at is not None for d in deadlines.all_of(act.db, act.case["id"]) if d.step is None)


def _is_followed(act: Act, path: str) -> bool:
    scopes = act.projection.scopes
    return any(
        scopes[path.rsplit("/", n)[0]].sop.id == FOLLOW_UP
        for n in range(1, path.count("/") + 1)
        if path.rsplit("/", n)[0] in scopes
    )


def _answers(act: Act, step: ProjectedStep, row: Row) -> tuple[dict[str, Any], str | None] | None:
    """What the row says to this step's form, and the reason its outcome needs; None where it does not say enough."""
    form = shelf.form(act.db, act.case["bundle"], step.path)
    fields = form.fields if form else ()
    if any(f.required and f.name not in row.values and f.name != "reason" for f in fields):
        return None
    raw = {f.name: row.values[f.name] for f in fields if f.name in row.values and f.name != "reason"}
    outcome, reason = step.node.outcome, None
    if outcome is not None:
        wanted = row.values.get(outcome.variable)
        choice = next((c for c in outcome.choices if c.value == wanted), None)
        choice = choice or next((c for c in outcome.choices if c.needs is None), None)
        if choice is None:
            return None
        raw[outcome.variable] = choice.value
        reason = row.values.get("reason") if choice.needs == "reason" else None
    return raw, reason


def _do(act: Act, step: ProjectedStep, raw: Mapping[str, Any], reason: str | None) -> None:
    """The step is done by the system with what the sheet says, and the flow goes on."""
    form = shelf.form(act.db, act.case["bundle"], step.path)
    accepted = answering.accept(form, step, raw, reason=reason)
    answering.refuse_unknown(act.db, form, accepted, case_id=act.case["id"])
    here = item.c.case_id == act.case["id"], item.c.step == step.path, ITEM_IS_OPEN
    item_id = act.db.scalar(sa.select(item.c.id).where(*here))
    answer_id = answering.keep(act.db, act.case["id"], step.path, accepted, item_id=item_id, who=SYSTEM, at=act.at)
    act.db.execute(
        item.update()
        .where(item.c.id == item_id)
        .values(status="done", opened_at=act.at, done_at=act.at, version=item.c.version + 1)
    )
    advance = flow.complete(
        act.projection, act.state, step.path,
        values=answering.variables(act.projection, step.scope, accepted, answer_id), machine=running.machine(act),
        context=running.context(act),
    )  # fmt: skip
    settle(act, advance, done=step.path)


def _as_told(act: Act, row: Row) -> bool:
    """The petitioner was told another date than the rule gives: it holds. True when there is nothing more to do."""
    if row.due_at is None:
        return True
    running_ones = [d for d in deadlines.open_of(act.db, act.case["id"]) if d.step is None and d.regime != "standard"]
    if not running_ones:
        return False
    first = running_ones[0]
    if first.due_at == row.due_at:
        return True
    to = changes.given(changes.stood(first), row.due_at, "匯入時已告知陳情人的期限")
    changes.move(
        act.db, first, to, kind="given", why="匯入時已告知陳情人的期限", at=act.at, act=act.id,
        calendar=act.office.calendar,
    )  # fmt: skip
    act.limits = None
    limits.carry_due(act)
    return True


def _note_documents(act: Act, seen: int, row: Row) -> int:
    """What left the old system is among the case's documents; what was sent bars the way back across it."""
    passed = act.effects.get("passed", [])
    for path in passed[seen:]:
        step = act.projection.steps.get(path)
        kind = _DOCUMENTS.get(step.node.operator.name) if step is not None and step.node.operator is not None else None
        if step is None or kind is None:
            continue
        facts = {"channel": act.case["channel"], "field": "reply_text", "imported": True} if kind == "reply" else None
        source = act.effects.get("references", {}).get(path, {}).get("text", (None, None))[0]
        documents.make(act, step, kind=kind, answer_id=source, facts=facts)
    return len(passed)


def _demand_stage(act: Act, row: Row) -> None:
    """The case stands where the sheet says, or the row is mistaken."""
    paths = (*flow.open_steps(act.projection, act.state), *flow.open_timers(act.projection, act.state))
    followed = any(_is_followed(act, path) for path in paths)
    if not paths:
        raise _Mistaken([("目前階段", "依流程這個案件已經結束，不需匯入。")])
    if row.stage == RECEIVED and act.case["unit"] is not None:
        raise _Mistaken([("目前階段", "這個流程在收件時就有權責單位，請改填承辦。")])
    if row.stage == WITH_UNIT and act.case["unit"] is None:
        raise _Mistaken([("目前階段", "這個流程無法只憑匯入的資料到達權責單位，請改填收件。")])
    if row.stage == FOLLOWED and row.replied_at is None and not followed:
        raise _Mistaken([("目前階段", "期限還沒有過，也沒有填回覆日期，不能列為追蹤。")])
    if row.replied_at is not None and not (followed and _is_answered(act)):
        raise _Mistaken([("目前階段", "這個流程無法由匯入的資料走到回覆之後的追蹤，請改填承辦。")])


def _arrived_at(db: Connection, row: Row, opened: Opened, batch_id: int) -> Stands:
    hush(db, opened.case_id)
    db.execute(
        imported.insert(), {"old_number": row.old_number, "case_id": opened.case_id, "batch_id": batch_id}
    )  # fmt: skip
    where = db.execute(
        sa.select(item.c.name, item.c.unit, item.c.due_at, item.c.step)
        .where(item.c.case_id == opened.case_id, ITEM_IS_OPEN)
        .order_by(item.c.id)
        .limit(1)
    ).first()
    due = db.scalar(
        sa.select(sa.func.min(deadline.c.due_at)).where(
            deadline.c.case_id == opened.case_id, deadline.c.ended_at.is_(None), deadline.c.regime != "standard"
        )
    )
    followed = where is not None and "/" in where.step and row.stage == WITH_UNIT
    said = "限辦日期已過，依流程列入追蹤：" if followed else ""
    return Stands(opened.case_id, opened.number, f"{said}{_sentence(db, where, due)}")


def _sentence(db: Connection, where: Any, due: datetime | None) -> str:
    if where is None:
        return "等待下一期追蹤。"
    unit = people.units(db).get(where.unit)
    said = f"，期限 {roc.moment(due)}" if due is not None else ""
    return f"進入「{where.name}」，{unit.name if unit else where.unit}{said}。"


def hush(db: Connection, case_id: int) -> None:
    """Letters to the petitioner that this act has put in the outbox are not sent."""
    unsent = notice.c.case_id == case_id, notice.c.person_id.is_(None), notice.c.state == "waiting"
    db.execute(notice.update().where(*unsent).values(state="none", next_try_at=None))
