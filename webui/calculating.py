"""The deadline calculator: what a person typed, reckoned by the same periods as every deadline, and said with why.

The command line and the page read, refuse and answer alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from engine.dates import periods, roc
from engine.dates.periods import Due
from engine.dates.workdays import TAIPEI, Calendar, local_day
from engine.errors import BadSop, Invalid
from engine.sops import recurrence
from engine.store import printable

__all__ = ["REGIMES", "UNITS", "as_dict", "reckon"]

T = TypeVar("T")
#: in the order of a form: the everyday ones first
REGIMES = ("petition", "document", "statutory", "adverse", "follow-up", "standard", "backward", "fixed")
UNITS = ("workday", "day", "week", "month", "year", "hour", "minute")
_WEEKDAYS = dict(zip("一二三四五六日", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), strict=True))
_ROLLS = {"順延": "next", "提前": "previous", "不順延": "none", "next": "next", "previous": "previous", "none": "none"}
#: how offices say a day that returns, and the rule it is
_SAYINGS = (
    (re.compile(r"每月([0-9]{1,2})日"), "monthly {0}"),
    (re.compile(r"每月(?:底|最後一[日天])|月底"), "monthly last"),
    (re.compile(r"(?:每年)?([0-9]{1,2})月([0-9]{1,2})日"), "yearly {0}/{1}"),
    (re.compile(r"(?:每月)?第([1-4])個?(?:週|星期)([一二三四五六日])"), "monthly {0} {1}"),
    (re.compile(r"每(?:週|星期)([一二三四五六日])"), "weekly {0}"),
)


def reckon(calendar: Calendar, *, begins: str, regime: str, length: str, unit: str, at: str = "") -> Due:
    """The due instant of what was typed. ``Invalid`` names each wrong field: from, regime, length, unit or at."""
    regime, unit = regime.strip(), unit.strip()
    if regime not in periods.REGIMES:
        raise _wrong("regime", "period_regime", f"不認得期限的計算方式「{printable(regime, 20)}」。")
    wrong: list[Invalid] = []
    received_at = _kept(wrong, lambda: _named("from", lambda: roc.read_instant(begins, calendar.hours[0][0])))
    if regime == "fixed":
        started = _settled(wrong, received_at)
        day = _named_day(at, local_day(started))
        return _named("at", lambda: periods.due("fixed", started, 0, "day", calendar, **day))
    number = _kept(wrong, lambda: _number(length))
    _kept(wrong, lambda: _known_unit(unit))
    received_at, number = _settled(wrong, received_at), _settled(wrong, number)
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


def _named_day(text: str, start: date) -> dict[str, Any]:
    """The first day on or after ``start`` that a rule names: 每月5日, 4月3日 提前, 第2個週五, or an SOP's own rule."""
    plain = re.sub(r"[\s，、（）()]+", " ", unicodedata.normalize("NFKC", text)).strip().lower()
    *words, last = plain.split() or [""]
    said, roll = (" ".join(words), _ROLLS[last]) if last in _ROLLS else (plain, "next")
    for saying, rule in _SAYINGS:
        if found := saying.fullmatch(said):
            said = rule.format(*(_WEEKDAYS.get(part, part) for part in found.groups()))
            break
    try:
        rule_of = recurrence.read(said)
    except BadSop:
        raise _wrong("at", "period_at", "固定期日請寫成 每月5日、4月3日 或 第2個週五。") from None
    on = recurrence.first(rule_of, start)
    return {"month": on.month, "day": on.day, "roll": roll}


def _known_unit(unit: str) -> None:
    if not unit:
        raise _wrong("unit", "period_unit", "請說明長度的單位。")
    if unit not in UNITS:
        raise _wrong("unit", "period_unit", f"不認得期限的單位「{printable(unit, 20)}」。")


def _kept(wrong: list[Invalid], ask: Callable[[], T]) -> T | None:
    """What a question answers; its refusal is kept, so that every wrong field is told at once."""
    try:
        return ask()
    except Invalid as bad:
        wrong.append(bad)
        return None


def _settled(wrong: list[Invalid], value: T | None) -> T:
    """The value, once nothing is wrong; else the first refusal with the fields of all."""
    if wrong:
        fields = {field: sentence for bad in wrong for field, sentence in bad.fields.items()}
        raise Invalid(wrong[0].code, wrong[0].sentence, fields=fields)
    assert value is not None
    return value


def _named(field: str, ask: Callable[[], T]) -> T:
    """What a question answers; a refusal of it belongs to this field."""
    try:
        return ask()
    except Invalid as bad:
        raise _wrong(field, bad.code, bad.sentence) from None


def _wrong(field: str, code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, fields={field: sentence})
