"""When the office is not to be disturbed by mail, when the digest goes out, and in which language. Office-wide.

A pure value with its row in ``setting``; which days are worked is handed in, the calendar lives in another wing.
Everything here is 建議值 until an administrator sets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid
from engine.office import chosen, journal, people
from engine.office import records as r
from engine.office.people import OFFICE_ZONE, Person, office_day
from engine.store import Connection

__all__ = ["LANGUAGES", "Rules", "WorkingDay", "change", "digest_time", "prefer", "preferred", "quiet_until", "rules"]

WorkingDay = Callable[[date], bool]
_NAME = "notices"
#: zh: Chinese only; en: English follows the Chinese
LANGUAGES = ("zh", "en")
#: a stretch of days off longer than this is a broken calendar, not a holiday
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Rules:
    """``begins`` and ``ends`` the same: no quiet hours. ``through``: escalations from this level on are mailed at any
    hour; None: none is."""

    begins: time = time(18)
    ends: time = time(8)
    days_off: bool = True
    through: int | None = None
    digest_at: time = time(8, 30)
    language: str = "zh"

    def quiet_at(self, clock: time) -> bool:
        """Whether a time of day lies in the quiet hours."""
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def rules(db: Connection) -> Rules:
    """The rules in force; a value that nobody set is the proposed one."""
    stored = chosen.stored(db, _NAME)
    return _read(stored) if stored else Rules()


def change(db: Connection, new: Rules, *, who: Person, at: datetime) -> None:
    """Put other rules in force, with one journal line. Raises NotAllowed for all but administrators, Invalid."""
    people.require(db, who, "manage_settings")
    wrong = _wrong(new)
    if wrong:
        raise Invalid("notice_rules", "通知設定需要修正。", fields=wrong)
    old = rules(db)
    if new == old:
        return
    chosen.choose(db, _NAME, old=_written(old), new=_written(new), verb="settings.notices", who=who, at=at)


def prefer(db: Connection, language: str | None, *, who: Person, at: datetime) -> None:
    """A person's own language of mails; None: as the office has it."""
    if language is not None and language not in LANGUAGES:
        raise Invalid("notice_language", "沒有這個語言。", fields={"language": "請由選項中選擇。"})
    old = db.scalar(sa.select(r.person.c.language).where(r.person.c.id == who.id))
    if who.id is None or old == language:
        return
    db.execute(sa.update(r.person).where(r.person.c.id == who.id).values(language=language))
    journal.write(
        db, subject=f"person:{who.id}", verb="notices.language", who=who, at=at, act_id=journal.new_act(),
        effects={"to": language},
    )  # fmt: skip


def preferred(db: Connection, who: Person) -> str | None:
    """The language a person chose; None: as the office has it."""
    chosen: str | None = db.scalar(sa.select(r.person.c.language).where(r.person.c.id == who.id))
    return chosen


def quiet_until(now: Rules, at: datetime, is_working: WorkingDay) -> datetime | None:
    """The end of the quiet time that ``at`` lies in; None when mail may go out."""
    here = at.astimezone(OFFICE_ZONE)
    for _ in range(_LONGEST):
        if now.days_off and not is_working(here.date()):
            here = datetime.combine(here.date() + timedelta(days=1), time(), OFFICE_ZONE)
        elif now.quiet_at(here.time()):
            tomorrow = here.time() >= now.ends
            here = datetime.combine(here.date() + timedelta(days=tomorrow), now.ends, OFFICE_ZONE)
        else:
            break
    return here.astimezone(at.tzinfo) if here > at else None


def digest_time(now: Rules, at: datetime, is_working: WorkingDay) -> datetime | None:
    """The instant of today's digest when it has come; None before it and on days off."""
    day = office_day(at)
    instant = datetime.combine(day, now.digest_at, OFFICE_ZONE).astimezone(at.tzinfo)
    return instant if instant <= at and is_working(day) else None


def _wrong(new: Rules) -> dict[str, str]:
    wrong = {}
    if new.quiet_at(new.digest_at):
        wrong["digest_at"] = "彙總寄送的時間不能在勿擾時段內。"
    if new.through is not None and not 1 <= new.through <= 9:
        wrong["through"] = "稽催層級須為 1 至 9。"
    if new.language not in LANGUAGES:
        wrong["language"] = "請由選項中選擇。"
    return wrong


def _written(value: Rules) -> dict[str, Any]:
    return {name: f"{v:%H:%M}" if isinstance(v, time) else v for name, v in asdict(value).items()}


def _read(stored: Mapping[str, Any]) -> Rules:
    known: dict[str, Any] = {name: value for name, value in stored.items() if name in Rules.__slots__}
    known |= {name: time.fromisoformat(known[name]) for name in ("begins", "ends", "digest_at") if name in known}
    return replace(Rules(), **known)
