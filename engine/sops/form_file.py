"""The file of a screen form, ``<step-id>.form.json``, and the form it describes.

It is a strict subset of JSON Schema: a keyword that is not known here is refused, so nothing is promised that is
not kept. No patterns (a regular expression from a file is a way to stop the server).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.errors import BadSop
from engine.sops import expressions
from engine.sops.fields import Field
from engine.sops.sentences import refused, unreadable

MAX_BYTES = 256 * 1024
MAX_FIELDS = 100
MAX_CHOICES = 300

_TOP = frozenset(
    [
        "$schema",
        "$id",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "allOf",
        "additionalProperties",
        "x-sop",
    ]
)
_PROPERTY = frozenset(
    ["title", "description", "type", "format", "oneOf", "enum", "const", "minLength", "maxLength", "minimum"]
) | frozenset(["maximum", "minItems", "maxItems", "uniqueItems", "items", "x-sop-identity", "x-sop-person"])
_HINTS = frozenset(["rows", "help", "shownWhen", "offer"])
_FORMATS = {
    "date": "date", "date-time": "instant", "email": "email", "phone": "phone", "sop-case": "case", "sop-unit": "unit",
    "sop-procedure": "procedure",
}  # fmt: skip


def _same(given: Any, wanted: Any) -> bool:
    return type(given) is type(wanted) and bool(given == wanted)


@dataclass(frozen=True, slots=True)
class Requirement:
    """When every named value is among those listed, the fields of ``then`` must be filled in."""

    when: Mapping[str, tuple[Any, ...]]
    then: tuple[str, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        return all(any(_same(values.get(name), one) for one in allowed) for name, allowed in self.when.items())


@dataclass(frozen=True, slots=True)
class ScreenForm:
    """The fields of one step in the order they are asked. ``shows`` names what is displayed beside them.

    ``intake``: of a start at which petitions are taken in, the field whose choices are the channels they come by.
    """

    id: str
    step: str
    title: str
    fields: tuple[Field, ...]
    requirements: tuple[Requirement, ...] = ()
    shows: tuple[str, ...] = ()
    intake: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def read(source: bytes | str | Mapping[str, Any]) -> ScreenForm:
    """The form a file describes. Raises ``BadSop('form_*')`` with the field's name as element."""
    schema = source if isinstance(source, Mapping) else _json(source)
    _only(schema, _TOP, None)
    if schema.get("type", "object") != "object" or schema.get("additionalProperties", False) is not False:
        raise refused("form_value", name="additionalProperties")
    hints, order, shows, intake = _ours(schema.get("x-sop", {}))
    properties = _mapping(schema.get("properties", {}), "properties")
    if len(properties) > MAX_FIELDS:
        raise refused("form_value", name="properties")
    required = _names(schema.get("required", []), "required")
    found: dict[str, Field] = {}
    for written, said in properties.items():
        name = _field_name(written)
        if name in found:
            raise refused("form_duplicate", element=name, name=name)
        found[name] = _field(name, _mapping(said, written), hints.get(name, {}), name in required)
    for mentioned in {*required, *order, *hints, *([intake] if intake else [])} - found.keys():
        raise refused("form_unknown_field", element=mentioned, name=mentioned)
    requirements = tuple(_requirement(part, found) for part in _list(schema.get("allOf", []), "allOf"))
    asked = [*dict.fromkeys(order), *(name for name in found if name not in order)]
    form_id = _text(schema.get("$id", ""), "$id")
    return ScreenForm(
        id=form_id,
        step=form_id.rpartition("/")[2],
        title=_text(schema.get("title", ""), "title"),
        fields=tuple(found[name] for name in asked),
        requirements=requirements,
        shows=shows,
        intake=intake,
    )


