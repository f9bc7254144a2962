"""The deadline calculator: what a person typed, reckoned by the same periods as every deadline, and said with why.

The command line and the page read, refuse and answer alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from engine.dates import periods, roc
from engine.dates.periods import Due
from engine.dates.workdays import TAIPEI, Calendar
from engine.errors import Invalid
from engine.store import printable

__all__ = ["REGIMES", "UNITS", "as_dict", "reckon"]

T = TypeVar("T")
#: in the order of a form: the everyday ones first
REGIMES = ("petition", "document", "statutory", "adverse", "follow-up", "standard", "backward", "fixed")
UNITS = ("workday", "day", "week", "month", "year", "hour", "minute")
_WEEKDAYS = "一二三四五六日"
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ROLLS = {"": "next", "順延": "next", "提前": "previous", "不順延": "none", "next": "next", "previous": "previous",
          "none": "none"}  # fmt: skip
_DAY = re.compile(r"(?:每月|(?:每年)?(?P<month>[0-9]{1,2})月)(?P<day>[0-9]{1,2})日(?P<roll>.*)")
_SHORT_DAY = re.compile(r"(?P<month>\*|[0-9]{1,2})[-/](?P<day>[0-9]{1,2})(?:[ ,](?P<roll>.*))?")
_NTH = re.compile(
    r"(?:每月|(?:每年)?(?P<month>[0-9]{1,2})月)?第(?P<nth>[1-5一二三四五])個?(?:週|星期)(?P<weekday>[一二三四五六日])(?P<roll>.*)"
)
_SHORT_NTH = re.compile(r"(?P<weekday>mon|tue|wed|thu|fri|sat|sun)#(?P<nth>[1-5])(?:[ ,](?P<roll>.*))?")


def reckon(calendar: Calendar, *, begins: str, regime: str, length: str, unit: str, at: str = "") -> Due:
    """The due instant of what was typed. ``Invalid`` names the field: from, regime, length, unit or at."""
    regime, unit = regime.strip(), unit.strip()
    if regime not in periods.REGIMES:
        raise _wrong("regime", "period_regime", f"不認得期限的計算方式「{printable(regime, 20)}」。")
    received_at = _named("from", lambda: roc.read_instant(begins, calendar.hours[0][0]))
    if regime == "fixed":
        rule = _rule(at)
        return _named("at", lambda: periods.due("fixed", received_at, 0, "month", calendar, **rule))
    if unit not in UNITS:
        raise _wrong("unit", "period_unit", f"不認得期限的單位「{printable(unit, 20)}」。")
    number = _number(length)
    try:
        return periods.due(regime, received_at, number, unit, calendar)
    except Invalid as bad:
        field = {"period_unit": "unit", "period_length": "length"}.get(bad.code, "from")
        raise _wrong(field, bad.code, bad.sentence) from None


def as_dict(reckoned: Due) -> dict[str, Any]:
    """As ``--json`` prints it: the offset of the office stands in every instant."""
    alternative = reckoned.alternative
    return {
        "due": _local(reckoned.due),
        "due_roc": roc.moment(reckoned.due),
        "alternative": None if alternative is None else as_dict(alternative),
        "working": [line.as_dict() for line in reckoned.working],
    }


def _local(instant: datetime) -> str:
    return instant.astimezone(TAIPEI).isoformat()


def _number(text: str) -> float:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,3})?", plain):
        raise _wrong("length", "period_length", "期限的長度須為數字。")
    value = float(plain)
    return int(value) if value == int(value) else value


def _rule(text: str) -> dict[str, Any]:
    """每月5日, 4月3日, 第2個週五, 04-03, *-05, fri#2; then, if anything, 順延, 提前 or 不順延."""
    plain = re.sub(r"[\s，、（）()]+", " ", unicodedata.normalize("NFKC", text)).strip().lower()
    for form in (_DAY, _NTH, _SHORT_DAY, _SHORT_NTH):
        found = form.fullmatch(plain)
        if found is None:
            continue
        parts = found.groupdict()
        roll = _ROLLS.get((parts["roll"] or "").strip())
        if roll is None:
            break
        month = parts.get("month")
        rule: dict[str, Any] = {"roll": roll, "month": int(month) if month not in (None, "*") else None}
        if "day" in parts:
            return rule | {"day": int(parts["day"])}
        name, nth = parts["weekday"], parts["nth"]
        weekday = _WEEKDAYS.index(name) if name in _WEEKDAYS else _ENGLISH.index(name)
        return rule | {"weekday": weekday, "nth": int(nth) if nth.isdigit() else _WEEKDAYS.index(nth) + 1}
    raise _wrong("at", "period_at", "固定期日請寫成 每月5日、4月3日 或 第2個週五。")


def _named(field: str, ask: Callable[[], T]) -> T:
    """What a question answers; a refusal of it belongs to this field."""
    try:
        return ask()
    except Invalid as bad:
        raise _wrong(field, bad.code, bad.sentence) from None


def _wrong(field: str, code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, fields={field: sentence})
