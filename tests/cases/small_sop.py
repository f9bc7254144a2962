"""A small SOP of two steps with whatever deadlines a test is about, in force in a city of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.sops.charts import ext, file, flow, node

ORGANISATION = """
units: {planning: {name: 企劃處}, works: {name: 工務處, above: planning}, roads: {name: 道路科, above: works}}
roles: {officer: 承辦人, section_chief: 科長, unit_head: 單位主管}
people:
  - {account: clerk, name: 例承辦甲, email: clerk@example.invalid, memberships: [officer@roads]}
  - {account: colleague, name: 例承辦乙, email: colleague@example.invalid, memberships: [officer@roads]}
  - {account: chief, name: 例科長, email: chief@example.invalid, memberships: [section_chief@roads]}
  - {account: head, name: 例主管, email: head@example.invalid, memberships: [unit_head@works]}
  - {account: stranger, name: 例外人, email: stranger@example.invalid, memberships: [officer@planning]}
"""
#: what the start asks: when the meeting is, and anything else a test needs
START = {
    "title": "開案", "type": "object", "additionalProperties": False,
    "properties": {
        "meeting_on": {"title": "會議日期", "type": "string", "format": "date"},
    },
}  # fmt: skip
STEP = {**START, "title": "辦理"}


def chart(deadlines: str, sop_id: str, unit: str = "roads") -> bytes:
    """Start S, steps A and B of the roads section, end E; A may set the meeting's day anew."""
    who = ext(f'<sop:who role="officer" unit="fixed:{unit}"/>')
    lane = (
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">{who}'
        "<bpmn:flowNodeRef>A</bpmn:flowNodeRef><bpmn:flowNodeRef>B</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    return file(
        lane, node("startEvent", "S"), node("userTask", "A", "", name="擬辦"), node("userTask", "B", "", name="函復"),
        node("endEvent", "E"), flow("S", "A"), flow("A", "B"), flow("B", "E"), sop_id=sop_id, head=deadlines,
    )  # fmt: skip


def in_force(store: Store, at: datetime, deadlines: str, *, sop_id: str = "small") -> Virtual:
    """The city with this SOP published as it is."""
    with store.act() as db:
        organisation.load(db, ORGANISATION, who=SYSTEM, at=at)
        publish(db, chart(deadlines, sop_id), sop_id)
    return Virtual(store, Office(calendar=Calendar()), at)


def publish(db: Any, bpmn: bytes, sop_id: str, forms: Mapping[str, Any] | None = None) -> None:
    said = {"S": START, "A": STEP, "B": STEP} if forms is None else forms
    folder = SopFolder(sop_id, "tests", bpmn, {name: json.dumps(form) for name, form in said.items()}, {})
    db.execute(sop_table.insert(), {"id": sop_id, "name": "小流程", "division": "tests", "shared": False})
    version = db.execute(
        sop_version.insert().returning(sop_version.c.id),
        {
            "sop_id": sop_id, "number": 1, "state": "published", "hash": folder.hash, "scenarios": "",
            "bpmn": folder.bpmn.decode(), "forms": dict(folder.forms), "tables": {},
        },
    ).scalar_one()  # fmt: skip
    db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(in_force=version))