def _json(source: bytes | str) -> Mapping[str, Any]:
    try:
        data = source.encode() if isinstance(source, str) else source
        if len(data) > MAX_BYTES:
            raise unreadable("too_big", limit=MAX_BYTES)
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # broken JSON, not UTF-8, a key twice, NaN
        raise unreadable("form_json") from None
    if not isinstance(found, dict):
        raise unreadable("form_json")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _ours(said: Any) -> tuple[dict[str, Mapping[str, Any]], list[str], tuple[str, ...], str | None]:
    ours = _mapping(said, "x-sop")
    _only(ours, frozenset(["order", "show", "hints", "intake"]), None)
    hints = {_field_name(n): _mapping(h, n) for n, h in _mapping(ours.get("hints", {}), "hints").items()}
    for name, hint in hints.items():
        _only(hint, _HINTS, name)
    shows = tuple(_text(item, "show") for item in _list(ours.get("show", []), "show"))
    intake = _field_name(ours["intake"]) if "intake" in ours else None
    return hints, _names(ours.get("order", []), "order"), shows, intake


def _field(name: str, said: Mapping[str, Any], hint: Mapping[str, Any], required: bool) -> Field:
    _only(said, _PROPERTY, name)
    kind, choices, of = _kind(name, said, hint)
    several = kind in ("files", "list")
    rows = hint.get("rows")
    if rows is not None and (type(rows) is not int or not 1 <= rows <= 40):
        raise refused("form_value", element=name, name="rows")
    shown_when = hint.get("shownWhen")
    if shown_when is not None:
        _condition(name, shown_when)
    for mark in ("x-sop-identity", "x-sop-person"):
        if not isinstance(said.get(mark, False), bool):
            raise refused("form_value", element=name, name=mark)
    return Field(
        name=name,
        title=_text(said.get("title", name), "title", name),
        kind=kind,
        required=required,
        choices=choices,
        help=_optional(hint.get("help", said.get("description")), "help", name),
        rows=rows,
        shown_when=shown_when,
        offer=_optional(hint.get("offer"), "offer", name),
        least=_count(said, "minItems" if several else "minLength", name),
        most=_count(said, "maxItems" if several else "maxLength", name),
        minimum=_limit(said, "minimum", name),
        maximum=_limit(said, "maximum", name),
        of=of,
        distinct=said.get("uniqueItems") is True,
        identity=said.get("x-sop-identity", False),
        person=said.get("x-sop-person", False),
        about=_about(name, said),
    )


def _about(name: str, said: Mapping[str, Any]) -> tuple[tuple[Any, str], ...]:
    """What the choices are for, of those that say it."""
    parts = [part for part in said.get("oneOf", ()) if "description" in part]
    return tuple((part["const"], _text(part["description"], "description", name)) for part in parts)


def _kind(name: str, said: Mapping[str, Any], hint: Mapping[str, Any]) -> tuple[Any, tuple[tuple[Any, str], ...], Any]:
    """Kind, choices, and the kind of the items of a list."""
    type_, format_ = said.get("type"), said.get("format")
    choices = _choices(name, said)
    if type_ == "array":
        items = _mapping(said.get("items", {}), name)
        _only(items, frozenset(["type", "format", "oneOf", "enum"]), name)
        if items.get("type") != "string" or format_ is not None or choices:
            raise refused("form_value", element=name, name="items")
        of = items.get("format")
        if of not in (None, "sop-file", "sop-unit", "sop-case"):
            raise refused("form_value", element=name, name="format")
        if of == "sop-file":
            return "files", (), "file"
        return "list", _choices(name, items), None if of is None else of.removeprefix("sop-")
    if "items" in said or type_ not in ("string", "integer", "number", "boolean"):
        raise refused("form_value", element=name, name="type")
    if choices:
        if any(type(value) is not {"string": str, "integer": int, "boolean": bool}.get(type_) for value, _ in choices):
            raise refused("form_value", element=name, name="oneOf")
        return "choice", choices, None
    if type_ != "string":
        if format_ is not None:
            raise refused("form_value", element=name, name="format")
        return type_, (), None
    if format_ is not None:
        if not isinstance(format_, str) or format_ not in _FORMATS:
            raise refused("form_value", element=name, name="format")
        return _FORMATS[format_], (), None
    most = _count(said, "maxLength", name)
    long = hint.get("rows") is not None or most is None or most > 200
    return "longtext" if long else "text", (), None


