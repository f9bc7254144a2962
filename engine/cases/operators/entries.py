"""A list as a clerk writes it, a line each: the entries for which a call box opens cases, or lines held to a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.dates import roc
from engine.errors import Invalid, Stuck
from engine.flow import ProjectedStep
from engine.office import people

_HEADING = re.compile(r"\s*【(.{1,100})】\s*")
#: what somebody writes who has nothing to list
_NOTHING = ("無", "無資料")
_LINE = re.compile(r"\s*([^/／,，\t]{1,100}?)\s*[/／,，\t]\s*(\S.{0,98}?)\s*")
_DAY = re.compile(r"\s*(.+?)[\s/／,，、]+((?:民國)?[0-9]{2,4}[-/年][0-9]{1,2}[-/月][0-9]{1,2}日?)\s*")
_MOST_LINES = 200
_LONGEST_LINE = 200
_LONGEST_NAME = 100


@operator("list.entries", required=("text",), optional=("dated",), results=("entries", "count", "unreadable", "dates"))
def entries(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a text line by line: a unit, by its name or id, and what is for it (works-roads/示例路拓寬). Beneath a
    heading 【unit】, as a box of several units brings their texts back, a line needs no unit.

    ``entries`` are what ``sop:each`` takes. ``unreadable``: lines without a unit of this house, lines written twice,
    and what goes beyond the longest list. With ``dated`` a line ends with a day (115/11/20, 2026-11-20), which is
    handed to its own case: ``dates``, one for each entry.
    """
    units = people.units(act.db)
    by_name = {unit.name: unit.id for unit in units.values()}
    found: dict[str, str | None] = {}
    lines, above = 0, None
    for written in _text(args["text"]).splitlines():
        line, day = _dated(written) if args.get("dated") else (written, None)
        if (heading := _HEADING.fullmatch(line)) is not None:
            above = heading[1] if heading[1] in units else by_name.get(heading[1])
        elif line.strip() and line.strip() not in _NOTHING:
            lines += 1
            if args.get("dated") and day is None:
                continue
            match = _LINE.fullmatch(line)
            unit = match and (match[1] if match[1] in units else by_name.get(match[1]))
            if lines > _MOST_LINES or len(line) > _LONGEST_LINE:
                continue
            if match and unit:
                found.setdefault(f"{unit}/{match[2]}", day)
            elif above and len(line.strip()) < _LONGEST_NAME:
                found.setdefault(f"{above}/{line.strip()}", day)
    return {
        "entries": list(found), "count": len(found), "unreadable": lines - len(found), "dates": list(found.values()),
    }  # fmt: skip


def _dated(line: str) -> tuple[str, str | None]:
    """A line without the day at its end, and that day; the line as it is where none is there."""
    match = _DAY.fullmatch(line)
    try:
        return (line, None) if match is None else (match[1], roc.read_instant(match[2], time()).date().isoformat())
    except Invalid:
        return line, None


def _text(written: object) -> str:
    """What was written; of a box whose units all wrote little, its list."""
    return "\n".join(str(one) for one in written if one) if isinstance(written, list) else str(written or "")


@operator("lines.check", required=("text", "pattern"), results=("count", "wrong", "repeated"))
def lines_check(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hold every line of a text against a pattern it must match whole (names of files, numbers of papers).

    ``wrong``: lines that do not, and what goes beyond the longest list. ``repeated``: lines that say the same as an
    earlier one in the pattern's group ``once``, or in the whole line where the pattern has none.
    """
    try:
        pattern = re.compile(str(args["pattern"]))
    except re.error:
        raise Stuck("unreadable_pattern", "核對每一行用的規則寫錯了，請流程負責人修正。") from None
    lines = [line.strip() for line in str(args["text"]).splitlines() if line.strip()]
    found = [pattern.fullmatch(line) for line in lines[:_MOST_LINES] if len(line) <= _LONGEST_LINE]
    right = [match["once" if "once" in pattern.groupindex else 0] for match in found if match]
    return {"count": len(lines), "wrong": len(lines) - len(right), "repeated": len(right) - len(set(right))}
