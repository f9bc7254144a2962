"""When something is due, and the working: each day counted, skipped or rolled, with its article.

A period names its regime (DESIGN section 5). ``due`` is the last instant that counts; late is after it. Pure: the
instant of receipt and the calendar are handed in.

Choices where the law leaves room (行政程序法 §48 IV): the day the count first falls on decides; a Saturday off rolls to
Monday noon even when it is a national holiday as well; when that Monday is off too, or only its morning was closed, the
end is the next worked day, whole; a last day whose afternoon was closed (typhoon) rolls like a rest day.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

from engine.dates import roc
from engine.dates.workdays import Calendar, local_day
from engine.errors import Invalid

What = Literal["起算", "計入", "放假", "末日", "順延", "採用", "推算"]
Roll = Literal["next", "previous", "none"]
_DAY = timedelta(days=1)
_MIDNIGHT_BEFORE = time(23, 59, 59)
#: ten years; what is counted in working time, ten years of 250 days of eight hours
_LONGEST = {
    "minute": 1_200_000, "hour": 20_000, "workday": 2_500, "day": 3_653, "week": 522, "month": 120, "year": 10,
}  # fmt: skip
UNIT_WORDS = {
    "minute": "分鐘", "hour": "小時", "workday": "工作天", "day": "日", "week": "週", "month": "個月", "year": "年",
}  # fmt: skip

#: the line of a year that has no official table yet
DOUBT: Literal["推算"] = "推算"
#: the clock of what counts back to the very hour of its event
EVENT_HOUR = "event"
LAW = "行政程序法第48條"
#: hours run on, and an adverse period counts its last day whatever it is: no table can move their end
_WITHOUT_CALENDAR = frozenset({f"{LAW}第1項", f"{LAW}第5項"})
PETITION_RULE = "行政院及所屬各機關處理人民陳情案件要點"
DOCUMENT_RULE = "文書處理手冊"
FOLLOW_UP_RULE = "追蹤週期"
STANDARD_RULE = "標準工時"
_BEGINS = {
    PETITION_RULE: "收件次日起算，始日不計", DOCUMENT_RULE: "收文次日起算，始日不計",
    FOLLOW_UP_RULE: "上次追蹤次日起算，始日不計", STANDARD_RULE: "步驟開始次日起算，始日不計",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the working. ``date`` is the day it speaks of."""

    date: date
    what: What
    why: str
    article: str

    def as_dict(self) -> dict[str, str]:
        return {"date": self.date.isoformat(), "what": self.what, "why": self.why, "article": self.article}


@dataclass(frozen=True, slots=True)
class Due:
    """``due``: the last instant that counts, in UTC. ``alternative``: the other reading, when a person must choose."""

    due: datetime
    length: float
    unit: str
    working: tuple[Line, ...]
    alternative: Due | None = None


def due(regime: str, received_at: datetime, length: float, unit: str, calendar: Calendar, **rule: Any) -> Due:
    """The due instant of a period that began with ``received_at`` (aware), and its working.

    ``fixed`` takes its day from ``rule``: ``month``, ``day``, ``weekday`` (0 Monday), ``nth``, ``roll``. ``Invalid``
    for an unknown regime, a unit the regime does not count in, or an absurd length.
    """
    if regime not in _REGIMES:
        raise Invalid("period_regime", f"不認得期限的計算方式「{regime}」。", regime=regime)
    units, compute = _REGIMES[regime]
    if unit not in units:
        may = "、".join(UNIT_WORDS[one] for one in UNIT_WORDS if one in units)
        sentence = f"這種期限不能以「{UNIT_WORDS.get(unit, unit)}」計算，可用的單位：{may}。"
        raise Invalid("period_unit", sentence, regime=regime, unit=unit)
    _demand_length(regime, length, unit)
    if received_at.tzinfo is None:
        raise ValueError("a period cannot begin at a time without a zone")
    received_at = received_at.astimezone(UTC)
    calendar.is_working(local_day(received_at))  # a year nobody knows is refused before it is counted in
    return _with_doubt(compute(received_at, length, unit, calendar, **rule), calendar)


