"""What a step knows once its procedure stands in the chart of its callers."""

from __future__ import annotations

import pytest

from engine import flow
from engine.errors import BadSop
from engine.sops.sop import (
    Approval,
    Arg,
    Deadline,
    DecisionRef,
    Each,
    Form,
    In,
    Lane,
    Operator,
    Out,
    Parameter,
    Rung,
    Set,
    Sop,
    Timer,
    Who,
)
from tests.flow.builder import build

LANES = (
    Lane("L1", "承辦", Who("officer", "responsible")),
    Lane("L2", "主管", Who("chief", "caller")),
    Lane("L3", "首長", Who("=tier", "fixed:mayor")),
)
APPROVAL = build(
    "approval", "start S; user AP1; exclusive G; user AP2; end E; end F",
    "S > AP1 > G", ("G", "AP2", 'outcome == "核可"'), ("G", "F", 'outcome == "退回"'), "AP2 > E",
    shared=True, lanes=LANES,
    parameters=(
        Parameter("tier", "in", default="first"), Parameter("draft", "in", type="form", required=True),
        Parameter("outcome", "out"),
    ),
    deadlines=(
        Deadline("D1", "核定", "standard", starts="AP1", met=("AP2",), rungs=(
            Rung("reminder", 1, "workday", ("holder", "chief@caller", "staff@fixed:mayor")),)),
    ),
    AP1={"lane": "L2", "forms": (Form("caller:draft"),), "approval": Approval(of="caller")},
    AP2={"lane": "L3", "approval": Approval(of="AP1")},
)  # fmt: skip
MAIN = build(
    "main", "start S; user B1; service B2; user B3; boundary T; exclusive M; call C; exclusive G; end E",
    "S > B1 > M > B2 > C > G", "T > M", ("G", "E", 'result == "核可"'), ("G", "B3", 'result == "退回"'), "B3 > M",
    lanes=LANES,
    deadlines=(Deadline("D9", "限辦", "petition"),),
    B1={"lane": "L1"},
    B3={"lane": "L1", "deadlines": (Deadline("D8", "步驟", "standard", of="step"),)},
    T={"attached_to": "B3", "timer": Timer(deadline="D8", continues="C/AP1")},
    C={
        "lane": "L1", "called": "approval", "ins": (In("tier", from_="which"),), "outs": (Out("outcome", "result"),),
        "forms": (Form("letter-a", "out", "draft", 'kind == "a"'), Form("letter-b", "out", "draft", 'kind == "b"')),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def projection() -> flow.Projection:
    return flow.project(MAIN, "S", {"approval": APPROVAL})


def test_step_paths_name_the_call_boxes_on_the_way(projection):
    assert {"B1", "C", "C/AP1", "C/AP2", "C/G"} <= set(projection.steps)
    step = projection.steps["C/AP1"]
    assert (step.scope, step.procedure, step.kind, step.node) == ("C", "approval", "user", APPROVAL.nodes["AP1"])
    assert set(projection.scopes) == {"", "C"}
    assert (projection.scopes["C"].caller, projection.scopes["C"].call) == ("", MAIN.nodes["C"])


def test_the_units_of_a_shared_procedure_are_those_of_the_call_box(projection):
    assert projection.steps["C/AP1"].who == Who("chief", "responsible")
    assert projection.steps["C/AP2"].who == Who("=tier", "fixed:mayor")
    assert projection.steps["C/AP2"].role_scope == "C"
    assert "tier" in projection.reads["C"]  # the role is read when the step opens


def test_the_caller_unit_is_sought_through_every_caller():
    inner = build("inner", "start S; user X; end E", "S > X > E", shared=True, lanes=LANES, X={"lane": "L2"})
    middle = build("middle", "start S; call I; end E", "S > I > E", shared=True, lanes=LANES,
                   I={"called": "inner", "lane": "L2"})  # fmt: skip
    outer = build("outer", "start S; call O; end E", "S > O > E", lanes=LANES, O={"called": "middle", "lane": "L3"})
    library = {"inner": inner, "middle": middle}
    assert flow.project(outer, "S", library).steps["O/I/X"].who == Who("chief", "fixed:mayor")
    assert flow.project(inner, "S", {}).steps["X"].who == Who("chief", "caller")  # on its own nobody has called it


def test_a_form_of_the_caller_is_given_with_the_condition_it_has_there(projection):
    assert [(f.ref, f.direction, f.when, f.scope) for f in projection.steps["C/AP1"].forms] == [
        ("letter-a", "in", 'kind == "a"', ""),
        ("letter-b", "in", 'kind == "b"', ""),
    ]
    assert [f.ref for f in projection.scopes["C"].forms["draft"]] == ["letter-a", "letter-b"]
    assert "kind" in projection.reads[""]


def test_approving_the_callers_work_means_the_nearest_person_steps_before_the_call(projection):
    # B3's timer leads here too: a timer counts as the step it stands on
    assert set(projection.steps["C/AP1"].approval_of) == {"B1", "B3"}
    assert projection.steps["C/AP2"].approval_of == ("C/AP1",)


def test_a_second_approval_in_a_row_means_the_work_before_the_first():
    main = build(
        "main", "start S; user B1; call C; call D; end E", "S > B1 > C > D > E",
        C={"called": "approval"}, D={"called": "approval"},
    )  # fmt: skip
    assert flow.project(main, "S", {"approval": APPROVAL}).steps["D/AP1"].approval_of == ("B1",)


def test_where_the_caller_begins_with_the_call_its_own_callers_work_is_meant():
    middle = build("middle", "start S; call C; end E", "S > C > E", shared=True, C={"called": "approval"})
    main = build("main", "start S; user B1; call O; end E", "S > B1 > O > E", O={"called": "middle"})
    projection = flow.project(main, "S", {"approval": APPROVAL, "middle": middle})
    assert projection.steps["O/C/AP1"].approval_of == ("B1",)


def test_an_approval_of_a_call_box_means_every_person_step_inside():
    main = build(
        "main",
        "start S; call C; user Z; end E",
        "S > C > Z > E",
        C={"called": "approval"},
        Z={"approval": Approval(of="C")},
    )
    assert flow.project(main, "S", {"approval": APPROVAL}).steps["Z"].approval_of == ("C/AP1", "C/AP2")


def test_an_approval_may_be_of_several_steps():
    sop = build("x", "start S; user A; user B; user C; end E", "S > A > B > C > E", C={"approval": Approval(of="A B")})
    assert flow.project(sop, "S", {}).steps["C"].approval_of == ("A", "B")


def test_deadlines_name_their_steps_by_path(projection):
    deadline = projection.deadlines["C/D1"]
    assert (deadline.starts, deadline.met, deadline.step) == ("C/AP1", ("C/AP2",), None)
    assert deadline.deadline.rungs[0].to == ("holder", "chief@responsible", "staff@fixed:mayor")
    assert projection.deadlines["B3/D8"].starts == "B3"
    assert projection.steps["B3"].deadlines == (projection.deadlines["B3/D8"],)
    assert projection.deadlines["D9"].starts is None


def test_a_timer_finds_its_deadline_and_the_step_that_continues_it(projection):
    timer = projection.timers["T"]
    assert (timer.host, timer.deadline, timer.continues, timer.interrupting) == ("B3", "B3/D8", "C/AP1", True)
    assert projection.steps["B3"].timers == ("T",)


def test_a_timer_of_a_shared_procedure_may_hang_on_a_deadline_of_its_caller():
    callee = build(
        "y", "start S; catch T; end E", "S > T > E", shared=True, T={"timer": Timer(deadline="D9")},
    )  # fmt: skip
    main = build(
        "x", "start S; call C; end E", "S > C > E", C={"called": "y"}, deadlines=(Deadline("D9", "限辦", "petition"),)
    )
    assert flow.project(main, "S", {"y": callee}).timers["C/T"].deadline == "D9"


@pytest.mark.parametrize(
    ("changes", "code", "element"),
    [
        ({"T": {"timer": Timer(deadline="D0")}}, "timer_deadline", "T"),
        ({"T": {"timer": Timer(iso="PT1H", continues="nobody")}}, "timer_continues", "T"),
        ({"A": {"approval": Approval(of="nobody")}}, "approval_of", "A"),
        ({"A": {"sets": (Set("n", from_="n +"),)}}, "expr_syntax", "A"),
        ({"A": {"forms": (Form("f", when="x()"),)}}, "expr_function", "A"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(changes, code, element):
    changes = {"T": {}, "A": {}, **changes}
    changes["T"] = {"attached_to": "A", **changes["T"]}
    sop = build("x", "start S; user A; boundary T; end E", "S > A > E", "T > E", **changes)
    with pytest.raises(BadSop) as refused:
        flow.project(sop, "S", {})
    assert (refused.value.code, refused.value.element) == (code, element)


def test_only_what_somebody_in_the_scope_reads_is_kept():
    sop = build(
        "x", "start S; user A; service B; rule R; user D; exclusive G; end E; end F",
        "S > A > B > R > D > G", ("G", "E", "a == 1"), ("G", "F", "a == 2"),
        A={"sets": (Set("s", from_="b"),), "each": Each("units")},
        B={"operator": Operator("o", (Arg("x", from_="c"), Arg("y", value="d"))), "outs": (Out("r", "e"),)},
        R={"decision": DecisionRef("t", (In("i", from_="f + g"),), (Out("o", "h"),))},
        D={"forms": (Form("f", when='k == "1"'),)},
    )  # fmt: skip
    projection = flow.project(sop, "S", {})
    assert projection.reads[""] == set("abcfgk") | {"units"}
    assert projection.writes[""] == {"s", "e", "h"}
    assert not projection.keeps("", "e")


def test_a_decision_without_ins_reads_what_its_table_asks_for_or_anything():
    sop = build("x", "start S; user A; rule R; end E", "S > A > R > E", R={"decision": DecisionRef("t")})
    assert flow.project(sop, "S", {}).keeps("", "anything")
    told = flow.project(sop, "S", {}, decision_inputs={"t": ["difficulty"]})
    assert told.keeps("", "difficulty")
    assert not told.keeps("", "anything")


def test_an_embedded_sub_process_adds_nothing_to_a_path_and_shares_the_variables():
    sop = build(
        "x", "start S; subprocess P; start I; user A; end J; user B; end E",
        "S > P > B > E", "I > A > J", I={"parent": "P"}, A={"parent": "P"}, J={"parent": "P"},
    )  # fmt: skip
    projection = flow.project(sop, "S", {})
    assert projection.steps["A"].scope == ""
    assert projection.steps["P"].kind == "subprocess"


def test_a_unknown_start_is_refused():
    sop: Sop = build("x", "start S; user A; end E", "S > A > E")
    with pytest.raises(BadSop) as refused:
        flow.project(sop, "A", {})
    assert refused.value.code == "start_unknown"


def test_the_side_branch_is_known_as_such():
    sop = build(
        "x", "start S; user A; boundary T; user W; end F; end E", "S > A > E", "T > W > F",
        T={"attached_to": "A", "interrupting": False},
    )  # fmt: skip
    steps = flow.project(sop, "S", {}).steps
    assert {path for path, step in steps.items() if step.side} == {"T", "W", "F"}
