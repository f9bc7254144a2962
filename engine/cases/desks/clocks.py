"""The clocks of a case as a person reads them: each deadline a row of moments, with whom every rung reaches by name.

What has not rung yet is shown with the people it would reach now; what has rung with those it reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from engine.cases import people_of
from engine.cases.desks.in_order import InOrder
from engine.cases.records import case, extension, suspension
from engine.dates.records import alarm
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.office.records import notice, person, unit
from engine.sops.rungs import MEETING_LIST
from engine.store import Connection

__all__ = [
    "Moment", "extensions", "level_of", "levels_signed", "moments", "newest_per_path", "suspended", "suspensions",
    "to_decide",
]  # fmt: skip

Row = Mapping[str, Any]
State = Literal["past", "rang", "silent", "waits", "stands"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of a deadline's strip.

    ``kind``: start, reminder, due, old-due, escalation, timer, stopped, extension, suspension, event, recount, met,
    ended. ``level`` counts escalations from 1; ``to`` are names; ``old`` is the due date before a change.
    """

    at: datetime
    kind: str
    state: State
    level: int = 0
    to: tuple[str, ...] = ()
    why: str = ""
    old: datetime | None = None


#: at one instant: what is told before it, the instant itself, what follows
_ORDER = ("start", "reminder", "due", "met", "timer", "escalation", "ended")


def moments(db: Connection, case_row: Row, deadlines: Sequence[Row], *, at: datetime) -> dict[int, list[Moment]]:
    """The strip of each of these deadlines, by its id, in the order of time; its changes stand where they were made."""
    ids = [row["id"] for row in deadlines]
    if not ids:
        return {}
    rows = db.execute(
        sa.select(alarm).where(alarm.c.case_id == case_row["id"], alarm.c.deadline_id.in_(ids)).order_by(alarm.c.id)
    ).mappings().all()  # fmt: skip
    reach = _Reach(db, case_row, at)
    told = _told(db, case_row["id"])
    found: dict[int, list[Moment]] = {}
    for limit in deadlines:
        own = [dict(row) for row in rows if row["deadline_id"] == limit["id"]]
        strip = [*_own_moments(limit, at), *_changes(limit)]
        levels = sorted({row["rung"] for row in own if row["kind"] == "escalation"})
        for row in own:
            if row["kind"] == "timer":
                if row["silenced_at"] is not None:  # its step was closed, or it waits again as another row
                    continue
                strip.append(Moment(row["due_at"], "timer", _state(row, limit)))
                continue
            rang = row["rang_at"] is not None
            key = (limit["id"], row["kind"], row["rung"], row["opening"])
            names = tuple(told.get(key, ())) if rang else reach.names(row["kind"], row["to"])
            level = levels.index(row["rung"]) + 1 if row["kind"] == "escalation" else 0
            strip.append(Moment(row["rang_at"] or row["due_at"], row["kind"], _state(row, limit), level, names))
        found[limit["id"]] = sorted(strip, key=lambda one: (one.at, _order(one.kind)))
    return found


def _own_moments(limit: Row, at: datetime) -> list[Moment]:
    strip = [Moment(limit["starts_at"], "start", "past" if limit["starts_at"] <= at else "waits")]
    stands = limit["stopped_at"] is not None and limit["ended_at"] is None
    over = limit["due_at"] < at or limit["ended_at"] is not None
    strip.append(Moment(limit["due_at"], "due", "stands" if stands else "past" if over else "waits"))
    if stands:
        strip.append(Moment(limit["stopped_at"], "stopped", "stands"))
    if limit["met_at"] is not None:
        strip.append(Moment(limit["met_at"], "met", "past"))
    elif limit["ended_at"] is not None:
        strip.append(Moment(limit["ended_at"], "ended", "past"))
    return strip


def _changes(limit: Row) -> list[Moment]:
    return [
        Moment(
            datetime.fromisoformat(change["at"]), change["kind"], "past", why=str(change.get("why") or ""),
            old=datetime.fromisoformat(change["from"]),
        )
        for change in limit["changes"] or ()
    ]  # fmt: skip


def _state(row: Row, limit: Row) -> State:
    if row["rang_at"] is not None:
        return "rang"
    if limit["stopped_at"] is not None and limit["ended_at"] is None:
        return "stands"
    return "silent" if row["silenced_at"] is not None else "waits"


