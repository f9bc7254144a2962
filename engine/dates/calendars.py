"""The calendar in force, from the database: official tables brought in, and the office's own closures over them.

Three layers, each replacing the one below day by day: the published calendar of the package; the newest official table
of a year (``calendar_edition``); what the office decided itself (``calendar_day``: a typhoon, a day worked all the
same). A ``Change`` is worked out first and written second, so that it can be shown before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa

from engine.dates import official, roc
from engine.dates.records import calendar_day, calendar_edition
from engine.dates.workdays import OFFICE_HOURS, Calendar, Hours, Opening, local_day
from engine.errors import Invalid
from engine.office import journal, notices, people
from engine.office.people import Person
from engine.office.records import person, setting
from engine.store import Connection, Prepared, is_storable

__all__ = [
    "Change", "Closed", "Edition", "bring_in", "close", "closed_in", "editions", "keep_hours", "lacking", "load",
    "open_again", "warn_of_lacking", "with_change", "write", "write_recount",
]  # fmt: skip

SUBJECT = "calendar"  # the journal's chain of everything decided about it
_HOURS = "office-hours"
_HALF_WORDS = {"am": "上午", "pm": "下午"}
_LOCAL = "local"

Half = Literal["am", "pm"]
#: (day, worked, the half worked, reason) as they stand in calendar_day
_Row = tuple[date, bool, str | None, str]


@dataclass(frozen=True, slots=True)
class Closed:
    """One decision of the office about one day, as it stands."""

    day: date
    opening: Opening
    reason: str


@dataclass(frozen=True, slots=True)
class Edition:
    """An official table that was brought in; the newest of its year is in force."""

    id: int
    year: int
    name: str
    hash: str
    days: int
    at: datetime
    by: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be different. ``days``: the office's own rows, None where one is taken away.

    ``was``: how each touched day is worked before the change, ``becomes``: and after it. Empty when nothing is new.
    ``settles``: the first day of a year that had no official table until now.
    """

    verb: Literal["close", "open", "import"]
    reason: str
    days: Mapping[date, _Row | None] = field(default_factory=dict)
    table: official.Table | None = None
    name: str = ""
    was: Mapping[date, Opening] = field(default_factory=dict)
    becomes: Mapping[date, Opening] = field(default_factory=dict)
    new: bool = True
    settles: date | None = None

    @property
    def since(self) -> date | None:
        """The first day that is worked otherwise, or is certain now; None when none is."""
        return min((*self.becomes, *([self.settles] if self.settles else [])), default=None)


# ---- reading

_DAYS = Prepared(
    sa.select(calendar_day.c.day, calendar_day.c.working, calendar_day.c.half, calendar_day.c.reason).order_by(
        calendar_day.c.day
    )
)
_c = calendar_edition.c
_NEWER = calendar_edition.alias("newer")
_IN_FORCE = Prepared(
    sa.select(_c.year, _c.hash)
    .where(
        ~sa.exists().where(
            _NEWER.c.year == _c.year, sa.or_(_NEWER.c.at > _c.at, sa.and_(_NEWER.c.at == _c.at, _NEWER.c.id > _c.id))
        )
    )
    .order_by(_c.year)
)
_SETTING = Prepared(sa.select(setting.c.value).where(setting.c.name == sa.bindparam("of")))
#: official tables by (year, hash): what a hash means never changes, in whichever database it lies
_TABLES: dict[tuple[int, str], official.Table] = {}


def load(db: Connection) -> Calendar:
    """The calendar in force. The same rows give the same value, so the years already counted are kept."""
    return _built(_layers(db), _rows(db), _hours(db))


def _rows(db: Connection) -> tuple[_Row, ...]:
    return tuple((row.day, row.working, row.half, row.reason) for row in _DAYS.rows(db))


def _layers(db: Connection) -> tuple[tuple[int, str], ...]:
    found = tuple((row.year, row.hash) for row in _IN_FORCE.rows(db))
    for year, digest in found:
        if (year, digest) not in _TABLES:
            content = db.execute(sa.select(_c.content).where(_c.year == year, _c.hash == digest)).scalar_one()
            _TABLES[year, digest] = official.Table(year, content["days"], content["notes"])
    return found


def _hours(db: Connection) -> Hours:
    kept = _SETTING.scalar(db, of=_HOURS)
    if kept is None:
        return OFFICE_HOURS
    (a, b), (c, d) = (tuple(time.fromisoformat(clock) for clock in span) for span in kept)
    return (a, b), (c, d)


