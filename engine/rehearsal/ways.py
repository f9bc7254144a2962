"""How one scenario went, in words: where it stopped, what was expected and what came, and which element that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSop, Refusal
from engine.library.folder import SopFolder
from engine.rehearsal.branches import Taken
from engine.rehearsal.scenarios import Outcome
from engine.sops.sop import Finding

__all__ = ["FAILS", "Way", "findings", "of"]

FAILS = "scenario_fails"
#: scenarios that stop at one place for one reason, as many of them are named
_NAMED = 5
_ID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Way:
    """``done`` of its ``steps``; ``problem`` '' where it came out as expected; ``stop``: the step that was refused, as
    it is called, and why."""

    name: str
    steps: int
    done: int
    problem: str = ""
    element: str | None = None
    stop: tuple[str, str] | None = None
    taken: frozenset[Taken] = frozenset()


def of(outcome: Outcome, folder: SopFolder) -> Way:
    one, steps = outcome.scenario, len(outcome.scenario.steps)
    done = max(outcome.done, 0)
    if outcome.passed:
        return Way(one.name, steps, done, taken=outcome.taken)
    if outcome.refused is None:
        first, count = outcome.problems[0], len(outcome.problems)
        said = (
            f"走到終點，但有 {count} 項結果與預期不同：{first}" if count > 1 else f"走到終點，但結果與預期不同：{first}"
        )
        return Way(one.name, steps, done, said, _element(first, folder), taken=outcome.taken)
    refused = outcome.refused
    if outcome.done < 0:
        why = _why(refused, folder, one.start)
        return Way(one.name, steps, 0, f"開不了案：{why}", _element(f"{refused.element} {one.start}", folder))
    if outcome.done >= steps:
        return Way(one.name, steps, done, f"走到終點，但預期的內容讀不懂：{_why(refused, folder, '')}", folder.id)
    line = one.steps[outcome.done]
    step = str(line.get("step") or line.get("rings") or "")
    named, why = _named(line, folder), _why(refused, folder, step)
    said = f"第 {done + 1} 步「{named}」走不下去：{why}"
    return Way(one.name, steps, done, said, _element(f"{step} {refused.element}", folder), (named, why))


def _why(refused: Refusal, folder: SopFolder, step: str) -> str:
    """By the titles of the fields, where its form can be read."""
    fields: Mapping[str, str] = getattr(refused, "fields", {})
    try:
        screen = folder.screen_forms.get(step)
    except BadSop:
        screen = None
    titles = {field.name: field.title for field in screen.fields} if screen is not None else {}
    told = [f"{titles.get(name, name)}：{said}" for name, said in fields.items() if name]
    return "；".join(told) or refused.sentence


def _named(line: Mapping[str, Any], folder: SopFolder) -> str:
    path = str(line.get("step") or line.get("rings") or line.get("act") or "")
    node = folder.sop.nodes.get(path)
    return node.name or path if node is not None else path


def _element(said: str, folder: SopFolder) -> str:
    """What the editor selects: the first element of this chart that is named, else the SOP as a whole."""
    known = {*folder.sop.nodes, *(limit.id for limit in folder.sop.deadlines)}
    return next((word for word in _ID.findall(said) if word in known), folder.id)


def findings(ways: Sequence[Way]) -> Iterator[Finding]:
    """One for each that failed; those that stop at one step for one reason together: it is mended once."""
    together: dict[tuple[str, str], list[Way]] = {}
    for way in ways:
        if way.problem:
            together.setdefault(way.stop or (way.name, way.problem), []).append(way)
    for (where, why), some in together.items():
        said = f"情境「{some[0].name}」{some[0].problem}"
        if len(some) > 1:
            names = "、".join(way.name for way in some[:_NAMED])
            said = f"{len(some)} 個情境在「{where}」走不下去：{why}（{names}{'…' if len(some) > _NAMED else ''}）"
        yield Finding(FAILS, "warning", said, some[0].element)
