"""A city of one small SOP and as many waiting cases as a test wants: one is opened by the product, the rest are copies.

``A`` has a deadline of five working days with a reminder, two escalations and a timer that moves the case to ``B``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import cases
from engine.cases.records import case, item
from engine.cases.surroundings import Office
from engine.dates.records import alarm, deadline
from engine.dates.workdays import Calendar
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import organisation, people
from engine.office.people import SYSTEM
from engine.store import Store

ORGANISATION = """
units: {planning: {name: 企劃處}}
roles: {officer: 承辦人, section_chief: 科長, unit_head: 處長}
people:
  - {account: clerk, name: 例承辦, email: clerk@example.invalid, memberships: [officer@planning]}
  - {account: chief, name: 例科長, email: chief@example.invalid, memberships: [section_chief@planning]}
  - {account: head, name: 例處長, email: head@example.invalid, memberships: [unit_head@planning]}
  - {account: admin, name: 例系統, email: admin@example.invalid, admin: true}
"""
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:sop="urn:sopflow:sop:1"
 targetNamespace="urn:t" id="d"><bpmn:process id="limited" name="限期辦理" isExecutable="true">
  <bpmn:extensionElements>
    <sop:deadline id="D" name="限辦期限" regime="petition" length="5" unit="workday" starts="S" met="E">
      <sop:reminder before="1" unit="workday" to="holder"/>
      <sop:escalation after="0" unit="workday" to="section_chief@fixed:planning"/>
      <sop:escalation after="2" unit="workday" to="unit_head@fixed:planning"/>
    </sop:deadline>
  </bpmn:extensionElements>
  <bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦人"><bpmn:extensionElements>
    <sop:who role="officer" unit="fixed:planning"/></bpmn:extensionElements>
    <bpmn:flowNodeRef>A</bpmn:flowNodeRef><bpmn:flowNodeRef>B</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
  <bpmn:startEvent id="S"><bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent>
  <bpmn:userTask id="A" name="辦理"><bpmn:incoming>f</bpmn:incoming><bpmn:outgoing>g</bpmn:outgoing></bpmn:userTask>
  <bpmn:boundaryEvent id="T" attachedToRef="A" cancelActivity="true"><bpmn:outgoing>h</bpmn:outgoing>
    <bpmn:timerEventDefinition id="t"><bpmn:extensionElements><sop:timer deadline="D" continues="B"/>
    </bpmn:extensionElements></bpmn:timerEventDefinition></bpmn:boundaryEvent>
  <bpmn:userTask id="B" name="續辦"><bpmn:incoming>h</bpmn:incoming><bpmn:outgoing>i</bpmn:outgoing></bpmn:userTask>
  <bpmn:endEvent id="E"><bpmn:incoming>g</bpmn:incoming><bpmn:incoming>i</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="f" sourceRef="S" targetRef="A"/><bpmn:sequenceFlow id="g" sourceRef="A" targetRef="E"/>
  <bpmn:sequenceFlow id="h" sourceRef="T" targetRef="B"/><bpmn:sequenceFlow id="i" sourceRef="B" targetRef="E"/>
</bpmn:process></bpmn:definitions>"""
#: alarms of each case: reminder, two escalations, timer
ALARMS = 4


class City:
    """The store, the office and the one case that was opened by a person."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store, self.at = store, at
        self.office = Office(calendar=Calendar())
        folder = SopFolder("limited", "tests", FILE.encode(), {}, {})
        with store.act() as db:
            organisation.load(db, ORGANISATION, who=SYSTEM, at=at)
            db.execute(sop_table.insert(), {"id": "limited", "name": "限期辦理", "division": "tests", "shared": False})
            version = db.execute(
                sop_version.insert().returning(sop_version.c.id),
                {
                    "sop_id": "limited", "number": 1, "state": "published", "hash": folder.hash, "scenarios": "",
                    "bpmn": FILE, "forms": {}, "tables": {},
                },
            ).scalar_one()  # fmt: skip
            db.execute(sop_table.update().values(in_force=version))
            self.first = cases.open_case(
                db, "limited", who=people.get(db, "clerk", at), at=at, office=self.office, answers={}
            ).case_id

    def rows(self, query: Any) -> list[dict[str, Any]]:
        with self.store.look() as db:
            return [dict(row) for row in db.execute(query).mappings()]

    def copies(self, count: int) -> list[int]:
        """As many cases as that, each with the item, the deadline and the alarms of the first; their ids, its own
        included."""
        [original] = self.rows(sa.select(case).where(case.c.id == self.first))
        ids = list(range(self.first + 1, self.first + count))
        parts = {
            table: self.rows(sa.select(table).where(table.c.case_id == self.first)) for table in (item, deadline, alarm)
        }
        [limit] = parts[deadline]
        with self.store.act() as db:
            _insert(db, case, [{**original, "id": n, "number": f"115-{n:06}"} for n in ids])
            for table, rows in parts.items():
                last = db.scalar(sa.select(sa.func.max(table.c.id)))
                made = []
                for k, n in enumerate(ids):
                    for row in rows:
                        last += 1
                        more = {"deadline_id": limit["id"] + 1 + k} if table is alarm else {}
                        made.append({**row, "id": last, "case_id": n, **more})
                _insert(db, table, made)
            for table in (case, item, deadline, alarm):
                _count_on(db, table)
        return [self.first, *ids]


def _insert(db: Any, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 2000):
        db.execute(table.insert(), rows[start : start + 2000])


def _count_on(db: Any, table: sa.Table) -> None:
    """PostgreSQL's numbers go on after the ones that were given here; SQLite's do by themselves."""
    if db.dialect.name == "postgresql":
        name = db.dialect.identifier_preparer.quote(table.name)
        db.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
