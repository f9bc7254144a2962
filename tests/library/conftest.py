"""A small library of files: ``letters`` calls the shared ``review``; both are drawn and complete, so they publish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diagrams.layout import lay_out
from engine.office import organisation, people
from engine.office.people import SYSTEM, Person
from engine.sops import bpmn
from engine.store import Store

AT = datetime(2026, 11, 20, 1, tzinfo=UTC)

CHART = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:sop="urn:sopflow:sop:1"
 id="defs" targetNamespace="urn:sopflow:processes">
  <bpmn:process id="{id}" name="{name}" isExecutable="true">
    <bpmn:extensionElements><sop:sheet kind="per-case"{shared}/></bpmn:extensionElements>
    <bpmn:laneSet id="{p}-lanes"><bpmn:lane id="{p}-L1" name="承辦人">
      <bpmn:extensionElements><sop:who role="officer" unit="responsible"/></bpmn:extensionElements>
      <bpmn:flowNodeRef>{p}-S</bpmn:flowNodeRef><bpmn:flowNodeRef>{p}-01</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>{p}-E</bpmn:flowNodeRef>
    </bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="{p}-S" name="開始"><bpmn:outgoing>{p}-f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:{kind} id="{p}-01" name="{step}"{more}>{inside}<bpmn:incoming>{p}-f1</bpmn:incoming>
      <bpmn:outgoing>{p}-f2</bpmn:outgoing></bpmn:{kind}>
    <bpmn:endEvent id="{p}-E" name="結束"><bpmn:incoming>{p}-f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="{p}-f1" sourceRef="{p}-S" targetRef="{p}-01"/>
    <bpmn:sequenceFlow id="{p}-f2" sourceRef="{p}-01" targetRef="{p}-E"/>
  </bpmn:process>
</bpmn:definitions>
"""
FORM = """{"$id": "letters/LE-S", "title": "收件", "type": "object", "additionalProperties": false,
 "properties": {"subject": {"title": "主旨", "type": "string", "maxLength": 100}}, "required": ["subject"]}
"""


def chart(sop_id: str, *, calls: str | None = None, step: str = "辦理", rule: str | None = None) -> bytes:
    """start → one step → end, drawn. The step is a call, a decision, or somebody's work."""
    kind, more, inside = "manualTask", "", ""
    if calls:
        kind, more = "callActivity", f' calledElement="{calls}"'
    if rule:
        kind = "businessRuleTask"
        inside = f'<bpmn:extensionElements><sop:decision ref="{rule}"/></bpmn:extensionElements>'
    text = CHART.format(
        id=sop_id, name=f"流程 {sop_id}", p=sop_id[:2].upper(), kind=kind, more=more, inside=inside, step=step,
        shared="" if sop_id == "letters" else ' shared="true"',
    )  # fmt: skip
    sop = bpmn.read(text.encode())
    return bpmn.write(replace(sop, drawing=lay_out(sop)))


@dataclass(frozen=True)
class Files:
    """``processes/`` on disk, and how a process owner changes it."""

    root: Path

    def put(self, division: str, sop_id: str, data: bytes, **beside: str) -> Path:
        place = self.root / division / sop_id
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{sop_id}.bpmn").write_bytes(data)
        for name, text in beside.items():
            (place / name).write_text(text, "utf-8")
        return place


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path / "processes")
    made.put("city", "letters", chart("letters", calls="review"), **{"LE-S.form.json": FORM})
    made.put("shared", "review", chart("review"))
    return made


@pytest.fixture
def staff(store: Store) -> dict[str, Person]:
    """An owner of procedures and a caseworker who is none."""
    yaml = """
units: {planning: {name: 企劃處}}
roles: {process_owner: 流程負責人, officer: 承辦人}
people:
  - {account: owner, name: 例流程, memberships: [process_owner@planning]}
  - {account: clerk, name: 例承辦, memberships: [officer@planning]}
"""
    with store.act() as db:
        organisation.load(db, yaml, who=SYSTEM, at=AT)
        return {account: people.get(db, account, AT) for account in ("owner", "clerk")}


@pytest.fixture
def any_table() -> str:
    """``level``: one input, two rows."""
    return """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:x">
  <decision id="level" name="層級"><decisionTable id="level-table" hitPolicy="FIRST">
    <input id="i1"><inputExpression id="ie1" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o1" name="how_high" typeRef="string"/>
    <rule id="r1"><inputEntry id="c1"><text>&gt;= 100</text></inputEntry>
      <outputEntry id="x1"><text>"高"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="c2"><text>-</text></inputEntry>
      <outputEntry id="x2"><text>"低"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""


@dataclass(frozen=True)
class Workshop:
    """``letters`` of the roads section, which calls the shared ``review``, in force; and the people around them."""

    store: Store
    people: dict[str, Person]

    def chart(self, step: str = "辦理", **more: str) -> bytes:
        return chart(more.get("sop_id", "review"), step=step).replace(b"<sop:sheet ", b'<sop:sheet unit="roads" ')


@pytest.fixture
def workshop(store: Store, files: Files) -> Workshop:
    from engine.library import shelf

    yaml = """
units:
  works: {name: 工務處}
  roads: {name: 道路科, above: works}
  lights: {name: 路燈科, above: works}
  planning-rdec: {name: 研考科}
roles: {process_owner: 流程負責人, officer: 承辦人, section_chief: 科長, rdec_officer: 研考科承辦人}
people:
  - {account: owner, name: 例流程, memberships: [process_owner@roads]}
  - {account: owner2, name: 例流程乙, memberships: [process_owner@works]}
  - {account: lights, name: 例路燈, memberships: [process_owner@lights]}
  - {account: central, name: 例中央, memberships: [process_owner@planning-rdec]}
  - {account: chief, name: 例科長, memberships: [section_chief@roads]}
  - {account: other-chief, name: 例燈長, memberships: [section_chief@lights]}
  - {account: rdec1, name: 例研考甲, memberships: [rdec_officer@planning-rdec]}
  - {account: rdec2, name: 例研考乙, memberships: [rdec_officer@planning-rdec]}
  - {account: clerk, name: 例承辦, memberships: [officer@roads]}
  - {account: admin, name: 例系統, admin: true}
"""
    made = chart("letters", calls="review").replace(b"<sop:sheet ", b'<sop:sheet unit="roads" ')
    files.put("city", "letters", made)
    files.put("shared", "review", chart("review").replace(b"<sop:sheet ", b'<sop:sheet unit="roads" '))
    with store.act() as db:
        organisation.load(db, yaml, who=SYSTEM, at=AT)
        shelf.load(db, files.root, who=SYSTEM, at=AT)
        accounts = ("owner", "owner2", "lights", "central", "chief", "other-chief", "rdec1", "rdec2", "clerk", "admin")
        return Workshop(store, {account: people.get(db, account, AT) for account in accounts})
