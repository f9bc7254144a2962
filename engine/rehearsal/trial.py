"""試走: a draft is walked on the real engine before anybody reviews it, in a city in memory and on a virtual clock.

A trial keeps nothing: it is a scenario in the making, and every look at it walks that scenario from its beginning. So
a step back is one line less, and a trial that reached its end is a scenario for the draft's own file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import yaml

from engine.cases import desks
from engine.cases.desks.case_file import passed as passed_by
from engine.cases.desks.procedures import roles as role_names
from engine.cases.records import ITEM_IS_OPEN, case, child, item
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Refusal
from engine.flow import ProjectedStep
from engine.library import shelf
from engine.library.folder import SopFolder
from engine.office import people
from engine.office.people import SYSTEM
from engine.rehearsal import scenarios
from engine.rehearsal.scenarios import Scenario, Walk
from engine.rehearsal.virtual import CALENDAR, Virtual
from engine.sops.fields import Field
from engine.sops.forms import ScreenForm
from engine.sops.sop import Progress
from engine.store import Connection

__all__ = ["MOST_STEPS", "Limit", "Stand", "Timer", "Waiting", "as_scenario", "opener", "stand", "walked"]

#: a walk longer than this is two walks
MOST_STEPS = 60
_INVENTED = {"phone": "0900000000", "email": "petitioner@example.invalid"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One step that waits for a person. ``case``: as a scenario's step names it, '' for the case itself; ``who``: as
    ``role@unit``; ``holders``: the names of those who could do it."""

    case: str
    sop_name: str
    path: str
    step: ProjectedStep
    screen: ScreenForm | None
    unit_name: str
    role_name: str
    who: str
    holders: Sequence[str]
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of the path that may be let come."""

    path: str
    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline that was started, with what happens around it, in order."""

    name: str
    due_at: datetime
    late: bool
    over: bool
    working: Sequence[Mapping[str, Any]]
    moments: Sequence[desks.Moment]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the trial has come to. ``next_at``: when something rings next by itself; ``names``: of steps, by path."""

    now: datetime
    status: str
    end: str
    waiting: Sequence[Waiting]
    timers: Sequence[Timer]
    limits: Sequence[Limit]
    next_at: datetime | None
    passed: Sequence[str]
    progress: Progress
    names: Mapping[str, str]


def opener(db: Connection, at: datetime) -> str:
    """Who opens the case of a trial: the service centre, or the clock where this city has none."""
    role, _, unit = scenarios.REGISTRAR.partition("@")
    return scenarios.REGISTRAR if people.holders(db, role, unit, at) else CALENDAR


def walked(city: Virtual, scenario: Scenario) -> tuple[Walk | None, int, Refusal | None]:
    """The walk so far, how many of its steps could be walked, and what the next one was refused with."""
    if len(scenario.steps) > MOST_STEPS:
        raise Invalid("trial_too_long", f"試走最多 {MOST_STEPS} 步，請存為情境後另開一次。")
    done = 0
    walk: Walk | None = None
    try:
        walk = scenarios.prepare(city, scenario, (scenario,), city.now)
        for step in scenario.steps:
            scenarios.perform(walk, step)
            done += 1
    except Refusal as refusal:
        return walk, done, refusal
    return walk, done, None


def stand(walk: Walk) -> Stand:
    """What waits now, what will ring, and where the case stands on its chart."""
    city = walk.city
    with city.store.look() as db:
        row = db.execute(sa.select(case).where(case.c.id == walk.case_id)).mappings().one()
        waiting = [one for case_id, name in _family(db, walk.case_id) for one in _waiting(db, case_id, name, city.now)]
        coming = _coming(db, walk.case_id)
        head = desks.head(db, walk.case_id)
        file = desks.read(db, head, who=SYSTEM)
        limits = list(_limits(db, head, file.deadlines, city.now))
        progress = desks.progress(file, at=city.now)
        steps = shelf.projection(db, row["bundle"], row["start"]).steps
        names = {path: step.node.name or path for path, step in steps.items()}
    passed = [path for line in reversed(file.entries) for path in passed_by(line)]
    return Stand(
        city.now, row["status"], row["end"] or "", waiting,
        [Timer(one["step"], one["name"] or "", one["due_at"]) for one in coming if one["kind"] == "timer"],
        limits, coming[0]["due_at"] if coming else None, passed, progress, names,
    )  # fmt: skip


def as_scenario(scenario: Scenario, name: str, reached: Stand, start: ScreenForm | None) -> str:
    """The walk as a line of ``scenarios.yaml`` that expects the end it came to, and the steps of people on its way.

    Who a person is stands in no SOP: where ``start`` asks for that, something invented is kept, whatever was typed.
    """
    if reached.status == "open":
        raise Invalid("trial_open", "還沒有走到終點，不能存為情境。")
    people_steps = list(
        dict.fromkeys(str(step["step"]) for step in scenario.steps if "step" in step and "case" not in step)
    )
    row = {
        "name": name, "start": scenario.start, "given": _nobody(scenario.given, start),
        "steps": [dict(step) for step in scenario.steps],
        "expect": {"end": reached.end, **({"steps": people_steps} if people_steps else {})},
    }  # fmt: skip
    return yaml.safe_dump([row], allow_unicode=True, sort_keys=False, width=110)


def _nobody(given: Mapping[str, Any], start: ScreenForm | None) -> dict[str, Any]:
    told = dict(given["answers"])
    for field in start.fields if start is not None else ():
        if field.identity and told.pop(field.name, None) is not None:
            told |= {field.name: said} if (said := _invented(field)) else {}
    return {**given, "answers": told}


def _invented(field: Field) -> Any:
    """An answer that is nobody's; None for a kind that a person would have to make up."""
    if field.choices:
        return field.choices[0][0]
    if field.kind in ("text", "longtext"):
        return field.title[: field.most]
    return _INVENTED.get(field.kind)


