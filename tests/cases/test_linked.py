"""A case that opens cases: one child per unit or plan, and linked cases of other SOPs. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.store import Store
from tests.cases.linked_city import asking

Taipei = Callable[[str], datetime]


@pytest.fixture
def now(taipei: Taipei) -> datetime:
    return taipei("2026-11-26T09:00")


def test_a_box_opens_one_case_for_each_unit_in_its_list_and_waits_for_all(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    assert [(c["entry"], c["unit"], c["position"], c["parent_id"]) for c in (roads, lights)] == [
        ("roads", "roads", 0, case_id), ("lights", "lights", 1, case_id),
    ]  # fmt: skip
    assert roads["title"] == "流程（道路科）"
    assert desk.open_steps(case_id) == []  # it waits, on nobody's desk
    assert desk.item(roads["id"], "U1")["unit"] == "roads"
    desk.hands_in(lights["id"], "lights", figure=7)
    assert desk.open_steps(case_id) == []
    desk.hands_in(roads["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == ["B"]
    assert desk.city.case(case_id)["status"] == "open"
