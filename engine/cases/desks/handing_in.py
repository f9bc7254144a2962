"""Who has not handed in: the units and plans that a case waits for, and where each of them stands.

A call box waits for cases of their own, a step of many units for one work item of each. Both are read here as lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, case, child, item
from engine.dates.records import deadline
from engine.errors import Missing
from engine.office import people
from engine.office.people import Person
from engine.office.records import entry, person, unit
from engine.store import Connection

__all__ = ["CALLED_IN", "Asked", "Line", "asked_at", "asked_by"]

#: the verb of the journal's entries that say who was reminded, by which the last time is found
CALLED_IN = "call_in"
State = Literal["open", "done", "withdrawn"]
_STATES: dict[str, State] = {"open": "open", "done": "done"}


@dataclass(frozen=True, slots=True)
class Line:
    """One unit or plan. ``id`` is the child's case, or the work item; ``where`` the steps it stands at."""

    id: int
    case_id: int | None
    number: str
    entry: str
    unit: str
    where: tuple[str, ...]
    holders: tuple[str, ...]  # who has it in hand; empty: nobody yet
    state: State
    due_at: datetime | None
    over_at: datetime | None
    late: bool
    reminded_at: datetime | None
    visible: bool  # whether the reader may open the child's page


@dataclass(frozen=True, slots=True)
class Asked:
    """One box or step that asks several: its newest round, in the order of its list."""

    step: str
    kind: Literal["child", "item"]
    round: int
    waits: bool
    lines: tuple[Line, ...]

    @property
    def missing(self) -> int:
        return sum(1 for line in self.lines if line.state == "open")


def asked_by(db: Connection, case_row: Mapping[str, Any], *, who: Person, at: datetime) -> list[Asked]:
    """Every box and step of this case that has asked somebody, in the order in which they first did."""
    return [*_boxes(db, case_row, who, at), *_steps(db, case_row, at)]


def asked_at(db: Connection, case_row: Mapping[str, Any], step: str, *, who: Person, at: datetime) -> Asked:
    """One of them. Raises Missing when this box or step has asked nobody."""
    for asked in asked_by(db, case_row, who=who, at=at):
        if asked.step == step:
            return asked
    raise Missing("nobody_asked", "這個步驟還沒有請任何單位提送。", element=step)


def _boxes(db: Connection, case_row: Mapping[str, Any], who: Person, at: datetime) -> list[Asked]:
    rows = db.execute(
        sa.select(
            child.c.case_id, child.c.step, child.c.opening, child.c.entry, child.c.waits, case.c.number,
            case.c.status, case.c.ended_at, case.c.title, case.c.unit, case.c.opened_by, unit.c.name.label("unit_name"),
        )
        .join(case, case.c.id == child.c.case_id)
        .join(unit, unit.c.id == case.c.unit, isouter=True)
        .where(child.c.parent_id == case_row["id"], people.not_excluded(who, child.c.case_id))
        .order_by(child.c.case_id)
    ).mappings().all()  # fmt: skip
    newest = {row["step"]: row["opening"] for row in rows}  # the last one read of a step is of its newest round
    shown = [row for row in rows if row["opening"] == newest[row["step"]]]
    work = _work(db, [row["case_id"] for row in shown if row["status"] == "open"])
    own, limits = _own_limits(db, [row["case_id"] for row in shown]), _limits(db, case_row["id"])
    reminded, known = _reminded(db, case_row["id"]), people.units(db)
    asks = _asks(db, case_row, who)
    found: dict[str, list[Line]] = {}
    for row in shown:
        mine = work.get(row["case_id"], [])
        facts = {**row, "id": row["case_id"], "units": [one["unit"] for one in mine]}
        due = own.get(row["case_id"], limits.get(row["step"]))
        over = row["status"] != "open"
        found.setdefault(row["step"], []).append(
            Line(
                row["case_id"], row["case_id"], row["number"], _about(row["entry"], known) or row["title"],
                row["unit_name"] or "",
                tuple(one["name"] for one in mine),
                tuple(dict.fromkeys(one["holder"] for one in mine if one["holder"])),
                "open" if not over else "done" if row["status"] == "ended" else "withdrawn",
                due, row["ended_at"], due is not None and due < (row["ended_at"] if over else at),
                reminded.get((row["step"], row["case_id"])),
                asks or people.may(db, who, "see", facts),
            )
        )  # fmt: skip
    waits = {row["step"]: row["waits"] for row in shown}
    return [Asked(step, "child", newest[step], waits[step], tuple(lines)) for step, lines in found.items()]


