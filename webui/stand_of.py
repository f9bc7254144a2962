"""The small picture of a list: at which step of its SOP a piece of work stands. No case's state is read for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diagrams import chart
from diagrams.kept import Kept
from diagrams.stand_mark import draw
from engine.errors import Refusal
from engine.library import shelf
from engine.store import Connection
from webui import door
from webui.words import worded

__all__ = ["stands"]

#: bundle → the number of each of its steps; an SOP's numbers never change under one hash
_numbers: Kept[Mapping[str, int]] = Kept(500)


def stands(db: Connection, rows: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Item → its picture as SVG. An item inside a procedure that is called stands at the call."""
    language = worded(door.language())
    found = {}
    for row in rows:
        told = _numbered(db, row["bundle"])
        place = told.get(row["step"].partition("/")[0])
        if place is not None:
            found[row["id"]] = draw(place, len(told), language("流程圖第 {0} 步，共 {1} 步", place, len(told)))
    return found


def _numbered(db: Connection, bundle: str) -> Mapping[str, int]:
    try:
        return _numbers.once(bundle, lambda: chart.numbers(shelf.opened(db, bundle).sop))
    except Refusal:  # a list is read even where Graphviz is missing
        return {}
