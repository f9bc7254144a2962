"""What is said against an SOP before it runs, and what is rightly not said."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.sops import bpmn, forms
from engine.sops.check import check
from engine.sops.decisions import read as read_table
from engine.sops.sop import Sop
from tests.sops.charts import choosing, ext, file, flow, node, outcome, plain
from tests.sops.test_decisions import table

ROOT = Path(__file__).parents[2]
#: true of every small file here, and beside the point
BESIDE = {"missing_lane", "missing_drawing", "missing_form"}


def found(data: bytes | Sop, *callees: bytes, **more: Any) -> set[tuple[str, str | None]]:
    sop = bpmn.read(data) if isinstance(data, bytes) else data
    library = {callee.id: callee for callee in (sop, *map(bpmn.read, callees))}
    said = check(sop, library, **more)
    return {(finding.rule, finding.element) for finding in said if finding.blocks and finding.rule not in BESIDE}


def screen(**properties: Any) -> forms.ScreenForm:
    required = [name for name, said in properties.items() if said.pop("must", False)]
    return forms.read({"properties": properties, "required": required})


def asking(variable: str = "r", *values: str) -> str:
    return ext(outcome(variable, *(values or ("yes", "no"))))


YES_NO = ('r == "yes"', 'r == "no"')


CHARTS = {path.stem: path for path in sorted((ROOT / "processes").rglob("*.bpmn"))}


@cache
def the_library() -> dict[str, Sop]:
    return {name: bpmn.read(path.read_bytes()) for name, path in CHARTS.items()}


def screens_beside(path: Path) -> dict[str, forms.ScreenForm]:
    return {f.name.removesuffix(".form.json"): forms.read(f.read_bytes()) for f in path.parent.glob("*.form.json")}


@pytest.mark.parametrize("path", CHARTS.values(), ids=CHARTS)
def test_the_citys_sops_have_no_error_and_nothing_that_blocks(path: Path) -> None:
    sop = the_library()[path.stem]
    places = (ROOT / "processes/shared", path.parent)
    tables = {f.stem: read_table(f.read_bytes()) for place in places for f in place.glob("*.dmn")}
    called = {node.called for node in sop.nodes.values() if node.called is not None and node.called in CHARTS}
    opening = {(name, step): form for name in called for step, form in screens_beside(CHARTS[name]).items()}
    said = check(sop, the_library(), forms=screens_beside(path), tables=tables, opening_forms=opening)
    assert [(f.rule, f.element) for f in said if f.blocks and f.rule not in ("missing_drawing", "undrawn")] == []


def test_a_gateway_that_covers_the_outcomes_needs_no_default() -> None:
    assert found(choosing(*YES_NO)) == set()


def test_an_outcome_without_a_branch_is_an_error_at_the_gateway() -> None:
    assert found(choosing('r == "yes"', 'r == "other"')) == {("uncovered", "G")}


def test_a_default_branch_takes_whatever_is_left() -> None:
    data = choosing('r == "yes"', None).replace(b'id="G"', b'id="G" default="B1"')
    assert found(data) == set()


def test_a_branch_without_condition_is_named() -> None:
    assert found(choosing('r == "yes"', None)) == {("missing_condition", "B1")}


def test_a_condition_elsewhere_than_at_a_decision_is_named() -> None:
    assert ("condition_place", "A__B") in found(plain(node("userTask", "B"), flow("A", "B", "True")))


def test_branches_that_overlap_are_told_but_block_nothing() -> None:
    said = check(bpmn.read(choosing('r == "yes"', 'r in ["yes", "no"]')), {})
    assert [(f.rule, f.element, f.blocks) for f in said if f.rule not in BESIDE] == [("branch_overlap", "B1", False)]


def test_what_earlier_branches_have_taken_need_not_be_covered_again() -> None:
    data = file(
        node("startEvent", "S"), node("userTask", "A", asking("r", "a", "b", "c")), node("exclusiveGateway", "G"),
        node("exclusiveGateway", "H"), node("endEvent", "E1"), node("endEvent", "E2"), node("endEvent", "E3"),
        flow("S", "A"), flow("A", "G"), flow("G", "E1", 'r == "a"'), flow("G", "H", 'r != "a"'),
        flow("H", "E2", 'r == "b"'), flow("H", "E3", 'r == "c"'),
    )  # fmt: skip
    assert found(data) == set()


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("__import__('os').system('id')", "expr_forbidden"),
        ("r.__class__", "expr_forbidden"),
        ("${r}", "expr_foreign"),
        ("r = 1", "expr_syntax"),
        ("", "expr_empty"),
        ("r == 'x' or " * 60 + "r", "expr_too_long"),
    ],
)
def test_an_unsafe_condition_is_an_error_with_the_id_of_its_flow(condition: str, code: str) -> None:
    assert (code, "B0") in found(choosing(condition, 'r == "no"'))


def test_a_name_nobody_writes_is_a_warning_that_blocks() -> None:
    said = check(bpmn.read(choosing('q == "yes"', 'r == "no"')), {})
    (finding,) = [f for f in said if f.rule == "undeclared_variable"]
    assert (finding.element, finding.level, finding.blocks) == ("B0", "warning", True)


def _two_ways(second: str, *, tag: str = "exclusiveGateway") -> bytes:
    """S → X → (A | B) → Y → G, where A has the outcome r and B what is given."""
    conditions = ("True", "False") if tag == "exclusiveGateway" else (None, None)
    return file(
        node("startEvent", "S"), node(tag, "X"), node("userTask", "A", asking()), node("userTask", "B", second),
        node(tag, "Y"), node("exclusiveGateway", "G"), node("endEvent", "E1"), node("endEvent", "E2"),
        flow("S", "X"), flow("X", "A", conditions[0]), flow("X", "B", conditions[1]), flow("A", "Y"), flow("B", "Y"),
        flow("Y", "G"), flow("G", "E1", YES_NO[0]), flow("G", "E2", YES_NO[1]),
    )  # fmt: skip


def test_a_name_written_on_one_of_two_ways_may_be_missing() -> None:
    assert ("unwritten_variable", "G__E1") in found(_two_ways(""))


def test_a_name_written_on_both_ways_is_there() -> None:
    assert found(_two_ways(asking())) == set()


def test_a_name_written_by_one_of_two_parallel_branches_is_there() -> None:
    assert found(_two_ways("", tag="parallelGateway")) == set()


def test_a_step_cut_short_by_its_timer_has_not_answered() -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    data = choosing(*YES_NO).replace(
        b"</bpmn:process>",
        (node("boundaryEvent", "T", timer, attachedToRef="A") + flow("T", "G") + "</bpmn:process>").encode(),
    )
    assert ("unwritten_variable", "B0") in found(data)
    said = ext('<sop:set name="r" value="no" />').encode()
    told = data.replace(b"</bpmn:boundaryEvent>", said + b"</bpmn:boundaryEvent>")
    assert found(told) == set()


def test_a_loop_reads_what_its_first_round_wrote() -> None:
    data = file(
        node("startEvent", "S"), node("userTask", "A", ext('<sop:set name="n" from="0" />')),
        node("userTask", "B", ext(outcome("r", "yes", "no"), '<sop:set name="n" from="n + 1" />')),
        node("exclusiveGateway", "G"), node("endEvent", "E"),
        flow("S", "A"), flow("A", "B"), flow("B", "G"), flow("G", "B", YES_NO[0]), flow("G", "E", YES_NO[1]),
    )  # fmt: skip
    assert found(data) == set()
    assert ("unwritten_variable", "A") in found(data.replace(b'from="0"', b'from="n"'))


def test_a_required_field_is_written_and_an_optional_one_may_be_missing() -> None:
    data = choosing('v == "a"', 'v == "b"', task="")
    choice = {"type": "string", "enum": ["a", "b"]}
    assert found(data, forms={"A": screen(v={**choice, "must": True})}) == set()
    assert {e for r, e in found(data, forms={"A": screen(v=choice)}) if r == "unwritten_variable"} == {"B0", "B1"}


def test_the_start_form_brings_values() -> None:
    data = choosing('v == "a"', 'v == "b"', task="")
    assert found(data, forms={"S": screen(v={"type": "string", "enum": ["a", "b"], "must": True})}) == set()


def test_long_texts_and_identity_are_not_looked_into() -> None:
    data = choosing('v == "a"', 'v == "b"', task="")
    assert ("reads_long_text", "B0") in found(data, forms={"A": screen(v={"type": "string", "must": True})})
    secret = {"type": "string", "maxLength": 60, "x-sop-identity": True, "must": True}
    assert ("reads_identity", "B0") in found(data, forms={"A": screen(v=secret)})


def test_a_long_text_may_be_passed_on_as_it_is() -> None:
    operator = ext('<sop:operator name="send"><sop:arg name="text" from="v" /></sop:operator>')
    data = plain(node("serviceTask", "O", operator), flow("A", "O", flow_id="f"))
    assert found(data, forms={"A": screen(v={"type": "string"})}) == set()
    passed = data.replace(b'from="v"', b"from=\"v == 'x'\"")
    assert ("reads_long_text", "O") in found(passed, forms={"A": screen(v={"type": "string"})})


def callee(*parameters: str, end: str = "") -> bytes:
    return plain(sop_id="q", shared=True, head="".join(parameters)).replace(
        b'<bpmn:endEvent id="E">', f'<bpmn:endEvent id="E">{end}'.encode()
    )


def calling(*inner: str, called: str = "q") -> bytes:
    return file(
        node("startEvent", "S"), node("callActivity", "C", ext(*inner), calledElement=called), node("endEvent", "E"),
        flow("S", "C"), flow("C", "E"),
    )  # fmt: skip


NEEDS = '<sop:parameter name="mode" direction="in" values="a b" required="true" />'
FORM = '<sop:parameter name="draft" direction="in" type="form" required="true" />'
GIVES = '<sop:parameter name="result" direction="out" values="x y" />'


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (('<sop:in value="a" to="mode" />', '<sop:form ref="f" as="draft" />'), set()),
        (('<sop:in value="a" to="mode" />',), {("required_parameter", "C")}),
        (('<sop:form ref="f" as="draft" />',), {("required_parameter", "C")}),
        (
            ('<sop:in value="z" to="mode" />', '<sop:form ref="f" as="draft" />'),
            {("parameter_value", "C")},
        ),
        (
            ('<sop:in value="a" to="mode" />', '<sop:in value="a" to="x" />', '<sop:form ref="f" as="draft" />'),
            {("unknown_parameter", "C")},
        ),
        (
            ('<sop:in value="a" to="mode" />', '<sop:out from="no" to="x" />', '<sop:form ref="f" as="draft" />'),
            {("unknown_parameter", "C")},
        ),
        (
            ('<sop:in value="a" from="b" to="mode" />', '<sop:form ref="f" as="draft" />'),
            {("bad_value_source", "C"), ("undeclared_variable", "C")},
        ),
        (('<sop:in to="mode" />', '<sop:form ref="f" as="draft" />'), {("bad_value_source", "C")}),
    ],
)
def test_a_call_gives_what_its_callee_asks_for(inner: tuple[str, ...], expected: set[tuple[str, str]]) -> None:
    assert found(calling(*inner), callee(NEEDS, FORM)) == expected


def test_an_unknown_callee_and_calls_in_a_circle_are_errors_at_the_box() -> None:
    assert found(calling(called="nowhere")) == {("unknown_callee", "C")}
    assert found(_shared(calling(called="p"))) == {("call_cycle", "C")}
    back = _shared(calling(called="p")).replace(b'id="p"', b'id="q"')
    assert found(_shared(calling(called="q")), back) == {("call_cycle", "C")}


def test_a_box_that_opens_cases_may_come_back_to_where_it_began() -> None:
    """Next year's plan opens when this year's ends: with a person or a timer between, wherever they stand."""
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    for between in (node("userTask", "A"), node("intermediateCatchEvent", "A", timer)):
        assert found(_coming_back(between)) == set()
        assert found(_coming_back(between, called="q"), _coming_back(node("serviceTask", "A"), sop_id="q")) == set()


def test_cases_that_open_each_other_with_nobody_between_are_an_error_at_the_box() -> None:
    machine = node("exclusiveGateway", "A")
    assert found(_coming_back(machine)) == {("endless_opening", "C")}
    other = _coming_back(machine, sop_id="q")
    assert found(_coming_back(machine, called="q"), other) == {("endless_opening", "C")}
    shared = _shared(plain(sop_id="s"))
    inside = node("callActivity", "A", calledElement="s")
    assert found(_coming_back(inside), shared) == set(), "somebody stands in the procedure that is gone through"
    empty = _shared(file(node("startEvent", "S"), node("endEvent", "E"), flow("S", "E"), sop_id="s"))
    assert found(_coming_back(inside), empty) == {("endless_opening", "C")}


def _coming_back(between: str, *, called: str = "p", sop_id: str = "p") -> bytes:
    """``A``, then a box that opens a case of ``called``."""
    return file(
        node("startEvent", "S"), between, node("callActivity", "C", calledElement=called), node("endEvent", "E"),
        flow("S", "A"), flow("A", "C"), flow("C", "E"), sop_id=sop_id,
    )  # fmt: skip


def _shared(chart: bytes) -> bytes:
    return chart.replace(b'shared="false"', b'shared="true"')


def test_a_result_with_choices_must_be_there_at_every_end() -> None:
    assert ("unwritten_variable", "E") in found(callee(GIVES))
    assert found(callee(GIVES, end=ext('<sop:set name="result" value="x" />'))) == set()


def test_operators_and_tables_must_be_known() -> None:
    data = plain(
        node("serviceTask", "O", ext('<sop:operator name="do.it" />')), node("serviceTask", "N"),
        node("businessRuleTask", "R", ext('<sop:decision ref="t" />')), node("businessRuleTask", "Q"),
    )  # fmt: skip
    assert found(data, operators={"do.other"}) == {
        ("unknown_operator", "O"), ("missing_operator", "N"), ("unknown_table", "R"), ("missing_decision", "Q"),
    }  # fmt: skip
    assert found(data, operators={"do.it"}, tables={"t": read_table(table('- -> "x"'))}) == {
        ("missing_operator", "N"), ("missing_decision", "Q"),
    }  # fmt: skip
    assert ("unknown_operator", "O") not in found(data, operators=None)


def test_a_decision_is_given_its_inputs_and_gives_only_its_outputs() -> None:
    said = '<sop:decision ref="t"><sop:in value="1" to="m" /><sop:out from="q" to="x" /></sop:decision>'
    data = plain(node("businessRuleTask", "R", ext(said)))
    assert found(data, tables={"t": read_table(table('- -> "x"'))}) == {
        ("missing_input", "R"), ("unknown_parameter", "R"), ("unknown_output", "R"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "task", "expected"),
    [
        ('<sop:deadline id="D" regime="petition" length="5" unit="workday" met="A" />', "", set()),
        ('<sop:deadline id="D" regime="petition" met="A" />', "", {("deadline_length", "D")}),
        ('<sop:deadline id="D" regime="petition" decision="t" />', "", {("deadline_decision", "D")}),
        ('<sop:deadline id="D" regime="fixed" at="monthly 5" met="nowhere" />', "", {("unknown_step", "D")}),
        ('<sop:deadline id="D" regime="fixed" at="monthly 5" starts="A/B" />', "", {("unknown_step", "D")}),
        ("", ext('<sop:checklist for="r=maybe" />', outcome("r", "yes", "no")), {("checklist_choice", "A")}),
        ("", ext('<sop:checklist for="r=yes" />', outcome("r", "yes", "no")), set()),
        ("", ext('<sop:outcome variable="r" />'), {("outcome_choices", "A")}),
        ("", ext(outcome("r", "yes", "yes")), {("outcome_choices", "A")}),
        ("", ext('<sop:set name="today" value="1" />'), {("reserved_name", "A")}),
        ("", ext('<sop:set name="case.secret" value="1" />'), {("reserved_name", "A")}),
        ("", ext('<sop:set name="case.type" value="1" />'), set()),
        ("", ext("<sop:set name=\"x\" from='due(\"D9\")' />"), {("timer_deadline", "A")}),
    ],
)  # fmt: skip
def test_what_names_something_else_names_something_there(head: str, task: str, expected: set[tuple[str, str]]) -> None:
    assert found(plain(head=head, task=task)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<bpmn:timeDuration>P2D</bpmn:timeDuration>", set()),
        ("<bpmn:timeDuration>PT4H</bpmn:timeDuration>", set()),
        ('<bpmn:timeDuration>"PT4H"</bpmn:timeDuration>', set()),
        ("<bpmn:timeDate>2026-12-01T17:00:00+08:00</bpmn:timeDate>", set()),
        ("<bpmn:timeDuration>PT0S</bpmn:timeDuration>", {("timer_value", "T")}),
        ("<bpmn:timeDuration>-PT1H</bpmn:timeDuration>", {("timer_value", "T")}),
        ("<bpmn:timeDuration>P999999999M</bpmn:timeDuration>", {("timer_value", "T")}),
        ("<bpmn:timeDuration>P367D</bpmn:timeDuration>", {("timer_range", "T")}),
        ("<bpmn:timeDuration>P</bpmn:timeDuration>", {("timer_value", "T")}),
        ("<bpmn:timeDate>0113-01-01T00:00:00+08:00</bpmn:timeDate>", {("timer_range", "T")}),
        ("<bpmn:timeDate>2026-12-01T17:00:00</bpmn:timeDate>", {("timer_value", "T")}),
        ("<bpmn:timeCycle>R/PT0S</bpmn:timeCycle>", {("not_executed", "T")}),
        (ext('<sop:timer deadline="D" />'), {("timer_deadline", "T")}),
        (ext('<sop:timer deadline="D" continues="Z" />'), {("timer_deadline", "T"), ("timer_continues", "T")}),
    ],
)
def test_a_timer_that_changes_the_path_says_when(said: str, expected: set[tuple[str, str]]) -> None:
    definition = f"<bpmn:timerEventDefinition>{said}</bpmn:timerEventDefinition>"
    assert found(plain(node("boundaryEvent", "T", definition, attachedToRef="A"), flow("T", "E"))) == expected


def test_a_missing_lane_drawing_or_form_is_a_warning_that_blocks() -> None:
    said = check(bpmn.read(plain()), {})
    assert {(f.rule, f.element, f.level, f.blocks) for f in said} == {
        ("missing_lane", "A", "warning", True),
        ("missing_form", "A", "warning", True),
        ("missing_form", "S", "warning", True),
        ("missing_drawing", "p", "warning", True),
    }


def test_what_is_only_shown_is_named_with_its_element() -> None:
    said = check(bpmn.read(plain(node("scriptTask", "X"))), {})
    (finding,) = [f for f in said if f.rule == "not_executed"]
    assert (finding.element, finding.level) == ("X", "error")
    assert "scriptTask" in finding.message


def test_errors_come_first() -> None:
    levels = [f.level for f in check(bpmn.read(plain(node("scriptTask", "X"), flow("A", "X", "a.b"))), {})]
    assert levels == sorted(levels, key=["error", "warning", "info"].index)


OPENS_CASES = '<sop:each units="asked" /><sop:in value="x" to="subject" />'
LISTED = '<sop:parameter name="asked" direction="in" required="true" />'


@pytest.mark.parametrize(
    ("inner", "declared", "expected"),
    [
        (OPENS_CASES, ('<sop:parameter name="subject" direction="in" />',), set()),
        (OPENS_CASES, ('<sop:parameter name="other" direction="in" />',), {("unknown_parameter", "C")}),
        (OPENS_CASES.replace("asked", "nobody"), ('<sop:parameter name="subject" direction="in" />',),
         {("undeclared_variable", "C")}),
        ('<sop:each units="asked" />', ('<sop:parameter name="entry" direction="in" required="true" />',), set()),
        ('<sop:each units="asked" />', ('<sop:parameter name="due" direction="in" required="true" />',),
         {("required_parameter", "C")}),
        ('<sop:each units="asked" until="soon" />', (), {("each_until", "C")}),
        ('<sop:each units="asked" until="date" />', (), set()),
        ('<sop:each units="asked" until="none" /><sop:out from="case.end" to="e" />', (),
         {("outs_without_wait", "C")}),
        ('<sop:each units="asked" /><sop:out from="case.end" to="e" />', (), set()),
        ('<sop:each units="asked" /><sop:out from="case.mood" to="e" />', (), {("unknown_parameter", "C")}),
    ],
)  # fmt: skip
def test_a_box_that_opens_cases_hands_in_what_they_ask_for(
    inner: str, declared: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    caller = calling(inner).replace(b'shared="false" />', f'shared="false" />{LISTED}'.encode())
    assert found(caller, callee(*declared)) == expected