def _steps(db: Connection, case_row: Mapping[str, Any], at: datetime) -> list[Asked]:
    rows = db.execute(
        sa.select(item, unit.c.name.label("unit_name"), person.c.name.label("holder"))
        .join(unit, unit.c.id == item.c.unit, isouter=True)
        .join(person, person.c.id == item.c.assignee, isouter=True)
        .where(item.c.case_id == case_row["id"], item.c.each_unit != "")
        .order_by(item.c.id)
    ).mappings().all()  # fmt: skip
    newest = {row["step"]: row["opening"] for row in rows}
    reminded, limits = _reminded(db, case_row["id"]), _limits(db, case_row["id"])
    found: dict[str, list[Line]] = {}
    for row in rows:
        if row["opening"] == newest[row["step"]]:
            due, done = limits.get(row["step"]), row["done_at"]
            found.setdefault(row["step"], []).append(
                Line(
                    row["id"], None, "", row["unit_name"] or row["each_unit"], row["unit_name"] or row["unit"],
                    (row["name"],), (row["holder"],) if row["holder"] else (),
                    _STATES.get(row["status"], "withdrawn"), due, done, due is not None and due < (done or at),
                    reminded.get((row["step"], row["id"])), False,
                )
            )  # fmt: skip
    return [Asked(step, "item", newest[step], True, tuple(lines)) for step, lines in found.items()]


def _work(db: Connection, cases: list[int]) -> dict[int, list[Mapping[str, Any]]]:
    """The open items of these cases."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    if cases:
        query = (
            sa.select(item.c.case_id, item.c.name, item.c.unit, person.c.name.label("holder"))
            .join(person, person.c.id == item.c.assignee, isouter=True)
            .where(item.c.case_id.in_(cases), ITEM_IS_OPEN)
            .order_by(item.c.id)
        )
        for row in db.execute(query).mappings():
            found.setdefault(row["case_id"], []).append(dict(row))
    return found


def _limits(db: Connection, case_id: int) -> dict[str, datetime]:
    """Box or step → the date it must keep; a standard time is for planning, and makes nobody late."""
    query = sa.select(deadline.c.step, deadline.c.due_at).where(
        deadline.c.case_id == case_id, deadline.c.step.is_not(None), deadline.c.regime != "standard"
    )
    return {row.step: row.due_at for row in db.execute(query.order_by(deadline.c.id))}


def _own_limits(db: Connection, cases: list[int]) -> dict[int, datetime]:
    """Child → the nearest date of its own, of those that still run; of one that is over, the last one it had."""
    query = (
        sa.select(deadline.c.case_id, sa.func.min(deadline.c.due_at).label("due_at"))
        .join(case, case.c.id == deadline.c.case_id)
        .where(
            deadline.c.case_id.in_(cases), deadline.c.regime != "standard",
            sa.or_(case.c.status != "open", sa.and_(deadline.c.met_at.is_(None), deadline.c.ended_at.is_(None))),
        )
        .group_by(deadline.c.case_id)
    )  # fmt: skip
    return {row.case_id: row.due_at for row in db.execute(query)} if cases else {}


def _asks(db: Connection, case_row: Mapping[str, Any], who: Person) -> bool:
    """Whether the reader sits in a unit whose case this is, or that worked on it: they see what they asked for."""
    units = set(
        db.execute(
            sa.select(item.c.unit).where(
                item.c.case_id == case_row["id"], item.c.status == "done", item.c.each_unit == ""
            )
        ).scalars()
    )
    units |= {case_row["unit"]} if case_row["unit"] else set()
    piece = {"case_id": case_row["id"], "role": "", "assignee": None}
    return any(people.may(db, who, "see", {**piece, "unit": unit}) for unit in sorted(units))


def _about(written: str, known: Mapping[str, people.Unit]) -> str:
    """An entry as people call it: the unit's name, or the text."""
    named, slash, text = written.partition("/")
    if named not in known:
        return written
    return text if slash and text else known[named].name


def _reminded(db: Connection, case_id: int) -> dict[tuple[str, int], datetime]:
    """Line of a box or step → when it was last reminded."""
    query = sa.select(entry.c.at, entry.c.step, entry.c.effects).where(
        entry.c.subject == f"case:{case_id}", entry.c.verb == CALLED_IN
    )
    rows = db.execute(query.order_by(entry.c.seq)).all()
    return {(row.step, one): row.at for row in rows for one in row.effects.get("lines", ())}