def _demand_length(regime: str, length: float, unit: str) -> None:
    least = 0 if regime in ("standard", "fixed", "backward") else 1  # backward 0: on the day itself
    if isinstance(length, bool) or not isinstance(length, int | float) or length != length:
        raise Invalid("period_length", "期限的長度須為數字。", length=length, unit=unit)
    if length < least:
        raise Invalid("period_length", "期限的長度須大於零，期限不能倒著走。", length=length, unit=unit)
    if length > _LONGEST[unit]:
        raise Invalid("period_length", "期限最長十年。", length=length, unit=unit)
    if length != int(length) and regime != "standard":
        raise Invalid("period_length", "期限的長度須為整數。", length=length, unit=unit)


def _with_doubt(reckoned: Due, calendar: Calendar) -> Due:
    """Says where the count runs through a year whose official table is not known yet; the other reading's as well."""
    other = None if reckoned.alternative is None else _with_doubt(reckoned.alternative, calendar)
    years = {line.date.year for line in (reckoned.working[0], reckoned.working[-1])}
    unknown = [year for year in range(min(years), max(years) + 1) if not calendar.is_official(year)]
    if not unknown or reckoned.working[-1].article in _WITHOUT_CALENDAR:
        return reckoned if other is reckoned.alternative else replace(reckoned, alternative=other)
    *counted, last = reckoned.working
    why = f"民國{'、'.join(str(year - 1911) for year in unknown)}年辦公日曆尚未匯入，依法定放假規則推算，公布後可能調整"
    doubt = Line(last.date, DOUBT, why, "政府行政機關辦公日曆表")
    return replace(reckoned, working=(*counted, doubt, last), alternative=other)


def shortest(candidates: dict[str, Due]) -> Due:
    """The one that ends first wins, an earlier named one at a draw; which one won is the last line of its working."""
    name, won = min(candidates.items(), key=lambda each: each[1].due)
    if len(candidates) == 1:
        return won
    others = "、".join(f"{other}（{_span(c)}）" for other, c in candidates.items() if other != name)
    why = f"取最短者：{name}（{_span(won)}），不採{others}"
    line = Line(local_day(won.due), "採用", why, won.working[-1].article)
    return Due(won.due, won.length, won.unit, (*won.working, line), won.alternative)


def _span(candidate: Due) -> str:
    return f"{candidate.length:g}{UNIT_WORDS[candidate.unit]}"


# ---- counting


def _start(day: date, article: str) -> Line:
    return Line(day + _DAY, "起算", _BEGINS.get(article, "次日起算，始日不計"), article)


def _count_workdays(received: date, n: int, calendar: Calendar, article: str) -> tuple[date, list[Line]]:
    lines = [_start(received, article)]
    day, counted = received, 0
    while counted < n:
        day += _DAY
        if calendar.is_working(day):
            counted += 1
            lines.append(Line(day, "計入", f"第{counted}個工作天", article))
        else:
            lines.append(Line(day, "放假", calendar.why_off(day), article))
    return day, lines


def _count_calendar(received: date, n: int, unit: str, article: str) -> tuple[date, list[Line]]:
    """§48 II, III: the first day is not counted; weeks, months, years end the day before the corresponding day."""
    lines = [_start(received, article)]
    first = received + _DAY
    if unit == "day":
        lines += [Line(received + k * _DAY, "計入", f"第{k}日", article) for k in range(1, n + 1)]
        return received + n * _DAY, lines
    if unit == "week":
        last = first + timedelta(weeks=n) - _DAY
        why = f"{n}週後與起算日相當日之前一日"
    else:
        count = n * (12 if unit == "year" else 1)
        year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
        month += 1
        length = months.monthrange(year, month)[1]
        if first.day > length:
            last, why = date(year, month, length), f"{n}{UNIT_WORDS[unit]}後之月無相當日，以其月之末日為末日"
        else:
            last = date(year, month, first.day) - _DAY
            why = f"{n}{UNIT_WORDS[unit]}後與起算日相當日之前一日"
    lines.append(Line(last, "計入", why, article))
    return last, lines


