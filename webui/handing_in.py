"""提送情形 in words: what a case has asked of whom, and how each of them stands. For the case's page and its screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.cases import desks
from webui import phrases
from webui.case_view import CaseView

__all__ = ["Box", "boxes", "name_of", "state", "waiting"]


@dataclass(frozen=True, slots=True)
class Box:
    """``states``: colour, shape and word of each line."""

    name: str
    asked: desks.Asked
    states: tuple[tuple[str, str, str], ...]


def boxes(view: CaseView) -> list[Box]:
    """All that this case has asked of others, as its page shows it."""
    asked = desks.asked_by(view.db, view.case, who=view.who, at=view.at)
    return [Box(name_of(view, one.step), one, tuple(state(line) for line in one.lines)) for one in asked]


def waiting(asked: Sequence[Box]) -> list[str]:
    """The call boxes that wait for somebody."""
    return [box.asked.step for box in asked if box.asked.kind == "child" and box.asked.waits and box.asked.missing]


def name_of(view: CaseView, step: str) -> str:
    """The name of a call box or step; of the deadline whose rung opened something beside the case."""
    return view.step_name(step) if view.node(step) else view.deadline_name(step)


def state(line: desks.Line) -> tuple[str, str, str]:
    """How a line stands: colour, shape, word."""
    if line.state == "open":
        return phrases.HANDING_IN["late" if line.late else "taken" if line.holders else "open"]
    return phrases.HANDING_IN["done-late" if line.state == "done" and line.late else line.state]
