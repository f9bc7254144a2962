"""Every executed element runs from start to end as a real case, on both databases: stored and loaded after each act."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.operators import OPERATORS, Operator
from engine.cases.records import case, item
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.flow.test_elements import ENDS, FILES, RUNS, SOPS

ORGANISATION = """
units: {planning: {name: 企劃處}, works: {name: 工務處}, personnel: {name: 人事處}}
roles: {officer: 承辦人}
people:
  - account: clerk
    name: 例承辦
    email: clerk@example.invalid
    memberships: [officer@planning, officer@works, officer@personnel]
"""
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="level_of" namespace="urn:t">
  <decision id="level_of" name="等級"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="i" label="數"><inputExpression id="ix" typeRef="number"><text>n</text></inputExpression></input>
    <output id="o" label="等級" name="level" typeRef="string"/>
    <rule id="r1"><inputEntry id="r1i"><text>&lt; 2</text></inputEntry>
      <outputEntry id="r1o"><text>"一"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="r2i"><text>&gt;= 2</text></inputEntry>
      <outputEntry id="r2o"><text>"二"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""
UNITS = {
    "title": "單位", "type": "object", "additionalProperties": False,
    "properties": {"units": {"title": "會辦單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}},
}  # fmt: skip


@pytest.fixture
def city(store: Store, monkeypatch: pytest.MonkeyPatch, taipei: Callable[[str], datetime]) -> Virtual:
    """The element files in force as they lie there: without drawings no door would publish them."""
    counts = Operator("count.things", lambda *_: {"count": 3}, frozenset(), frozenset(), frozenset({"count"}), "inside")
    monkeypatch.setitem(OPERATORS, "count.things", counts)
    at = taipei("2026-11-26T09:00")
    with store.act() as db:
        organisation.load(db, ORGANISATION, who=SYSTEM, at=at)
        for name, sop in SOPS.items():
            forms = {"S": json.dumps(UNITS)} if name == "each-task" else {}
            folder = SopFolder(
                sop.id,
                "tests",
                (FILES / f"{name}.bpmn").read_bytes(),
                forms,
                {"level_of": TABLE} if name == "rule-task" else {},
            )
            db.execute(sop_table.insert(), {"id": sop.id, "name": sop.name, "division": "tests", "shared": sop.shared})
            version = db.execute(
                sop_version.insert().returning(sop_version.c.id),
                {
                    "sop_id": sop.id, "number": 1, "state": "published", "hash": folder.hash, "scenarios": "",
                    "bpmn": folder.bpmn.decode(), "forms": dict(folder.forms), "tables": dict(folder.tables),
                },
            ).scalar_one()  # fmt: skip
            db.execute(sop_table.update().where(sop_table.c.id == sop.id).values(in_force=version))
    return Virtual(store, Office(calendar=Calendar()), at)


def _open(city: Virtual, case_id: int) -> list[str]:
    with city.store.look() as db:
        found = sa.select(item.c.step).where(item.c.case_id == case_id, item.c.status == "open")
        return sorted(db.execute(found).scalars())


@pytest.mark.parametrize("name", sorted(RUNS))
def test_an_element_runs_as_a_case(city: Virtual, name: str) -> None:
    answers: Mapping[str, object] = {"units": ["works", "personnel"]} if name == "each-task" else {}
    case_id = city.open_case(SOPS[name].id, who="clerk", answers=answers, start="S").case_id
    for path, given, then_open in RUNS[name]:
        if given is None:
            city.until(city.now + timedelta(hours=2, seconds=2))
        elif name == "each-task" and path == "A":
            assert _open(city, case_id) == ["A", "A"]
            city.complete(case_id, "A", who="clerk", answers=given)
            assert _open(city, case_id) == ["A"], "the other unit has not handed in"
            city.complete(case_id, "A", who="clerk", answers=given)
        else:
            city.complete(case_id, path, who="clerk", answers=given)
        assert _open(city, case_id) == sorted(then_open), path
    row = city.case(case_id)
    assert (row["status"], row["end"]) == ("ended", ENDS.get(name, "E"))


def test_a_machine_that_cannot_go_on_is_an_incident_and_the_case_is_kept(
    city: Virtual, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.cases.records import incident

    monkeypatch.delitem(OPERATORS, "count.things")
    opened = city.open_case("service-task", who="clerk", answers={}, start="S")
    with city.store.look() as db:
        assert [r.code for r in db.execute(sa.select(incident.c.code))] == ["unknown_operator"]
        assert db.execute(sa.select(case.c.status).where(case.c.id == opened.case_id)).scalar() == "open"
    assert _open(city, opened.case_id) == []


def test_a_step_that_gets_stuck_keeps_the_answers_as_a_draft(city: Virtual, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import flow
    from engine.cases.records import draft, incident
    from engine.errors import Stuck

    case_id = city.open_case("exclusive-gateway", who="clerk", answers={}, start="S").case_id
    row = city.open_item(case_id, "A")

    def stuck(*_: object, **__: object) -> None:
        raise Stuck("engine", "流程引擎無法繼續。")

    monkeypatch.setattr(flow, "complete", stuck)
    with pytest.raises(Stuck) as error, city.store.act() as db:
        who = city.person(db, "clerk")
        cases.complete(db, row["id"], who=who, at=city.now, office=city.office, answers={"answer": "一"})
    with city.store.act() as db:
        cases.keep_incident(db, error.value, at=city.now)
    with city.store.look() as db:
        assert db.execute(sa.select(draft.c.answers)).scalar() == {"answer": "一"}
        assert db.execute(sa.select(incident.c.case_id)).scalar() == case_id
    assert _open(city, case_id) == ["A"]


def test_a_case_that_could_not_begin_is_resumed_once_it_can(city: Virtual, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.cases.records import incident
    from engine.errors import NotAllowed, NotNow
    from engine.office.records import person

    known = OPERATORS["count.things"]
    monkeypatch.delitem(OPERATORS, "count.things")
    case_id = city.open_case("service-task", who="clerk", answers={}, start="S").case_id
    with city.store.act() as db:
        clerk = city.person(db, "clerk")
        with pytest.raises(NotAllowed):
            cases.resume(db, case_id, who=clerk, at=city.now, office=city.office)
        db.execute(person.update().where(person.c.account == "clerk").values(admin=True))
    with pytest.raises(NotNow, match="仍無法繼續"), city.store.act() as db:
        cases.resume(db, case_id, who=city.person(db, "clerk"), at=city.now, office=city.office)
    monkeypatch.setitem(OPERATORS, "count.things", known)
    with city.store.act() as db:
        cases.resume(db, case_id, who=city.person(db, "clerk"), at=city.now, office=city.office)
    assert _open(city, case_id) == ["LAST"]
    with city.store.look() as db:
        assert db.execute(sa.select(incident.c.id).where(incident.c.resolved_at.is_(None))).all() == []
    with pytest.raises(NotNow), city.store.act() as db:
        cases.resume(db, case_id, who=city.person(db, "clerk"), at=city.now, office=city.office)
