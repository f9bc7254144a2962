"""A start's form that asks whose the case is: a case that another one opens knows, a person must say."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from engine.cases.records import answer
from engine.errors import Invalid
from engine.store import Store
from tests.cases.linked_city import asking, publish, report


def test_a_case_that_is_opened_for_a_unit_knows_it_and_a_person_must_name_one(
    memory: Store, friday_morning: datetime
) -> None:
    desk = asking(memory, friday_morning)
    entry = {"entry": {"title": "名稱", "type": "string", "maxLength": 100}}
    unit = {"responsible_unit": {"title": "主辦單位", "type": "string", "format": "sop-unit"}}
    form = {
        "title": "提出", "type": "object", "additionalProperties": False, "properties": {**entry, **unit},
        "required": ["responsible_unit"],
    }  # fmt: skip
    chart = report("report", shared=False).replace(b' required="true"', b"")
    with memory.act() as db:
        publish(db, chart, {"US": form}, number=2)
    case_id = desk.asked("roads", "lights/橋梁檢測")
    told = [
        (c["unit"], desk.rows(sa.select(answer.c.answers).where(answer.c.case_id == c["id"]))[0]["answers"])
        for c in desk.children(case_id)
    ]
    assert [(unit, said["responsible_unit"]) for unit, said in told] == [("roads", "roads"), ("lights", "lights")]
    with pytest.raises(Invalid):
        desk.city.open_case("report", who="roads", answers={"entry": "自己提出"})
