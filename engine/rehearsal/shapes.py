"""What a scenario may say, key by key: of which kind each value is, and how much of it there may be. Pure.

A scenario comes from a file, from an upload or from a trial's page; what is not of these kinds is refused with a
sentence before anything is walked, so that a walk meets nothing that its author could not have meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from engine.errors import Invalid
from engine.store import is_storable

__all__ = ["LONGEST", "MOST", "of_a_scenario"]

#: scenarios of one SOP
MOST = 200
#: lines of one scenario, and other cases it begins with
_MOST_STEPS = 300
_MOST_CASES = 20
#: values of one scenario, each counted wherever it stands: an alias of YAML stands in many places
_MOST_VALUES = 20_000
#: nobody waits longer than this before a step, in hours or working days
LONGEST = 400
_YEARS = range(2000, 2101)
_AFTER = re.compile(r"([0-9]{1,3})(\.[0-9]{1,2})? (hour|workday|minute|day)")


def of_a_scenario(row: Any, sop: str) -> None:
    """Raises Invalid naming the scenario and the key."""
    name = row.get("name") if isinstance(row, dict) else None
    where = f"{sop}：{name[:60] if isinstance(name, str) else '?'}"
    if not _is_bounded(row):
        raise Invalid("scenarios_size", f"{where} 的內容超過情境的上限。")
    if not is_storable(row):
        raise Invalid("scenarios_value", f"{where} 含有無法儲存的字元。")
    _kinds(row, _SCENARIO, where, ("name", "start", "given"))
    given = row["given"]
    _kinds(given, _GIVEN, f"{where} 的 given", ("at",))
    for other in _some(given.get("cases"), _MOST_CASES, f"{where} 的 given.cases"):
        _kinds(other, _CASE, f"{where} 的 given.cases", ("alias", "sop", "at"))
    for step in _some(row.get("steps"), _MOST_STEPS, f"{where} 的 steps"):
        said = isinstance(step, dict)
        needed = next((must for key, must in _NEEDED.items() if said and key in step), ("step", "who"))
        _kinds(step, _STEP, f"{where} 的 steps", needed)
    _kinds(row.get("expect") or {}, _EXPECT, f"{where} 的 expect")


def _kinds(row: Any, kinds: Mapping[str, Callable[[Any], bool]], where: str, must: tuple[str, ...] = ()) -> None:
    """Passes in silence where ``row`` says what it must, and nothing but values of these kinds."""
    if not isinstance(row, dict):
        raise Invalid("scenarios_shape", f"{where} 不是欄位表。")
    unknown = sorted(str(key)[:40] for key in row.keys() - kinds.keys())
    if unknown:
        raise Invalid("scenarios_key", f"{where} 有不認得的欄位：{'、'.join(unknown[:5])}。")
    missing = next((key for key in must if row.get(key) is None), None)
    if missing is not None:
        raise Invalid("scenarios_key", f"{where} 少了 {missing}。")
    wrong = next((key for key, value in row.items() if value is not None and not kinds[key](value)), None)
    if wrong is not None:
        raise Invalid("scenarios_value", f"{where} 的 {wrong} 寫法不對。")


def _some(rows: Any, most: int, where: str) -> list[Any]:
    if len(rows or ()) > most:
        raise Invalid("scenarios_size", f"{where} 超過 {most} 項。")
    return rows or []


def _is_bounded(value: Any) -> bool:
    left = _MOST_VALUES
    waiting = [value]
    while waiting:
        one = waiting.pop()
        left -= 1
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set)):
            waiting += one
        if left < len(waiting):
            return False
    return True


# -- kinds


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 10**15


def _plain_value(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, date)) or _number(value)


def _several(value: Any) -> bool:
    return isinstance(value, list)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _answer(value: Any) -> bool:
    return _plain_value(value) or (isinstance(value, list) and all(map(_plain_value, value)))


def _is_instant(value: Any) -> bool:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    return isinstance(value, date) and value.year in _YEARS


def _wait(value: Any) -> bool:
    found = _AFTER.fullmatch(value) if isinstance(value, str) else None
    return found is not None and int(found[1]) <= LONGEST


def _list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def _map_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(_text, value)) and all(map(kind, value.values()))


_texts, _answers, _rows = _list_of(_text), _map_of(_answer), _list_of(_map_of(_answer))

#: what a line must say besides, by what it is about; else it is somebody's step
_NEEDED = {"rings": ("rings",), "until": ("until",), "act": ("act", "who", "at")}
_SCENARIO = {"name": _text, "start": _text, "given": _mapping, "steps": _several, "expect": _mapping}
_GIVEN = {
    "at": _is_instant, "who": _text, "unit": _text, "answers": _answers, "operators": _map_of(_answers),
    "cases": _several,
}  # fmt: skip
_STEP = {
    "step": _text, "who": _text, "answers": _answers, "checklist": _texts, "after": _wait, "rings": _text,
    "until": _is_instant, "at": _is_instant, "reason": _text, "act": _text, "of": _text, "case": _text,
    "deadline": _text,
    "length": lambda value: isinstance(value, int) and 0 <= value <= LONGEST,
}  # fmt: skip
_CASE = {
    "alias": _text, "sop": _text, "at": _is_instant, "open_step": _text, "ended": lambda value: isinstance(value, bool),
    "answers": _answers, "parent": _text, "again": _text,
}  # fmt: skip
_EXPECT = {
    "end": _text, "steps": _texts, "not_steps": _texts, "facts": _answers, "links": _rows, "notices": _rows,
    "deadlines": _map_of(_answers), "documents": _texts, "meeting": _texts, "open": _texts,
    "returns": _map_of(_number), "answers": _map_of(_answers), "children": _rows,
}  # fmt: skip
