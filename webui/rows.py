"""Rows of an SOP's list as they stand in a form: how values are shown as rows, and how what was typed is read back.

A table of rows says which attribute of a value stands in which column and what may be chosen there. What a row does not
show of a value that stays (``base``) is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from webui.posted import Posted

#: most rows of one table that are read: as many as a form may have fields, so that none that was shown is left out
MOST = 400
_WHOLE = re.compile(r"[0-9]{1,6}")
Kind = Literal["text", "long", "whole", "choice", "pick", "many", "words", "yes", "hidden"]
#: value → words, for each list that a column may name
Choices = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Column:
    """``choice``: one of a list and nothing else; ``pick``: text, with a list to choose from; ``many``: several of a
    list; ``words``: several words of which no list knows. ``must``: a row without it is no row."""

    name: str
    label: str
    kind: Kind = "text"
    choices: str = ""
    must: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    key: str
    title: str
    of: type
    columns: tuple[Column, ...]
    help: str = ""
    #: the values this page speaks of are one, not a list
    single: bool = False
    #: what a new value needs beside its columns
    fresh: Mapping[str, Any] | None = None


def names(table: Table, form: Posted) -> tuple[set[str], set[str]]:
    """Which of the names that were sent belong to the table: (once, several times)."""
    of = {f"{table.key}-{column.name}": column.kind == "many" for column in table.columns}
    found: tuple[set[str], set[str]] = (set(), set())
    for name in form.names():
        head, _, number = name.rpartition("-")
        if head in of and number.isdigit() and len(number) < 4:
            found[of[head]].add(name)
    return found


def shown(table: Table, values: Iterable[Any], choices: Choices, *, spare: int = 1) -> list[dict[str, Any]]:
    """One row per value and some empty ones; what is chosen from a list by typing stands there in its words."""
    rows = [{c.name: _text(c, getattr(value, c.name), choices) for c in table.columns} for value in values]
    if table.single:
        return rows or [blank(table)]
    return [*rows, *(blank(table) for _ in range(spare))]


def blank(table: Table) -> dict[str, Any]:
    return {column.name: [] if column.kind == "many" else "" for column in table.columns}


def sent(table: Table, form: Posted) -> list[dict[str, Any]]:
    """The rows as they were typed."""
    known, found = form.names(), []
    for n in range(MOST):
        if not any(f"{table.key}-{column.name}-{n}" in known for column in table.columns):
            break
        found.append({column.name: _sent(column, form, f"{table.key}-{column.name}-{n}") for column in table.columns})
    return found


def read(
    table: Table, form: Posted, wrong: dict[str, str], choices: Choices, *, base: Iterable[Any] = ()
) -> list[Any]:  # fmt: skip
    """The values that were typed; ``wrong`` takes a sentence per field. ``base``: those stored, known by their first
    column, whose other sides are kept."""
    stored = list(base)
    lead = table.columns[0].name
    made = []
    for n, row in enumerate(sent(table, form)):
        must = [column for column in table.columns if column.must]
        typed = [column for column in must or table.columns if column.kind != "choice" or not must]
        if not any(row[column.name] for column in typed):
            continue  # of a closed list something is always chosen
        given: dict[str, Any] = {}
        for column in table.columns:
            here = f"{table.key}-{column.name}-{n}"
            try:
                given[column.name] = _value(table, column, row[column.name], choices, stored)
            except ValueError as odd:
                wrong[here] = str(odd)
            if column.must and not row[column.name]:
                wrong[here] = f"請填「{column.label}」。"
        if len(given) < len(table.columns):
            continue
        old = stored[0] if table.single and stored else None
        if not table.single:
            old = next((one for one in stored if given[lead] and getattr(one, lead) == given[lead]), None)
        if old is not None:
            stored.remove(old)
            said = {name: value for name, value in given.items() if value or getattr(old, name)}  # nothing or ""
            made.append(replace(old, **said))
        else:
            made.append(table.of(**{**(table.fresh or {}), **given}))
    return made


def only(table: Table, form: Posted, wrong: dict[str, str], choices: Choices, *, base: Iterable[Any] = ()) -> Any:
    """The one value of a table that has one at most."""
    return next(iter(read(table, form, wrong, choices, base=base)), None)


def lists(tables: Iterable[Table]) -> list[str]:
    """The lists from which their fields are filled by typing."""
    open_ = [column.choices for table in tables for column in table.columns if column.kind in ("pick", "many")]
    return list(dict.fromkeys(open_))


def _text(column: Column, value: Any, choices: Choices) -> Any:
    words = dict(choices.get(column.choices, ()))
    if column.kind == "many":
        return [words.get(one, one) for one in value or ()]
    if column.kind == "words":
        return " ".join(value or ())
    if column.kind == "yes":
        return "yes" if value else ""
    if column.kind == "pick":
        return words.get(value, value or "")
    return "" if value is None else str(value)


def _sent(column: Column, form: Posted, name: str) -> Any:
    return [one for one in form.many(name) if one] if column.kind == "many" else form.one(name)


def _value(table: Table, column: Column, text: Any, choices: Choices, stored: Sequence[Any]) -> Any:
    meant = {words: value for value, words in choices.get(column.choices, ())}
    if column.kind == "many":
        return tuple(dict.fromkeys(meant.get(one, one) for one in text))
    if column.kind == "words":
        return tuple(text.split())
    if column.kind == "yes":
        return bool(text)
    if column.kind == "whole":
        if text and not (text.isascii() and _WHOLE.fullmatch(text)):
            raise ValueError(f"「{column.label}」請填整數。")
        return int(text) if text else None
    held = {getattr(one, column.name) for one in stored} if column.kind == "choice" else ()
    if column.kind == "choice" and text and text not in meant.values() and text not in held:
        raise ValueError(f"「{column.label}」請由清單中選擇。")
    if column.kind == "pick":
        text = meant.get(text, text)
    if not text and "None" in str(_typed(table)[column.name]):
        return None
    return text


def _typed(table: Table) -> dict[str, str]:
    return {field.name: str(field.type) for field in fields(table.of)}
