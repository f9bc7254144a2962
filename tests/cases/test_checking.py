"""The operator that checks a revised SOP before people look at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import document
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.library import drafts
from engine.library.records import sop_version
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_LANE = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">'
    + ext('<sop:who role="officer" unit="fixed:roads"/>')
    + "<bpmn:flowNodeRef>R</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)


@pytest.fixture
def city(store: Store, taipei: Callable[[str], datetime]) -> Virtual:
    at = taipei("2026-11-26T09:00")
    with store.act() as db:
        organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
    return Virtual(store, Office(calendar=Calendar()), at)


def _report(city: Virtual, sop_id: str) -> dict[str, Any]:
    """The report made when a case of a small SOP checks the SOP of that id."""
    told = f'<sop:operator name="sop.check"><sop:arg name="sop" value="{sop_id}"/></sop:operator>'
    nodes = [
        node("startEvent", "S"), node("serviceTask", "R", ext(told), name="檢核"), node("endEvent", "E"),
        flow("S", "R"), flow("R", "E"),
    ]  # fmt: skip
    with city.store.act() as db:
        small_sop.publish(db, file(_LANE, *nodes, sop_id="checks"), "checks")
    case_id = city.open_case("checks", who="clerk", answers={}, start="S").case_id
    with city.store.look() as db:
        entries = [entry.effects.get("values", {}) for entry in journal.of(db, f"case:{case_id}")]
        assert len(entries) == 1
        return dict(db.execute(sa.select(document.c.facts).where(document.c.case_id == case_id)).scalar_one())


def _draft(city: Virtual, sop_id: str, bpmn: str) -> None:
    """A newer version of an SOP in force waits beside it."""
    with city.store.act() as db:
        small_sop.publish(db, small_sop.chart("", sop_id), sop_id)
        row = {"sop_id": sop_id, "number": 2, "state": "draft", "hash": "x", "scenarios": "", "forms": {}, "tables": {}}
        db.execute(sop_version.insert(), {**row, "bpmn": bpmn})


def test_the_draft_is_checked_not_what_is_in_force(city: Virtual) -> None:
    lost = '<bpmn:sequenceFlow id="A__B" sourceRef="A" targetRef="B">'
    chart = small_sop.chart("", "revised").decode()
    assert lost in chart
    _draft(city, "revised", chart.replace(lost, lost.replace('targetRef="B"', 'targetRef="nowhere"')))
    facts = _report(city, "revised")
    assert facts["errors"] > 0 and facts["list"]


def test_where_no_draft_waits_what_is_in_force_is_checked(city: Virtual) -> None:
    with city.store.act() as db:
        small_sop.publish(db, small_sop.chart("", "standing"), "standing")
    assert _report(city, "standing")["errors"] == 0


def test_an_unknown_sop_has_no_findings(city: Virtual) -> None:
    assert _report(city, "no-such") == {"sop": "no-such", "errors": 0, "warnings": 0, "list": ""}


def test_a_chart_that_cannot_be_read_is_one_error(city: Virtual) -> None:
    _draft(city, "broken", "<bpmn:")
    facts = _report(city, "broken")
    assert facts["errors"] == 1 and facts["list"]


def test_the_working_draft_is_what_is_checked(city: Virtual) -> None:
    with city.store.act() as db:
        small_sop.publish(db, small_sop.chart("", "letters"), "letters")
        begun = drafts.begin(db, "letters", who=SYSTEM, at=city.now)
        lost = begun.bpmn.replace('targetRef="E"', 'targetRef="S"', 1)
        drafts.save(db, "letters", revision=1, bpmn=lost, who=SYSTEM, at=city.now)
    assert _report(city, "letters")["errors"] > 0
