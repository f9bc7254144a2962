"""Official forms: each that a step hands out is a document of the case, and crosses with the call boxes that say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases.records import document
from engine.library import register
from engine.office import people
from engine.office.people import SYSTEM
from engine.store import Store
from tests.cases import linked_city
from tests.cases.linked_city import Asking, asking, lane
from tests.sops.charts import ext, file, flow, node

REGISTER = """
forms:
  - {ref: request, number: A-01, name: 函請提報, aliases: []}
  - {ref: sheet, number: null, name: 提報單, aliases: []}
  - {ref: report, number: B-02, name: 各單位報告, aliases: []}
"""
_BOX = (
    '<sop:each units="asked"/><sop:in from="subject" to="subject"/><sop:out from="figure" to="figures"/>'
    '<sop:form ref="request" direction="in" as="asked"/><sop:form ref="report" direction="out"/>'
)


def asks() -> bytes:
    """Ask (A) hands out the request, the box (C) hands it in and brings the reports, B looks at them."""
    return file(
        lane("fixed:planning", "A", "C", "B"), node("startEvent", "S"),
        node("userTask", "A", ext('<sop:form ref="request" direction="out"/>'), name="徵詢"),
        node("callActivity", "C", ext(_BOX), calledElement="tells", name="各單位提報"),
        node("userTask", "B", ext('<sop:form ref="report" direction="in"/>'), name="彙整"), node("endEvent", "E"),
        flow("S", "A"), flow("A", "C"), flow("C", "B"), flow("B", "E"), sop_id="asks",
    )  # fmt: skip


def tells(own: str) -> bytes:
    """A unit reads the request and hands out its own sheet (U1), then somebody looks at it (U2)."""
    forms = f'<sop:form ref="caller:asked" direction="in"/><sop:form ref="{own}" direction="out"/>'
    return file(
        lane("child", "U1", "U2"), node("startEvent", "US"), node("userTask", "U1", ext(forms), name="提報"),
        node("userTask", "U2", name="核閱"), node("endEvent", "UE"), flow("US", "U1"), flow("U1", "U2"),
        flow("U2", "UE"), sop_id="tells", head=linked_city._PARAMETERS, shared=True,
    )  # fmt: skip


@pytest.fixture
def walked(store: Store, taipei: Callable[[str], datetime]) -> Callable[[str], tuple[Asking, int, list[int]]]:
    """Two units were asked, one has handed in and one was withdrawn; the case goes on."""

    def walk(own: str) -> tuple[Asking, int, list[int]]:
        desk = asking(store, taipei("2026-11-26T09:00"))
        with store.act() as db:
            register.load(db, REGISTER, who=SYSTEM, at=desk.now)
            linked_city.publish(db, tells(own), {"U1": linked_city.REPORT}, shared=True)
            linked_city.publish(db, asks())
        case_id = desk.city.open_case("asks", who="asker", answers={}).case_id
        desk.done(case_id, "A", "asker", asked=["roads", "lights"], subject="道路")
        children = [row["id"] for row in desk.children(case_id)]
        desk.done(children[0], "U1", "roads", figure=3)
        desk.done(children[0], "U2", "roads")
        desk.act(cases.withdraw, children[1], who=desk.who("control"), reason="本期免報。")
        return desk, case_id, children

    return walk


def _papers(desk: Asking, case_id: int) -> list[dict[str, Any]]:
    query = sa.select(document).where(document.c.case_id == case_id).order_by(document.c.id)
    return [dict(row) for row in desk.rows(query)]


@pytest.mark.parametrize("own", ["report", "sheet"])
def test_a_form_handed_in_is_read_there_and_what_comes_back_is_read_here(
    walked: Callable[[str], tuple[Asking, int, list[int]]], own: str
) -> None:
    """Under the form's own name, or under the one that the box gives to what was handed out last."""
    desk, case_id, (roads, lights) = walked(own)
    with desk.store.look() as db:
        asker, clerk = (people.get(db, account, desk.now).id for account in ("asker", "roads"))
    asked, brought = _papers(desk, case_id)
    assert (asked["kind"], asked["form"], asked["step"]) == ("form", "request", "A")
    assert asked["facts"] == {"by": asker, "name": "函請提報", "number": "A-01", "version": 1}
    assert asked["answer_id"] is not None
    handed, made = _papers(desk, roads)
    assert (handed["kind"], handed["form"], handed["step"]) == ("handed-in", "request", "US")
    assert (handed["facts"]["case"], handed["facts"]["of"]) == (case_id, asked["id"])
    assert (made["form"], made["step"], made["facts"]["by"]) == (own, "U1", clerk)
    assert (brought["kind"], brought["form"], brought["step"]) == ("handed-back", "report", "C")
    assert (brought["facts"]["case"], brought["facts"]["of"], brought["facts"]["entry"]) == (roads, made["id"], "roads")
    assert [paper["kind"] for paper in _papers(desk, lights)] == ["handed-in"], "nothing came of the withdrawn one"
    for one in (case_id, roads, lights):
        told = [kind for entry in desk.entries(one) for kind in entry.effects.get("documents", ())]
        assert told == [paper["kind"] for paper in _papers(desk, one)], "each document stands in an entry of its case"


def test_a_case_that_cannot_begin_keeps_what_was_handed_in_and_nothing_of_what_was_undone(
    memory: Store, taipei: Callable[[str], datetime]
) -> None:
    """A record is made on the way to a step of which nobody knows whose it is."""
    desk = asking(memory, taipei("2026-11-26T09:00"))
    made = ext('<sop:operator name="document.record"/>', '<sop:form ref="sheet" direction="out"/>')
    stuck = file(
        lane("child", "R", "U1", role="=nobody"), node("startEvent", "US"), node("serviceTask", "R", made),
        node("userTask", "U1"), node("endEvent", "UE"), flow("US", "R"), flow("R", "U1"), flow("U1", "UE"),
        sop_id="tells", head=linked_city._PARAMETERS, shared=True,
    )  # fmt: skip
    with memory.act() as db:
        linked_city.publish(db, stuck, {}, shared=True)
        linked_city.publish(db, asks())
    case_id = desk.city.open_case("asks", who="asker", answers={}).case_id
    desk.done(case_id, "A", "asker", asked=["roads"], subject="道路")
    [child] = desk.children(case_id)
    assert [paper["kind"] for paper in _papers(desk, child["id"])] == ["handed-in"]
    [opened] = desk.entries(child["id"])
    assert (opened.effects["documents"], opened.effects["incident"]) == (["handed-in"], ["no_role"])
