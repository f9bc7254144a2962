"""Plans that count back from an event (a meeting, a session), and the event that moves: shown first, then done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import holding, limits
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_reason
from engine.cases.records import case as case_table
from engine.cases.records import milestone
from engine.cases.surroundings import Office
from engine.dates import changes, deadlines, lookups
from engine.dates.workdays import TAIPEI
from engine.errors import Invalid, Missing
from engine.flow import ProjectedDeadline, Projection, State
from engine.library import shelf
from engine.office.people import Person
from engine.store import Connection

__all__ = ["PAST", "Planned", "events_of", "move_event", "preview"]


#: what is said of an event that would be moved to a time that is over
PAST = "事件的時間不能早於現在。"


@dataclass(frozen=True, slots=True)
class Planned:
    """One date of a plan: where it stands (None: not begun) and where it would. ``over``: met or ended, it stays."""

    path: str
    name: str
    old: datetime | None
    new: datetime
    over: bool
    working: tuple[Mapping[str, Any], ...]


def events_of(db: Connection, projection: Projection, case_id: int) -> dict[str, datetime | None]:
    """The events that plans of this case count back from, and when they are; None where nobody has said."""
    known = {
        row.name: row.at for row in db.execute(sa.select(milestone).where(milestone.c.case_id == case_id))
    }  # fmt: skip
    names = [_name(scope, name) for scope, name in limits.events(projection)]
    return {name: known.get(name) for name in names}


def preview(db: Connection, case_id: int, event: str, to: datetime, *, office: Office) -> list[Planned]:
    """What moving the event would change, the earliest first; nothing is written. Missing for an unknown event."""
    row = db.execute(sa.select(case_table).where(case_table.c.id == case_id)).one_or_none()
    if row is None:
        raise Missing("no_such_case", "查無此案件。")
    projection = shelf.projection(db, row.bundle, row.start)
    found = [_planned(db, case_id, limit, to, office) for limit in _counting(projection, event)]
    return sorted(found, key=lambda one: (one.new, one.path))


def move_event(
    db: Connection, case_id: int, event: str, to: datetime, *, reason: str, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """The event is at another time: every date that counts back from it moves, except what was met.

    Missing for an event that no plan of the case counts from; Invalid for one in the past, or where it already is.
    """
    act = of_case(db, case_id, verb="move_event", who=who, at=at, office=office)
    holding.require(act, "move_event")
    limit = _counting(act.projection, event)[0]
    reason = required_reason(reason)
    if to < at:
        raise Invalid("event_past", PAST, fields={"to": PAST})
    if events_of(db, act.projection, case_id)[event] == to:
        raise Invalid("event_same", "事件本來就在這個時間。", fields={"to": "事件本來就在這個時間。"})
    limits.plan(act, limit.scope, str(limit.event), to, why=reason)
    act.state = _told(act, limit, to)
    limits.carry_due(act)
    act.finish(reason=reason)


def _told(act: Act, limit: ProjectedDeadline, to: datetime) -> State:
    """The variable that named the event names its new day: conditions and the next act read the same."""
    local = to.astimezone(TAIPEI)
    day = local.date()
    said = (
        day.isoformat() if limits.instant_of(act, day) == to else local.replace(tzinfo=None).isoformat("T", "minutes")
    )
    values = {**act.state.values, limit.scope: {**act.state.values.get(limit.scope, {}), str(limit.event): said}}
    return State(act.state.tokens, values, act.state.rounds)


def _counting(projection: Projection, event: str) -> tuple[ProjectedDeadline, ...]:
    for (scope, name), found in limits.events(projection).items():
        if _name(scope, name) == event:
            return found
    raise Missing("no_such_event", "這個案件沒有以此事件推算的期限。")


def _name(scope: str, name: str) -> str:
    return f"{scope}/{name}" if scope else name


def _planned(db: Connection, case_id: int, limit: ProjectedDeadline, to: datetime, office: Office) -> Planned:
    row = lookups.newest_of(db, case_id, limit.path)
    if row is None:
        reckoned = deadlines.reckon(limit.deadline, to, office.calendar)
        lines = tuple(line.as_dict() for line in reckoned.working)
        return Planned(limit.path, limit.deadline.name, None, reckoned.due, False, lines)
    if row.ended_at is not None:
        return Planned(limit.path, row.name, row.due_at, row.due_at, True, tuple(row.working))
    later = changes.again(row, office.calendar, starts_at=to)
    return Planned(limit.path, row.name, row.due_at, later.due, False, later.working)
