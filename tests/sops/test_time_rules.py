"""What the check says about deadlines: how they are counted, whom a ladder reaches, how far they may be extended."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dates import periods
from engine.sops import bpmn, check
from engine.sops.rules import time
from engine.sops.rungs import presses_upwards
from engine.sops.sop import Deadline
from tests.sops.charts import ext, file, flow, node, plain

ROOT = Path(__file__).parents[2]
FIVE = 'regime="petition" length="5" unit="workday" met="A"'
OTHER = {"undeclared_variable", "missing_drawing", "missing_lane", "missing_form", "missing_who", "undrawn"}


def _found(data: bytes) -> set[str]:
    return {one.rule for one in check.check(bpmn.read(data), {})} - OTHER


def _deadline(attributes: str, *inner: str) -> bytes:
    return plain(head=f'<sop:deadline id="D" {attributes}>{"".join(inner)}</sop:deadline>')


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (FIVE, set()),
        (FIVE + ' extendBy="15" extendUnit="workday" extendTimes="1" extendLevel="二層"', set()),
        (FIVE + ' extendBy="15" extendUnit="workday"', set()),
        (FIVE + ' extendBy="15"', {"extend_how_much"}),
        (FIVE + ' extendUnit="workday"', {"extend_how_much"}),
        (FIVE + ' extendBy="0" extendUnit="workday"', {"extend_how_much"}),
        (FIVE + ' extendBy="3" extendUnit="workday" extendTimes="0"', {"extend_how_much"}),
        (FIVE + ' extendBy="3" extendUnit="hour"', {"extend_how_much"}),
        (FIVE + ' extendBy="3" extendUnit="workday" extendLevel="四層"', {"extend_level"}),
        ('regime="standard" length="5" unit="workday" met="A" extendBy="3" extendUnit="day"', {"extend_regime"}),
        (FIVE + ' shorterOf="unit-rule"', set()),
        (FIVE + ' shorterOf="whim"', {"deadline_shorter"}),
        ('regime="moonlight" length="5" unit="day" met="A"', {"deadline_regime"}),
        ('regime="statutory" length="5" unit="workday" met="A"', {"deadline_unit"}),
        (FIVE + ' cap="30" capUnit="hour"', {"deadline_unit"}),
        ('regime="backward" starts="event:meeting_on" length="7" unit="day" met="A"', set()),
        ('regime="backward" length="7" unit="day" met="A"', {"deadline_event"}),
        ('regime="backward" starts="event:" length="7" unit="day" met="A"', {"deadline_event"}),
        (FIVE + ' starts="event:meeting_on"', {"deadline_event"}),
        ('regime="fixed" at="monthly 5" met="A"', set()),
        ('regime="fixed" at="yearly 4/3 10/3 previous" met="A"', set()),
        ('regime="fixed" met="A"', {"deadline_at_missing"}),
        ('regime="fixed" at="sometimes" met="A"', {"calendar_rule"}),
        (FIVE + ' at="monthly 5"', {"deadline_at"}),
        ('regime="backward" starts="event:on" length="1" unit="day" at="15:30" met="A"', set()),
        ('regime="backward" starts="event:on" length="0" unit="day" at="event" met="A"', set()),
        ('regime="backward" starts="event:on" length="1" unit="day" at="24:00" met="A"', {"deadline_at"}),
    ],
)
def test_how_a_deadline_is_counted_and_extended(attributes: str, expected: set[str]) -> None:
    assert _found(_deadline(attributes)) == expected


def _escalation(to: str, more: str = "") -> str:
    return f'<sop:escalation after="3" unit="workday" to="{to}" {more}/>'


@pytest.mark.parametrize(
    ("rung", "expected"),
    [
        (_escalation("unit_head@responsible section_chief@fixed:planning-rdec"), set()),
        (_escalation("meeting@list"), set()),
        (_escalation("first_tier@fixed:mayor-office"), {"rung_forbidden"}),
        (_escalation("unit_head@responsible deputy_mayor@fixed:mayor-office"), {"rung_forbidden"}),
        (_escalation("first_tier_staff@fixed:mayor-office"), {"rung_forbidden"}),
        (_escalation("anybody@fixed:mayor-office"), {"rung_forbidden"}),
        (_escalation("applicant"), {"rung_forbidden"}),
        (_escalation("contractor@responsible"), {"rung_forbidden"}),
        (_escalation("council@fixed:council"), {"rung_forbidden"}),
        (_escalation("somebody"), {"rung_to"}),
        (_escalation("officer@nowhere"), {"rung_to"}),
        (_escalation(""), {"rung_nobody"}),
        (_escalation("holder", 'opens="nowhere"'), {"unknown_callee"}),
        ('<sop:escalation after="3" unit="month" to="holder"/>', {"rung_unit"}),
        ('<sop:reminder before="0" unit="workday" to="first_tier_staff@fixed:mayor-office"/>', set()),
        ('<sop:reminder before="1" unit="workday" to="applicant"/>', set()),
        ('<sop:reminder before="1" unit="workday" to="meeting@list"/>', {"rung_meeting"}),
    ],
)
def test_whom_a_ladder_reaches(rung: str, expected: set[str]) -> None:
    assert _found(_deadline(FIVE, rung)) == expected


def test_a_standard_time_does_not_escalate_wherever_it_is_written() -> None:
    assert _found(_deadline('regime="standard" length="1" unit="workday" met="A"', _escalation("holder"))) == {
        "standard_escalates"
    }
    held = f'<sop:standardTime value="1" unit="workday">{_escalation("holder")}</sop:standardTime>'
    assert _found(plain(task=ext(held))) == {"standard_escalates"}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ('role="officer" unit="responsible"', set()),
        ('role="first_tier" unit="fixed:mayor-office"', {"ladder_outside"}),
        ('role="=chosen" unit="fixed:mayor-office"', {"ladder_outside"}),
        ('role="contractor" unit="responsible"', {"ladder_outside"}),
        ('role="citizen" unit="applicant"', {"ladder_outside"}),
    ],
)
def test_a_step_of_the_mayors_office_or_of_outsiders_only_reminds(who: str, expected: set[str]) -> None:
    lane = (
        f'<bpmn:laneSet id="LS"><bpmn:lane id="L" name="L">{ext(f"<sop:who {who}/>")}'
        "<bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )

    def stepped(rung: str) -> bytes:
        held = ext(f'<sop:deadline id="D" of="step" regime="document" length="2" unit="workday">{rung}</sop:deadline>')
        return file(
            lane, node("startEvent", "S"), node("userTask", "A", held), node("endEvent", "E"), flow("S", "A"),
            flow("A", "E"),
        )  # fmt: skip

    assert _found(stepped(_escalation("unit_head@responsible"))) == expected
    assert _found(stepped('<sop:reminder before="1" unit="workday" to="holder"/>')) == set()


def test_the_check_and_the_periods_know_the_same_units() -> None:
    assert {name: set(units) for name, units in time.UNITS.items()} == {
        name: set(units) for name, (units, _) in periods._REGIMES.items()
    }


def test_what_a_deadline_says_survives_the_round_trip() -> None:
    said = (
        FIVE
        + ' extendBy="2" extendUnit="month" extendTimes="3" extendLevel="一層" extendBasis="proposed" at="monthly 5"'
    )
    sop = bpmn.read(_deadline(said))
    written = bpmn.read(bpmn.write(sop))
    assert written.deadlines == sop.deadlines
    deadline = sop.deadlines[0]
    assert (deadline.extend_by, deadline.extend_unit, deadline.extend_times) == (2, "month", 3)
    assert (deadline.extend_level, deadline.extend_basis, deadline.at) == ("一層", "proposed", "monthly 5")


def test_the_petitions_own_extension_is_proposed_once_and_decided_by_the_unit_head() -> None:
    sop = bpmn.read((ROOT / "processes/rdec/petition-online/petition-online.bpmn").read_bytes())
    (reply,) = [d for d in sop.deadlines if d.id == "PO-D1"]
    assert (reply.extend_by, reply.extend_unit, reply.extend_times) == (15, "workday", 1)
    assert (reply.extend_level, reply.extend_basis) == ("二層", "proposed")


@pytest.mark.parametrize("path", sorted((ROOT / "processes").rglob("*.bpmn")), ids=lambda path: path.stem)
def test_no_ladder_of_the_citys_sops_presses_the_mayor_or_outsiders(path: Path) -> None:
    sop = bpmn.read(path.read_bytes())
    deadlines: list[Deadline] = [*sop.deadlines, *(d for n in sop.nodes.values() for d in n.deadlines)]
    pressed = [to for d in deadlines for r in d.rungs if r.kind == "escalation" for to in r.to if presses_upwards(to)]
    assert pressed == []
