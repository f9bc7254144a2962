"""What must not run is refused with a code and the element; what is sound is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import flow
from engine.errors import BadSop
from engine.sops.sop import Finding, Sop
from tests.flow.builder import build


def refusal(sop: Sop, library: dict[str, Sop] | None = None) -> tuple[str, str | None]:
    (finding,) = flow.check(sop, library or {})
    with pytest.raises(BadSop) as refused:
        flow.project(sop, "S", library or {})
    assert (refused.value.code, refused.value.element) == (finding.rule, finding.element)
    assert refused.value.sentence == finding.message
    return finding.rule, finding.element


def sound(sop: Sop, library: dict[str, Sop] | None = None) -> bool:
    return flow.check(sop, library or {}) == []


def test_a_straight_procedure_is_sound():
    assert sound(build("x", "start S; user A; service B; end E", "S > A > B > E"))


def test_an_exclusive_split_into_a_parallel_join_waits_for_ever():
    sop = build(
        "x", "start S; user A; exclusive G; user B; user C; parallel J; end E",
        "S > A > G", ("G", "B", 'v == "1"'), ("G", "C", 'v == "2"'), "B > J > E", "C > J",
    )  # fmt: skip
    assert refusal(sop) == ("deadlock", "J")


def test_a_parallel_split_that_meets_in_an_exclusive_gateway_puts_two_tokens_on_one_flow():
    sop = build(
        "x", "start S; parallel P; user A; user B; exclusive M; user C; end E", "S > P > A > M > C > E", "P > B > M"
    )
    assert refusal(sop) == ("unsafe_tokens", "C")


def test_a_second_token_is_found_even_where_only_an_end_follows():
    sop = build("x", "start S; parallel P; user A; user B; exclusive M; end E", "S > P > A > M > E", "P > B > M")
    assert refusal(sop) == ("unsafe_tokens", "E")


def test_two_branches_may_end_each_on_their_own():
    assert sound(build("x", "start S; parallel P; user A; user B; end E; end F", "S > P > A > E", "P > B > F"))


def test_a_loop_of_machine_steps_only_would_never_stop():
    sop = build(
        "x", "start S; user A; exclusive M; service B; exclusive G; end E",
        "S > A > M > B > G", ("G", "M", 'v == "1"'), ("G", "E", 'v == "2"'),
    )  # fmt: skip
    assert refusal(sop)[0] == "machine_loop"


@pytest.mark.parametrize("kind", ["user", "manual", "task", "catch"])
def test_a_loop_with_a_person_or_a_timer_in_it_is_sound(kind):
    sop = build(
        "x", f"start S; exclusive M; {kind} B; exclusive G; end E",
        "S > M > B > G", ("G", "M", 'v == "1"'), ("G", "E", 'v == "2"'),
    )  # fmt: skip
    assert sound(sop)


def test_a_loop_whose_only_wait_is_a_call_that_may_pass_at_once_is_refused():
    callee = build(
        "y",
        "start S; exclusive G; user A; end E",
        "S > G",
        ("G", "A", 'v == "1"'),
        ("G", "E", 'v == "2"'),
        "A > E",
        shared=True,
    )
    caller = build(
        "x", "start S; exclusive M; call C; exclusive G; end E",
        "S > M > C > G", ("G", "M", 'v == "1"'), ("G", "E", 'v == "2"'), C={"called": "y"},
    )  # fmt: skip
    assert refusal(caller, {"y": callee})[0] == "machine_loop"
    waits = build("y", "start S; user A; end E", "S > A > E", shared=True)
    assert sound(caller, {"y": waits})


def test_a_way_that_never_reaches_an_end_is_refused():
    sop = build(
        "x", "start S; user A; exclusive G; end E; user B; user C; exclusive M",
        "S > A > G", ("G", "E", 'v == "1"'), ("G", "M", 'v == "2"'), "M > B > C > M",
    )  # fmt: skip
    assert refusal(sop)[0] == "cannot_end"


def test_a_step_no_start_leads_to_is_refused():
    sop = build("x", "start S; user A; end E; user B; user C; exclusive M", "S > A > E", "M > B > C > M")
    assert {f.rule for f in flow.check(sop, {})} == {"unreachable"}
    assert {f.element for f in flow.check(sop, {})} == {"B", "C", "M"}


def test_a_step_that_waits_for_what_never_comes_is_a_dead_end_of_the_flow():
    sop = build("x", "start S; user A; parallel P; user B; user C; end E", "S > A > P > B > E", "C > P", "B > C")
    assert [f.rule for f in flow.check(sop, {})] in (["implicit_split"], ["deadlock"])


def test_a_join_that_needs_another_start_stops_every_case():
    sop = build(
        "x",
        "start S; start T; user A; user B; parallel J; end E",
        "S > A > J > E",
        "T > B > J",
        T={"start_kind": "message"},
    )
    assert refusal_codes(sop) == {("deadlock", "J")}


def refusal_codes(sop: Sop) -> set[tuple[str, str | None]]:
    return {(f.rule, f.element) for f in flow.check(sop, {})}


def test_every_start_is_checked_on_its_own_and_has_its_own_chart():
    nodes = "start S; start T; user A; {kind} B; exclusive M; user C; end E"
    flows = ("S > A > C > E", "T > M > B > M")
    lost = build("x", nodes.format(kind="user"), *flows, T={"start_kind": "calendar"})
    assert refusal_codes(lost) == {("no_end", "T")}
    two = build("x", "start S; start T; user A; user B; exclusive M; user C; end E", "S > A > M > C > E", "T > B > M")
    assert sound(two)
    assert set(flow.project(two, "S", {}).steps) == {"S", "A", "M", "C", "E"}
    assert set(flow.project(two, "T", {}).steps) == {"T", "B", "M", "C", "E"}


def test_a_boundary_timer_without_a_way_to_an_end_is_refused():
    sop = build(
        "x", "start S; user A; end E; boundary T; user B; user C; exclusive M",
        "S > A > E", "T > M > B > C > M", T={"attached_to": "A"},
    )  # fmt: skip
    assert refusal(sop)[0] == "cannot_end"


def test_a_timer_that_takes_one_branch_away_leaves_the_join_waiting():
    sop = build(
        "x", "start S; parallel P; user A; user B; parallel J; end E; boundary T; end F",
        "S > P > A > J > E", "P > B > J", "T > F", T={"attached_to": "A"},
    )  # fmt: skip
    assert refusal(sop)[0] == "deadlock"


SIDE = "start S; exclusive M; user A; boundary T; {side} W; end F; exclusive G; end E"


def looping(side: str) -> Sop:
    """A step in a loop with a non-interrupting timer whose branch has one step."""
    return build(
        "x", SIDE.format(side=side), "S > M > A > G", ("G", "M", 'v == "1"'), ("G", "E", 'v == "2"'), "T > W > F",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip


def test_a_side_branch_that_waits_may_not_stand_in_a_loop():
    assert refusal(looping("user")) == ("side_branch_twice", "W")


def test_a_side_branch_that_only_tells_somebody_may():
    assert sound(looping("service"))


def test_a_side_branch_that_waits_may_stand_outside_a_loop():
    sop = build(
        "x", "start S; user A; boundary T; user W; end F; end E", "S > A > E", "T > W > F",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip
    assert sound(sop)


def test_a_side_branch_may_not_run_into_the_main_line():
    sop = build(
        "x", "start S; user A; boundary T; exclusive M; user W; end E", "S > A > M > W > E", "T > M",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip
    assert refusal(sop)[0] in ("unsafe_tokens", "side_branch_twice")


def test_a_procedure_that_leaves_a_side_branch_open_may_not_be_called_in_a_loop():
    callee = build(
        "y", "start S; user A; boundary T; user W; end F; end E", "S > A > E", "T > W > F",
        T={"attached_to": "A", "interrupting": False}, shared=True,
    )  # fmt: skip
    looped = build(
        "x", "start S; exclusive M; call C; exclusive G; end E",
        "S > M > C > G", ("G", "M", 'v == "1"'), ("G", "E", 'v == "2"'), C={"called": "y"},
    )  # fmt: skip
    assert refusal(looped, {"y": callee}) == ("side_branch_twice", "C")
    once = build("x", "start S; call C; end E", "S > C > E", C={"called": "y"})
    assert sound(once, {"y": callee})


def test_a_timer_on_a_call_is_refused_where_the_callee_is_not_sequential():
    callee = build(
        "y", "start S; parallel P; user A; user B; parallel J; end E", "S > P > A > J > E", "P > B > J", shared=True
    )
    caller = build(
        "x",
        "start S; call C; boundary T; end E; end F",
        "S > C > E",
        "T > F",
        C={"called": "y"},
        T={"attached_to": "C"},
    )
    assert refusal(caller, {"y": callee}) == ("timer_over_parallel", "T")
    inner = build("z", "start S; call C; end E", "S > C > E", C={"called": "y"}, shared=True)
    outer = build(
        "x",
        "start S; call D; boundary T; end E; end F",
        "S > D > E",
        "T > F",
        D={"called": "z"},
        T={"attached_to": "D"},
    )
    assert refusal(outer, {"y": callee, "z": inner}) == ("timer_over_parallel", "T")


def test_thirty_branches_side_by_side_are_proven():
    branches = [f"A{n}" for n in range(30)]
    nodes = "start S; parallel P; parallel J; end E; " + "; ".join(f"user {b}" for b in branches)
    assert sound(build("x", nodes, "S > P", "J > E", *(f"P > {b} > J" for b in branches)))


def test_too_many_ways_to_be_side_by_side_are_too_complex():
    nodes, flows = "start S; parallel P; parallel J; end E", ["S > P", "J > E"]
    for n in range(16):
        nodes += f"; exclusive M{n}; user A{n}; exclusive G{n}"
        flows += [f"P > M{n} > A{n} > G{n}", (f"G{n}", f"M{n}", 'v == "1"'), (f"G{n}", "J", 'v == "2"')]  # type: ignore[list-item]
    assert refusal(build("x", nodes, *flows)) == ("too_complex", None)


SHAPES: list[tuple[str, str | None, Sop]] = [
    ("dead_end", "A", build("x", "start S; user A; end E", "S > A")),
    ("implicit_split", "A", build("x", "start S; user A; end E; end F", "S > A > E", "A > F")),
    ("flow_direction", "A__S", build("x", "start S; exclusive A; end E", "S > A", ("A", "S", "v"), ("A", "E", "w"))),
    ("no_start", None, build("x", "user A; end E", "A > E")),
    ("boundary_attach", "T", build("x", "start S; user A; end E; boundary T", "S > A > E", "T > E")),
    (
        "boundary_attach", "T",
        build("x", "start S; service A; end E; boundary T", "S > A > E", "T > E", T={"attached_to": "A"}),
    ),
    ("missing_condition", "G__E", build("x", "start S; user A; exclusive G; end E", "S > A > G > E", ("G", "A", "v"))),
    ("condition_place", "A__E", build("x", "start S; user A; end E", "S > A", ("A", "E", "v"))),
    ("default_flow", "G", build("x", "start S; user A; exclusive G; end E", "S > A > G > E", G={"default": "S__A"})),
    ("timer_missing", "T", build("x", "start S; catch T; end E", "S > T > E", T={"timer": None})),
    ("missing_callee", "C", build("x", "start S; call C; end E", "S > C > E")),
    ("not_executed", "X", build("x", "start S; shown X; end E", "S > X > E", X={"shown_as": "scriptTask"})),
    ("id_characters", "A/B", build("x", "start S; user A/B; end E", "S > A/B > E")),
    ("subprocess_start", "P", build("x", "start S; subprocess P; end E", "S > P > E")),
    ("too_many_nodes", None, build("x", "start S; end E; " + "; ".join(f"user A{n}" for n in range(299)),
                                   " > ".join(["S", *(f"A{n}" for n in range(299)), "E"]))),
    ("expr_syntax", "G__E", build("x", "start S; user A; exclusive G; end E",
                                  "S > A > G", ("G", "E", "v =="), ("G", "A", "v"))),
    ("expr_forbidden", "G__E", build("x", "start S; user A; exclusive G; end E",
                                     "S > A > G", ("G", "E", "v.x"), ("G", "A", "v"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "element", "sop"), SHAPES, ids=[f"{n} {s[0]}" for n, s in enumerate(SHAPES)])
def test_a_fault_of_shape_is_refused_at_its_element(code, element, sop):
    findings = flow.check(sop, {})
    assert (code, element) in {(f.rule, f.element) for f in findings}
    assert all(isinstance(f, Finding) and f.level == "error" and f.blocks and f.message for f in findings)
    with pytest.raises(BadSop) as refused:
        flow.project(sop, "S", {})
    assert refused.value.code in {f.rule for f in findings}


def test_what_the_reader_could_not_read_is_not_run():
    sop = build("x", "start S; user A; end E", "S > A > E")
    spoilt = replace(sop, problems=(Finding("flow_end", "error", "…", "f9"),))
    assert refusal(spoilt) == ("flow_end", "f9")
    warned = replace(sop, problems=(Finding("name_too_long", "warning", "…", "A"),))
    assert sound(warned)


def test_calls_are_refused_by_name():
    callee = build("y", "start S; user A; end E", "S > A > E", shared=True)
    caller = build("x", "start S; call C; end E", "S > C > E", C={"called": "y"})
    assert refusal(caller, {}) == ("unknown_callee", "C")
    linked = build("y", "start S; user A; end E", "S > A > E")
    assert sound(caller, {"y": linked})  # a case of its own
    starts = build("y", "start S; start T; user A; exclusive M; end E", "S > M > A > E", "T > M")
    assert refusal(caller, {"y": starts}) == ("linked_start", "C")
    two = build("y", "start S; start T; user A; exclusive M; end E", "S > M > A > E", "T > M", shared=True)
    assert refusal(caller, {"y": two}) == ("callee_start", "C")
    itself = build("x", "start S; call C; end E", "S > C > E", C={"called": "x"}, shared=True)
    assert refusal(itself, {"x": itself}) == ("call_cycle", "C")
    back = build("y", "start S; call D; end E", "S > D > E", D={"called": "x"}, shared=True)
    assert sound(caller, {"y": back, "x": caller})  # each time a case of its own
    assert refusal(replace(caller, sheet=itself.sheet), {"y": back, "x": itself}) == ("call_cycle", "C/D")
    broken = build("y", "start S; user A; end E", "S > A", shared=True)
    assert refusal(caller, {"y": broken}) == ("dead_end", "C/A")
    assert sound(caller, {"y": callee})


def test_a_called_procedure_may_not_end_its_main_line_and_its_side_branch_in_one_event():
    callee = build(
        "y", "start S; user A; boundary T; end E", "S > A > E", "T > E",
        T={"attached_to": "A", "interrupting": False}, shared=True,
    )  # fmt: skip
    caller = build("x", "start S; call C; end E", "S > C > E", C={"called": "y"})
    assert refusal(caller, {"y": callee}) == ("end_on_both", "C/E")


def test_calls_that_double_at_each_level_are_stopped_at_a_thousand_nodes():
    library = {"p0": build("p0", "start S; user A; end E", "S > A > E", shared=True)}
    for n in range(1, 20):
        library[f"p{n}"] = build(
            f"p{n}", "start S; call C; call D; end E", "S > C > D > E",
            C={"called": f"p{n - 1}"}, D={"called": f"p{n - 1}"}, shared=True,
        )  # fmt: skip
    caller = build("x", "start S; call C; end E", "S > C > E", C={"called": "p19"})
    assert refusal(caller, library) == ("too_many_inlined", None)
