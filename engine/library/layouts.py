"""How an official form is laid out, and what stands in its fields: ``processes/forms/*.yaml``, data a clerk can read.

for: [petition-record, case-record]     # refs of the form register; "*" is the form of every other document
title: …                                # where the register's name is not the one printed
since: 2027-01-01                       # what was issued before that day is printed in the layout before this one
parts:
  - title: 辦理情形
    rows:
      - {label: 辦理情形, from: [later.progress, answer.findings], lines: 6}
      - [{label: 承辦人, from: by.findings}, {label: 日期}]   # two beside each other; nothing given: filled by hand
      - {label: 期限, from: deadline.promised, strong: true, otherwise: 另行通知}
  - ticks: true                         # the checklist that was ticked last
signed: [承辦人, 科長]

Where a value comes from: ``case.<column>``, ``start.<field>``, ``answer.<field>`` (the newest given),
``before.<field>`` (the newest given when the document was made), ``later.<field>`` (given after it, before the next of
its kind), ``by.<field>`` and ``at.<field>`` (who gave that answer, and when; also ``by.later.<field>``),
``deadline.<promised|expected|next|id>``, ``document.<at|round|step|delivery>``, ``fact.<name>`` (of the document),
``identity.<field>`` (shown to who has the right and says why, else left empty). The first that is there is printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from engine import yaml_text
from engine.errors import Invalid

__all__ = ["ANY", "SOURCES", "Cell", "Layout", "Part", "Shelf", "folder", "in_force", "read"]

#: the layout of every document that has none of its own
ANY = "*"
SOURCES = frozenset(
    {"case", "start", "answer", "before", "later", "by", "at", "deadline", "document", "fact", "identity"}
)
MOST_BYTES = 64 * 1024
_MOST_LINES = 20
_SOURCE = re.compile(r"([a-z]+)\.((?:(?:later|before)\.)?[\w-]{1,60})")


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a form. ``sources`` in the order they are tried; none: filled by hand. ``lines``: its height.
    ``otherwise`` is printed where nothing is known."""

    label: str
    sources: tuple[tuple[str, str], ...] = ()
    lines: int = 1
    strong: bool = False
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A titled block: rows of one or two cells, or the ticked checklist."""

    title: str = ""
    rows: tuple[tuple[Cell, ...], ...] = ()
    ticks: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """``title`` '': the name in the form register. ``note`` stands at the foot. ``since``: its first day."""

    refs: tuple[str, ...]
    parts: tuple[Part, ...]
    title: str = ""
    signed: tuple[str, ...] = ()
    note: str = ""
    since: date = date.min


#: the layouts of each form, the oldest first
Shelf = Mapping[str, tuple[Layout, ...]]


def read(text: str, name: str = "") -> Layout:
    """One layout file. Pure. Raises Invalid naming the place that is wrong."""
    try:
        tree = yaml_text.read(text) if len(text) <= MOST_BYTES else None
    except yaml.YAMLError:
        tree = None
    top = _mapping(tree, name, {"for", "parts", "title", "signed", "note", "since"})
    refs = _texts(top.get("for"), f"{name} for")
    parts = tuple(_part(part, f"{name} parts[{n}]") for n, part in enumerate(_list(top.get("parts"), f"{name} parts")))
    since = top.get("since", date.min)
    if not refs or not parts or type(since) is not date:
        raise _wrong(name)
    return Layout(
        refs, parts, _text(top.get("title", ""), f"{name} title"), _texts(top.get("signed", []), f"{name} signed"),
        _text(top.get("note", ""), f"{name} note"), since,
    )  # fmt: skip


def in_force(shelf: Shelf, ref: str, on: date) -> Layout | None:
    """The layout of a form on that day; of one that has none, or none yet, the layout of any document."""
    for each in (ref, ANY):
        known = [layout for layout in shelf.get(each, ()) if layout.since <= on]
        if known:
            return known[-1]
    return None


def folder(path: Path) -> Shelf:
    """The layouts of a folder by ref, read again when a file of it changed. Raises Invalid: one bad, or a ref that has
    two from the same day on."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else []
    return _read(tuple((str(file), file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[str, int], ...]) -> Shelf:
    found: dict[str, list[Layout]] = {}
    for file, _changed in files:
        layout = read(Path(file).read_text("utf-8"), Path(file).name)
        for ref in layout.refs:
            if any(other.since == layout.since for other in found.get(ref, ())):
                raise Invalid("layout_twice", f"表單 {ref} 有兩個版面。")
            found.setdefault(ref, []).append(layout)
    return {ref: tuple(sorted(each, key=lambda layout: layout.since)) for ref, each in found.items()}


def _part(said: Any, where: str) -> Part:
    part = _mapping(said, where, {"title", "rows", "ticks"})
    ticks = part.get("ticks", False)
    rows = part.get("rows", [])
    if not isinstance(ticks, bool) or (not rows and not ticks):
        raise _wrong(where)
    made = []
    for n, row in enumerate(_list(rows, where)):
        cells = row if isinstance(row, list) else [row]
        if not 1 <= len(cells) <= 2:
            raise _wrong(f"{where} rows[{n}]")
        made.append(tuple(_cell(cell, f"{where} rows[{n}]") for cell in cells))
    return Part(_text(part.get("title", ""), where), tuple(made), ticks)


def _cell(said: Any, where: str) -> Cell:
    cell = _mapping(said, where, {"label", "from", "lines", "strong", "otherwise"})
    given = cell.get("from", [])
    lines = cell.get("lines", 1)
    label = _text(cell.get("label"), where)
    strong = cell.get("strong", False)
    if not label or type(lines) is not int or not 1 <= lines <= _MOST_LINES or not isinstance(strong, bool):
        raise _wrong(where)
    sources = []
    for source in _texts([given] if isinstance(given, str) else given, where):
        found = _SOURCE.fullmatch(source)
        if found is None or found[1] not in SOURCES:
            raise _wrong(f"{where} {source}")
        sources.append((found[1], found[2]))
    return Cell(label, tuple(sources), lines, strong, _text(cell.get("otherwise", ""), where))


def _mapping(said: Any, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(said, dict) or not set(said) <= known:
        raise _wrong(where)
    return said


def _list(said: Any, where: str) -> list[Any]:
    if not isinstance(said, list):
        raise _wrong(where)
    return said


def _texts(said: Any, where: str) -> tuple[str, ...]:
    return tuple(_text(one, where) for one in _list(said, where))


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str) or len(said) > 300:
        raise _wrong(where)
    return said


def _wrong(where: str) -> Invalid:
    return Invalid("layout_wrong", f"表單版面檔寫法不正確：{where}。")
