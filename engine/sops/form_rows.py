"""A screen form as a list of fields, one row each: read from its file, and written back into it.

What a row does not speak of (lengths, an identity mark, what is shown beside, what is demanded when) stays as it was,
while its field stays what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.sops import comparing, expressions, forms
from engine.sops.fields import Field
from engine.sops.sentences import unreadable

__all__ = ["KINDS", "Row", "rows", "write"]

#: kind → what its property says
KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string", "maxLength": 200}, "longtext": {"type": "string", "maxLength": 4000},
    "choice": {"type": "string"}, "list": {"type": "array"}, "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"}, "integer": {"type": "integer"}, "number": {"type": "number"},
    "boolean": {"type": "boolean"}, "files": {"type": "array", "items": {"type": "string", "format": "sop-file"}},
    "unit": {"type": "string", "format": "sop-unit"}, "case": {"type": "string", "format": "sop-case"},
    "procedure": {"type": "string", "format": "sop-procedure"},
    "email": {"type": "string", "format": "email"}, "phone": {"type": "string", "format": "phone"},
}  # fmt: skip
_CHOSEN = frozenset({"choice", "list"})
_LONG_ROWS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``choices`` are (value, words); ``shown_when`` a condition over the other fields."""

    name: str
    title: str
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    shown_when: str = ""


def rows(text: str) -> list[Row]:
    """The fields in the order they are asked. Raises BadSop."""
    return [_row(field) for field in forms.read(text).fields]


def write(text: str | None, made: Sequence[Row], *, form_id: str, title: str) -> str:
    """The file with these fields. Raises Invalid naming the row, BadSop for what no form may say."""
    fresh = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": form_id}
    tree: dict[str, Any] = _tree(text) if text else dict(fresh)
    named = [row if row.name else _named(row, n, made, form_id) for n, row in enumerate(made)]
    known = {field.name: field for field in forms.read(text).fields} if text else {}
    _refuse(named)
    ours = tree.get("x-sop", {})
    hints = {row.name: _hint(row, known.get(row.name), ours.get("hints", {}).get(row.name, {})) for row in named}
    properties = tree.get("properties", {})
    names = {row.name for row in named}
    tree |= {
        "title": title, "type": "object",
        "properties": {row.name: _property(row, known.get(row.name), properties.get(row.name, {})) for row in named},
        "required": [row.name for row in named if row.required],
    }  # fmt: skip
    tree.pop("additionalProperties", None)
    demands = list(_demands(tree.pop("allOf", []), names))
    if demands:
        tree["allOf"] = demands
    tree.pop("x-sop", None)
    tree["additionalProperties"] = False
    tree["x-sop"] = {
        "order": [row.name for row in named], "show": ours.get("show", []),
        "hints": {name: hint for name, hint in hints.items() if hint},
        **({"intake": ours["intake"]} if ours.get("intake") in names else {}),
    }  # fmt: skip
    made_text = json.dumps(tree, ensure_ascii=False, indent=1) + "\n"
    forms.read(made_text)
    return made_text


def _row(field: Field) -> Row:
    choices = tuple((str(value), words) for value, words in field.choices)
    return Row(field.name, field.title, field.kind, field.required, choices, field.help or "", field.shown_when or "")


def _tree(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text)
    except ValueError:
        raise unreadable("not_json") from None
    return dict(tree)


def _named(row: Row, n: int, made: Sequence[Row], form_id: str) -> Row:
    """Named after its step: a name is one variable of the whole SOP, and two steps must not write the same."""
    head = re.sub(r"\W", "_", form_id.rpartition("/")[2])[:50]
    head = head if expressions.is_variable(head) else "field"
    taken = {one.name for one in made}
    number = n + 1
    while f"{head}_{number}" in taken:
        number += 1
    return Row(f"{head}_{number}", row.title, row.kind, row.required, row.choices, row.help, row.shown_when)


def _refuse(made: Iterable[Row]) -> None:
    seen: set[str] = set()
    for n, row in enumerate(made):
        said = None
        if not row.title:
            said = ("title", "請填欄位的名稱。")
        elif not expressions.is_variable(row.name) or row.name in seen:
            said = ("code", "欄位代號不能重複，只能用文字、數字與底線，不能以數字開頭。")
        elif row.kind not in KINDS:
            said = ("kind", "請選擇欄位的種類。")
        elif row.kind == "choice" and not row.choices:
            said = ("choices", "選擇欄位至少要有一個選項。")
        seen.add(row.name)
        if said:
            raise Invalid("form_row", said[1], fields={f"{said[0]}-{n}": said[1]})


def _property(row: Row, field: Field | None, old: Mapping[str, Any]) -> dict[str, Any]:
    """As it was while it asks the same; else as its kind begins."""
    if field is not None and _row(field).kind == row.kind and _row(field).choices == row.choices:
        return {**old, "title": row.title}
    said = {"title": row.title, **KINDS[row.kind]}
    said |= {mark: True for mark in ("x-sop-identity", "x-sop-person") if old.get(mark)}
    options = [{"const": value, "title": words} for value, words in row.choices]
    if row.kind == "choice":
        said["oneOf"] = options
    elif row.kind == "list":
        said |= {"uniqueItems": True, "items": {"type": "string"} | ({"oneOf": options} if options else {})}
    return said


def _hint(row: Row, field: Field | None, old: Mapping[str, Any]) -> dict[str, Any]:
    hint = {name: value for name, value in old.items() if name == "offer"}
    if row.kind == "longtext":
        hint["rows"] = old.get("rows", _LONG_ROWS if field is None or field.kind != "longtext" else None)
    if row.help:
        hint["help"] = row.help
    if row.shown_when:
        hint["shownWhen"] = row.shown_when
    return {name: value for name, value in hint.items() if value is not None}


def _demands(said: Iterable[Mapping[str, Any]], names: set[str]) -> Iterator[Mapping[str, Any]]:
    """What is demanded when: without fields that are gone. The condition may ask for the step's outcome: it stays."""
    for demand in said:
        then = [name for name in demand.get("then", {}).get("required", []) if name in names]
        if then:
            yield {**demand, "then": {"required": then}}


def condition(field: str, value: str, of: Mapping[str, Row]) -> str:
    """The text of "shown when this field has this value". Raises Invalid."""
    kind = of[field].kind if field in of else "text"
    return str(comparing.of_words(field, "==", value, kind))
