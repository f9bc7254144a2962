"""How a case goes through its chart: acts, moves, budgets, and what happens when something cannot go on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine import flow
from engine.errors import NotAllowed, NotNow, Stuck
from engine.flow import engine_room, run
from engine.sops.sop import In, Operator, Out, Outcome, Parameter, Set, Sop
from tests.flow.builder import build

CONTEXT: dict[str, Any] = {
    "today": date(2026, 1, 5),
    "due": lambda name: datetime(2026, 1, 9, 9, tzinfo=UTC),
    "days_between": lambda a, b: (b - a).days,
}


def nothing(step: flow.ProjectedStep, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


class Case:
    """One case in memory, saved and loaded between acts."""

    def __init__(self, sop: Sop, library: Mapping[str, Sop] | None = None, machine: flow.Machine = nothing) -> None:
        self.projection = flow.project(sop, "S", library or {})
        self.machine = machine
        self.state = flow.State((), {}, {})

    def take(self, advance: flow.Advance) -> flow.Advance:
        self.state = flow.load(self.projection, flow.dump(advance.state))
        return advance

    def begin(self, **values: Any) -> flow.Advance:
        return self.take(flow.begin(self.projection, values=values, machine=self.machine, context=CONTEXT))

    def complete(self, path: str, **values: Any) -> flow.Advance:
        return self.take(
            flow.complete(self.projection, self.state, path, values=values, machine=self.machine, context=CONTEXT)
        )

    def wake(self, path: str) -> flow.Advance:
        return self.take(flow.wake(self.projection, self.state, path, machine=self.machine, context=CONTEXT))

    def move(self, start: str, goal: str) -> flow.Advance:
        return self.take(flow.move(self.projection, self.state, start, goal, machine=self.machine, context=CONTEXT))


CORRECTION = build(
    "x", "start S; exclusive M; user A; parallel P; user B; user C; parallel J; user D; exclusive G; end E",
    "S > M > A > P > B > J > D > G", "P > C > J", ("G", "M", 'v == "退回"'), ("G", "E", 'v == "核可"'),
)  # fmt: skip


def test_a_correction_loop_with_a_parallel_pair_is_as_good_in_its_2000th_round_as_in_its_first(monkeypatch):
    tasks: list[int] = []
    whole = engine_room.marking_of

    def counted(walk: engine_room.Walk) -> engine_room.Marking:
        tasks.append(len(walk.tasks))
        return whole(walk)

    monkeypatch.setattr(run, "marking_of", counted)
    rnd = random.Random(2000)
    case = Case(CORRECTION)
    case.begin()
    sizes, costs = set(), []
    for _ in range(2000):
        tasks.clear()
        case.complete("A")
        for path in rnd.sample(["B", "C"], 2):
            case.complete(path)
        assert flow.open_steps(case.projection, case.state) == ("D",)
        if rnd.random() < 0.3:  # sent back to before the pair: the pair is done again
            case.move("D", "A")
        else:
            case.complete("D", v="退回")
        assert flow.open_steps(case.projection, case.state) == ("A",)
        sizes.add(len(flow.dump(case.state)))
        costs.append(max(tasks))
    assert len(sizes) <= 2  # before and after the first answer
    assert max(costs[1000:]) == max(costs[:10])
    for path in ("A", "C", "B"):
        case.complete(path)
    assert case.complete("D", v="核可").ended


def test_a_token_that_waits_at_a_join_survives_saving_and_is_no_open_step():
    case = Case(CORRECTION)
    case.begin()
    advance = case.complete("A")
    assert set(advance.opened) == {"B", "C"}
    advance = case.complete("C")
    assert (advance.opened, advance.closed) == ((), ("C",))
    assert case.state.tokens == ("B", "C__J")
    assert case.complete("B").opened == ("D",)


def test_a_step_that_leads_back_to_itself_closes_and_opens_in_one_act():
    sop = build(
        "x", "start S; exclusive M; user A; boundary T; exclusive G; end E; end F",
        "S > M > A > G", ("G", "M", 'v == "again"'), ("G", "E", 'v == "on"'), "T > F", T={"attached_to": "A"},
    )  # fmt: skip
    case = Case(sop)
    case.begin()
    advance = case.complete("A", v="again")
    assert (advance.opened, advance.closed) == (("A",), ("A",))
    assert (advance.timers_opened, advance.timers_closed) == (("T",), ("T",))


def test_a_non_interrupting_timer_rings_once_for_each_opening_of_its_step():
    sop = build(
        "x", "start S; exclusive M; user A; boundary T; service W; end F; exclusive G; end E",
        "S > M > A > G", ("G", "M", 'v == "again"'), ("G", "E", 'v == "on"'), "T > W > F",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip
    case = Case(sop)
    assert case.begin().timers_opened == ("T",)
    advance = case.wake("T")
    assert (advance.closed, advance.timers_closed, advance.ended) == ((), ("T",), False)
    assert [passed.path for passed in advance.passed] == ["T", "W", "F"]
    with pytest.raises(NotNow) as refused:
        case.wake("T")
    assert refused.value.code == "timer_not_open"
    assert case.complete("A", v="again").timers_opened == ("T",)
    assert case.complete("A", v="on").ended


def test_a_non_interrupting_timer_on_a_call_rings_once_for_each_call():
    callee = build("y", "start S; user A; user B; end E", "S > A > B > E", shared=True)
    sop = build(
        "x", "start S; exclusive M; call C; boundary T; service W; end F; exclusive G; user D; end E",
        "S > M > C > D > G", ("G", "M", 'v == "again"'), ("G", "E", 'v == "on"'), "T > W > F",
        C={"called": "y"}, T={"attached_to": "C", "interrupting": False},
    )  # fmt: skip
    case = Case(sop, {"y": callee})
    assert case.begin().timers_opened == ("T",)
    case.wake("T")
    assert case.complete("C/A").timers_opened == ()  # rung already: not again at the next step inside
    case.complete("C/B")
    assert case.complete("D", v="again").timers_opened == ("T",)
    advance = case.complete("C/A")
    assert (advance.timers_opened, advance.timers_closed) == ((), ())
    assert case.complete("C/B").timers_closed == ("T",)


def test_what_is_not_open_cannot_be_done():
    case = Case(CORRECTION)
    case.begin()
    for path in ("B", "J", "E", "nobody", "C__J"):
        with pytest.raises(NotNow) as refused:
            case.complete(path)
        assert (refused.value.code, refused.value.element) == ("step_not_open", path)
        with pytest.raises(NotNow):
            case.wake(path)


def test_a_move_needs_a_single_open_token_and_two_person_steps():
    case = Case(CORRECTION)
    case.begin()
    case.complete("A")
    for path, goal, code in (("B", "A", "several_open"), ("A", "B", "step_not_open"), ("B", "J", "step_unknown")):
        with pytest.raises(NotNow) as refused:
            case.move(path, goal)
        assert refused.value.code == code
    case.complete("B")
    with pytest.raises(NotNow) as refused:  # one step open, but a token waits at the join
        case.move("C", "A")
    assert refused.value.code == "several_open"


def test_a_move_does_not_lead_into_one_of_two_branches_that_meet_again():
    case = Case(CORRECTION)
    case.begin()
    for path in ("A", "B", "C"):
        case.complete(path)
    with pytest.raises(NotNow) as refused:
        case.move("D", "B")
    assert (refused.value.code, refused.value.element) == ("move_into_parallel", "B")
    assert {path for path, step in case.projection.steps.items() if step.alone and step.kind == "user"} == {"A", "D"}
    assert case.move("D", "A").opened == ("A",)


def test_a_move_into_a_call_that_stands_in_one_of_two_branches_is_refused_too():
    callee = build("y", "start S; user X; user Y; end E", "S > X > Y > E", shared=True)
    sop = build(
        "x", "start S; user A; parallel P; call C; user B; parallel J; user D; end E", "S > A > P > C > J > D > E",
        "P > B > J", C={"called": "y"},
    )  # fmt: skip
    case = Case(sop, {"y": callee})
    case.begin()
    for path in ("A", "B", "C/X", "C/Y"):
        case.complete(path)
    with pytest.raises(NotNow) as refused:
        case.move("D", "C/X")
    assert refused.value.code == "move_into_parallel"


def test_a_move_does_not_lead_from_a_side_branch_back_into_the_main_line():
    sop = build(
        "x", "start S; user A; boundary T; user W; end F; end E", "S > A > E", "T > W > F",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip
    case = Case(sop)
    case.begin()
    case.wake("T")
    case.complete("A")
    with pytest.raises(NotNow) as refused:
        case.move("W", "A")
    assert refused.value.code == "move_across"


def test_a_case_that_was_withdrawn_is_taken_up_with_the_marking_it_had():
    case = Case(CORRECTION)
    case.begin()
    case.complete("A")
    stood = case.state
    case.take(flow.withdraw(case.projection, case.state))
    assert flow.open_steps(case.projection, case.state) == ()
    advance = case.take(flow.take_up(case.projection, case.state, stood.tokens))
    assert (set(advance.opened), advance.closed, advance.ended) == ({"B", "C"}, (), False)
    assert case.state == stood
    case.complete("B")
    assert case.complete("C").opened == ("D",)


def test_a_case_that_ended_is_taken_up_at_one_step_with_its_timers_and_values():
    sop = build(
        "x", "start S; user A; boundary T; boundary N; user B; end E; end F; end H", "S > A > B > E", "T > F", "N > H",
        T={"attached_to": "A"}, N={"attached_to": "A", "interrupting": False},
        B={"sets": (Set("kept", from_="v"),)},
    )  # fmt: skip
    case = Case(sop)
    case.begin()
    case.complete("A", v="1")
    assert case.complete("B").ended
    advance = case.take(flow.take_up(case.projection, case.state, flow.standing_at(case.projection, "A")))
    assert (advance.opened, set(advance.timers_opened), advance.passed) == (("A",), {"T", "N"}, ())
    assert case.state.values == {"": {"v": "1"}}
    case.complete("A", v="2")
    assert case.complete("B").ended


def test_a_case_is_not_taken_up_while_it_runs_nor_where_it_could_not_stand():
    case = Case(CORRECTION)
    case.begin()
    with pytest.raises(NotNow) as refused:
        flow.take_up(case.projection, case.state, ("A",))
    assert refused.value.code == "several_open"
    ended = flow.withdraw(case.projection, case.state).state
    for tokens in (("Z",), ("E",), ("S",)):
        with pytest.raises(NotNow) as refused:
            flow.take_up(case.projection, ended, tokens)
        assert refused.value.code == "step_unknown"
    for path, code in (("B", "move_into_parallel"), ("P", "step_unknown"), ("Z", "step_unknown")):
        with pytest.raises(NotNow) as refused:
            flow.standing_at(case.projection, path)
        assert refused.value.code == code


def test_a_move_keeps_values_and_opens_the_timers_of_its_goal():
    sop = build(
        "x", "start S; user A; boundary T; boundary N; user B; end E; end F; end H", "S > A > B > E", "T > F", "N > H",
        T={"attached_to": "A"}, N={"attached_to": "A", "interrupting": False},
        B={"sets": (Set("kept", from_="v"),)},
    )  # fmt: skip
    case = Case(sop)
    case.begin()
    case.wake("N")
    case.complete("A", v="1")
    advance = case.move("B", "A")
    assert (advance.opened, advance.closed, advance.passed) == (("A",), ("B",), ())
    assert set(advance.timers_opened) == {"T", "N"}
    assert case.state.values == {"": {"v": "1"}}


def test_a_withdrawn_case_has_nothing_open():
    case = Case(CORRECTION)
    case.begin()
    case.complete("A")
    advance = flow.withdraw(case.projection, case.state)
    assert advance.ended and advance.ends == ()
    assert set(advance.closed) == {"B", "C"}
    assert advance.state.tokens == ()


def test_sets_are_applied_after_a_persons_answers_and_before_a_machines_ins():
    seen = []

    def machine(step, values):
        seen.append((flow.arguments(step, values, CONTEXT), dict(values)))
        return {"found": 7}

    sop = build(
        "x", "start S; user A; service B; exclusive G; end E; end F",
        "S > A > B > G", ("G", "E", "found == 7 and n == 3"), ("G", "F", "found != 7"),
        A={"sets": (Set("n", from_="m + 1"), Set("case.responsible_unit", from_="unit"))},
        B={"operator": Operator("find", ()), "sets": (Set("n", from_="n + 1"),), "outs": (Out("found", "found"),)},
    )  # fmt: skip
    case = Case(sop, machine=machine)
    case.begin()
    advance = case.complete("A", m=1, unit="u", unread="long")
    by_path = {passed.path: dict(passed.writes) for passed in advance.passed}
    assert by_path["A"] == {"m": 1, "unit": "u", "unread": "long", "n": 2, "case.responsible_unit": "u"}
    assert by_path["B"] == {"n": 3, "found": 7}
    assert seen == [({}, {"m": 1, "unit": "u", "n": 3})]
    assert advance.ends == ("E",)
    assert "unread" not in case.state.values[""]


def test_flows_boundaries_and_ends_set_what_they_say_when_passed():
    sop = build(
        "x", "start S; user A; exclusive G; user B; boundary T; end E; end F",
        "S > A > G", ("G", "B", 'v == "1"'), ("G", "E", 'v == "2"'), "B > E", "T > F",
        flow_sets={"G__B": (Set("why", "flow"),)},
        T={"attached_to": "B", "sets": (Set("why", "timer"),)}, F={"sets": (Set("why", "end"),)},
        B={"sets": (Set("copy", from_="why"),)},
    )  # fmt: skip
    case = Case(sop)
    case.begin()
    advance = case.complete("A", v="1")
    assert [(p.path, p.kind, dict(p.writes)) for p in advance.passed][-1] == ("G__B", "flow", {"why": "flow"})
    assert case.state.values[""]["why"] == "flow"
    assert [(p.path, dict(p.writes)) for p in case.wake("T").passed] == [("T", {"why": "timer"}), ("F", {"why": "end"})]


def test_a_gateway_takes_the_first_branch_in_written_order_that_holds_and_tells_which():
    sop = build(
        "x", "start S; user A; exclusive G; end E; end F; end H",
        "S > A > G", ("G", "F", "n > 1"), ("G", "E", "n > 0"), ("G", "H", None), G={"default": "G__H"},
    )  # fmt: skip
    for n, end in ((2, "F"), (1, "E"), (0, "H")):
        case = Case(sop)
        case.begin()
        advance = case.complete("A", n=n)
        assert advance.ends == (end,)
        assert [p.flow for p in advance.passed if p.kind == "exclusive"] == [f"G__{end}"]


def test_no_matching_branch_is_stuck_at_the_gateway_and_leaves_the_state_as_it_was():
    sop = build(
        "x", "start S; user A; exclusive G; end E; end F", "S > A > G", ("G", "E", "n == 1"), ("G", "F", "n == 2")
    )
    case = Case(sop)
    case.begin()
    before = flow.dump(case.state)
    with pytest.raises(Stuck) as stuck:
        case.complete("A", n=3)
    assert (stuck.value.code, stuck.value.element) == ("no_branch", "G")
    with pytest.raises(Stuck) as stuck:
        case.complete("A")
    assert (stuck.value.code, stuck.value.element) == ("expr_no_value", "G")
    assert flow.dump(case.state) == before
    assert case.complete("A", n=1).ended


def test_parameters_cross_a_call_with_defaults_and_types_and_nothing_else_does():
    callee = build(
        "y", "start S; user A; exclusive G; end E; end F",
        "S > A > G", ("G", "E", 'days == 3 and mode == "auto" and due_at > today'), ("G", "F", 'mode == "x"'),
        shared=True,
        parameters=(
            Parameter("days", "in", type="integer", required=True), Parameter("mode", "in", default="auto"),
            Parameter("due_at", "in", type="instant"), Parameter("draft", "in", type="form", required=True),
            Parameter("opinion", "out"),
        ),
    )  # fmt: skip
    sop = build(
        "x", "start S; user B; call C; user D; end E", "S > B > C > D > E",
        C={
            "called": "y", "outs": (Out("opinion", "said"), Out("never", "never")),
            "ins": (In("days", value="3"), In("mode", from_="unset"), In("due_at", from_='due("D1")')),
        },
        D={"sets": (Set("echo", from_="said"),)},
    )  # fmt: skip
    case = Case(sop, {"y": callee})
    case.begin()
    advance = case.complete("B", secret="s")
    entered = next(p for p in advance.passed if p.kind == "enter")
    assert (entered.path, entered.scope) == ("C", "C")
    assert dict(entered.writes) == {"days": 3, "due_at": CONTEXT["due"]("D1"), "mode": "auto"}
    assert case.state.values["C"]["due_at"] == CONTEXT["due"]("D1")  # an instant comes back from storage as one
    with pytest.raises(Stuck) as stuck:
        case.complete("C/A", opinion="可")  # an instant and a date cannot be compared: an incident at the gateway
    assert (stuck.value.code, stuck.value.element) == ("expr_type", "C/G")


def test_a_missing_required_parameter_is_stuck_at_the_call():
    callee = build(
        "y", "start S; user A; end E", "S > A > E", shared=True, parameters=(Parameter("level", "in", required=True),)
    )
    sop = build(
        "x", "start S; user B; call C; end E", "S > B > C > E", C={"called": "y", "ins": (In("level", from_="l"),)}
    )
    case = Case(sop, {"y": callee})
    case.begin()
    with pytest.raises(Stuck) as stuck:
        case.complete("B")
    assert (stuck.value.code, stuck.value.element) == ("parameter_missing", "C")
    assert case.complete("B", l="三層").opened == ("C/A",)


def test_an_operator_that_does_not_give_what_it_should_is_stuck():
    sop = build(
        "x",
        "start S; user A; service B; end E",
        "S > A > B > E",
        B={"operator": Operator("o"), "outs": (Out("r", "r"),)},
    )
    case = Case(sop)
    case.begin()
    with pytest.raises(Stuck) as stuck:
        case.complete("A")
    assert (stuck.value.code, stuck.value.element) == ("operator_result", "B")


def test_a_refusal_or_an_error_of_the_machine_passes_unchanged():
    raised: list[Exception] = []

    def machine(step, values):
        raise raised[0]

    sop = build("x", "start S; user A; service B; end E", "S > A > B > E", B={"operator": Operator("o")})
    case = Case(sop, machine=machine)
    case.begin()
    for error in (NotAllowed("no", "不行"), OSError("the database is gone")):
        raised[:] = [error]
        with pytest.raises(type(error)) as told:
            case.complete("A")
        assert told.value is error


def test_any_error_of_the_library_is_stuck(monkeypatch):
    case = Case(CORRECTION)
    case.begin()

    def broken(self, my_task):
        raise KeyError("inside")

    monkeypatch.setattr(engine_room.LazyJoin, "_update_hook", broken)
    with pytest.raises(Stuck) as stuck:
        case.complete("A")
    assert stuck.value.code == "engine"
    monkeypatch.undo()
    assert set(case.complete("A").opened) == {"B", "C"}  # nothing of the failed act is left behind


@pytest.mark.parametrize(("limit", "most"), [("MAX_STEPS", 5), ("MAX_TASKS", 10), ("MAX_SECONDS", -1.0)])
def test_an_act_that_runs_too_far_is_stuck(limit, most, monkeypatch):
    names = [f"B{n}" for n in range(20)]
    sop = build(
        "x", "start S; user A; end E; " + "; ".join(f"service {b}" for b in names), " > ".join(["S", "A", *names, "E"])
    )
    case = Case(sop)
    case.begin()
    monkeypatch.setattr(engine_room, limit, most)
    with pytest.raises(Stuck) as stuck:
        case.complete("A")
    assert stuck.value.code == "budget"


def test_the_longest_chain_of_machine_steps_that_may_be_published_runs():
    names = [f"B{n}" for n in range(296)]
    sop = build(
        "x", "start S; user A; end E; " + "; ".join(f"service {b}" for b in names), " > ".join(["S", "A", *names, "E"])
    )
    case = Case(sop)
    case.begin()
    assert case.complete("A").ended


def test_names_of_the_librarys_own_nodes_are_names_like_any_other():
    sop = build(
        "x", "start Start; user End; user flow.EndJoin; user n0; user n1-split; end Root",
        "Start > End > flow.EndJoin > n0 > n1-split > Root",
    )  # fmt: skip
    projection = flow.project(sop, "Start", {})
    state = flow.begin(projection, values={}, machine=nothing, context={}).state
    for path in ("End", "flow.EndJoin", "n0", "n1-split"):
        assert flow.open_steps(projection, state) == (path,)
        state = flow.complete(projection, state, path, values={"typename": "x"}, machine=nothing, context={}).state
    assert state == flow.State((), {}, {})


def test_two_flows_from_one_split_into_one_join_are_two():
    sop = build(
        "x",
        "start S; parallel P; parallel J; user A; user B; end E",
        "S > P > J > B > E",
        ("P", "J", None),
        "P > A > J",
    )
    case = Case(sop)
    assert case.begin().opened == ("A",)
    assert case.state.tokens == ("A", "P__J", "P__J_2")
    assert case.complete("A").opened == ("B",)
    assert case.complete("B").ended


def test_an_act_never_changes_the_state_it_was_given():
    case = Case(CORRECTION)
    case.begin()
    given = case.state
    before = flow.dump(given)
    flow.complete(case.projection, given, "A", values={"v": "退回"}, machine=nothing, context={})
    assert flow.dump(given) == before


def test_an_outcome_is_a_value_like_any_other_answer():
    sop = build("x", "start S; user A; end E", "S > A > E", A={"outcome": Outcome("v", ())})
    assert flow.project(sop, "S", {}).writes[""] == {"v"}
