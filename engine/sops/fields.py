"""One field of a screen form, and how a value given for it becomes a value to keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from engine.sops.texts import MAX_ITEMS, MAX_TEXT, Unclean, cleaned

FieldKind = Literal[
    "text", "longtext", "choice", "date", "instant", "number", "integer", "boolean",
    "files", "case", "unit", "procedure", "email", "phone", "list",
]  # fmt: skip

_YEARS = range(1912, 2200)
_MAX_NUMBER = 10**15
_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "email": (re.compile(r"[^\s@,;<>\"']{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"), "field_email"),
    "phone": (re.compile(r"\+?[0-9(][0-9 ()\-]{4,24}[0-9](?: ?#[0-9]{1,6})?"), "field_phone"),
    "case": (re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}"), "field_reference"),
    "unit": (re.compile(r"[a-z][a-z0-9-]{0,63}"), "field_reference"),
    "procedure": (re.compile(r"[A-Za-z][0-9A-Za-z_.-]{0,99}"), "field_reference"),
    "file": (re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,79}"), "field_reference"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What one field asks. ``least`` and ``most`` count characters, or items where a field takes several.

    ``long`` values are kept beside the engine and can be passed on but not looked into; ``identity`` values go to the
    vault and nowhere else; ``person`` is the name of one, which no list of cases repeats. ``of`` is the kind of each
    item of a list. ``offer`` names what the system fills in.
    """

    name: str
    title: str
    kind: FieldKind
    required: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    help: str | None = None
    rows: int | None = None
    shown_when: str | None = None
    offer: str | None = None
    least: int | None = None
    most: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    of: str | None = None
    distinct: bool = False
    identity: bool = False
    person: bool = False
    about: tuple[tuple[Any, str], ...] = ()  # what each choice is for, where the form says so

    @property
    def long(self) -> bool:
        """Whether the value is kept by reference: files, and texts of more than 200 characters."""
        if self.kind == "files":
            return True
        return self.kind in ("text", "longtext") and (self.most is None or self.most > 200)

    @property
    def several(self) -> bool:
        return self.kind in ("files", "list")


def accept(field: Field, raw: object, *, strings: bool) -> Any:
    """The value to keep, or None where nothing was given. Raises ``Unclean``.

    With ``strings`` a text is understood as what the field asks ("12" for a number); without, kinds are taken strictly.
    """
    if field.several:
        return _several(field, raw)
    if isinstance(raw, list | tuple):
        if len(raw) > 1:
            raise Unclean("field_twice")
        raw = raw[0] if raw else None
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if isinstance(raw, str):
            cleaned(raw)
        return None
    return _ONE.get(field.kind, _text)(field, raw, strings)


def _several(field: Field, raw: object) -> list[str] | None:
    if raw is None or raw == "":
        return None
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple) or not all(isinstance(item, str) for item in given):
        raise Unclean("field_type")
    most = MAX_ITEMS if field.most is None else min(field.most, MAX_ITEMS)
    items = [cleaned(item, 200) for item in given[: most + 1] if item.strip()]
    if len(given) > most:
        raise Unclean("field_many", limit=most)
    if len(set(items)) != len(items):
        raise Unclean("field_repeated")
    if not items:
        return None
    if field.least is not None and len(items) < field.least:
        raise Unclean("field_few", limit=field.least)
    for item in items:
        if field.choices:
            _chosen(field, item, strings=False)
        elif field.of is not None:
            _matching(field.of, item)
    return items


def _text(field: Field, raw: object, strings: bool) -> str:
    if not isinstance(raw, str):
        raise Unclean("field_type")
    text = cleaned(raw, MAX_TEXT if field.most is None else min(field.most, MAX_TEXT))
    if field.least is not None and len(text) < field.least:
        raise Unclean("field_short", limit=field.least)
    if field.kind in _PATTERNS:
        text = unicodedata.normalize("NFKC", text)
        _matching(field.kind, text)
    elif field.kind == "text" and "\n" in text and not field.long:
        raise Unclean("field_characters")
    return text


def _matching(kind: str, text: str) -> None:
    pattern, code = _PATTERNS[kind]
    if len(text) > 254 or not pattern.fullmatch(text):
        raise Unclean(code)


def _choice(field: Field, raw: object, strings: bool) -> Any:
    return _chosen(field, raw, strings)


def _chosen(field: Field, raw: object, strings: bool) -> Any:
    for value, _title in field.choices:
        if type(raw) is type(value) and raw == value:
            return value
        if strings and isinstance(raw, str) and not isinstance(value, str) and _as_text(value) == raw.strip():
            return value
    raise Unclean("field_choice")


def _as_text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _integer(field: Field, raw: object, strings: bool) -> int:
    if strings and isinstance(raw, str):
        text = unicodedata.normalize("NFKC", cleaned(raw, 40))
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise Unclean("field_integer")
        raw = int(text)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Unclean("field_integer")
    _in_range(field, raw)
    return raw


def _number(field: Field, raw: object, strings: bool) -> int | float:
    if strings and isinstance(raw, str):
        text = unicodedata.normalize("NFKC", cleaned(raw, 40))
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text):
            raise Unclean("field_number")
        raw = float(text) if "." in text else int(text)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw:
        raise Unclean("field_number")
    _in_range(field, raw)
    return raw


def _in_range(field: Field, number: int | float) -> None:
    low = -_MAX_NUMBER if field.minimum is None else field.minimum
    high = _MAX_NUMBER if field.maximum is None else field.maximum
    if number < low:
        raise Unclean("field_small", limit=low)
    if number > high:
        raise Unclean("field_big", limit=high)


def _boolean(field: Field, raw: object, strings: bool) -> bool:
    if isinstance(raw, bool):
        return raw
    if strings and raw in ("true", "on"):
        return True
    if strings and raw == "false":
        return False
    raise Unclean("field_boolean")


def _date(field: Field, raw: object, strings: bool) -> str:
    text = unicodedata.normalize("NFKC", cleaned(raw, 40)) if isinstance(raw, str) else ""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise Unclean("field_date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unclean("field_date") from None
    if day.year not in _YEARS:
        raise Unclean("field_date")
    return text


def _instant(field: Field, raw: object, strings: bool) -> str:
    text = unicodedata.normalize("NFKC", cleaned(raw, 40)) if isinstance(raw, str) else ""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?", text, re.ASCII):
        raise Unclean("field_instant")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Unclean("field_instant") from None
    if instant.year not in _YEARS:
        raise Unclean("field_instant")
    return text


_ONE: Mapping[str, Callable[[Field, object, bool], Any]] = {
    "choice": _choice, "date": _date, "instant": _instant, "number": _number, "integer": _integer,
    "boolean": _boolean,
}  # fmt: skip
