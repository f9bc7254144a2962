"""SOPs that open by the calendar: each period's case once, however many clocks look and however long none did.

What is due is worked out anew at every look from the rule in the SOP file, the calendar, and the periods already in
``period_start``; nothing is planned ahead, so a changed calendar or a new version counts at once. A rule counts from
the day on which it was first in force: publishing an SOP opens nothing for the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from engine.cases import incidents, opening
from engine.cases.records import period_start
from engine.cases.surroundings import Office
from engine.dates.workdays import TAIPEI, local_day
from engine.errors import BadSop, Invalid, Refusal, Stuck
from engine.library.bundles import stored_folder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import journal, notices, people
from engine.office.people import SYSTEM
from engine.sops import recurrence
from engine.sops.sop import ByCalendar, Sop
from engine.store import Connection, Store

__all__ = ["Due", "Start", "Started", "due", "start_due", "starts"]

#: a row of days off moves a day by less than this, into the next year or the last
_ROLLED = timedelta(days=31)
_CODE = "period_start"
#: of what the machine did in a run that met nobody, what its entry tells
_RUN = ("passed", "branches", "values")


@dataclass(frozen=True, slots=True)
class Due:
    """One period whose time has come. ``skip``: its rule wants only the newest, and a newer one is due too.

    ``unit`` is responsible for its case: nobody hands a periodic one out.
    """

    sop_id: str
    start: str
    period: str
    at: datetime
    skip: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """What one look did: cases opened, periods passed over, starts that failed (each an incident)."""

    opened: tuple[int, ...] = ()
    skipped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """A calendar start of an SOP in force, since when its rule has been in force, and whose its cases are."""

    sop_id: str
    start: str
    rule: recurrence.Rule
    since: datetime
    unit: str | None


#: a version, its content and when it was published → its calendar starts: a published version never changes
_starts: dict[tuple[object, ...], tuple[Start, ...]] = {}


def start_due(store: Store, at: datetime, office: Office) -> Started:
    """Open what is due at ``at``, oldest first, each in its own transaction. A door's verb."""
    with store.look() as db:
        waiting = due(db, at, office)
    opened: list[int] = []
    skipped = failed = 0
    for one in waiting:
        try:
            with store.act() as db:
                case_id = _start(db, one, at, office)
        except OperationalError:
            raise
        except Exception as error:  # one SOP that cannot be opened is not the others' trouble
            failed += 1
            _note(store, one, error, at)
        else:
            skipped += one.skip
            opened += [case_id] if case_id is not None else []
    return Started(tuple(opened), skipped, failed)


def due(db: Connection, at: datetime, office: Office) -> list[Due]:
    """The periods whose time has come and that were not opened yet, oldest first."""
    found: list[Due] = []
    in_force = list(starts(db))
    done = set(_done(db, in_force))
    for start in in_force:
        own = [one for one in _of(start, at, office) if (one.sop_id, one.start, one.period) not in done]
        newest = max(reversed(own), key=lambda one: one.at, default=None)  # of two that rolled to one day the later
        for one in own:
            found.append(replace(one, skip=start.rule.missed == "newest" and one is not newest))
    return sorted(found, key=lambda one: (one.at, one.sop_id, one.start, one.period))


def _of(start: Start, at: datetime, office: Office) -> Iterator[Due]:
    """The periods of one start between the day its rule came into force and now."""

    def is_working(day: date) -> bool:
        try:
            return office.calendar.is_working(day)
        except Invalid:  # beyond the published calendar
            return day.weekday() < 5

    first, last = local_day(start.since) - _ROLLED, local_day(at) + _ROLLED
    for year in range(first.year, last.year + 1):
        for day in recurrence.days(start.rule, year):
            if not first <= day.on <= last:
                continue
            on = recurrence.rolled(start.rule, day.on, is_working)
            instant = datetime.combine(on, start.rule.at, TAIPEI).astimezone(at.tzinfo)
            if start.since <= instant <= at:
                yield Due(start.sop_id, start.start, day.period, instant, unit=start.unit)


