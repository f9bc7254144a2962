"""The life of one petition in the invented city: who does what to it, and when. A life gives the instant at which it
goes on, the city comes back to it then; what has to happen later than today does not happen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine import cases
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, item
from engine.errors import Refusal
from engine.office import people
from engine.office.people import Person, office_day
from engine.rehearsal import clerks
from engine.rehearsal.asides import after_the_end, before_the_work, made_urgent
from engine.rehearsal.clerks import Filled, Memory
from engine.rehearsal.plans import Plan
from engine.rehearsal.virtual import Virtual
from engine.store import Connection

__all__ = ["WORK", "Life", "Lives"]

WORK = frozenset({"PO-08", "PV-08", "PW-09"})
#: kinds whose case waits for somebody else
_STANDING = frozenset({"neglected", "suspended", "extension-asked", "opinion-asked", "opinion-late"})
#: working hours from a step's opening to its end: at least, at most
_PACE = {
    "PV-01": (0.3, 2), "PW-01": (1, 6), "PW-02": (0.3, 2), "DC-02": (0.5, 4), "PO-04": (0.5, 4), "PV-04": (0.5, 4),
    "PW-04": (0.5, 4), "PW-05": (1, 6), "PO-07": (0.5, 6), "PV-07": (0.5, 6), "PW-08": (0.5, 6), "PO-07R": (2, 8),
    "PV-07R": (2, 8), "PW-08R": (2, 8), "PO-08": (4, 20), "PV-08": (4, 20), "PW-09": (8, 60), "PO-09": (0.5, 5),
    "PV-09": (0.5, 5), "PW-10": (1, 8), "PV-10": (1, 6), "PV-10R": (2, 8), "PV-11": (1, 6), "PW-11": (1, 6),
    "PO-11": (4, 20), "PV-12": (4, 20), "PW-13": (4, 24), "FU-01": (2, 10), "FU-04": (8, 30), "FU-07": (1, 6),
    "FU-07H": (1, 6), "FU-05": (4, 16), "MM-01": (4, 12), "AP-01": (1, 4), "AP-02": (1, 6), "AP-03": (4, 16),
    "MM-06": (30, 60),
}  # fmt: skip
_OTHERWISE = (4, 16)
#: what lies still is looked at again after so long: its clocks may have moved it on
_LATER = timedelta(days=3)
_A_DAY = timedelta(days=1)
#: of the work that comes, so much is taken in hand soon
_TAKEN = 0.6


class Lives:
    """The cases of the city by plan, and how far the telling is."""

    def __init__(self, city: Virtual, seed: int) -> None:
        self.city = city
        self.seed = seed
        self.cases: dict[int, int] = {}
        #: what was refused, of whom: none in a city left alone; where people take part, theirs went first
        self.refused: list[str] = []


class Life:
    def __init__(self, lives: Lives, plan: Plan) -> None:
        self.lives, self.city, self.plan = lives, lives.city, plan
        self.chance = random.Random(f"{lives.seed}:{plan.n}:life")
        self.memory = Memory()
        self.case_id = 0
        #: with the new case of somebody who said on the telephone that it will not do
        self.ids: list[int] = []
        self._begun = False
        self._seen: set[int] = set()

    def go(self, today: date, now: datetime) -> Iterator[datetime]:
        """From the opening on, so many working days before ``today``; never after ``now``."""
        calendar = self.city.office.calendar
        minute = 5 + self.chance.randrange(45 if self.plan.age < 2 else 300)
        day = calendar.add(today, -self.plan.age)
        if calendar.at(day, time(8)) + timedelta(minutes=minute) > now:
            day = calendar.add(day, -1)
        yield calendar.at(day, time(8)) + timedelta(minutes=minute)
        try:
            self._open()
            yield from self.steps()
            yield from after_the_end(self)
        except Refusal as refusal:
            self.lives.refused.append(f"{self.plan.n} {self.plan.kind} {refusal.code} {refusal.sentence}")

    def steps(self) -> Iterator[datetime]:
        """Whatever is open is done when its time has come, until the case is over."""
        while self._is_open():
            row = self._next()
            if row is None:  # it waits for its next follow-up
                yield self.city.now + _A_DAY
                continue
            step = _last(row["step"])
            if step in WORK and not self._begun:
                self._begun = True
                if self.plan.urgent:
                    made_urgent(self)
                if self.chance.random() < _TAKEN and row["assignee"] is None:
                    yield self.later(0.3)
                    self._claim(row)
                yield from before_the_work(self)
            elif self._stays(step):
                yield from self._lies_still(row, step)
            else:
                yield max(self._when(row, step), self.city.now)
                again = self._next()
                if again is not None and again["id"] == row["id"]:
                    self._do(again, step)

    def _stays(self, step: str) -> bool:
        plan, before = self.plan, self.memory.done.get(step, 0)
        if step == plan.stays:
            return before >= {"returned": 1, "interim": 2 if step == "FU-04" else 0}.get(plan.kind, 0)
        if step in WORK:  # not answered in time; what is late is answered on its follow-up form
            return plan.kind in _STANDING or plan.kind == "late" or (plan.stays == "FU-04" and plan.kind != "interim")
        return step == "FU-04" and plan.kind in _STANDING

    def _lies_still(self, row: sa.RowMapping, step: str) -> Iterator[datetime]:
        if row["id"] not in self._seen:
            self._seen.add(row["id"])
            if self.plan.hand and row["assignee"] is None:
                yield self.later(0.5)
                self._claim(row)
            if self.plan.draft:
                yield self.later(2)
                begun = {k: v for k, v in self.fill(row, step).answers.items() if k in ("visited", "findings")}
                self.act(lambda db, by: cases.keep_draft(db, row["id"], answers=begun, **by))
        yield self.city.now + _LATER

    def _claim(self, row: sa.RowMapping) -> None:
        self.act(lambda db, by: cases.claim(db, row["id"], **by))

    def _open(self) -> None:
        filled = clerks.opening(self.plan, self.chance)
        with self.city.store.act() as db:
            desk = self.person(db, "service_center", "planning-rdec", self.plan.n)
            opened = cases.open_case(
                db, self.plan.sop, who=desk, at=self.city.now, office=self.city.office, answers=filled.answers,
                files={name: list(files) for name, files in filled.files.items()},
            )  # fmt: skip
        self.case_id = self.lives.cases[self.plan.n] = opened.case_id
        self.ids.append(opened.case_id)
        if self.plan.of in self.lives.cases:
            self.memory.original = self.city.case(self.lives.cases[self.plan.of])["number"]

    def _next(self) -> sa.RowMapping | None:
        with self.city.store.look() as db:
            return db.execute(
                sa.select(item)
                .join(case, case.c.id == item.c.case_id)
                .where(item.c.case_id.in_(self.ids), ITEM_IS_OPEN)
                .order_by(item.c.id)
                .limit(1)
            ).mappings().first()  # fmt: skip

    def _is_open(self) -> bool:
        with self.city.store.look() as db:
            return db.execute(sa.select(case.c.id).where(case.c.id.in_(self.ids), CASE_IS_OPEN)).first() is not None

    def _when(self, row: sa.RowMapping, step: str) -> datetime:
        least, most = _PACE.get(step, _OTHERWISE)
        return self.city.office.calendar.plus_hours(row["opened_at"], self.chance.uniform(least, most))

    def fill(self, row: sa.RowMapping, step: str) -> Filled:
        filled = clerks.fill(
            step, self.plan, self.chance, self.memory, day=office_day(self.city.now), unit=row["unit"]
        )  # fmt: skip
        return filled if filled is not None else Filled({})

    def _do(self, row: sa.RowMapping, step: str) -> None:
        filled = self.fill(row, step)
        with self.city.store.act() as db:
            who = self.holder(db, row)
            cases.complete(
                db, row["id"], who=who, at=self.city.now, office=self.city.office, answers=filled.answers,
                checklist=filled.checklist, files={name: list(files) for name, files in filled.files.items()},
            )  # fmt: skip
        self.memory.done[step] = self.memory.done.get(step, 0) + 1
        if filled.answers.get("told") == "不滿意":
            with self.city.store.look() as db:
                self.ids += db.scalars(sa.select(case.c.id).where(case.c.parent_id == self.case_id)).all()

    # -- what the asides use ------------------------------------------------------------------------------------------

    def later(self, hours: float) -> datetime:
        return self.city.office.calendar.plus_hours(self.city.now, hours)

    def person(self, db: Connection, role: str, unit: str, which: int = 0) -> Person:
        held = people.holders(db, role, unit, self.city.now)
        return people.get(db, held[which % len(held)].account, self.city.now)

    def holder(self, db: Connection, row: sa.RowMapping) -> Person:
        """Whoever has the item, else the clerk of this matter."""
        if row["assignee"] is not None:
            return people.get(db, row["assignee"], self.city.now)
        first = self.plan.hand and _last(row["step"]) == self.plan.stays
        which = self.plan.officer if row["role"] == "officer" else 0 if first else self.plan.n
        return self.person(db, row["role"], row["unit"], which)

    def act(self, do: Callable[[Connection, dict[str, Any]], Any], seat: tuple[str, str] | None = None) -> Any:
        """One act of whoever has the case in hand, or of the person in that seat: (role, unit)."""
        row = self._next() if seat is None else None
        with self.city.store.act() as db:
            if row is not None:
                who = self.holder(db, row)
            else:
                role, unit = seat or ("officer", self.plan.matter.unit)
                who = self.person(db, role, unit, self.plan.officer)
            return do(db, {"who": who, "at": self.city.now, "office": self.city.office})


def _last(step: str) -> str:
    return str(step).rpartition("/")[2]
