"""The usual way, as a baseline: SpiffWorkflow with its own parser and JSON serializer, rows through the SQLAlchemy ORM.

One committed file, nothing of the product in it. It reads the same charts and walks the same path with the same
durability (SQLite, WAL, synchronous=FULL, one commit per step). What the library's parser does not take is replaced as
anybody would: service and rule tasks become script tasks, our timers a plain five-day duration. It checks no
permission, no form, writes no chain; so it does less than the product.

Reads ``{processes, database, petitions, path}`` as JSON on standard input, prints ``{step_us}``.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import sqlalchemy as sa
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
#: what the machine steps on the path would have answered
GIVEN = {"similar_count": 0, "outcome": "unique", "duplicate": "unique"}


class Base(DeclarativeBase):
    pass


class Case(Base):
    __tablename__ = "case"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    state: Mapped[str]
    __mapper_args__ = {"version_id_col": version}


class WorkItem(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    step: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    what: Mapped[str]


class Deadline(Base):
    __tablename__ = "deadline"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    due_at: Mapped[str]


def parsed(processes: Path) -> BpmnParser:
    parser = BpmnParser()
    for file in sorted(processes.rglob("*.bpmn")):
        root = etree.parse(str(file)).getroot()
        for task in [*root.iter(f"{BPMN}serviceTask"), *root.iter(f"{BPMN}businessRuleTask")]:
            task.tag = f"{BPMN}scriptTask"
            etree.SubElement(task, f"{BPMN}script").text = "pass"
        for start in root.iter(f"{BPMN}startEvent"):
            for message in start.findall(f"{BPMN}messageEventDefinition"):
                start.remove(message)
        for timer in root.iter(f"{BPMN}timerEventDefinition"):
            for child in list(timer):
                timer.remove(child)
            etree.SubElement(timer, f"{BPMN}timeDuration").text = '"P5D"'
        for extra in list(root.iter(f"{BPMN}extensionElements")):
            extra.getparent().remove(extra)
        parser.add_bpmn_xml(root, filename=str(file))
    return parser


def ready(workflow: BpmnWorkflow) -> list:
    return workflow.get_tasks(state=TaskState.READY, manual=True)


def main() -> None:
    logging.disable(logging.INFO)
    asked = json.load(sys.stdin)
    engine = sa.create_engine(f"sqlite:///{asked['database']}")

    @sa.event.listens_for(engine, "connect")
    def pragmas(raw, _record) -> None:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")

    Base.metadata.create_all(engine)
    parser = parsed(Path(asked["processes"]))
    spec, subs = parser.get_spec("petition-online"), parser.get_subprocess_specs("petition-online")
    serializer = BpmnWorkflowSerializer()
    ids = []
    for _ in range(asked["petitions"]):
        workflow = BpmnWorkflow(spec, subs)
        workflow.task_tree.data.update(GIVEN)
        workflow.do_engine_steps()
        with Session(engine) as db:
            case = Case(state=serializer.serialize_json(workflow))
            db.add(case)
            db.flush()
            db.add_all(WorkItem(case_id=case.id, step=task.task_spec.name, status="open") for task in ready(workflow))
            db.commit()
            ids.append(case.id)
    spent = 0.0
    for step, answers in asked["path"]:
        for case_id in ids:
            began = time.perf_counter()
            with Session(engine) as db:
                case = db.get_one(Case, case_id)
                workflow = serializer.deserialize_json(case.state)
                task = next(t for t in ready(workflow) if t.task_spec.name == step)
                task.data.update(answers)
                task.run()
                workflow.do_engine_steps()
                case.state = serializer.serialize_json(workflow)
                item = db.scalars(
                    sa.select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.status == "open")
                ).first()
                if item is not None:
                    item.status = "done"
                db.add(Event(case_id=case_id, what=step))
                db.add_all(WorkItem(case_id=case_id, step=t.task_spec.name, status="open") for t in ready(workflow))
                db.add(Deadline(case_id=case_id, due_at="2026-12-03T17:00"))
                db.commit()
            spent += time.perf_counter() - began
    print(json.dumps({"step_us": spent / (len(ids) * len(asked["path"])) * 1e6}))


if __name__ == "__main__":
    main()
