"""The operator that registers what a step hands out and tells whoever is to know of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from engine.cases.records import document
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.office.records import notice, person
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_LANE = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">'
    + ext('<sop:who role="officer" unit="fixed:roads"/>')
    + "<bpmn:flowNodeRef>A</bpmn:flowNodeRef><bpmn:flowNodeRef>R</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)


@pytest.fixture
def walk(store: Store, taipei: Callable[[str], datetime]) -> Callable[..., tuple[Virtual, int]]:
    """The clerk does step A; then R registers and tells, and the case ends."""
    at = taipei("2026-11-26T09:00")

    def walked(forms: str = "", tell: str = "") -> tuple[Virtual, int]:
        told = f'<sop:operator name="document.record"><sop:arg name="tell" value="{tell}"/></sop:operator>'
        nodes = [
            node("startEvent", "S"), node("userTask", "A", name="擬辦"),
            node("serviceTask", "R", ext(told, forms), name="存查"), node("endEvent", "E"),
        ]  # fmt: skip
        flows = [flow("S", "A"), flow("A", "R"), flow("R", "E")]
        with store.act() as db:
            organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
            small_sop.publish(db, file(_LANE, *nodes, *flows, sop_id="small"), "small")
        city = Virtual(store, Office(calendar=Calendar()), at)
        case_id = city.open_case("small", who="clerk", answers={}, start="S").case_id
        city.complete(case_id, "A", who="clerk", answers={})
        return city, case_id

    return walked


Walk = Callable[..., tuple[Virtual, int]]


def test_every_form_handed_out_is_registered_in_the_one_entry_of_the_act(walk: Walk) -> None:
    handed = (("one", "out"), ("two", "out"), ("three", "in"))
    city, case_id = walk("".join(f'<sop:form ref="{ref}" direction="{way}"/>' for ref, way in handed))
    with city.store.look() as db:
        made = db.execute(sa.select(document.c.kind, document.c.form, document.c.step).order_by(document.c.id)).all()
        entries = list(journal.of(db, f"case:{case_id}"))
    assert [tuple(row) for row in made] == [("record", "one", "R"), ("record", "two", "R")]
    assert [len(entry.effects.get("documents", ())) for entry in entries] == [0, 2]


def test_where_no_form_is_handed_out_the_record_itself_is_registered_and_nobody_hears(walk: Walk) -> None:
    city, _ = walk()
    with city.store.look() as db:
        assert [tuple(row) for row in db.execute(sa.select(document.c.kind, document.c.form))] == [("record", None)]
    assert _told(city) == []


def test_each_hears_once_and_whoever_acts_not_at_all(walk: Walk) -> None:
    city, _ = walk(tell="officer@fixed:roads section_chief@fixed:roads officer@fixed:roads")
    assert _told(city) == ["chief", "colleague"]


def _told(city: Virtual) -> list[str]:
    with city.store.look() as db:
        query = sa.select(person.c.account).join(notice, notice.c.person_id == person.c.id)
        return sorted(db.execute(query.where(notice.c.kind == "told")).scalars())
