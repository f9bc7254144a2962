"""A whole year of the office, on the real engine and a virtual clock: every periodic duty opened by the calendar, cases
of every kind handed in, a typhoon day, people on leave; and what was seen of it at the end.

The people do what the SOPs' scenarios do (``scripts``). The same seed makes the same year.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from engine.cases import recounting
from engine.dates import calendars
from engine.dates.workdays import local_day
from engine.errors import Refusal
from engine.office import absence, people
from engine.office.people import SYSTEM
from engine.office.records import person
from engine.rehearsal import scenarios, year_report
from engine.rehearsal.cast import Cast
from engine.rehearsal.scripts import Scripts
from engine.rehearsal.virtual import Virtual
from engine.rehearsal.year_report import Report
from engine.store import Connection

__all__ = ["Report", "Year"]

#: of all people, so many go on leave each fortnight
_SHARE_AWAY = 0.015


class Year:
    """``cases``: so many are handed in over the year, besides what the calendar opens. ``storm``: the typhoon day,
    11 August unless said."""

    def __init__(
        self, city: Virtual, scripts: Scripts, year: int, *, cases: int, seed: int = 115, storm: date | None = None
    ) -> None:  # fmt: skip
        self.city, self.year, self.cases = city, year, cases
        self.cast = Cast(city, scripts, seed)
        self.chance = random.Random(f"{seed}:year")
        self.storm = storm or date(year, 8, 11)
        self._waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
        self._lives = 0

    def run(self, *, until: date | None = None, progress: Callable[[date], None] | None = None) -> Report:
        """From the first of January to the last of December, or to the day before ``until``."""
        end = datetime.combine(until or date(self.year + 1, 1, 1), time(0), scenarios.TAIPEI)
        for life in (self.cast.mornings(date(self.year, 1, 1)), self._typhoon(), self._leave()):
            self._begin(life)
        kinds = self.cast.by_hand()
        for n, at in enumerate(self._hand_in_times(end)):
            self._begin(self.cast.hands_in(n, at, kinds[n % len(kinds)]))
        day = None
        while self._waiting and self._waiting[0][0] < end:
            at, n, life = heapq.heappop(self._waiting)
            self.city.until(max(at, self.city.now))
            again = next(life, None)
            if again is not None:
                heapq.heappush(self._waiting, (again, n, life))
            for born in self.cast.new():
                self._begin(born)
            if progress is not None and local_day(self.city.now) != day:
                day = local_day(self.city.now)
                progress(day)
        self.city.until(end)
        return year_report.report(self.city, acts=self.cast.acts, refused=self.cast.refused)

    def _begin(self, life: Iterator[datetime]) -> None:
        first = next(life, None)
        if first is not None:
            self._lives += 1
            heapq.heappush(self._waiting, (first, self._lives, life))

    def _typhoon(self) -> Iterator[datetime]:
        """One day the office is closed from one evening to the next; what runs is recounted."""
        day = self.city.office.calendar.on_or_after(self.storm)
        yield datetime.combine(day - timedelta(days=1), time(20), scenarios.TAIPEI)
        with self.city.store.look() as db:
            change = calendars.close(db, day, reason="颱風停班")
        recounting.begin(self.city.store, change, who=SYSTEM, at=self.city.now, office=self.city.office)
        while recounting.portion(self.city.store, at=self.city.now, office=self.city.office, most=200) is not None:
            pass
        with self.city.store.look() as db:
            self.city.office = scenarios.office(calendars.load(db))

    def _leave(self) -> Iterator[datetime]:
        """Every fortnight some people go on leave for some days, with or without somebody standing in."""
        day = date(self.year, 1, 12)
        while True:
            yield self.city.office.calendar.opening(self.city.office.calendar.on_or_after(day))
            with self.city.store.act() as db:
                everybody = list(db.scalars(sa.select(person.c.account).where(person.c.active).order_by(person.c.id)))
                for account in self.chance.sample(everybody, max(1, int(len(everybody) * _SHARE_AWAY))):
                    self._goes(db, account, local_day(self.city.now))
            day += timedelta(days=14)

    def _goes(self, db: Connection, account: str, day: date) -> None:
        who = people.get(db, account, self.city.now)
        colleagues = [
            one.id
            for unit, role in sorted(who.all_memberships)
            for one in people.holders(db, role, unit, self.city.now)
            if one.id != who.id
        ]
        try:
            absence.note(
                db, who.id or 0, first=day, last=day + timedelta(days=self.chance.randrange(1, 6)),
                substitute=self.chance.choice(colleagues) if colleagues else None, who=who, at=self.city.now,
            )  # fmt: skip
        except Refusal:
            return  # away already

    def _hand_in_times(self, end: datetime) -> list[datetime]:
        """In working hours, evenly over the days there are; of a part of the year its part."""
        calendar = self.city.office.calendar
        first, days = date(self.year, 1, 1), (local_day(end) - date(self.year, 1, 1)).days
        working = [day for day in (first + timedelta(days=n) for n in range(days)) if calendar.is_working(day)]
        chosen = sorted(self.chance.choice(working) for _ in range(self.cases)) if working else []
        return [calendar.at(day, time(8)) + timedelta(minutes=self.chance.randrange(5, 480)) for day in chosen]
