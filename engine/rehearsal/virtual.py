"""The real engine on a virtual clock: time moves when the rehearsal says so, and everything due on the way rings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from engine import cases, clock
from engine.cases.records import ITEM_IS_OPEN, case, extension, item
from engine.cases.surroundings import Office
from engine.dates import lookups
from engine.errors import Invalid, Missing
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.store import Connection, Store

__all__ = ["Virtual"]

TAIPEI = ZoneInfo("Asia/Taipei")
#: who opens a case on the day of its calendar start
CALENDAR = "calendar"
#: a tick comes this long after what is due: "the first tick after"
_TICK = timedelta(seconds=1)


class Virtual:
    """A store, an office, and a clock that stands still until ``until`` is called.

    ``most``: how often somebody may act here or something ring, where whoever wrote the walk is not to be trusted.
    """

    def __init__(self, store: Store, office: Office, now: datetime, *, most: int | None = None) -> None:
        self.store = store
        self.office = office
        self.now = now
        self.most = most
        self.acts = 0

    def until(self, instant: datetime) -> None:
        """Let time pass to ``instant``, ticking just after everything that falls due on the way."""
        while True:
            with self.store.look() as db:
                due = lookups.next_due(db)
            if due is None or due + _TICK > instant:
                break
            self._count()
            self.now = max(self.now, due + _TICK)
            clock.ring_due(self.store, self.now, self.office)
        self.now = max(self.now, instant)

    def _count(self) -> None:
        self.acts += 1
        if self.most is not None and self.acts > self.most:
            raise Invalid("walk_too_long", f"走了 {self.most} 步還沒有結束，不再往下走。")

    def open_item(self, case_id: int, step: str, unit: str = "") -> Mapping[str, Any]:
        """The open work item of a case at a step, of several units' items that of ``unit``. Missing, with what is open
        instead, when there is none."""
        with self.store.look() as db:
            rows = db.execute(
                sa.select(item).where(item.c.case_id == case_id, ITEM_IS_OPEN).order_by(item.c.id)
            ).mappings().all()  # fmt: skip
        here = [row for row in rows if row["step"] == step]
        if here:
            return dict(min(here, key=lambda row: row["each_unit"] != unit))
        others = "、".join(sorted(row["step"] for row in rows)) or "沒有"
        raise Missing("step_not_open", f"步驟 {step} 沒有待辦；目前的待辦：{others}。", element=step)

    def open_steps(self, case_id: int) -> list[str]:
        """The steps of a case that wait for a person."""
        with self.store.look() as db:
            return list(db.execute(sa.select(item.c.step).where(item.c.case_id == case_id, ITEM_IS_OPEN)).scalars())

    def person(self, db: Connection, who: str, *, prefer: int | None = None, never: Sequence[int] = ()) -> Person:
        """``role@unit`` or an account, as a person of the organisation; ``prefer`` when that one holds the role."""
        if "@" not in who:
            return people.get(db, who, self.now)
        role, _, unit = who.partition("@")
        held = people.holders(db, role, unit, self.now)
        if not held:
            raise Invalid("nobody", f"沒有人擔任 {who}。")
        first = next((p for p in held if p.id == prefer), None) or next((p for p in held if p.id not in never), held[0])
        return people.get(db, first.account, self.now)

    def complete(
        self, case_id: int, step: str, *, who: str, answers: Mapping[str, Any], checklist: Sequence[str] = (),
        reason: str | None = None,
    ) -> cases.Done:  # fmt: skip
        """One person completes one step, now."""
        self._count()
        row = self.open_item(case_id, step, who.rpartition("@")[2])
        with self.store.act() as db:
            done_by = db.execute(
                sa.select(item.c.done_by).where(item.c.case_id == case_id, item.c.status == "done")
            ).scalars()
            person = self.person(db, who, prefer=row["assignee"], never=[p for p in done_by if p])
            return cases.complete(
                db, row["id"], who=person, at=self.now, office=self.office, answers=answers, checklist=checklist,
                reason=reason,
            )  # fmt: skip

    def act_on(
        self, case_id: int, act: str, *, who: str, reason: str, deadline: str | None = None, length: int | None = None
    ) -> None:  # fmt: skip
        """One person's act on a whole case, now: extend, grant, refuse, suspend, continue. Invalid for another one."""
        self._count()
        with self.store.act() as db:
            by: dict[str, Any] = {"who": self.person(db, who), "at": self.now, "office": self.office}
            if act == "extend":
                cases.ask_extension(db, case_id, deadline or "", length=length or 0, reason=reason, **by)
            elif act in ("grant", "refuse"):
                waits = sa.select(extension.c.id).where(extension.c.case_id == case_id, extension.c.state == "asked")
                asked = db.execute(waits).scalar()
                cases.decide_extension(db, asked or 0, grant=act == "grant", reason=reason, **by)
            elif act == "suspend":
                cases.suspend(db, case_id, reason=reason, **by)
            elif act == "continue":
                cases.proceed(db, case_id, reason=reason, **by)
            else:
                raise Invalid("scenario_act", f"情境沒有「{act}」這個動作。")

    def open_case(
        self, sop_id: str, *, who: str, answers: Mapping[str, Any], start: str | None = None,
        parent: int | None = None, unit: str | None = None,
    ) -> cases.Opened:  # fmt: skip
        """One person registers one case, now; from a calendar start it is the clock, on a day of that start."""
        self._count()
        with self.store.act() as db:
            sop = shelf.opened(db, shelf.bundle(db, sop_id)).sop
            dated = start in sop.nodes and sop.nodes[start or ""].start_kind == CALENDAR
            opener = people.SYSTEM if dated or who == CALENDAR else self.person(db, who)
            return cases.open_case(
                db, sop_id, who=opener, at=self.now, office=self.office, answers=answers, start=start,
                parent=parent, unit=unit,
            )  # fmt: skip

    def case(self, case_id: int) -> Mapping[str, Any]:
        with self.store.look() as db:
            return dict(db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one())

    def with_stand_ins(self, stand_ins: Mapping[str, Mapping[str, Any]]) -> None:
        """Operators whose results the rehearsal fixes from now on."""
        self.office = replace(self.office, stand_ins=dict(stand_ins))
