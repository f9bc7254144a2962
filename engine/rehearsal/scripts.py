"""What people of a rehearsed office fill in: the lines of the SOPs' own scenarios, for any case that meets their steps.

A case follows one scenario, its script, as long as it can; whatever comes otherwise is filled in as some scenario of
the library fills in that step. Days in the answers move with the case.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.library.folder import SopFolder
from engine.rehearsal import scenarios
from engine.rehearsal.matters import MATTERS, PLACES
from engine.rehearsal.scenarios import Scenario
from engine.sops import calls
from engine.sops.sop import Node

__all__ = ["Script", "Scripts", "moved", "told_apart"]

Line = Mapping[str, Any]
#: what a scenario fixes for itself alone, or does not do at a desk
_FIXED = ("cases", "operators", "parent")
#: an answer that names another case of its scenario
_NAMES_A_CASE = "original_case"


@dataclass(slots=True)
class Script:
    """One case's scenario and how far it is. ``lines``: what is left of it."""

    scenario: Scenario
    lines: list[Line]
    done: int = 0

    @property
    def began(self) -> date:
        return scenarios.instant(self.scenario.given["at"]).date()


class Scripts:
    """Every scenario that stands by itself, and every line by the procedure and step it fills in."""

    def __init__(self, folders: Iterable[SopFolder]) -> None:
        kept = {folder.id: folder for folder in folders}
        self._folders = kept
        self.sops = {name: folder.sop for name, folder in kept.items()}
        self.of: dict[tuple[str, str], list[Scenario]] = defaultdict(list)
        self._lines: dict[tuple[str, str], list[tuple[Scenario, Line]]] = defaultdict(list)
        for name, folder in kept.items():
            for scenario in scenarios.read(name, folder.scenarios) if folder.scenarios else ():
                self._add(scenario)

    def _add(self, scenario: Scenario) -> None:
        if not any(scenario.given.get(name) for name in _FIXED):
            self.of[scenario.sop, scenario.start].append(scenario)
        for line in scenario.steps:
            if "step" in line and "rings" not in line and _NAMES_A_CASE not in (line.get("answers") or {}):
                of = self._opened_by(scenario.sop, str(line["case"])) if "case" in line else [scenario.sop]
                found = (self._place(sop_id, str(line["step"])) for sop_id in of)
                for place in dict.fromkeys(one for one in found if one is not None and self._takes(one, line)):
                    self._lines[place].append((scenario, line))

    def _takes(self, place: tuple[str, str], line: Line) -> bool:
        """Whether this step asks for what the line says: procedures that one case opens may have steps of one id."""
        folder, step = self._folders[place[0]], place[1]
        form, outcome = folder.screen_forms.get(step), folder.sop.nodes[step].outcome
        known = {field.name for field in form.fields} if form is not None else set()
        return set(line.get("answers") or ()) <= known | (
            {outcome.variable, "reason"} if outcome is not None else set()
        )

    def _opened_by(self, sop_id: str, names: str) -> list[str]:
        """The SOPs of which a case opens cases of their own; ``A > B``: of which those do."""
        there = [sop_id]
        for _ in names.split(" > "):
            there = sorted({node.called for one in there for node in self._boxes(one, set()) if node.called})
        return there

    def _boxes(self, sop_id: str, seen: set[str]) -> Iterable[Node]:
        """Call boxes that open cases, those of inlined procedures too."""
        seen.add(sop_id)
        for node in self.sops[sop_id].nodes.values() if sop_id in self.sops else ():
            if node.kind != "call" or node.called not in self.sops:
                continue
            if calls.how(node, self.sops[node.called]) != "inside":
                yield node
            elif node.called not in seen:
                yield from self._boxes(node.called, seen)

    def _place(self, sop_id: str, path: str) -> tuple[str, str] | None:
        """The procedure a step stands in, and its id there; None for a path that leads nowhere."""
        *boxes, step = path.split("/")
        for box in boxes:
            node = self.sops[sop_id].nodes.get(box) if sop_id in self.sops else None
            if node is None or node.called is None:
                return None
            sop_id = node.called
        return (sop_id, step) if sop_id in self.sops and step in self.sops[sop_id].nodes else None

    def starts(self) -> list[tuple[str, str]]:
        return sorted(self.of)

    def choose(self, sop_id: str, start: str, chance: random.Random) -> Script | None:
        """A scenario for a case of this SOP from this start; None where the library has none."""
        known = self.of.get((sop_id, start))
        if not known:
            return None
        scenario = chance.choice(known)
        return Script(scenario, [line for line in scenario.steps if "case" not in line and "of" not in line])

    def fill(self, sop_id: str, path: str, chance: random.Random) -> tuple[Scenario, Line] | None:
        """How some scenario fills in a step of this SOP, or of the procedure it calls there."""
        place = self._place(sop_id, path)
        known = self._lines.get(place) if place is not None else None
        return chance.choice(known) if known else None


def moved(answers: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    """Answers with every day in them moved: by whole days, so that the time of day stays."""
    return {name: _moved(value, timedelta(days=by.days)) for name, value in answers.items()}


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if isinstance(value, datetime | date):
        return (value + by).isoformat()
    if isinstance(value, str) and len(value) >= 10 and value[:4].isdigit() and value[4] == "-":
        try:
            there = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return value
        return (there + by).isoformat()
    return value


def told_apart(answers: Mapping[str, Any], n: int, chance: random.Random) -> dict[str, Any]:
    """A petition's answers as another petitioner's about another place: else each were the last one's duplicate."""
    if "petitioner_name" not in answers:
        return dict(answers)
    matter, place = chance.choice(MATTERS), f"{chance.choice(PLACES)}{n}號"
    own = {
        "subject": f"{place}{matter.subject}"[:100], "location": place, "body": matter.body.format(place=place),
        "petitioner_phone": f"0900{n % 10**6:06}", "petitioner_name": f"例民眾{n}",
        "petitioner_email": f"petitioner{n}@example.invalid",
    }  # fmt: skip
    return {**answers, **{name: value for name, value in own.items() if name in answers}}
