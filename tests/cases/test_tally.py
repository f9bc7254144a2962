"""The cases of an SOP counted by another case: last month's, and those that are late now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from engine import cases
from engine.cases.records import document
from engine.office import journal
from engine.office.records import notice, person
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_LIMIT = '<sop:deadline id="D1" name="限辦" regime="document" of="case" length="2" unit="workday" met="B"/>'
_LANE = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">'
    + ext('<sop:who role="officer" unit="fixed:roads"/>')
    + "<bpmn:flowNodeRef>T</bpmn:flowNodeRef><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)


def _counting(late_by: int) -> bytes:
    said = (
        f'<sop:operator name="cases.tally"><sop:arg name="sop" value="small"/><sop:arg name="start" value="S"/>'
        f'<sop:arg name="late_by" value="{late_by}"/></sop:operator><sop:out from="count" to="count"/>'
        '<sop:form ref="list" direction="out"/>'
    )
    return file(
        _LANE, node("startEvent", "S"), node("serviceTask", "T", ext(said), name="清查"), node("exclusiveGateway", "G"),
        node("userTask", "A", name="審視"), node("endEvent", "E"), flow("S", "T"), flow("T", "G"),
        flow("G", "A", "count > 0"), flow("G", "E", "count == 0", "G__E"), flow("A", "E"), sop_id="counting",
    )  # fmt: skip


def _city(store: Store, at: datetime, late_by: int = 0) -> Virtual:
    city = small_sop.in_force(store, at, _LIMIT)
    with store.act() as db:
        small_sop.publish(db, _counting(late_by), "counting")
    return city


def _listed(city: Virtual) -> dict[str, object]:
    with city.store.look() as db:
        return dict(db.execute(sa.select(document.c.facts).order_by(document.c.id.desc())).scalars().first() or {})


def test_last_months_cases_are_counted_and_the_late_ones_named(store: Store, taipei: Callable[[str], datetime]) -> None:
    city = _city(store, taipei("2026-10-05T09:00"))
    for day, ends in (("2026-10-05", "2026-10-06"), ("2026-10-07", "2026-10-20"), ("2026-10-12", None)):
        city.until(taipei(f"{day}T09:00"))
        case_id = city.open_case("small", who="clerk", answers={}, start="S").case_id
        if ends:
            city.complete(case_id, "A", who="clerk", answers={})
            city.until(taipei(f"{ends}T10:00"))
            city.complete(case_id, "B", who="clerk", answers={})
    left = city.case(case_id)
    waited = city.open_case("small", who="clerk", answers={}, start="S").case_id
    with city.store.act() as db:  # the petitioner is asked, and answers a week after the date
        who = city.person(db, "clerk")
        cases.suspend(db, waited, reason="請補件。", who=who, at=city.now, office=city.office)
    city.until(taipei("2026-10-21T10:00"))
    for step in ("A", "B"):
        city.complete(waited, step, who="clerk", answers={})
    city.until(taipei("2026-11-02T08:00"))
    asked = city.open_case("counting", who="clerk", answers={}).case_id
    figures = _listed(city)
    assert str(figures.pop("list")).startswith(left["number"]) and figures.pop("by")
    assert figures == {
        "month": "115/10", "received": 4, "closed": 3, "closed_in_time": 2, "closed_late": 1, "open": 1, "count": 1,
    }  # fmt: skip
    assert city.open_steps(asked) == ["A"]
    with store.look() as db:
        assert [entry.verb for entry in journal.of(db, f"case:{asked}")] == ["open"]


def test_a_case_that_is_late_by_fewer_days_is_not_named_yet(store: Store, taipei: Callable[[str], datetime]) -> None:
    city = _city(store, taipei("2026-10-05T09:00"), late_by=30)
    city.open_case("small", who="clerk", answers={}, start="S")
    city.until(taipei("2026-11-02T08:00"))
    asked = city.open_case("counting", who="clerk", answers={}).case_id
    assert city.open_steps(asked) == [] and city.case(asked)["end"] == "E"
    assert _listed(city)["count"] == 0


_MANY = ext(
    '<sop:operator name="document.record"><sop:arg name="tell" value="unit_head@each officer@unanswered:A"/>'
    '<sop:arg name="units" from="units"/></sop:operator>'
)


def test_those_of_several_units_are_told_and_those_who_did_not_answer(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    at = taipei("2026-11-26T09:00")
    city = small_sop.in_force(store, at, "")
    timer = (
        '<bpmn:timerEventDefinition id="X-def"><bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition>'
    )
    lane = _LANE.replace("<bpmn:flowNodeRef>T</bpmn:flowNodeRef>", "")
    many = file(
        lane, node("startEvent", "S"), node("userTask", "A", ext('<sop:each units="units"/>'), name="回復"),
        node("boundaryEvent", "X", timer, attachedToRef="A", cancelActivity="true"), node("serviceTask", "R", _MANY),
        node("endEvent", "E"), flow("S", "A"), flow("A", "E"), flow("X", "R"), flow("R", "E"),
        sop_id="many",
    )  # fmt: skip
    asks = {"title": "單位", "type": "object", "additionalProperties": False, "properties": {
        "units": {"title": "單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}}}  # fmt: skip
    with store.act() as db:
        small_sop.publish(db, many, "many", {"S": asks})
    case_id = city.open_case("many", who="clerk", answers={"units": ["roads", "planning"]}).case_id
    city.complete(case_id, "A", who="officer@roads", answers={})
    city.until(taipei("2026-11-28T10:00"))
    assert city.case(case_id)["end"] == "E"
    with store.look() as db:
        query = sa.select(person.c.account).join(notice, notice.c.person_id == person.c.id)
        assert sorted(db.execute(query.where(notice.c.kind == "told")).scalars()) == ["head", "stranger"]
