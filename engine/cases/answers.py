"""What people enter: read through the step's own form, kept in rows of their own, never in the engine.

Only what an expression or an operator reads becomes a variable of the flow; a long text travels as a reference to its
answer row, so the engine's state stays small and the text stays in one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.records import answer as answer_table
from engine.cases.records import case as case_table
from engine.errors import Invalid
from engine.flow import ProjectedStep, Projection
from engine.library.records import sop
from engine.office import people
from engine.office.people import Person
from engine.sops import forms
from engine.store import Connection, Prepared

__all__ = ["Accepted", "accept", "keep", "latest", "refuse_unknown", "resolve", "variables"]

_REFERENCE = re.compile(r"^@(\d{1,18}):(.{1,64})$")
_ONE = Prepared(
    sa.select(answer_table.c.answers).where(
        answer_table.c.id == sa.bindparam("answer_id"), answer_table.c.case_id == sa.bindparam("case_id")
    )
)
_LATEST = (
    sa.select(answer_table)
    .where(answer_table.c.case_id == sa.bindparam("case_id"), answer_table.c.step == sa.bindparam("step"))
    .order_by(answer_table.c.id.desc())
    .limit(1)
)
_KEEP = Prepared(answer_table.insert().returning(answer_table.c.id))


@dataclass(frozen=True, slots=True)
class Accepted:
    """``answers`` to store (outcomes among them), ``identity`` for the vault, ``long`` the names kept by reference."""

    answers: dict[str, Any]
    identity: dict[str, Any]
    long: frozenset[str]
    reason: str | None


def accept(
    form: forms.ScreenForm | None,
    step: ProjectedStep | None,
    raw: Mapping[str, Any],
    *,
    reason: str | None = None,
    checklist: Sequence[str] = (),
) -> Accepted:
    """Answers as they may be stored. Raises Invalid with a sentence per field; nothing undeclared passes."""
    raw = dict(raw)
    problems: dict[str, str] = {}
    outcome = step.node.outcome if step is not None else None
    chosen: dict[str, Any] = {}
    if outcome is not None:
        value = raw.pop(outcome.variable, None)
        choice = next((c for c in outcome.choices if c.value == value), None)
        if choice is None:
            problems[outcome.variable] = "請選擇一個處理結果。" if value in (None, "") else "沒有這個處理結果。"
        else:
            chosen[outcome.variable] = choice.value
            declared = {f.name for f in form.fields} if form else set()
            if "reason" in raw and "reason" not in declared:
                reason = reason or str(raw.pop("reason"))
            if choice.needs == "reason" and not (reason or "").strip():
                problems["reason"] = f"選擇「{choice.label}」請說明理由。"
        problems |= _unticked(step, chosen, checklist)
    if reason is not None:
        reason = forms.clean_text(reason, limit=2000) or None
    try:
        fields = forms.accept(form, raw, given=chosen) if form else _nothing(raw)
    except Invalid as refusal:
        problems = {**refusal.fields, **problems}
        fields = {}
    if problems:
        raise Invalid("answers", "有欄位需要修正：" + next(iter(problems.values())), fields=problems)
    kinds = {f.name: f for f in form.fields} if form else {}
    identity = {name: value for name, value in fields.items() if kinds[name].identity}
    answers = {name: value for name, value in fields.items() if name not in identity} | chosen
    return Accepted(answers, identity, frozenset(n for n in answers if n in kinds and kinds[n].long), reason)


def _nothing(raw: Mapping[str, Any]) -> dict[str, Any]:
    if raw:
        raise Invalid("answers", "這個步驟沒有這些欄位。", fields=dict.fromkeys(raw, "沒有這個欄位。"))
    return {}


def _unticked(step: ProjectedStep | None, chosen: Mapping[str, Any], ticked: Sequence[str]) -> dict[str, str]:
    problems = {}
    for checklist in step.node.checklists if step is not None else ():
        if checklist.for_ is not None and chosen.get(checklist.for_[0]) != checklist.for_[1]:
            continue
        missing = [i.text for i in checklist.items if i.id not in ticked]
        if missing:
            problems["checklist"] = "檢核表尚未完成：" + "、".join(missing) + "。"
    return problems


def refuse_unknown(
    db: Connection, form: forms.ScreenForm | None, accepted: Accepted, *, case_id: int | None,
    at: datetime | None = None,
) -> None:  # fmt: skip
    """A field that names a unit, an SOP or another case must name one that exists. Raises Invalid at the field.

    ``at``: a unit must take new work at that instant; None for what is only corrected, where it may have ended since.
    """
    problems: dict[str, str] = {}
    for field in form.fields if form else ():
        value = accepted.answers.get(field.name)
        if value is None:
            continue
        if field.kind == "unit" and (sentence := _no_such_unit(db, value, at)):
            problems[field.name] = sentence
        if field.kind == "procedure" and db.scalar(sa.select(sop.c.id).where(sop.c.id == value)) is None:
            problems[field.name] = "沒有這個作業流程代碼。"
        if field.kind == "case":
            found = db.execute(sa.select(case_table.c.id).where(case_table.c.number == value)).scalar()
            if found is None or found == case_id:
                problems[field.name] = "查無此案號。" if found is None else "不能填本案自己的案號。"
    if problems:
        raise Invalid("answers", "有欄位需要修正：" + next(iter(problems.values())), fields=problems)


def _no_such_unit(db: Connection, unit_id: Any, at: datetime | None) -> str | None:
    found = people.units(db).get(unit_id)
    if found is None:
        return "沒有這個單位。"
    if at is None or found.works_on(people.office_day(at)):
        return None
    heir = people.units(db).get(found.successor or "")
    return f"{found.name}已不收新案，請改選{heir.name}。" if heir else f"{found.name}已不收新案，請改選其他單位。"


def keep(
    db: Connection, case_id: int, path: str, accepted: Accepted, *, item_id: int | None, who: Person, at: datetime,
    checklist: Sequence[str] = (), amends: int | None = None,
) -> int:  # fmt: skip
    """Store one set of answers; its id."""
    row = {
        "case_id": case_id, "step": path, "item_id": item_id, "answers": accepted.answers,
        "checklist": list(checklist), "at": at, "by": who.id or None, "amends": amends, "reason": accepted.reason,
    }  # fmt: skip
    return int(_KEEP.scalar(db, **row))


def variables(projection: Projection, scope: str, accepted: Accepted, answer_id: int) -> dict[str, Any]:
    """What of these answers somebody in this scope reads; long texts as references."""
    return {
        name: f"@{answer_id}:{name}" if name in accepted.long else value
        for name, value in accepted.answers.items()
        if projection.keeps(scope, name)
    }


def resolve(db: Connection, case_id: int, value: Any) -> tuple[Any, tuple[int, str] | None]:
    """A variable's value; and where a reference points to, the answer row and the field (None: it was none)."""
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    if match is None:
        return value, None
    answers = _ONE.scalar(db, answer_id=int(match[1]), case_id=case_id)
    return (None if answers is None else answers.get(match[2])), (int(match[1]), match[2])


def latest(db: Connection, case_id: int, step: str) -> Any:
    """The newest answers of a step, amendments included, or None."""
    return db.execute(_LATEST, {"case_id": case_id, "step": step}).mappings().first()