def _start(db: Connection, one: Due, at: datetime, office: Office) -> int | None:
    """Take the period, then open its case, in one transaction. None: another clock was faster, or it is passed over."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    take = insert(period_start).on_conflict_do_nothing().returning(period_start.c.period)
    key = {"sop_id": one.sop_id, "start": one.start, "period": one.period}
    if db.execute(take, {**key, "at": at}).first() is None:
        return None
    case_id, told = None, dict[str, Any]()
    if not one.skip:
        opened = opening.open_case(
            db, one.sop_id, who=SYSTEM, at=at, office=office, answers={}, start=one.start, received_at=one.at,
            unit=one.unit if one.unit in people.units(db) else None, in_passing=True, about=in_words(one.period),
        )  # fmt: skip
        incidents.resolve(db, None, at=at, code=_CODE, step=f"{one.sop_id}/{one.start}")
        if opened.passed is None:
            case_id = opened.case_id
            mine = [period_start.c[name] == value for name, value in key.items()]
            db.execute(sa.update(period_start).where(*mine).values(case_id=case_id))
        else:  # it met nobody: nothing is left of it but what it did
            told = {"run": {name: opened.passed[name] for name in _RUN if name in opened.passed}}
    journal.write(
        db, subject=f"sop:{one.sop_id}", verb="period.skip" if one.skip else "period.run" if told else "period.start",
        who=SYSTEM, at=at, act_id=journal.new_act(), step=one.start,
        effects={"period": one.period, "due": one.at.isoformat(), **({"case": case_id} if case_id else {}), **told},
    )  # fmt: skip
    return case_id


def in_words(period: str) -> str:
    """``115-11`` as people say it: 115年11月; 115-W47: 115年第47週; a second one in the period: 第2次."""
    year, *rest = period.split("-")
    words = f"{year}年"
    if rest and rest[0].startswith("W"):
        words += f"第{int(rest.pop(0)[1:])}週"
    elif rest and len(rest[0]) == 2:
        words += f"{int(rest.pop(0))}月"
    return words + "".join(f"第{n}次" for n in rest)


def _done(db: Connection, in_force: list[Start]) -> Iterator[tuple[str, str, str]]:
    sops = sorted({start.sop_id for start in in_force})
    for row in db.execute(sa.select(period_start).where(period_start.c.sop_id.in_(sops))) if sops else ():
        yield row.sop_id, row.start, row.period


def starts(db: Connection) -> Iterator[Start]:
    """The calendar starts of every SOP in force."""
    found = sa.select(sop_version.c.id, sop_version.c.hash, sop_version.c.published_at)
    found = found.join(sop_table, sop_table.c.in_force == sop_version.c.id).where(~sop_table.c.shared)
    for row in db.execute(found.order_by(sop_version.c.id)).all():
        if tuple(row) not in _starts:
            _starts[tuple(row)] = tuple(_read(db, row.id))
        yield from _starts[tuple(row)]


def _read(db: Connection, version: int) -> Iterator[Start]:
    """The calendar starts of a version. A rule that older versions had too has been in force since the oldest of them
    in an unbroken row."""
    query = sa.select(sop_version, sop_table.c.division).join(sop_table, sop_table.c.id == sop_version.c.sop_id)
    row = db.execute(query.where(sop_version.c.id == version)).mappings().one()
    sop = stored_folder(row).sop
    rules = _rules(sop)
    if not rules:
        return
    older = query.where(
        sop_version.c.sop_id == row["sop_id"], sop_version.c.number < row["number"],
        sop_version.c.published_at.is_not(None),
    ).order_by(sop_version.c.number.desc())  # fmt: skip
    since = dict.fromkeys(rules, row["published_at"])
    unbroken = set(rules)
    for before in db.execute(older).mappings():
        theirs = _rules(stored_folder(before).sop)
        unbroken = {start for start in unbroken if theirs.get(start) == rules[start]}
        if not unbroken:
            break
        since |= dict.fromkeys(unbroken, before["published_at"])
    for start, said in rules.items():
        try:
            rule = recurrence.read(said.rule, at=said.at, roll=said.roll, missed=said.missed)
        except BadSop:
            continue  # a version put in force before rules were checked
        if since[start] is not None:
            yield Start(row["sop_id"], start, rule, since[start], _unit(sop, start))


def _unit(sop: Sop, start: str) -> str | None:
    """Whose the cases of a start are: the unit in whose lane it stands, else the one its sheet names."""
    lane = sop.lane_of(start)
    rule = lane.who.unit if lane is not None and lane.who is not None else ""
    return rule[6:] if rule.startswith("fixed:") else sop.sheet.unit


def _rules(sop: Sop) -> dict[str, ByCalendar]:
    return {
        node.id: node.calendar for node in sop.starts() if node.start_kind == "calendar" and node.calendar is not None
    }


def _note(store: Store, one: Due, error: Exception, at: datetime) -> None:
    """An incident while it lasts, and one notice to each administrator; the next look tries again."""
    why = error.sentence if isinstance(error, Refusal) else "請查看系統紀錄。"
    stuck = Stuck(_CODE, f"作業流程「{one.sop_id}」無法依行事曆開立 {in_words(one.period)} 的案件：{why}")
    with store.act() as db:
        incident = incidents.note(db, case_id=None, error=stuck, at=at, step=f"{one.sop_id}/{one.start}")
        for person_id in people.administrators(db):
            facts: dict[str, Any] = {"about": "period", "sop": one.sop_id, "period": one.period}
            notices.post(
                db, key=f"incident:{incident}:{person_id}", to=person_id, case_id=None, kind="incident", facts=facts,
                at=at,
            )  # fmt: skip