def _roll(day: date, calendar: Calendar, article: str, lines: list[Line]) -> date:
    """The next working day when the end falls on a day off, or on one whose afternoon was closed."""
    if calendar.is_working(day) and not calendar.closes_early(day):
        return day
    why = calendar.why_off(day)
    lines.append(Line(day, "放假", why if not calendar.is_working(day) else f"{why}，下午停班", article))
    rolled = calendar.add(day, 1)
    while calendar.closes_early(rolled):
        rolled = calendar.add(rolled, 1)
    lines.append(Line(rolled, "順延", "末日放假，順延至次一上班日", article))
    return rolled


def _end(instant: datetime, day: date, lines: list[Line], article: str, length: float, unit: str) -> Due:
    lines.append(Line(day, "末日", f"{roc.moment(instant)} 前為期限內", article))
    return Due(instant, length, unit, tuple(lines))


# ---- the regimes


def _statutory(received_at: datetime, length: float, unit: str, calendar: Calendar) -> Due:
    if unit == "hour":
        instant = received_at + timedelta(hours=length)
        line = Line(local_day(received_at), "起算", "以時計算者，即時起算", f"{LAW}第1項")
        return _end(instant, local_day(instant), [line], f"{LAW}第1項", length, unit)
    last, lines = _count_calendar(local_day(received_at), int(length), unit, f"{LAW}第2項、第3項")
    article = f"{LAW}第4項"
    if last.weekday() == 5 and not calendar.is_working(last):
        lines.append(Line(last, "放假", calendar.why_off(last), article))
        monday = last + 2 * _DAY
        if calendar.opening_of(monday) in (True, "am"):
            lines.append(Line(monday, "順延", "末日為星期六，以次星期一上午為末日", article))
            return _end(calendar.at(monday, calendar.hours[0][1]), monday, lines, article, length, unit)
        lines.append(Line(monday, "順延", "末日為星期六，以次星期一為末日", article))
        last = monday
    last = _roll(last, calendar, article, lines)
    return _end(calendar.at(last, _MIDNIGHT_BEFORE), last, lines, article, length, unit)


def _adverse(received_at: datetime, length: float, unit: str, calendar: Calendar) -> Due:
    """§48 V: the first day counts whole and the end does not roll; the ordinary end is the alternative."""
    article = f"{LAW}第5項"
    first = local_day(received_at)
    last = first + (int(length) - 1) * _DAY
    lines = [Line(first, "起算", "始日不計時刻，以一日論", article)]
    lines += [Line(first + k * _DAY, "計入", f"第{k + 1}日", article) for k in range(int(length))]
    ended = _end(calendar.at(last, _MIDNIGHT_BEFORE), last, lines, article, length, unit)
    ordinary = _statutory(received_at, length, unit, calendar)
    return Due(ended.due, length, unit, ended.working, ordinary)


def _office_days(article: str) -> Callable[..., Due]:
    """Counted from the day after receipt, ending with the office hours of the last day."""

    def compute(received_at: datetime, length: float, unit: str, calendar: Calendar) -> Due:
        return _count_office_days(local_day(received_at), int(length), unit, calendar, article)

    return compute


@lru_cache(maxsize=1024)  # the petitions of one day are all due together
def _count_office_days(received: date, length: int, unit: str, calendar: Calendar, article: str) -> Due:
    if unit == "workday":
        last, lines = _count_workdays(received, length, calendar, article)
    else:
        last, lines = _count_calendar(received, length, unit, article)
    last = _roll(last, calendar, article, lines)
    return _end(calendar.closing(last), last, lines, article, length, unit)


