"""A council that asks units for their reports: an SOP whose box opens cases, the procedures it opens, three units."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.records import case, child
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases.conftest import Desk
from tests.sops.charts import ext, file, flow, node, outcome

ORGANISATION = """
units:
  planning: {name: 企劃處}
  planning-rdec: {name: 研考科, above: planning}
  works: {name: 工務處, above: planning}
  roads: {name: 道路科, above: works}
  lights: {name: 路燈科, above: works}
  drains: {name: 下水道科, above: works}
roles: {officer: 承辦人, section_chief: 科長, unit_head: 單位主管, rdec_officer: 研考承辦, rdec_chief: 研考科長}
people:
  - {account: asker, name: 例彙整, email: asker@example.invalid, memberships: [officer@planning]}
  - {account: chief, name: 例科長, email: chief@example.invalid, memberships: [section_chief@planning]}
  - {account: control, name: 例研考, email: control@example.invalid, memberships: [rdec_officer@planning-rdec]}
  - {account: roads, name: 例道路, email: roads@example.invalid, memberships: [officer@roads]}
  - {account: lights, name: 例路燈, email: lights@example.invalid, memberships: [officer@lights]}
  - {account: drains, name: 例下水, email: drains@example.invalid, memberships: [officer@drains]}
  - {account: head, name: 例主管, email: head@example.invalid, memberships: [unit_head@works, officer@works]}
"""
LISTED = {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "title": "對象"}
ASK = {
    "title": "徵詢", "type": "object", "additionalProperties": False,
    "properties": {"asked": LISTED, "subject": {"title": "主題", "type": "string", "maxLength": 100}},
}  # fmt: skip
REPORT = {
    "title": "提報", "type": "object", "additionalProperties": False,
    "properties": {
        "figure": {"title": "數字", "type": "integer"},
        "plans": {**LISTED, "title": "計畫"},
        "told": {"title": "說明", "type": "string", "maxLength": 2000},
    },
}  # fmt: skip
ALL = '<sop:each units="asked"/>'


def lane(unit: str, *steps: str, role: str = "officer", lane_id: str = "L") -> str:
    stands = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in steps)
    who = ext(f'<sop:who role="{role}" unit="{unit}"/>')
    return f'<bpmn:laneSet id="lanes"><bpmn:lane id="{lane_id}" name="承辦">{who}{stands}</bpmn:lane></bpmn:laneSet>'


def parent(box: str = ALL, called: str = "report", more: str = "", sop_id: str = "ask") -> bytes:
    """Ask (A), the box (C), look at what came (B); the figures come back as ``figures``."""
    said = ext(box, '<sop:in from="subject" to="subject"/>', '<sop:out from="figure" to="figures"/>')
    return file(
        lane("fixed:planning", "A", "C", "B"), node("startEvent", "S"), node("userTask", "A", name="徵詢"),
        node("callActivity", "C", said, calledElement=called, name="各單位提報"), node("userTask", "B", name="彙整"),
        node("endEvent", "E"), flow("S", "A"), flow("A", "C"), flow("C", "B"), flow("B", "E"), more, sop_id=sop_id,
    )  # fmt: skip


_PARAMETERS = (
    '<sop:parameter name="entry" direction="in" required="true"/><sop:parameter name="subject" direction="in"/>'
    '<sop:parameter name="figure" direction="out" type="integer"/><sop:parameter name="plans" direction="out"/>'
    '<sop:parameter name="told" direction="out" type="text"/>'
)


def report(sop_id: str = "report", *, shared: bool = True) -> bytes:
    """What each unit does: hand in (U1), sign (U2)."""
    return file(
        lane("child", "U1", "U2"), node("startEvent", "US"), node("userTask", "U1", name="提報"),
        node("userTask", "U2", ext(outcome("checked", "yes")), name="核閱"), node("endEvent", "UE"),
        flow("US", "U1"), flow("U1", "U2"), flow("U2", "UE"), sop_id=sop_id, head=_PARAMETERS, shared=shared,
    )  # fmt: skip


def publish(
    db: Any, bpmn: bytes, forms: Mapping[str, Any] | None = None, *, shared: bool = False, number: int = 1
) -> None:
    sop_id = SopFolder("x", "tests", bpmn, {}, {}).sop.id
    said = {"A": ASK, "B": ASK} if forms is None else forms
    folder = SopFolder(sop_id, "tests", bpmn, {name: json.dumps(form) for name, form in said.items()}, {})
    if number == 1:
        db.execute(sop_table.insert(), {"id": sop_id, "name": sop_id, "division": "tests", "shared": shared})
    version = db.execute(
        sop_version.insert().returning(sop_version.c.id),
        {
            "sop_id": sop_id, "number": number, "state": "published", "hash": folder.hash, "scenarios": "",
            "bpmn": folder.bpmn.decode(), "forms": dict(folder.forms), "tables": {},
        },
    ).scalar_one()  # fmt: skip
    db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(in_force=version))


class Asking(Desk):
    """The city, with the SOP that asks in force."""

    def asked(self, *entries: str, subject: str = "道路") -> int:
        """A case that has asked these."""
        case_id = self.city.open_case("ask", who="asker", answers={}).case_id
        self.done(case_id, "A", "asker", asked=list(entries), subject=subject)
        return case_id

    def children(self, case_id: int) -> list[Any]:
        return self.rows(
            sa.select(case, child.c.entry, child.c.opening, child.c.position, child.c.step, child.c.waits)
            .join(child, child.c.case_id == case.c.id)
            .where(child.c.parent_id == case_id)
            .order_by(case.c.id)
        )  # fmt: skip

    def hands_in(self, case_id: int, who: str, **answers: Any) -> None:
        """Both steps of a report."""
        self.done(case_id, "U1", who, **answers)
        self.done(case_id, "U2", who, checked="yes")

    def values(self, case_id: int) -> dict[str, Any]:
        """The main variables of a case, as its state keeps them."""
        found: dict[str, Any] = json.loads(self.city.case(case_id)["state"])["d"].get("", {})
        return found


def asking(store: Store, at: datetime, *charts: bytes, box: str = ALL, more: str = "") -> Asking:
    """The city with the asking SOP and the shared report in force; ``charts`` besides."""
    with store.act() as db:
        organisation.load(db, ORGANISATION, who=SYSTEM, at=at)
        publish(db, report(), {"U1": REPORT}, shared=True)
        for chart in charts:
            publish(db, chart, {"U1": REPORT})
        publish(db, parent(box, more=more))
    return Asking(Virtual(store, Office(calendar=Calendar()), at))
