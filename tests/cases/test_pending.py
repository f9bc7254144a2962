"""The open cases of an SOP, listed by another case with the units they belong to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from engine.cases.records import case, document
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_LANE = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">'
    + ext('<sop:who role="officer" unit="child"/>')
    + "<bpmn:flowNodeRef>T</bpmn:flowNodeRef><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)
_LIST = (
    '<sop:operator name="cases.pending"><sop:arg name="sop" value="small"/><sop:arg name="start" value="S"/>'
    '</sop:operator><sop:out from="count" to="count"/><sop:out from="units" to="units"/>'
)
_EACH = '<sop:each units="units"/>'


def _asking() -> bytes:
    return file(
        _LANE, node("startEvent", "S"), node("serviceTask", "T", ext(_LIST), name="清查"),
        node("exclusiveGateway", "G"), node("userTask", "A", ext(_EACH), name="填報"), node("endEvent", "E"),
        flow("S", "T"), flow("T", "G"), flow("G", "A", "count > 0"), flow("G", "E", "count == 0", "G__E"),
        flow("A", "E"), sop_id="asking",
    )  # fmt: skip


def test_what_is_not_over_is_listed_and_each_of_its_units_asked_once(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    city = small_sop.in_force(store, taipei("2026-11-26T09:00"), "")
    with store.act() as db:
        small_sop.publish(db, _asking(), "asking")

    def open_case(sop: str = "small") -> int:
        return city.open_case(sop, who="clerk", answers={}).case_id

    assert city.case(open_case("asking"))["status"] == "ended"  # nothing is pending, nobody is asked
    first, second, over, nobodys = (open_case() for _ in range(4))
    with store.act() as db:
        db.execute(case.update().where(case.c.id.in_([first, second])).values(unit="roads"))
        db.execute(case.update().where(case.c.id == over).values(unit="planning", status="ended"))
    asked = open_case("asking")
    assert [city.open_item(asked, "A")["unit"]] == ["roads"]
    assert len(city.open_steps(asked)) == 1
    with store.look() as db:
        told = db.execute(sa.select(document.c.facts).where(document.c.case_id == asked)).scalar_one()
    assert told["count"] == 3
    assert [line.split()[0] for line in told["list"].splitlines()] == [
        city.case(one)["number"] for one in (first, second, nobodys)
    ]
    with store.act() as db:
        db.execute(case.update().where(case.c.id.in_([first, second])).values(status="ended"))
    assert city.case(open_case("asking"))["status"] == "ended", "what waits for its unit can be asked of nobody"