def _choices(name: str, said: Mapping[str, Any]) -> tuple[tuple[Any, str], ...]:
    given = [key for key in ("oneOf", "enum", "const") if key in said]
    if not given:
        return ()
    if len(given) > 1:
        raise refused("form_value", element=name, name=given[1])
    if "const" in said:
        options = [(said["const"], str(said["const"]))]
    elif "enum" in said:
        options = [(value, str(value)) for value in _list(said["enum"], "enum", name)]
    else:
        options = [_option(name, part) for part in _list(said["oneOf"], "oneOf", name)]
    distinct = {(type(value), value) for value, _ in options if isinstance(value, str | int | bool)}
    if not options or len(options) > MAX_CHOICES or len(distinct) != len(options):
        raise refused("form_value", element=name, name=given[0])
    return tuple(options)


def _option(name: str, part: Any) -> tuple[Any, str]:
    said = _mapping(part, "oneOf")
    _only(said, frozenset(["const", "title", "description"]), name)
    if "const" not in said:
        raise refused("form_value", element=name, name="oneOf")
    return said["const"], _text(said.get("title", str(said["const"])), "title", name)


def _requirement(part: Any, found: Mapping[str, Field]) -> Requirement:
    """``if``: what values; ``then``: what is required. The values may be of the step's outcome as well as of fields."""
    said = _mapping(part, "allOf")
    _only(said, frozenset(["if", "then"]), None)
    when, then = _mapping(said.get("if", {}), "if"), _mapping(said.get("then", {}), "then")
    _only(when, frozenset(["properties", "required"]), None)
    _only(then, frozenset(["required"]), None)
    values: dict[str, tuple[Any, ...]] = {}
    for written, test in _mapping(when.get("properties", {}), "if").items():
        test = _mapping(test, "if")
        _only(test, frozenset(["const", "enum"]), None)
        allowed = _list(test["enum"], "enum") if "enum" in test else [test.get("const")]
        if not all(isinstance(value, str | int | bool) for value in allowed):
            raise refused("form_value", element=written, name="if")
        values[_field_name(written)] = tuple(allowed)
    names = _names(then.get("required", []), "then")
    for name in names:
        if name not in found:
            raise refused("form_unknown_field", element=name, name=name)
    if not values or set(_names(when.get("required", list(values)), "if")) - values.keys():
        raise refused("form_value", name="if")
    return Requirement(MappingProxyType(values), tuple(names))


def _condition(name: str, source: Any) -> None:
    if not isinstance(source, str):
        raise refused("form_value", element=name, name="shownWhen")
    try:
        expressions.check(source)
    except BadSop as bad:
        raise BadSop(bad.code, bad.sentence, element=name) from None


def _field_name(written: Any) -> str:
    name = unicodedata.normalize("NFKC", written) if isinstance(written, str) else ""
    if not expressions.is_variable(name):
        raise refused("form_field", element=name[:64] or None, name=name)
    return name


def _only(said: Mapping[str, Any], allowed: frozenset[str], element: str | None) -> None:
    for name in said:
        if name not in allowed:
            raise refused("form_keyword", element=element, name=name)


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise refused("form_value", name=name)
    return value


def _list(value: Any, name: str, element: str | None = None) -> list[Any]:
    if not isinstance(value, list):
        raise refused("form_value", element=element, name=name)
    return value


def _names(value: Any, name: str) -> list[str]:
    return [_field_name(item) for item in _list(value, name)]


def _text(value: Any, name: str, element: str | None = None) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise refused("form_value", element=element, name=name)
    return value


def _optional(value: Any, name: str, element: str) -> str | None:
    return None if value is None else _text(value, name, element)


def _count(said: Mapping[str, Any], key: str, name: str) -> int | None:
    value = said.get(key)
    if value is not None and (type(value) is not int or not 0 <= value <= 20_000):
        raise refused("form_value", element=name, name=key)
    return value


def _limit(said: Mapping[str, Any], key: str, name: str) -> float | None:
    value = said.get(key)
    if value is not None and (type(value) not in (int, float) or abs(value) > expressions.MAX_NUMBER):
        raise refused("form_value", element=name, name=key)
    return value