def _standard(received_at: datetime, length: float, unit: str, calendar: Calendar) -> Due:
    """Working time from the opening, a workday being a whole day's hours. For planning and reminding, never a limit."""
    if unit == "day":
        return _office_days(STANDARD_RULE)(received_at, length, unit, calendar)
    instant = calendar.after(received_at, length, unit)
    opened = local_day(received_at)
    lines = [Line(opened, "起算", "步驟開始時起算，只計上班時間", STANDARD_RULE)]
    day = opened
    while day < local_day(instant):
        day += _DAY
        if not calendar.is_working(day):
            lines.append(Line(day, "放假", calendar.why_off(day), STANDARD_RULE))
    return _end(instant, day, lines, STANDARD_RULE, length, unit)


def _backward(event_at: datetime, length: float, unit: str, calendar: Calendar, *, clock: str | None = None) -> Due:
    """Counted back from an event, none at all where it is due on that day; a day off gives way to the one before it.

    It ends with the office's day, or at ``clock``: an hour of the day (15:30), or ``event``: the hour of the event.
    """
    article = "會議或事件前倒推"
    event, n = local_day(event_at), int(length)
    lines = [Line(event, "起算", "自該日往前計算，該日不計" if n else "以該日為限", article)]
    day, counted = event, 0
    while counted < n:
        day -= _DAY
        if unit == "day" or calendar.is_working(day):
            counted += 1
            word = "工作天" if unit == "workday" else "日"
            lines.append(Line(day, "計入", f"前{counted}{word}", article))
        else:
            lines.append(Line(day, "放假", calendar.why_off(day), article))
    if not calendar.is_working(day):
        lines.append(Line(day, "放假", calendar.why_off(day), article))
        day = calendar.add(day, -1)
        lines.append(Line(day, "順延", "放假，提前至前一上班日", article))
    if clock is None:
        return _end(calendar.closing(day), day, lines, article, length, unit)
    hour = event_at.astimezone(roc.TAIPEI).time() if clock == EVENT_HOUR else time.fromisoformat(clock)
    return _end(calendar.at(day, hour), day, lines, article, length, unit)


def _fixed(
    received_at: datetime, length: float, unit: str, calendar: Calendar, *,
    month: int | None = None, day: int | None = None, weekday: int | None = None, nth: int = 1, roll: Roll = "next",
) -> Due:  # fmt: skip
    """The first such day on or after the start: a day of the month (of ``month``), or its nth weekday."""
    article = "固定期日"
    start = local_day(received_at)
    for later in range(48):
        year, index = divmod(start.year * 12 + start.month - 1 + later, 12)
        found = _day_in(year, index + 1, day, weekday, nth) if month in (None, index + 1) else None
        if found is None or found < start:
            continue
        lines = [Line(found, "計入", "固定期日", article)]
        if roll == "next":
            found = _roll(found, calendar, article, lines)
        elif roll == "previous" and not calendar.is_working(found):
            lines.append(Line(found, "放假", calendar.why_off(found), article))
            found = calendar.add(found, -1)
            lines.append(Line(found, "順延", "提前至前一上班日", article))
        return _end(calendar.closing(found), found, lines, article, length, unit)
    raise Invalid("period_fixed", "找不到符合的固定期日。", month=month, day=day, weekday=weekday, nth=nth)


def _day_in(year: int, month: int, day: int | None, weekday: int | None, nth: int) -> date | None:
    length = months.monthrange(year, month)[1]
    if weekday is not None:
        day = 1 + (weekday - date(year, month, 1).weekday()) % 7 + 7 * (nth - 1)
    return date(year, month, day) if day is not None and 1 <= day <= length else None


_SPANS = ("day", "week", "month", "year")
_REGIMES: dict[str, tuple[tuple[str, ...], Callable[..., Due]]] = {
    "statutory": (("hour", *_SPANS), _statutory),
    "adverse": (("day",), _adverse),
    "petition": (("workday", *_SPANS), _office_days(PETITION_RULE)),
    "document": (("workday", *_SPANS), _office_days(DOCUMENT_RULE)),
    "follow-up": (("workday", *_SPANS), _office_days(FOLLOW_UP_RULE)),
    "standard": (("workday", "day", "hour", "minute"), _standard),
    "backward": (("workday", "day"), _backward),
    "fixed": (_SPANS, _fixed),
}
REGIMES = frozenset(_REGIMES)
