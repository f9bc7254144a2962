"""Planned against actual progress: the lag of the newest month, how many months running, a plan that was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.office import journal
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node, outcome

_PLAN = {f"planned_{month:02}": {"title": f"{month}月", "type": "number"} for month in range(1, 13)}
_REPORT = {"month": {"title": "月份", "type": "integer"}, "actual": {"title": "實際進度", "type": "number"}}
_EACH = '<sop:each units="units"/>'


def _form(**properties: Any) -> dict[str, Any]:
    return {"title": "填報", "type": "object", "additionalProperties": False, "properties": properties}


def _operator(name: str, **args: str) -> str:
    said = "".join(f'<sop:arg name="{one}" value="{value}"/>' for one, value in args.items())
    return f'<sop:operator name="{name}">{said}</sop:operator>'


def _chart(each: str) -> bytes:
    """A plan is written down, months are reported until one is 100: compared after each, or the plan changed first."""
    steps = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in "PRFC")
    who = ext('<sop:who role="officer" unit="fixed:roads"/>')
    lane = f'<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">{who}{steps}</bpmn:lane></bpmn:laneSet>'
    outs = "".join(f'<sop:out from="{name}" to="{name}"/>' for name in ("lag", "months", "units", "lags", "runs"))
    return file(
        lane, node("startEvent", "S"), node("userTask", "P", ext(each), name="預定"),
        node("userTask", "R", ext(each, outcome("what", "report", "change")), name="填報"),
        node("exclusiveGateway", "G"), node("exclusiveGateway", "H"), node("endEvent", "E"),
        node("serviceTask", "F", ext(_operator("progress.fix", plan="P", change="R")), name="改版"),
        node("serviceTask", "C", ext(_operator("progress.compare", plan="P", reports="R"), outs), name="比對"),
        flow("S", "P"), flow("P", "R"), flow("R", "G"), flow("G", "C", 'what == "report"'),
        flow("G", "F", 'what == "change"'), flow("F", "C"), flow("C", "H"),
        flow("H", "R", "actual < 100 and lag < 900 and months < 90 and units != 1 and lags != 1 and runs != 1"),
        flow("H", "E", "actual >= 100"), sop_id="plan",
    )  # fmt: skip


@pytest.fixture
def city(store: Store, taipei: Callable[[str], datetime]) -> Virtual:
    made = small_sop.in_force(store, taipei("2026-11-26T09:00"), "")
    units = {"title": "單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}
    with store.act() as db:
        for sop_id, each in (("plan", ""), ("plans", _EACH)):
            chart = _chart(each).replace(b'id="plan"', f'id="{sop_id}"'.encode())
            forms = {"S": _form(units=units), "P": _form(**_PLAN), "R": _form(**_REPORT, **_PLAN)}
            small_sop.publish(db, chart, sop_id, forms)
    return made


def _reported(
    city: Virtual, case_id: int, month: int, actual: float, who: str = "clerk", **more: Any
) -> tuple[Any, ...]:
    """What the comparison says after this month: lag, months running, and of several units those that lag."""
    city.complete(case_id, "R", who=who, answers={"month": month, "actual": actual, "what": "report", **more})
    with city.store.look() as db:
        values = [entry.effects.get("values", {}) for entry in journal.of(db, f"case:{case_id}")]
    said = {name: value for one in values for name, value in one.items()}
    return tuple(said.get(name) for name in ("lag", "months", "units", "lags", "runs"))


def _planned(city: Virtual) -> int:
    case_id = city.open_case("plan", who="clerk", answers={}, start="S").case_id
    city.complete(case_id, "P", who="clerk", answers={"planned_01": 10, "planned_02": 30, "planned_04": 60})
    return case_id


def test_the_lag_counts_from_the_plan_and_the_months_running_from_ten_on(city: Virtual) -> None:
    case_id = _planned(city)
    assert _reported(city, case_id, 1, 12.5)[:2] == (-2.5, 0), "ahead of the plan"
    assert _reported(city, case_id, 2, 20)[:2] == (10, 1)
    assert _reported(city, case_id, 3, 19.5)[:2] == (10.5, 2), "the plan leaves March out: what was due in February"
    assert _reported(city, case_id, 4, 55)[:2] == (5, 0), "less than ten ends the row"
    assert _reported(city, case_id, 5, 10)[:2] == (50, 1)


def test_a_month_reported_again_counts_once_as_it_was_said_last(city: Virtual) -> None:
    case_id = _planned(city)
    assert _reported(city, case_id, 2, 5)[:2] == (25, 1)
    assert _reported(city, case_id, 2, 15)[:2] == (15, 1)


def test_a_changed_plan_holds_from_its_version_on(city: Virtual) -> None:
    case_id = _planned(city)
    assert _reported(city, case_id, 2, 5)[:2] == (25, 1)
    assert _reported(city, case_id, 3, 9, what="change", planned_02=8, planned_03=9)[:2] == (0, 0)
    assert _reported(city, case_id, 4, 40)[:2] == (20, 1), "months that were not changed stay as planned"


def test_several_units_each_have_their_own_plan_and_the_worst_one_is_told(city: Virtual) -> None:
    case_id = city.open_case("plans", who="clerk", answers={"units": ["roads", "planning"]}, start="S").case_id
    city.complete(case_id, "P", who="officer@roads", answers={"planned_01": 40})
    city.complete(case_id, "P", who="officer@planning", answers={"planned_01": 60})
    city.complete(case_id, "R", who="officer@roads", answers={"month": 1, "actual": 45, "what": "report"})
    assert _reported(city, case_id, 1, 5, "officer@planning") == (55, 1, ["planning"], [55], [1])