@lru_cache(maxsize=8)
def _built(layers: tuple[tuple[int, str], ...], rows: tuple[_Row, ...], hours: Hours) -> Calendar:
    bare = Calendar()
    openings: dict[date, Opening] = {}
    reasons: dict[date, str] = {}
    for key in layers:
        for day, worked, note in _TABLES[key].each():
            if worked is not bare.published(day):
                openings[day], reasons[day] = worked, note or ("公告上班" if worked else "公告放假")
    for day, working, half, reason in rows:
        openings[day] = (half or True) if working else False  # type: ignore[assignment]  # half is am, pm or nothing
        reasons[day] = reason
    return Calendar(openings, reasons, hours, frozenset(year for year, _ in layers))


def closed_in(db: Connection, year: int) -> list[Closed]:
    """What the office itself decided about days of a year, in order."""
    return [Closed(*_as_opening(row)) for row in _rows(db) if row[0].year == year]


def _as_opening(row: _Row) -> tuple[date, Opening, str]:
    day, working, half, reason = row
    return day, (half or True) if working else False, reason  # type: ignore[return-value]


def editions(db: Connection, year: int | None = None) -> list[Edition]:
    """The official tables brought in, the newest first: per year that one is in force."""
    columns = (_c.id, _c.year, _c.name, _c.hash, _c.days, _c.at, _c.by)
    found = sa.select(*columns).order_by(_c.year.desc(), _c.at.desc(), _c.id.desc())
    return [Edition(*row) for row in db.execute(found if year is None else found.where(_c.year == year))]


# ---- working out a change


def close(db: Connection, day: date, *, half: Half | None = None, reason: str) -> Change:
    """The office is closed that day, or one half of it. A day in the past may be closed too.

    A day off that was to be worked all the same is off again: that decision is taken back.
    """
    reason = _reason(reason)
    calendar = load(db)
    was = calendar.opening_of(day)
    if was is True and half is None and (without := _without(db, day)).opening_of(day) is False:
        return _change("close", reason, {day: None}, calendar, without)
    if was is False or (half is not None and was not in (True, half)):
        raise Invalid("calendar_closed_already", f"{roc.full(day)}{_HALF_WORDS.get(half or '', '')}本來就不上班。")
    other: Half = "pm" if half == "am" else "am"
    rest: Opening = other if half is not None and was is True else False
    row: _Row = (day, rest is not False, rest if isinstance(rest, str) else None, reason)
    return Change("close", reason, {day: row}, was={day: was}, becomes={day: rest})


def open_again(db: Connection, day: date, *, reason: str | None = None) -> Change:
    """A closure is taken back; a day that is off by the published calendar is worked all the same."""
    calendar = load(db)
    was = calendar.opening_of(day)
    if was is True:
        raise Invalid("calendar_open_already", f"{roc.full(day)}本來就上班。")
    if any(row[0] == day for row in _rows(db)):
        return _change("open", _reason(reason or "取消停班"), {day: None}, calendar, _without(db, day))
    row: _Row = (day, True, None, _reason(reason or "公告上班"))
    return Change("open", row[3], {day: row}, was={day: was}, becomes={day: True})


def _without(db: Connection, day: date) -> Calendar:
    """The calendar as it would be, had the office decided nothing about this day."""
    return _built(_layers(db), tuple(row for row in _rows(db) if row[0] != day), _hours(db))


def bring_in(db: Connection, data: bytes, *, name: str, year: int | None = None) -> Change:
    """The official table of a year, or a corrected edition of it. The same table twice is nothing new."""
    table = official.read(data, year)
    Calendar().published(date(table.year, 1, 1))  # a year no calendar knows is refused
    before, before_it = _layers(db), load(db)
    new = (table.year, table.hash) not in before
    _TABLES[table.year, table.hash] = table
    layers = (*(layer for layer in before if layer[0] != table.year), (table.year, table.hash))
    after = _built(layers, _rows(db), _hours(db))
    settles = None if before_it.is_official(table.year) else date(table.year, 1, 1)
    named = name.strip()[:200] if is_storable(name) and name.isprintable() else ""
    change = _change("import", named or "辦公日曆表", {}, before_it, after, year=table.year)
    return replace(change, table=table, name=change.reason, new=new, settles=settles)


def _change(
    verb: Literal["close", "open", "import"], reason: str, days: Mapping[date, _Row | None], before: Calendar,
    after: Calendar, *, year: int | None = None,
) -> Change:  # fmt: skip
    touched = days if year is None else list(_days_of(year))
    other = [day for day in touched if before.opening_of(day) != after.opening_of(day)]
    return Change(
        verb, reason, days, was={day: before.opening_of(day) for day in other},
        becomes={day: after.opening_of(day) for day in other},
    )  # fmt: skip