def _order(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


class _Reach:
    """Names of those a rung would reach now; each list of recipients is asked for once."""

    def __init__(self, db: Connection, case_row: Row, at: datetime) -> None:
        self.db, self.case, self.at = db, case_row, at
        self.known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def names(self, kind: str, to: Iterable[str]) -> tuple[str, ...]:
        wanted = (kind, *to)
        if wanted not in self.known:
            ids = people_of.told_by(self.db, self.case, kind, wanted[1:], self.at)
            names = people.names(self.db, ids)
            found = [names[one] for one in ids if one in names]
            found += ["市務會議清單"] if MEETING_LIST in wanted else []
            self.known[wanted] = tuple(found)
        return self.known[wanted]


def _told(db: Connection, case_id: int) -> dict[tuple[int, str, int, int], list[str]]:
    """Whom the rungs that rang have reached, by (deadline, kind, rung, opening), from what was told."""
    query = (
        sa.select(notice.c.key, person.c.name)
        .join(person, person.c.id == notice.c.person_id)
        .where(notice.c.case_id == case_id, notice.c.kind.in_(("reminder", "escalation")))
        .order_by(notice.c.id)
    )
    found: dict[tuple[int, str, int, int], list[str]] = {}
    for key, name in db.execute(query):
        parts = key.split(":")  # alarm:<deadline>:<kind>:<rung>[:<opening>]:<person>
        if len(parts) not in (5, 6) or parts[0] != "alarm":
            continue
        opening = int(parts[4]) if len(parts) == 6 else 0
        found.setdefault((int(parts[1]), parts[2], int(parts[3]), opening), []).append(name)
    return found


# ---- requests and suspensions

_DECIDER = person.alias("decider")
_EXTENSIONS = (
    sa.select(
        extension, person.c.name.label("asked_by_name"), _DECIDER.c.name.label("decided_by_name"), case.c.number,
        case.c.title, case.c.unit.label("case_unit"), case.c.bundle, case.c.start, unit.c.name.label("unit_name"),
    )
    .select_from(InOrder(extension, case, case.c.id == extension.c.case_id))
    .join(unit, unit.c.id == case.c.unit, isouter=True)
    .join(person, person.c.id == extension.c.asked_by, isouter=True)
    .join(_DECIDER, _DECIDER.c.id == extension.c.decided_by, isouter=True)
)  # fmt: skip


def extensions(db: Connection, case_id: int) -> list[dict[str, Any]]:
    """Every extension asked for in a case, the oldest first."""
    query = _EXTENSIONS.where(extension.c.case_id == case_id).order_by(extension.c.id)
    return [dict(row) for row in db.execute(query).mappings()]


def to_decide(db: Connection, who: Person, *, limit: int = 200) -> list[dict[str, Any]]:
    """The requests this person may decide, those nearest to their due date first; never one's own."""
    signs = {level: people.units_signed(db, who, level) for level in people.LEVELS}
    units = sorted({unit_id for signed in signs.values() for unit_id in signed})
    query = (
        _EXTENSIONS.where(
            extension.c.state == sa.literal_column("'asked'"), case.c.unit.in_(units),
            extension.c.asked_by.not_in(sorted(who.ids)), people.not_excluded(who, case.c.id),
        )
        .order_by(extension.c.old_due_at, extension.c.id)
        .limit(limit)
    )  # fmt: skip
    rows = [dict(row) for row in db.execute(query).mappings()]
    found = ({**row, "level": level_of(db, row)} for row in rows)
    return [row for row in found if row["case_unit"] in signs[row["level"]]]


def level_of(db: Connection, row: Row) -> str:
    """Who decides a request: it stands in the SOP that its case is pinned to; the section chief where none is named."""
    limit = shelf.projection(db, row["bundle"], row["start"]).deadlines.get(row["deadline_path"])
    return (limit.deadline.extend_level if limit is not None else None) or "三層"


def levels_signed(db: Connection, case_row: Row, who: Person) -> list[str]:
    """The levels of the extensions that wait for a word in this case, and of those this person has decided."""
    query = sa.select(extension.c.deadline_path).where(
        extension.c.case_id == case_row["id"],
        sa.or_(extension.c.state == sa.literal_column("'asked'"), extension.c.decided_by.in_(sorted(who.ids))),
    )
    paths = db.execute(query.distinct()).scalars().all()
    return sorted({level_of(db, {**case_row, "deadline_path": path}) for path in paths})


_ENDER = person.alias("ender")


def suspensions(db: Connection, case_id: int) -> list[dict[str, Any]]:
    """Every time the case's clocks stood still, the oldest first; the one that lasts has no end."""
    query = (
        sa.select(suspension, person.c.name.label("began_by_name"), _ENDER.c.name.label("ended_by_name"))
        .join(person, person.c.id == suspension.c.began_by, isouter=True)
        .join(_ENDER, _ENDER.c.id == suspension.c.ended_by, isouter=True)
        .where(suspension.c.case_id == case_id)
        .order_by(suspension.c.id)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def suspended(db: Connection, units: Iterable[str] | None, *, who: Person, limit: int = 200) -> list[dict[str, Any]]:
    """Cases whose clocks stand still, the longest first; none that ``who`` is kept out of.

    ``units``: what they may look over; None is the house.
    """
    query = (
        sa.select(
            case.c.id, case.c.number, case.c.title, case.c.suspended_at, unit.c.name.label("unit_name"),
            suspension.c.reason, person.c.name.label("began_by_name"),
        )
        .join(suspension, sa.and_(suspension.c.case_id == case.c.id, suspension.c.ended_at.is_(None)))
        .join(unit, unit.c.id == case.c.unit, isouter=True)
        .join(person, person.c.id == suspension.c.began_by, isouter=True)
        .where(case.c.suspended_at.is_not(None), people.not_excluded(who, case.c.id))
        .order_by(case.c.suspended_at)
        .limit(limit)
    )  # fmt: skip
    if units is not None:
        query = query.where(case.c.unit.in_(sorted(units)))
    return [dict(row) for row in db.execute(query).mappings()]


def newest_per_path(deadlines: Sequence[Row]) -> list[Row]:
    """Of every path the running deadline, else the last one; in the order they began."""
    newest: dict[str, Row] = {}
    for row in deadlines:
        newest[row["path"]] = row
    return sorted(newest.values(), key=lambda row: (row["ended_at"] is not None, row["due_at"], row["id"]))
