"""A city that looks alive on the first run: the last three months of it, on the real engine and a virtual clock. Its
petitions live by plan (``lives``), the cases of all its other SOPs by their scenarios (``cast``).

Invented matters, invented people; verbs only. The same seed makes the same city, and nothing happens after ``now``.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from engine.cases.records import case
from engine.cases.surroundings import Office
from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.library import shelf
from engine.office import absence, notices, people
from engine.office.records import person, setting
from engine.rehearsal.cast import Cast
from engine.rehearsal.lives import Life, Lives
from engine.rehearsal.plans import CHANNELS, plans
from engine.rehearsal.scripts import Scripts
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store

__all__ = ["CASES", "SEED", "Made", "begins", "is_empty", "is_marked", "is_whole", "make", "mark"]

#: who is away now, and who stands in
_AWAY, _STANDS_IN = "drainage2", "drainage1"
#: petitions of a whole city
CASES = 300
SEED = 115
_MARK = "rehearsal"
_WHOLE = "rehearsal_whole"
#: of every other SOP so many cases for each hundred petitions, handed in so many working days ago
_OF_A_HUNDRED = 1
_AGES = (3, 1, 20, 8, 40)
#: of their steps, so many lie for days
_IDLE = 0.25


class Made:
    """``refused``: acts that came to nothing, because somebody was there first."""

    def __init__(self, opened: int, refused: list[str]) -> None:
        self.opened, self.refused = opened, refused


def mark(db: Connection) -> None:
    """This database holds an invented city from now on."""
    db.execute(setting.insert().values(name=_MARK, value=True))


def is_marked(db: Connection) -> bool:
    """Whether this database holds an invented city, where time may be moved and everything thrown away."""
    return db.execute(sa.select(setting.c.value).where(setting.c.name == _MARK)).scalar() is True


def is_whole(db: Connection) -> bool:
    """Whether it was made to its end; one that was cut off stays as it was then."""
    return db.execute(sa.select(setting.c.value).where(setting.c.name == _WHOLE)).scalar() is True


def is_empty(store: Store) -> bool:
    with store.look() as db:
        return db.execute(sa.select(case.c.id).limit(1)).first() is None


def make(
    store: Store, office: Office, now: datetime, *, count: int = CASES, seed: int = SEED,
    progress: Callable[[int, int], None] | None = None, between: Callable[[], None] | None = None,
    deliver: Callable[[datetime], object] | None = None,
) -> Made:  # fmt: skip
    """Let ``count`` petitions happen until ``now``.

    ``progress(opened, of)`` is told of every petition; ``between`` is called after every act and may take its time;
    ``deliver(at)`` sends what waits in the outbox, twice a day.
    """
    today = _office_today(office.calendar, now)
    told = plans(count, seed)
    city = Virtual(store, office, office.calendar.opening(_first_day(office.calendar, now, count, seed)))
    lives = Lives(city, seed)
    waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
    first = local_day(city.now)
    with store.look() as db:
        cast = Cast(city, Scripts(shelf.in_force(db).values()), seed, but=set(CHANNELS.values()), idle=_IDLE)
    also = [_absence(city, now), _reading(city, office.calendar.add(today, -1)), cast.mornings(first)]
    also += _handed_in(cast, office.calendar, first, today, each=max(1, count * _OF_A_HUNDRED // 100))
    if deliver is not None:
        also.append(_postman(city, deliver))
    order = itertools.count()
    for life in (*(Life(lives, plan).go(today, now) for plan in told), *also):
        heapq.heappush(waiting, (next(life), next(order), life))
    seen = 0
    while waiting and waiting[0][0] <= now:
        at, n, life = heapq.heappop(waiting)
        city.until(max(at, city.now))
        again = next(life, None)
        if again is not None:
            heapq.heappush(waiting, (again, n, life))
        for born in cast.new():
            heapq.heappush(waiting, (next(born, now), next(order), born))
        if between is not None:
            between()
        if progress is not None and len(lives.cases) > seen:
            seen = len(lives.cases)
            progress(seen, count)
    city.until(now)
    with store.act() as db:
        db.execute(setting.insert().values(name=_WHOLE, value=True))
    return Made(len(lives.cases), [*lives.refused, *cast.refused])


def begins(now: datetime, *, count: int = CASES, seed: int = SEED) -> datetime:
    """The first moment of the city that is made at ``now``: its people, its forms and its SOPs are there from then on.

    By the published rule of days off, for a new database has no calendar of its own.
    """
    return datetime.combine(_first_day(Calendar(), now, count, seed), time(), TAIPEI)


def _first_day(calendar: Calendar, now: datetime, count: int, seed: int) -> date:
    return calendar.add(_office_today(calendar, now), -max(plan.age for plan in plans(count, seed)) - 1)


def _office_today(calendar: Calendar, now: datetime) -> date:
    """The working day that is not over yet: what is due today is due on it, by night and on holidays as well."""
    day = calendar.on_or_after(local_day(now))
    return day if now < calendar.closing(day) else calendar.add(day, 1)


def _absence(city: Virtual, now: datetime) -> Iterator[datetime]:
    """Somebody is away this week, and a colleague stands in."""
    noted = min(now, city.office.calendar.at(local_day(now), time(8, 1)))
    yield noted
    with city.store.act() as db:
        away, other = (people.get(db, one, city.now) for one in (_AWAY, _STANDS_IN))
        day = local_day(city.now)
        absence.note(
            db, away.id or 0, first=day, last=day + timedelta(days=4), substitute=other.id, who=away, at=city.now
        )  # fmt: skip


def _reading(city: Virtual, day: date) -> Iterator[datetime]:
    """People have read what they were told, up to the last day's noon."""
    yield city.office.calendar.at(day, time(12))
    with city.store.act() as db:
        for account in db.scalars(sa.select(person.c.account).where(person.c.active)).all():
            notices.mark_all_read(db, who=people.get(db, account, city.now), at=city.now)


def _handed_in(
    cast: Cast, calendar: Calendar, first: date, today: date, *, each: int
) -> Iterator[Iterator[datetime]]:  # fmt: skip
    """Of every other SOP that people hand in so many cases, none before the city's first day."""
    for n, (of, age) in enumerate((of, age) for age in _AGES[:each] for of in cast.by_hand()):
        day = max(calendar.add(today, -age), calendar.on_or_after(first))
        yield cast.hands_in(n, calendar.opening(day) + timedelta(minutes=10 + 7 * n % 230), of)


def _postman(city: Virtual, deliver: Callable[[datetime], object]) -> Iterator[datetime]:
    """Letters leave on the day they were written."""
    while True:
        yield city.now + timedelta(hours=12)
        deliver(city.now)
