"""Documents a case makes: records, follow-up sheets, the answer that is sent, and every official form that a step hands
out, under the name and number it bears that day. Texts stay in their answer rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import people_of
from engine.cases.act import Act
from engine.cases.conditions import fits
from engine.cases.records import document
from engine.flow import ProjectedForm, ProjectedStep, State
from engine.library.records import form_register
from engine.store import Prepared

__all__ = ["DRAFT_ACT", "FROM_CALLER", "HANDED_OUT", "OUTSIDE", "hand_out", "make", "official", "proven_by"]

#: kinds that have left the house: the case cannot be moved back across them
OUTSIDE = frozenset({"reply"})
#: the kind under which a case notes what it did to an SOP's draft: moving the case back undoes none of it
DRAFT_ACT = "draft-act"
#: the kind of a form that a step handed out and that no operator registered as something else
HANDED_OUT = "form"
#: before the name by which a shared procedure knows a form that its call box hands in
FROM_CALLER = "caller:"
_COLUMNS = ("case_id", "kind", "form", "step", "answer_id", "facts", "notice_id", "at")


@cache
def _make(many: int) -> Prepared:
    rows = [{c: sa.bindparam(f"{c}_{n}", type_=document.c[c].type) for c in _COLUMNS} for n in range(many)]
    return Prepared(document.insert().values(rows).returning(document.c.id))


@cache
def _registered(many: int) -> Prepared:
    c = form_register.c
    wanted = c.ref.in_([sa.bindparam(f"ref_{n}", type_=sa.String) for n in range(many)])
    return Prepared(sa.select(c.ref, c.name, c.number, c.version).where(wanted))


_TIE = Prepared(
    document.update().where(document.c.id == sa.bindparam("document_id")).values(notice_id=sa.bindparam("notice_id"))
)


def make(
    act: Act, step: ProjectedStep | None, *, kind: str, form: str | None = None, answer_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Register one document of the case; its id. ``form`` defaults to the first form the step hands out.

    ``step`` None: no step made it, it belongs to the case as a whole.
    """
    if form is None and step is not None:
        form = next(iter(official(act, step)), None)
    path = step.path if step is not None else act.projection.start
    return _kept(act, path, kind, answer_id, [(form, dict(facts or {}))])[0]


def hand_out(
    act: Act, step: ProjectedStep, *, kind: str = HANDED_OUT, answer_id: int | None = None,
    facts: Mapping[str, Any] | None = None, said: Mapping[str, Any] | None = None,
) -> list[int]:  # fmt: skip
    """Register every official form the step hands out that is not registered yet in this act; their ids.

    Each keeps the name, number and version it bears in the register today, and who handed it out. ``said``: what was
    answered at the step just now.
    """
    refs = [ref for ref in official(act, step, said=said) if (step.path, ref) not in act.handed_out]
    if not refs:
        return []
    known = _registered(len(refs)).rows(act.db, **{f"ref_{n}": ref for n, ref in enumerate(refs)})
    named = {row.ref: {"name": row.name, "number": row.number, "version": row.version} for row in known}
    who = {"by": act.who.id or None}
    return _kept(
        act, step.path, kind, answer_id, [(ref, {**who, **named.get(ref, {}), **(facts or {})}) for ref in refs]
    )


def official(
    act: Act, step: ProjectedStep, direction: str = "out", *, said: Mapping[str, Any] | None = None
) -> list[str]:
    """The forms of the register that this step takes or hands out in this case, each once."""
    state = act.state
    if said:
        here = {**state.values.get(step.scope, {}), **said}
        state = State(state.tokens, {**state.values, step.scope: here}, state.rounds)
    return _named(act, act.case["id"], [form for form in step.forms if form.direction == direction], state)


def _named(act: Act, case_id: int, forms: Sequence[ProjectedForm], state: State) -> list[str]:
    found: dict[str, None] = {}
    for form in forms:
        if form.ref.startswith(FROM_CALLER):
            found |= dict.fromkeys(_of_caller(act, case_id, form.ref.removeprefix(FROM_CALLER)))
        elif fits(act, form, state):
            found[form.ref] = None
    return list(found)


def _of_caller(act: Act, case_id: int, called: str) -> list[str]:
    """What the box that opened this case hands in under that name; nothing where no box opened it."""
    asks = people_of.asked_by(act.db, case_id)
    if asks is None:
        return []
    projection, above, box = asks
    under_way = act.under_way().get(above["id"])
    state = under_way.state if under_way is not None else flow.load(projection, above["state"])
    return _named(act, above["id"], [form for form in projection.steps[box].forms if form.as_ == called], state)


def proven_by(act: Act, document_id: int, notice_id: int | None) -> None:
    """Tie a sent document to the delivery that proves it."""
    _TIE.run(act.db, document_id=document_id, notice_id=notice_id)


def _kept(
    act: Act, path: str, kind: str, answer_id: int | None, forms: Sequence[tuple[str | None, Mapping[str, Any]]]
) -> list[int]:  # fmt: skip
    """One row for each form with what is told of it, all in one statement; their ids."""
    values: dict[str, Any] = {}
    for n, (form, facts) in enumerate(forms):
        row = (act.case["id"], kind, form, path, answer_id, facts, None, act.at)
        values |= {f"{column}_{n}": value for column, value in zip(_COLUMNS, row, strict=True)}
        act.note("documents", kind)
        if form is not None:
            act.handed_out.add((path, form))
    return sorted(row.id for row in _make(len(forms)).rows(act.db, **values))
