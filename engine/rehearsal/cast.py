"""The people of a rehearsed office at work: each case is followed to its end, by its script as long as it can be.

A life gives the instant at which it goes on; whoever runs the city comes back to it then.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.cases import periodic
from engine.cases.records import CASE_IS_OPEN, ITEM_IS_OPEN, case, item
from engine.dates.records import alarm
from engine.dates.workdays import local_day
from engine.errors import Refusal
from engine.office import people
from engine.rehearsal import scenarios
from engine.rehearsal.scripts import Script, Scripts, moved, told_apart
from engine.rehearsal.virtual import CALENDAR, Virtual

__all__ = ["Cast"]

#: how long one looks again at what another has to move on first: soon, then less and less often
_SOON, _AT_MOST = timedelta(hours=6), timedelta(days=4)
#: after so many looks at a step that does not come, the script is not followed any more
_LOOKS = 40
#: so many, where something else of the case lies on a desk meanwhile
_LOOKS_BESIDE = 6
#: after so many refusals a case is left as it stands
_TRIES = 8
#: working hours a step takes where its line does not say
_OTHERWISE = (1.0, 12.0)
#: working days a step lies
_LYING = (2.0, 12.0)


class Cast:
    """``refused``: acts that came to nothing, and steps nobody knew how to fill in."""

    def __init__(
        self, city: Virtual, scripts: Scripts, seed: int, *, but: Collection[str] = (), idle: float = 0.0
    ) -> None:  # fmt: skip
        """``but``: SOPs whose cases others follow. ``idle``: of all steps, the share that lies for days."""
        self.city, self.scripts, self.seed, self.but, self.idle = city, scripts, seed, but, idle
        self.acts = 0
        self.refused: list[str] = []
        self._known = 0

    def by_hand(self) -> list[tuple[str, str]]:
        """SOP and start of what a person hands in, and not the calendar."""
        starts = self.scripts.starts()
        return [
            (sop, start) for sop, start in starts
            if sop not in self.but and self.scripts.sops[sop].nodes[start].start_kind != CALENDAR
        ]  # fmt: skip

    def new(self) -> Iterator[Iterator[datetime]]:
        """A life for each case that nobody follows yet, whoever opened it."""
        with self.city.store.look() as db:
            found = sa.select(case.c.id, case.c.sop_id).where(case.c.id > self._known).order_by(case.c.id)
            rows = db.execute(found).all()
        for case_id, sop_id in rows:
            self._known = case_id
            if sop_id not in self.but:
                yield self.follow(case_id, None)

    def mornings(self, day: date) -> Iterator[datetime]:
        """Every morning from ``day`` on the clock looks what the calendar opens."""
        while True:
            yield datetime.combine(day, time(8, 0, 1), scenarios.TAIPEI)
            started = periodic.start_due(self.city.store, self.city.now, self.city.office)
            if started.failed:
                self.refused.append(f"{day}：依行事曆開案失敗 {started.failed} 件")
            day += timedelta(days=1)

    def hands_in(self, n: int, at: datetime, of: tuple[str, str]) -> Iterator[datetime]:
        """The ``n``-th case, of this SOP and start, and what becomes of it."""
        yield at
        chance = random.Random(f"{self.seed}:{n}")
        sop, start = of
        script = self.scripts.choose(sop, start, chance)
        if script is None:
            return
        given = script.scenario.given
        answers = moved(given.get("answers") or {}, local_day(at) - script.began)
        try:
            opened = self.city.open_case(
                sop, who=given.get("who", scenarios.REGISTRAR), start=start, unit=given.get("unit"),
                answers=told_apart(answers, n, chance),
            )  # fmt: skip
        except Refusal as refusal:
            self.refused.append(f"{sop} {start}：{refusal.sentence}{getattr(refusal, 'fields', '')}")
            return
        self._known = opened.case_id
        yield from self.follow(opened.case_id, script)

    def follow(self, case_id: int, script: Script | None) -> Iterator[datetime]:
        """The life of a case until it is over; without a script of its own it takes one of its SOP."""
        chance = random.Random(f"{self.seed}:{case_id}:life")
        row = self.city.case(case_id)
        received = local_day(row["received_at"])
        if script is None:
            script = self.scripts.choose(row["sop_id"], row["start"], chance)
        looks, pause, refused = 0, _SOON, 0
        while True:
            found = self._open_items(case_id)
            if found is None:
                return
            line, waits = self._next(script, found)
            if line is None and waits and looks < (_LOOKS_BESIDE if found else _LOOKS):
                looks, pause = looks + 1, min(pause * 2, _AT_MOST)
                yield self._look_again(case_id, pause)
                continue
            if waits and line is None and script is not None:
                script = None  # its way is not this case's
                continue
            if line is None and not found:
                pause = min(pause * 2, _AT_MOST)
                yield self._look_again(case_id, pause)  # a timer or another case moves it on
                continue
            looks, pause = 0, _SOON
            work = line[0] if line else chance.choice(found)
            said = line[1] if line else None
            yield max(self._when(work, said, chance), self.city.now)
            if not self._do(case_id, work["id"], said, script, received, chance):
                refused += 1
                if refused == _TRIES:
                    return  # the report says what could not be done
                yield self.city.now + pause

    def _look_again(self, case_id: int, pause: timedelta) -> datetime:
        """After a while, or as soon as something of the case has rung."""
        waits = alarm.c.kind == "timer", alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None)
        rings = sa.select(sa.func.min(alarm.c.due_at)).where(alarm.c.case_id == case_id, *waits)
        with self.city.store.look() as db:
            rung = db.scalar(rings)
        later = self.city.now + pause
        return later if rung is None else min(later, max(rung, self.city.now) + timedelta(minutes=1))

    def _open_items(self, case_id: int) -> list[dict[str, Any]] | None:
        """None: the case is over."""
        with self.city.store.look() as db:
            if db.scalar(sa.select(case.c.id).where(case.c.id == case_id, CASE_IS_OPEN)) is None:
                return None
            rows = db.execute(sa.select(item).where(item.c.case_id == case_id, ITEM_IS_OPEN).order_by(item.c.id))
            return [dict(row) for row in rows.mappings()]

    def _next(
        self, script: Script | None, found: list[dict[str, Any]]
    ) -> tuple[tuple[dict[str, Any], Any] | None, bool]:  # fmt: skip
        """The script's next line with its open item; whether the script waits for something that is not there yet."""
        if script is None or script.done >= len(script.lines):
            return None, False
        line = script.lines[script.done]
        if not _at_a_desk(line):
            ahead = next((one for one in script.lines[script.done :] if _at_a_desk(one)), None)
            if "rings" in line and ahead is not None and not _item_of(ahead, found):
                return None, True
            script.done += 1
            return self._next(script, found)
        work = _item_of(line, found)
        return (None, True) if work is None else ((work, line), False)

    def _when(self, work: dict[str, Any], line: Any, chance: random.Random) -> datetime:
        calendar = self.city.office.calendar
        if self.idle and chance.random() < self.idle:
            return calendar.after(work["opened_at"], chance.uniform(*_LYING), "workday")
        if line is not None and "after" in line:
            length, unit = str(line["after"]).split()
            return calendar.after(work["opened_at"], float(length), unit)
        return calendar.after(work["opened_at"], chance.uniform(*_OTHERWISE), "hour")

    def _do(
        self, case_id: int, item_id: int, line: Any, script: Script | None, received: date, chance: random.Random
    ) -> bool:
        """Whether the step was done; what it was refused for is noted."""
        now = next((one for one in self._open_items(case_id) or () if one["id"] == item_id), None)
        if now is None:
            return True  # a timer was faster
        sop_id = self.city.case(case_id)["sop_id"]
        if line is None:
            known = self.scripts.fill(sop_id, now["step"], chance)
            if known is None:
                self.refused.append(f"{sop_id} {now['step']}：沒有情境填過這個步驟")
                line, began = {}, received
            else:
                began, line = scenarios.instant(known[0].given["at"]).date(), known[1]
        else:
            assert script is not None
            began = script.began
            script.done += 1
        answers = moved(line.get("answers") or {}, received - began)
        problem = self._complete(case_id, now, line, answers)
        if problem:
            self.refused.append(f"{sop_id} {now['step']}：{problem}")
        return not problem

    def _complete(self, case_id: int, now: dict[str, Any], line: Any, answers: dict[str, Any]) -> str:
        problem = ""
        for who in self._who_may(now, line):
            try:
                self.city.complete(
                    case_id, now["step"], who=who, answers=answers, checklist=line.get("checklist") or (),
                    reason=line.get("reason"),
                )  # fmt: skip
            except Refusal as refusal:
                problem = problem or f"{who}：{refusal.sentence}{getattr(refusal, 'fields', '') or ''}"
                continue
            self.acts += 1
            return ""
        return problem

    def _who_may(self, now: dict[str, Any], line: Any) -> list[str]:
        """Whoever has it in hand, else one of the role, else the others of it, else whom the scenario names."""
        with self.city.store.look() as db:
            held = [one.account for one in people.holders(db, now["role"], now["unit"], self.city.now)]
            in_hand = people.get(db, now["assignee"], self.city.now).account if now["assignee"] else ""
        some = [in_hand, f"{now['role']}@{now['unit']}" if held else "", *held, line.get("who", "")]
        return [who for who in dict.fromkeys(some) if who]


def _at_a_desk(line: Any) -> bool:
    """Whether a person fills in a step: no timer that rings, no act on the whole case."""
    return "step" in line and "rings" not in line and "act" not in line


def _item_of(line: Any, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((one for one in found if one["step"] == str(line["step"])), None)
