"""The scenarios of the shipped SOPs: they pass on every database, take every branch, notice every altered value."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Invalid
from engine.library import shelf
from engine.rehearsal import expectations, scenarios
from engine.rehearsal.scenarios import Scenario
from engine.rehearsal.virtual import Virtual
from engine.sops import bpmn
from engine.store import Store

PROCESSES = Path(__file__).parents[2] / "processes"
ALL: list[Scenario] = [
    scenario
    for folder in shelf.folder(PROCESSES).values()
    if folder.scenarios
    for scenario in scenarios.read(folder.id, folder.scenarios)
]


def _siblings(scenario: Scenario) -> list[Scenario]:
    return [s for s in ALL if s.sop == scenario.sop]


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.name.split()[0])
def test_it_passes_on_both_databases(scenario: Scenario, store: Store) -> None:
    def new_city(at: datetime) -> Virtual:
        return scenarios.city(PROCESSES, at, store=store)

    outcome = scenarios.run(scenario, PROCESSES, siblings=_siblings(scenario), new_city=new_city)
    assert outcome.problems == ()


def test_together_they_take_every_branch_of_every_procedure() -> None:
    taken = {branch for outcome in scenarios.run_all(PROCESSES) for branch in outcome.taken}
    missing = [
        (sop.id, node.id, flow)
        for file in sorted(PROCESSES.rglob("*.bpmn"))
        for sop in [bpmn.read(file.read_bytes())]
        for node in sop.nodes.values()
        if node.kind == "exclusive"
        for flow in node.outgoing
        if (sop.id, node.id, flow) not in taken
    ]
    assert missing == []


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.name.split()[0])
def test_an_altered_expectation_fails(scenario: Scenario) -> None:
    kept: list[Any] = []

    def keep(walk: Any, expect: Any) -> list[str]:
        kept.append(walk)
        return expectations.unmet(walk, expect)

    # the walk is made once; then each expected value is altered in turn and looked at again
    with _unclosed_city() as new_city:
        outcome = scenarios.run(scenario, PROCESSES, siblings=_siblings(scenario), new_city=new_city, judge=keep)
        assert outcome.passed
        unnoticed = [path for path, altered in _alterations(scenario.expect) if _passes(kept[0], altered)]
    assert unnoticed == []


class _unclosed_city:
    def __enter__(self) -> Callable[[datetime], Virtual]:
        self.made: list[Virtual] = []

        def new_city(at: datetime) -> Virtual:
            self.made.append(scenarios.city(PROCESSES, at))
            return self.made[-1]

        return new_city

    def __exit__(self, *_: object) -> None:
        for city in self.made:
            city.store.close()


def _passes(walk: Any, expect: Any) -> bool:
    try:
        return expectations.unmet(walk, expect) == []
    except (Invalid, ValueError):
        return False  # an altered value that is not even readable is noticed too


def _alterations(expect: Any) -> Iterator[tuple[str, Any]]:
    """Each expected value altered, one at a time: texts, yes/no, numbers; and something more in each list."""
    for path, value in _leaves(expect, ()):
        altered = copy.deepcopy(expect)
        holder = altered
        for key in path[:-1]:
            holder = holder[key]
        if path[0] == "not_steps":
            holder[path[-1]] = expect["steps"][0]  # what was passed cannot be expected not to have been
        else:
            holder[path[-1]] = _altered(value)
        yield "/".join(map(str, path)), altered


def _altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}-x"


def _leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _leaves(inner, (*path, n))
    else:
        yield path, value


@pytest.mark.parametrize(
    "text",
    [
        "- {name: a, start: S, expects: {}}",
        "- {name: a, start: S, expect: {ends: E}}",
        "- {name: a, start: S, given: {when: 1}}",
        "- {name: a, start: S, steps: [{stop: A}]}",
        "- [a]",
        "- {name: a",
    ],
)
def test_an_unknown_key_is_an_error(text: str) -> None:
    with pytest.raises(Invalid):
        scenarios.read("x", text)
