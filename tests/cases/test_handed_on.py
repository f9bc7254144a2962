"""Who handed a case in goes along, sealed, into the case of another SOP that it opens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.records import answer, case
from engine.office import journal, vault
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases.linked_city import asking, lane, publish
from tests.sops.charts import ext, file, flow, node

KEY = Key.of(hashlib.sha256(b"a test's key").digest())
NAME = "例陳情人甲"


def _form(*names: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"subject": {"title": "主旨", "type": "string", "maxLength": 100}}
    for name in names:
        fields[name] = {"title": name, "type": "string", "maxLength": 60, "x-sop-identity": True}
    asked: dict[str, Any] = {"title": "收件", "type": "object", "additionalProperties": False, "properties": fields}
    return asked | {"required": [*names]}


def _meeting() -> bytes:
    handed = ext('<sop:in from="subject" to="subject"/>')
    return file(
        lane("fixed:planning", "C"), node("startEvent", "S"), node("callActivity", "C", handed, calledElement="letter"),
        node("endEvent", "E"), flow("S", "C"), flow("C", "E"), sop_id="meeting",
    )  # fmt: skip


def _letter() -> bytes:
    return file(
        lane("fixed:planning", "A"), node("startEvent", "S"), node("userTask", "A", name="處理"), node("endEvent", "E"),
        flow("S", "A"), flow("A", "E"), sop_id="letter",
    )  # fmt: skip


def _city(store: Store, at: datetime, asks: str) -> Virtual:
    desk = asking(store, at)
    with store.act() as db:
        publish(db, _letter(), {"S": _form(asks)})
        publish(db, _meeting(), {"S": _form("petitioner_name")})
    return Virtual(store, replace(desk.city.office, key=KEY), at)


def test_the_opened_case_seals_the_same_person_and_nothing_else_holds_the_name(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    city = _city(store, taipei("2026-11-26T09:00"), "petitioner_name")
    first = city.open_case("meeting", who="asker", answers={"subject": "路燈", "petitioner_name": NAME}).case_id
    with store.look() as db:
        opened = db.execute(sa.select(case).where(case.c.parent_id == first)).mappings().one()
        assert vault.read(db, opened["id"], KEY) == {"petitioner_name": NAME}
        kept = db.execute(sa.select(answer.c.answers).where(answer.c.case_id == opened["id"])).scalar_one()
        assert kept == {"subject": "路燈"}
        said = [entry.effects for each in (first, opened["id"]) for entry in journal.of(db, f"case:{each}")]
    assert NAME not in repr((dict(opened), said))


def test_what_the_first_case_never_asked_for_makes_the_second_an_incident(
    store: Store, taipei: Callable[[str], datetime]
) -> None:
    city = _city(store, taipei("2026-11-26T09:00"), "informant_name")
    first = city.open_case("meeting", who="asker", answers={"subject": "路燈", "petitioner_name": NAME}).case_id
    with store.look() as db:
        assert db.execute(sa.select(case.c.id).where(case.c.parent_id == first)).first() is None
    assert city.case(first)["status"] == "open"
