"""The cells of a decision table: read from their text, matched against a value, spread out for checking.

A condition cell is ``-`` (anything) or a list of constants (``"書面","傳真"``), comparisons (``>= 5``, ``< 10``,
``!= "甲"``) and ranges (``1..7``, both ends counted) separated by commas. A result cell is one constant. Nothing is
evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Literal

from engine.sops.sentences import refused

Value = str | int | float | bool | None

MAX_ITEMS = 100
MAX_NUMBER = 10**15

_ITEM = re.compile(
    r"""\s*(?:
        (?P<op><=|>=|!=|<|>)?\s*(?:"(?P<text>[^"\\]{0,200})"|(?P<number>-?[0-9]{1,15}(?:\.[0-9]{1,6})?)(?!\.?[0-9])
        |(?P<word>true|false))
    )(?P<range>\s*\.\.\s*(?P<high>-?[0-9]{1,15}(?:\.[0-9]{1,6})?))?\s*(?:,|$)""",
    re.VERBOSE,
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Item:
    """One alternative of a cell: is, is not, a comparison, or a range ``value..high``."""

    op: Literal["=", "!=", "<", "<=", ">", ">=", ".."]
    value: str | int | float | bool
    high: int | float | None = None

    def matches(self, given: Value) -> bool:
        if kind_of(given) != kind_of(self.value):
            return False
        if self.op == "=":
            return given == self.value
        if self.op == "!=":
            return given != self.value
        if isinstance(given, str | bool | None) or isinstance(self.value, str | bool):
            return False
        if self.op == "..":
            return self.high is not None and self.value <= given <= self.high
        return _COMPARE[self.op](given, self.value)


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition cell. No items: anything matches, an absent value too."""

    text: str
    items: tuple[Item, ...] = ()

    def matches(self, given: Value) -> bool:
        return not self.items or any(item.matches(given) for item in self.items)


def kind_of(value: Value) -> str:
    """'string', 'number' or 'boolean' ('' for no value)."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else ""


def read_cell(text: str, element: str, type_: str) -> Cell:
    """A condition cell of a column of the given type. Raises ``BadSop('decision_cell')`` with the entry's id."""
    text = text.strip()
    if text in ("", "-"):
        return Cell("-")
    body = text[1:-1] if text.startswith("[") and text.endswith("]") and ".." in text else text
    items: list[Item] = []
    at = 0
    while at < len(body) and len(items) < MAX_ITEMS:
        match = _ITEM.match(body, at)
        if match is None or match.end() == at:
            raise refused("decision_cell", element=element, cell=text)
        items.append(_item(match, element, text, type_))
        at = match.end()
    if at < len(body) or body.endswith(","):
        raise refused("decision_cell", element=element, cell=text)
    return Cell(text, tuple(items))


def _item(match: re.Match[str], element: str, text: str, type_: str) -> Item:
    value = _constant(match)
    op = match["op"] or "="
    wanted = "number" if type_ == "integer" else type_
    if kind_of(value) != wanted or (wanted != "number" and op not in ("=", "!=")):
        raise refused("decision_cell", element=element, cell=text)
    if not match["range"]:
        return Item(op, value)  # type: ignore[arg-type]
    high = _number(match["high"])
    if op != "=" or isinstance(value, str | bool) or high < value:
        raise refused("decision_cell", element=element, cell=text)
    return Item("..", value, high)


def read_constant(text: str, element: str, type_: str) -> str | int | float | bool:
    """A result cell. Raises ``BadSop('decision_cell')``."""
    match = _ITEM.fullmatch(text.strip())
    if match is None or match["op"] or match["range"] or text.strip().endswith(","):
        raise refused("decision_cell", element=element, cell=text)
    value = _constant(match)
    if kind_of(value) != ("number" if type_ == "integer" else type_):
        raise refused("decision_cell", element=element, cell=text)
    return value


def _constant(match: re.Match[str]) -> str | int | float | bool:
    if match["text"] is not None:
        return match["text"]
    if match["word"] is not None:
        return match["word"] == "true"
    return _number(match["number"])


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
