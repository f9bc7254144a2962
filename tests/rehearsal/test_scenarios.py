"""The scenarios of the shipped SOPs: they pass on every database, take every branch, notice every altered value."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Invalid
from engine.library import shelf
from engine.rehearsal import bench, expectations, scenarios
from engine.rehearsal.scenarios import Outcome, Scenario
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests import laid
from tests.house import coverage

PROCESSES = Path(__file__).parents[2] / "processes"
#: bytes, of any case after any act
LARGEST_STATE = 1536
ALL: list[Scenario] = [
    scenario
    for folder in shelf.folder(PROCESSES).values()
    if folder.scenarios
    for scenario in scenarios.read(folder.id, folder.scenarios)
]


def _siblings(scenario: Scenario) -> list[Scenario]:
    return [s for s in ALL if s.sop == scenario.sop]


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """Where the branches are noted that each scenario took: one folder for all the processes of this test run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / f"taken-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.name.split()[0])
def test_it_passes_and_an_altered_expectation_fails(scenario: Scenario, sqlite_store: Store, taken: Path) -> None:
    kept: list[Any] = []

    def keep(walk: Any, expect: Any) -> list[str]:
        kept.append(walk)
        return expectations.unmet(walk, expect)

    # the walk is made once; then each expected value is altered in turn and looked at again
    sizes = bench.sizes_of_states(sqlite_store)
    outcome = _walked(scenario, sqlite_store, keep)
    assert outcome.problems == ()
    assert 0 < max(sizes) <= LARGEST_STATE, "what a case keeps of where it stands does not grow with what it does"
    assert [path for path, altered in _alterations(scenario.expect) if _passes(kept[0], altered)] == []
    _note(taken, scenario, outcome)


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.name.split()[0])
def test_it_passes_on_postgresql(scenario: Scenario, emptied_postgresql_store: Store) -> None:
    assert _walked(scenario, emptied_postgresql_store).problems == ()


def test_together_they_take_every_branch_of_every_procedure(taken: Path) -> None:
    walked = {coverage.code(scenario.name): _taken(taken, scenario) for scenario in ALL}
    assert len(walked) == len(ALL), "two scenarios of one name"
    rows = coverage.rows(walked)
    assert [branch for row in rows for branch in row.untaken] == []
    assert [row.sop.id for row in rows if row.sop.shared and not row.callers] == [], "a procedure nobody calls"
    written = coverage.PAPER.read_text("utf-8").splitlines()
    assert coverage.paper(walked).splitlines() == written, "written anew by python -m tests.house.coverage"


def test_every_scenario_of_the_catalogue_is_walked() -> None:
    known = {coverage.code(scenario.name) for scenario in ALL}
    asked = coverage.asked()
    assert sum(len(some) for some in asked.values()) == 176
    here = {scenario.sop for scenario in ALL}
    some = [one for names, some in asked.items() if here & set(names.split(", ")) for one in some]
    assert [one for one in some if coverage.walked_as(one, known) is None] == []


def _walked(scenario: Scenario, store: Store, judge: Any = expectations.unmet) -> Outcome:
    def new_city(at: datetime) -> Virtual:
        return laid.city(at, store, only=scenarios.sops_of(scenario))

    return scenarios.run(scenario, PROCESSES, siblings=_siblings(scenario), new_city=new_city, judge=judge)


def _noted(taken: Path, scenario: Scenario) -> Path:
    return taken / f"{scenario.sop}-{ALL.index(scenario)}.json"


def _note(taken: Path, scenario: Scenario, outcome: Outcome) -> None:
    _noted(taken, scenario).write_text(json.dumps(sorted(outcome.taken)))


def _taken(taken: Path, scenario: Scenario) -> set[tuple[str, str, str]]:
    """As its own test noted it; walked here where that test has not been run (yet)."""
    noted = _noted(taken, scenario)
    if noted.exists() and (text := noted.read_text()):
        return {tuple(branch) for branch in json.loads(text)}
    return set(scenarios.run(scenario, PROCESSES, siblings=_siblings(scenario)).taken)


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