def _days_of(year: int) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))


def with_change(db: Connection, change: Change) -> Calendar:
    """The calendar as it would be; nothing is written."""
    layers = dict(_layers(db))
    if change.table is not None:
        layers[change.table.year] = change.table.hash
    own: dict[date, _Row | None] = {row[0]: row for row in _rows(db)}
    own |= change.days
    rows = tuple(row for _, row in sorted(own.items()) if row is not None)
    return _built(tuple(sorted(layers.items())), rows, _hours(db))


def _reason(text: str) -> str:
    words = text.strip()
    if not words or len(words) > 200 or not words.isprintable() or not is_storable(words):
        raise Invalid("calendar_reason", "請說明理由，一行，最多 200 字。", fields={"reason": "請說明理由。"})
    return words


# ---- writing


def write(
    db: Connection, change: Change, *, who: Person, at: datetime, act_id: str, moving: int = 0
) -> None:  # fmt: skip
    """The change counts from now on; one entry on the calendar. ``moving``: how many deadlines it will move."""
    people.require(db, who, "manage_calendar")
    for day, row in change.days.items():
        db.execute(sa.delete(calendar_day).where(calendar_day.c.day == day))
        if row is not None:
            _, working, half, reason = row
            values = {"day": day, "working": working, "half": half, "reason": reason, "source": _LOCAL}
            db.execute(sa.insert(calendar_day), values)
    if change.table is not None:
        _keep(db, change.table, change.name, who, at)
    days = [[day.isoformat(), change.was[day], opening] for day, opening in sorted(change.becomes.items())]
    effects: dict[str, Any] = {"days": days, "moving": moving}
    if change.table is not None:
        effects |= {"year": change.table.year, "edition": change.table.hash[:16]}
    journal.write(
        db, subject=SUBJECT, verb=f"calendar.{change.verb}", who=who, at=at, reason=change.reason, effects=effects,
        act_id=act_id,
    )  # fmt: skip


def write_recount(db: Connection, *, who: Person, at: datetime, act_id: str, reason: str) -> None:
    """The calendar stays; the deadlines are made to agree with it. One entry on the calendar."""
    people.require(db, who, "manage_calendar")
    journal.write(db, subject=SUBJECT, verb="calendar.recount", who=who, at=at, reason=reason, act_id=act_id)


def _keep(db: Connection, table: official.Table, name: str, who: Person, at: datetime) -> None:
    """A table seen before and replaced since is the newest again, under its own row."""
    again = sa.update(calendar_edition).where(_c.year == table.year, _c.hash == table.hash)
    if db.execute(again.values(at=at, by=who.id)).rowcount == 0:
        db.execute(sa.insert(calendar_edition), {
            "year": table.year, "name": name, "hash": table.hash, "days": len(table.days), "content": table.content,
            "at": at, "by": who.id,
        })  # fmt: skip


def keep_hours(db: Connection, hours: tuple[tuple[time, time], ...]) -> bool:
    """The office hours that the settings give, kept beside the calendar. True when they are others than before."""
    if len(hours) != 2:
        raise Invalid("office_hours", "辦公時間須有上午、下午兩段，例如 08:00-12:00,13:00-17:00。")
    if hours == _hours(db):
        return False
    value = [[clock.isoformat("minutes") for clock in span] for span in hours]
    db.execute(sa.delete(setting).where(setting.c.name == _HOURS))
    db.execute(sa.insert(setting), {"name": _HOURS, "value": value})
    return True


# ---- years without a table


def lacking(db: Connection, at: datetime) -> list[int]:
    """The years whose official table should have been brought in: this one and, from October on, the coming one."""
    today, calendar = local_day(at), load(db)
    wanted = (today.year, today.year + 1) if today.month >= 10 else (today.year,)
    return [year for year in wanted if not calendar.is_official(year)]


def warn_of_lacking(db: Connection, at: datetime) -> int:
    """Tells every administrator, once for a year, that its table is missing; how many were told now.

    Called by the daily round.
    """
    years = lacking(db, at)
    if not years:
        return 0
    admins = db.scalars(sa.select(person.c.id).where(person.c.admin, person.c.active).order_by(person.c.id)).all()
    told = [
        notices.post(
            db, key=f"calendar:{year}:{admin}", to=admin, case_id=None, kind="calendar", at=at,
            facts={"name": f"民國{year - 1911}年辦公日曆尚未匯入", "year": year},
        )
        for year in years for admin in admins
    ]  # fmt: skip
    return sum(one is not None for one in told)