def _family(db: Connection, case_id: int, above: str = "") -> list[tuple[int, str]]:
    """The case and those it opened, with the name by which a scenario finds each."""
    found = [(case_id, above)]
    below = db.execute(
        sa.select(child.c.case_id, child.c.entry, case.c.sop_id)
        .join(case, case.c.id == child.c.case_id)
        .where(child.c.parent_id == case_id)
        .order_by(child.c.case_id)
    ).all()  # fmt: skip
    for row in below:
        name = row.entry or row.sop_id
        found += _family(db, row.case_id, f"{above} > {name}" if above else name)
    return found


def _waiting(db: Connection, case_id: int, name: str, at: datetime) -> list[Waiting]:
    rows = db.execute(
        sa.select(item, case.c.bundle, case.c.start)
        .join(case, case.c.id == item.c.case_id)
        .where(item.c.case_id == case_id, ITEM_IS_OPEN)
        .order_by(item.c.id)
    ).mappings().all()  # fmt: skip
    units, roles = people.units(db), role_names(db)
    found = []
    for row in rows:
        step = shelf.projection(db, row["bundle"], row["start"]).steps[row["step"]]
        sop = shelf.opened(db, row["bundle"]).sops[step.procedure]
        unit = units.get(row["unit"])
        held = people.holders(db, row["role"], row["unit"], at)
        found.append(
            Waiting(
                name, sop.name, row["step"], step, shelf.form(db, row["bundle"], row["step"]),
                unit.name if unit else row["unit"], roles.get(row["role"], row["role"]), f"{row['role']}@{row['unit']}",
                [one.name for one in held], row["due_at"],
            )
        )  # fmt: skip
    return found


def _limits(db: Connection, head: Mapping[str, Any], rows: Sequence[Any], at: datetime) -> Iterator[Limit]:
    newest = [row for row in desks.newest_per_path(rows) if row["regime"] != "standard"]
    strips = desks.moments(db, head, newest, at=at)
    for row in newest:
        over = row["ended_at"] is not None
        late = (row["met_at"] or row["ended_at"] or at) > row["due_at"]
        yield Limit(row["name"], row["due_at"], late, over, row["working"] or (), strips[row["id"]])


def _coming(db: Connection, case_id: int) -> Sequence[sa.RowMapping]:
    """What will ring by itself, in order."""
    return db.execute(
        sa.select(alarm, deadline.c.name)
        .join(deadline, deadline.c.id == alarm.c.deadline_id, isouter=True)
        .where(alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
        .order_by(alarm.c.due_at, alarm.c.id)
    ).mappings().all()  # fmt: skip


def begun(draft: SopFolder, given: Mapping[str, Any], start: str, steps: Sequence[Mapping[str, Any]]) -> Scenario:
    """The scenario in the making."""
    return Scenario(draft.id, "試走", start, given, tuple(steps), {})
