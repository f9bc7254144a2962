"""A returned step starts from what was given; a month's new round starts empty, and so does another call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import rounds
from engine.cases.records import draft
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.library import shelf
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.cases.conftest import Desk
from tests.cases.linked_city import lane
from tests.sops.charts import ext, file, flow, node, outcome

_DAY = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
FILLED = {
    "title": "查填", "type": "object", "additionalProperties": False,
    "properties": {"done": {"title": "進度", "type": "string", "maxLength": 100}},
}  # fmt: skip


def monthly() -> bytes:
    """Fill in (A), have it looked at (B): returned, or on to the next round (T), or over; a limit may cut A off."""
    looked = ext(outcome("r", "again", "next", "over"))
    responsible = '<sop:set name="case.responsible_unit" value="roads"/>'
    cut = node("boundaryEvent", "X", _DAY.replace("P1D", "P3D"), attachedToRef="A")
    return file(
        lane("fixed:roads", "A", "B"), node("startEvent", "S"), node("userTask", "A", ext(responsible), name="查填"),
        node("userTask", "B", looked, name="核閱"), node("exclusiveGateway", "G"),
        node("intermediateCatchEvent", "T", _DAY), cut, node("endEvent", "E"),
        flow("S", "A"), flow("A", "B"), flow("B", "G"), flow("G", "A", 'r == "again"'), flow("G", "T", 'r == "next"'),
        flow("G", "E", 'r == "over"'), flow("T", "A"), flow("X", "T"), sop_id="monthly",
    )  # fmt: skip


class Filling(Desk):
    case_id: int

    def in_round(self, step: str = "A") -> int:
        with self.store.look() as db:
            row = self.city.case(self.case_id)
            lines = [(e.verb, e.step, e.effects) for e in reversed(journal.of(db, f"case:{self.case_id}"))]
            return rounds.opened_in_round(shelf.projection(db, row["bundle"], row["start"]), step, lines)

    def looked(self, r: str) -> None:
        self.done(self.case_id, "B", "colleague", r=r)

    def filled(self) -> None:
        self.done(self.case_id, "A", "clerk", done="三成")

    def a_day_later(self, days: int = 1) -> None:
        self.city.until(self.now + timedelta(days=days, minutes=1))


@pytest.fixture
def filling(store: Store, taipei: Callable[[str], datetime]) -> Filling:
    at = taipei("2026-11-23T09:00")
    with store.act() as db:
        organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
        small_sop.publish(db, monthly(), "monthly", {"A": FILLED})
    desk = Filling(Virtual(store, Office(calendar=Calendar()), at))
    desk.case_id = desk.city.open_case("monthly", who="clerk", answers={}, start="S").case_id
    return desk


def test_a_returned_step_is_in_its_round_and_what_comes_after_a_wait_begins_another(filling: Filling) -> None:
    assert filling.in_round() == 1
    filling.filled()
    filling.looked("again")
    assert filling.in_round() == 2, "returned"
    filling.filled()
    assert filling.in_round("B") == 2, "looked at again"
    filling.looked("next")
    filling.a_day_later()
    assert filling.in_round() == 1, "the next round"
    filling.filled()
    assert filling.in_round("B") == 1
    chief = filling.who("chief")
    filling.act(
        cases.send_back, filling.item(filling.case_id, "B")["id"], to_step="A", reason="漏填一項。", who=chief
    )  # fmt: skip
    assert filling.in_round() == 2, "sent back"


def test_a_draft_that_a_limit_cut_off_stays_with_its_round(filling: Filling) -> None:
    item = filling.item(filling.case_id, "A")["id"]
    filling.act(cases.save_draft, item, who=filling.who("clerk"), answers={"done": "一成"})
    filling.a_day_later(3)  # cut off
    filling.a_day_later()
    opened: Any = filling.item(filling.case_id, "A")
    assert opened["opening"] == 2
    assert [row["item_id"] for row in filling.rows(sa.select(draft))] == [item]


def test_rounds_that_follow_each_other_are_no_returns_to_be_told_of(filling: Filling) -> None:
    """The fourth month is not the third return; three in one month are."""
    told = sa.select(notice).where(notice.c.kind == "returned-often")
    for _ in range(4):
        filling.filled()
        filling.looked("next")
        filling.a_day_later()
    assert filling.rows(told) == []
    for _ in range(3):
        filling.filled()
        filling.looked("again")
    assert len(filling.rows(told)) == 1
