"""改依新版: a running case goes on by the version in force. Looked at first (``renewal``), done with a reason,
undone while nothing has followed.

The step stays open, with whoever holds it; its name, role and unit become those of the new version. A step that is not
there any more goes on at the one somebody chose for it, with its person, draft and files. A deadline that is
written as before runs on to its date; one written otherwise is reckoned anew from the same beginning, unless it was
extended; one that is not there any more ends; one that would be running by now begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import limits, sight
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_reason
from engine.cases.records import ITEM_IS_OPEN, answer, item
from engine.cases.records import case as case_table
from engine.cases.settle import role_of, settle, unit_of
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.errors import NotNow
from engine.flow import Advance, ProjectedDeadline, Projection, State
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["back", "renew"]


def renew(
    db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office,
    lands: Mapping[str, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """The case goes on by the version in force. Raises NotNow, naming the step, where it cannot.

    ``lands``: {step it may stand at: the step of the new version at which it goes on then}.
    """
    act = of_case(db, case_id, verb="renew", who=who, at=at, office=office)
    sight.require(db, who, "renew", act.case)
    reason = required_reason(reason)
    _refuse_standing(act)
    to = shelf.bundle(db, act.case["sop_id"])
    if to == act.case["bundle"]:
        raise NotNow("renewed_already", "案件已經依現行版辦理。")
    new = _projection(act, to)
    asked = {
        path: frozenset(field.name for field in form.fields)
        for path in new.steps
        if (form := shelf.form(db, to, path)) is not None
    }
    state, stood = flow.carry(act.projection, new, act.state, asked=asked, lands=lands), act.state
    went = {step: to_step for step, to_step in lands.items() if step in stood.tokens and step not in state.tokens}
    act.effects |= {"from": act.case["bundle"], "to": to, "tokens": stood.tokens, "rounds": stood.rounds}
    if went:
        act.effects["lands"] = went
    act.effects |= _lost(act, stood, state)
    _carry(act, to, new, state, went)
    act.finish(reason=reason)


def back(db: Connection, case_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """Undone by who did it, while nothing has followed: the case stands by its old version as it stood."""
    act = of_case(db, case_id, verb="renew_back", who=who, at=at, office=office)
    sight.require(db, who, "renew", act.case)
    line = db.execute(
        sa.select(entry.c.verb, entry.c.by, entry.c.effects)
        .where(entry.c.subject == f"case:{case_id}")
        .order_by(entry.c.seq.desc())
        .limit(1)
    ).first()
    if line is None or line.verb != "renew" or line.by != who.id:
        raise NotNow("renew_followed", "改依新版之後已有其他動作，不能復原。")
    old = _projection(act, line.effects["from"])
    act.effects |= {"from": act.case["bundle"], "to": line.effects["from"]}
    values = {scope: dict(named) for scope, named in act.state.values.items()}
    for scope, named in line.effects.get("lost", {}).items():
        values.setdefault(scope, {}).update(named)
    for scope, places in line.effects.get("answered", {}).items():
        values.setdefault(scope, {}).update({name: _answer(act, *place) for name, place in places.items()})
    stood = State(tuple(line.effects["tokens"]), values, line.effects["rounds"])
    went = {to_step: step for step, to_step in line.effects.get("lands", {}).items()}
    _carry(act, line.effects["from"], old, flow.load(old, flow.dump(stood)), went)
    _as_before(act, went.values())
    act.finish()


def _refuse_standing(act: Act) -> None:
    if act.case["status"] != "open":
        raise NotNow("case_over", "案件已結束。")
    if act.case["suspended_at"] is not None:
        raise NotNow("case_suspended", "案件停止計時中，請先恢復計時。")


def _projection(act: Act, bundle: str) -> Projection:
    if act.case["start"] not in {node.id for node in shelf.opened(act.db, bundle).sop.starts()}:
        raise NotNow("carry_start", "新版沒有這件案件的起點。", element=act.case["start"])
    return shelf.projection(act.db, bundle, act.case["start"])


def _lost(act: Act, stood: State, state: State) -> dict[str, Any]:
    """What the other version keeps no more, for the way back; what it keeps stands in the case.

    What somebody wrote is named by its answer and field (``answered``) and stays there; only what the machine made of
    it stands in the journal with its value (``lost``).
    """
    kept = {(scope, name) for scope, named in state.values.items() for name in named}
    gone = [
        (scope, name, value)
        for scope, named in stood.values.items() for name, value in named.items() if (scope, name) not in kept
    ]  # fmt: skip
    written = list(_answers(act)) if gone else []
    found: dict[str, Any] = {}
    for scope, name, value in gone:
        place = next((place for place, said in written if said == value and type(said) is type(value)), None)
        found.setdefault("answered" if place else "lost", {}).setdefault(scope, {})[name] = place or value
    return found


def _answers(act: Act) -> Iterator[tuple[tuple[int, str], Any]]:
    """((answer, field), what it says), the newest first."""
    c = answer.c
    rows = act.db.execute(sa.select(c.id, c.answers).where(c.case_id == act.case["id"]).order_by(c.id.desc()))
    return (((row.id, field), said) for row in rows for field, said in row.answers.items())


def _answer(act: Act, row: int, field: str) -> Any:
    c = answer.c
    found = act.db.scalar(sa.select(c.answers).where(c.id == row, c.case_id == act.case["id"]))
    return (found or {}).get(field)


def _carry(act: Act, bundle: str, new: Projection, state: State, went: Mapping[str, str]) -> None:
    """From here on the act goes by the other version: items, limits and path timers follow. ``went``: the steps that
    are left for others, whose people, drafts and files go along."""
    old, before = act.projection, flow.open_timers(act.projection, act.state)
    here = item.c.case_id == act.case["id"]
    left = {
        went[row["step"]]: dict(row)
        for row in act.db.execute(sa.select(item).where(here, ITEM_IS_OPEN, item.c.step.in_(list(went)))).mappings()
    }
    act.db.execute(case_table.update().where(case_table.c.id == act.case["id"]).values(bundle=bundle))
    act.case["bundle"], act.projection, act.state = bundle, new, state
    _limits(act, old, went)
    after = flow.open_timers(new, state)
    same = {path for path in before if path in after and _timer(old, path) == _timer(new, path)}
    settle(
        act,
        Advance(
            state, opened=tuple(went.values()), closed=tuple(went),
            timers_opened=tuple(path for path in after if path not in same),
            timers_closed=tuple(path for path in before if path not in same),
        ),
        keep_for=left,
    )  # fmt: skip
    _items(act)
    limits.carry_due(act)


def _timer(projection: Projection, path: str) -> object:
    told = projection.timers[path]
    limit = projection.deadlines.get(told.deadline or "")
    return told.interrupting, told.node.timer, told.continues, _written(limit) if limit is not None else None


def _written(limit: ProjectedDeadline) -> object:
    return limit.deadline, limit.starts, limit.step


def _as_before(act: Act, steps: Iterable[str]) -> None:
    """Limits of steps that are open again run from when they were opened first."""
    for path in steps:
        first = act.db.scalar(
            sa.select(item.c.opened_at)
            .where(item.c.case_id == act.case["id"], item.c.step == path, item.c.status == "cut")
            .order_by(item.c.opening.desc())
            .limit(1)
        )
        for limit in act.projection.steps[path].deadlines:
            if first is not None and limit.event is None and limit.deadline.decision is None:
                limits.begin_at(act, limit, starts_at=first)
    act.limits = None
    limits.carry_due(act)


def _limits(act: Act, old: Projection, went: Mapping[str, str]) -> None:
    new, running = act.projection, {row.path: row for row in deadlines.open_of(act.db, act.case["id"])}
    for path, row in running.items():
        if any(path.startswith(f"{step}/") for step in went):
            deadlines.end(act.db, act.case["id"], path, act.at)
        elif path not in old.deadlines:  # a standard time, the follow-up of a case taken up again
            continue
        elif path not in new.deadlines:
            deadlines.end(act.db, act.case["id"], path, act.at)
        elif _written(old.deadlines[path]) != _written(new.deadlines[path]) and not row.changes:
            limit = new.deadlines[path]
            if limit.event is None and limit.deadline.decision is None:
                limits.begin_at(act, limit, starts_at=row.starts_at)
    act.limits = None
    opened = {
        row.step: row.opened_at
        for row in act.db.execute(
            sa.select(item.c.step, item.c.opened_at).where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)
        )
    }
    for path, limit in new.deadlines.items():
        if path in old.deadlines or limit.event is not None or limit.deadline.decision is not None:
            continue
        starts = limit.starts or limit.scope or new.start
        if limit.step in opened or starts in opened:
            limits.begin_at(act, limit, starts_at=opened[limit.step if limit.step in opened else starts])
        elif starts == new.start and limit.step is None:
            limits.begin_at(act, limit, starts_at=act.case["received_at"])
    act.limits = None


def _items(act: Act) -> None:
    """The open items as the new version has them: name, role, unit; whoever may not hold one any more gives it back."""
    rows = act.db.execute(sa.select(item).where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)).mappings().all()
    for row in rows:
        step = act.projection.steps[row["step"]]
        role, unit = role_of(act, step), row["each_unit"] or unit_of(act, step)
        values: dict[str, Any] = {"name": step.node.name, "role": role, "unit": unit}
        if (role, unit) != (row["role"], row["unit"]) and row["assignee"] is not None:
            holders = {one.id for one in people.holders(act.db, role, unit, act.at)}
            values["assignee"] = row["assignee"] if row["assignee"] in holders else None
        if any(row[name] != value for name, value in values.items()):
            act.db.execute(item.update().where(item.c.id == row["id"]).values(**values, version=row["version"] + 1))
            act.note("items", row["step"])
