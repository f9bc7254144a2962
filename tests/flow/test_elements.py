"""Every executed element runs from start to end, saved and loaded after each step; every other one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import flow
from engine.errors import BadSop
from engine.sops import bpmn
from engine.sops.sop import Sop

FILES = Path(__file__).parent / "elements"
SOPS: Mapping[str, Sop] = {path.stem: bpmn.read(path.read_bytes()) for path in sorted(FILES.glob("*.bpmn"))}
CONTEXT = {"today": date(2026, 1, 5)}

#: file → the acts of one case and what is open after each: (path, answers) completes, (path, None) rings
RUNS: dict[str, list[tuple[str, dict[str, Any] | None, list[str]]]] = {
    "start-none": [("A", {}, [])],
    "start-message": [("A", {}, [])],
    "start-calendar": [("A", {}, [])],
    "end-event": [("A", {"answer": "否"}, [])],
    "user-task": [("A", {}, ["LAST"]), ("LAST", {}, [])],
    "manual-task": [("A", {}, ["LAST"]), ("LAST", {}, [])],
    "untyped-task": [("A", {}, ["LAST"]), ("LAST", {}, [])],
    "service-task": [("LAST", {}, [])],
    "rule-task": [("LAST", {}, [])],
    "each-task": [("A", {}, ["LAST"]), ("LAST", {}, [])],
    "exclusive-gateway": [("A", {"answer": "三"}, ["D"]), ("D", {}, [])],
    "parallel-gateway": [("B", {}, ["A"]), ("A", {}, ["C"]), ("C", {}, [])],
    "boundary-interrupting": [("T", None, ["C"]), ("C", {}, [])],
    "boundary-non-interrupting": [("T", None, ["A", "C"]), ("A", {}, ["B", "C"]), ("B", {}, ["C"]), ("C", {}, [])],
    "intermediate-timer": [("A", None, ["LAST"]), ("LAST", {}, [])],
    "sub-process": [("IA", {}, ["IB"]), ("T", None, ["B"]), ("B", {}, [])],
    "call-activity": [
        ("A", {"kind": "普通"}, ["P/A"]),
        ("P/A", {}, ["P/C"]),
        ("P/C", {"result": "退回"}, ["A"]),
        ("A", {"kind": "急件"}, ["P/B"]),
        ("P/B", {}, ["P/C"]),
        ("P/C", {"result": "同意"}, ["B"]),
        ("B", {}, []),
    ],
}
ENDS = {"end-event": "E2", "boundary-non-interrupting": "E2"}


def machine(step: flow.ProjectedStep, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"count": 3, "level": "二"}


def saved_and_loaded(projection: flow.Projection, advance: flow.Advance) -> flow.State:
    state = flow.load(projection, flow.dump(advance.state))
    assert state == advance.state
    return state


@pytest.mark.parametrize("name", [name for name in SOPS if name != "called"])
def test_an_executed_element_runs_from_start_to_end(name):
    sop = SOPS[name]
    projection = flow.project(sop, "S", SOPS)
    advance = flow.begin(projection, values={"units": ["a", "b"]}, machine=machine, context=CONTEXT)
    for path, answers, then_open in RUNS[name]:
        state = saved_and_loaded(projection, advance)
        assert not advance.ended
        if answers is None:
            advance = flow.wake(projection, state, path, machine=machine, context=CONTEXT)
        else:
            advance = flow.complete(projection, state, path, values=answers, machine=machine, context=CONTEXT)
        assert sorted(flow.open_steps(projection, advance.state)) == then_open, path
    assert advance.ended
    assert advance.ends == (ENDS.get(name, "E"),)
    assert saved_and_loaded(projection, advance).tokens == ()


def test_every_element_file_is_run():
    assert set(RUNS) == set(SOPS) - {"called"}


def test_a_service_step_writes_what_its_operator_gives_and_only_what_is_read_is_kept():
    projection = flow.project(SOPS["service-task"], "S", SOPS)
    advance = flow.begin(projection, values={}, machine=machine, context=CONTEXT)
    (step,) = [passed for passed in advance.passed if passed.kind == "service"]
    assert (step.path, dict(step.writes), dict(step.results)) == ("A", {"things": 3}, {"count": 3, "level": "二"})
    assert advance.state.values == {}


def test_a_rule_step_is_given_its_ins():
    given = []

    def table(step, values):
        given.append(flow.arguments(step, values, CONTEXT))
        return {"level": "二"}

    projection = flow.project(SOPS["rule-task"], "S", SOPS)
    flow.begin(projection, values={}, machine=table, context=CONTEXT)
    assert given == [{"n": 2}]


def test_a_call_passes_only_its_parameters_and_a_repeated_call_starts_empty():
    projection = flow.project(SOPS["call-activity"], "S", SOPS)
    state = flow.begin(projection, values={"secret": "x"}, machine=machine, context=CONTEXT).state
    for path, answers in (("A", {"kind": "普通"}), ("P/A", {"note": "n"}), ("P/C", {"result": "退回"})):
        state = flow.complete(projection, state, path, values=answers, machine=machine, context=CONTEXT).state
    assert state.values == {"": {"kind": "普通", "result": "退回"}, "P": {"kind": "普通", "result": "退回"}}
    state = flow.complete(projection, state, "A", values={"kind": "急件"}, machine=machine, context=CONTEXT).state
    assert state.values["P"] == {"kind": "急件"}
    assert state.rounds == {"P": 2}


def test_a_timer_on_a_call_cuts_short_whatever_step_is_open_inside():
    projection = flow.project(SOPS["call-activity"], "S", SOPS)
    state = flow.begin(projection, values={}, machine=machine, context=CONTEXT).state
    advance = flow.complete(projection, state, "A", values={"kind": "普通"}, machine=machine, context=CONTEXT)
    assert advance.timers_opened == ("T",)
    advance = flow.complete(projection, advance.state, "P/A", values={}, machine=machine, context=CONTEXT)
    assert (advance.timers_opened, advance.timers_closed) == ((), ())  # the same timer runs on
    advance = flow.wake(projection, advance.state, "T", machine=machine, context=CONTEXT)
    assert (advance.closed, advance.opened, advance.timers_closed) == (("P/C",), ("C",), ("T",))


SHOWN = sorted((FILES / "shown").glob("*.bpmn"))


@pytest.mark.parametrize("path", SHOWN, ids=[path.stem for path in SHOWN])
def test_an_element_that_is_shown_but_not_run_is_named_in_the_refusal(path):
    sop = bpmn.read(path.read_bytes())
    findings = flow.check(sop, {})
    assert [(finding.rule, finding.element) for finding in findings] == [("not_executed", "X")]
    assert sop.nodes["X"].shown_as in findings[0].message
    with pytest.raises(BadSop) as refusal:
        flow.project(sop, "S", {})
    assert (refusal.value.code, refusal.value.element) == ("not_executed", "X")
