"""A list as a clerk writes it, a line each, as the entries for which a call box opens cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.flow import ProjectedStep
from engine.office import people

_LINE = re.compile(r"\s*([^/／,，\t]{1,100}?)\s*[/／,，\t]\s*(\S.{0,98}?)\s*")
_MOST_LINES = 200


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
