"""A list as a clerk writes it, a line each: the entries for which a call box opens cases, or lines held to a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.errors import Stuck
from engine.flow import ProjectedStep
from engine.office import people

_LINE = re.compile(r"\s*([^/／,，\t]{1,100}?)\s*[/／,，\t]\s*(\S.{0,98}?)\s*")
_MOST_LINES = 200
_LONGEST_LINE = 200


@operator("list.entries", required=("text",), results=("entries", "count", "unreadable"))
def entries(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a text line by line: a unit, by its name or id, and what is for it (works-roads/示例路拓寬).

    ``entries`` are what ``sop:each`` takes. ``unreadable``: lines without a unit of this house, lines written twice,
    and what goes beyond the longest list.
    """
    units = people.units(act.db)
    by_name = {unit.name: unit.id for unit in units.values()}
    lines = [line for line in str(args["text"]).splitlines() if line.strip()]
    found: dict[str, None] = {}
    for line in lines[:_MOST_LINES]:
        match = _LINE.fullmatch(line)
        unit = match and (match[1] if match[1] in units else by_name.get(match[1]))
        if match and unit:
            found[f"{unit}/{match[2]}"] = None
    return {"entries": list(found), "count": len(found), "unreadable": len(lines) - len(found)}


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
