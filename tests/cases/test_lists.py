"""The operator that looks through a list handed in from outside for what runs out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import document
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.office.records import notice, person
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

_LANE = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">'
    + ext('<sop:who role="officer" unit="fixed:roads"/>')
    + "<bpmn:flowNodeRef>R</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
)
_LIST = {
    "title": "名單", "type": "object", "additionalProperties": False,
    "properties": {
        "rows": {"title": "名單", "type": "string", "maxLength": 4000},
        "days": {"title": "天數", "type": "string", "oneOf": [{"const": "90"}, {"const": "180"}]},
    },
}  # fmt: skip
_RESULTS = ("listed", "soon", "past", "longest", "unreadable")


@pytest.fixture
def city(store: Store, taipei: Callable[[str], datetime]) -> Virtual:
    """A small SOP: LIST takes a list in, S looks through the newest ones."""
    at = taipei("2026-11-26T09:00")
    with store.act() as db:
        organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
    return Virtual(store, Office(calendar=Calendar()), at)


def _in_force(city: Virtual, **more: str) -> None:
    said = {"start": "LIST", "field": "rows", "days": "days", "before": "7 1", **more}
    args = "".join(f'<sop:arg name="{name}" value="{value}"/>' for name, value in said.items())
    outs = "".join(f'<sop:out from="{name}" to="{name}"/>' for name in _RESULTS)
    told = f'<sop:operator name="list.run-out">{args}</sop:operator>{outs}'
    reads = " and ".join(f'{name} != "x"' for name in _RESULTS)
    nodes = [
        node("startEvent", "S"), node("startEvent", "LIST"), node("serviceTask", "R", ext(told), name="查名單"),
        node("exclusiveGateway", "G"), node("endEvent", "E"), node("endEvent", "F"), node("endEvent", "K"),
        flow("S", "R"), flow("R", "G"), flow("G", "E", reads), flow("G", "F", 'listed == "x"'), flow("LIST", "K"),
    ]  # fmt: skip
    with city.store.act() as db:
        small_sop.publish(db, file(_LANE, *nodes, sop_id="runs-out"), "runs-out", {"LIST": _LIST})


def _take_in(city: Virtual, rows: str, days: str = "90") -> None:
    city.open_case("runs-out", who="clerk", answers={"rows": rows, "days": days}, start="LIST")


def _look(city: Virtual) -> dict[str, Any]:
    case_id = city.open_case("runs-out", who="clerk", answers={}, start="S").case_id
    with city.store.look() as db:
        (entry,) = journal.of(db, f"case:{case_id}")
        return {name: entry.effects["values"][name] for name in _RESULTS}


def test_without_a_list_nothing_runs_out(city: Virtual) -> None:
    _in_force(city)
    assert _look(city) == {"listed": "no", "soon": 0, "past": 0, "longest": 0, "unreadable": 0}


def test_what_has_as_many_days_left_as_asked_runs_out_soon_the_last_day_still_holds(city: Virtual) -> None:
    _in_force(city)
    # 90 days from 2026-09-04 end on 2026-12-03, seven days on; from 2026-08-28 today; from 2026-08-27 yesterday
    _take_in(city, "甲,2026-09-04\n乙，2026-08-28\n丙\t2026/08/27\n丁,2026-08-20")
    assert _look(city) == {"listed": "yes", "soon": 1, "past": 2, "longest": 8, "unreadable": 0}


def test_only_what_ran_out_of_late_counts_where_so_asked(city: Virtual) -> None:
    _in_force(city, fresh="1")
    _take_in(city, "甲,2026-08-27\n乙,2026-08-26")
    assert (_look(city)["past"], _look(city)["longest"]) == (1, 1)


def test_the_newest_list_of_each_number_of_days_counts(city: Virtual) -> None:
    _in_force(city)
    _take_in(city, "甲,2026-01-01")
    _take_in(city, "甲,2026-11-20")
    _take_in(city, "乙,2026-01-01", days="180")
    assert _look(city)["past"] == 1


def test_lines_that_are_no_name_and_date_are_counted_and_passed_over(city: Virtual) -> None:
    _in_force(city)
    _take_in(city, "甲\n乙,2026-13-01\n,2026-11-01\n\n丙,2026-08-27\n丁,9999-12-31")
    assert _look(city) == {"listed": "yes", "soon": 0, "past": 1, "longest": 1, "unreadable": 4}


def test_whoever_bears_the_account_is_told_and_the_report_names_the_rest(city: Virtual) -> None:
    _in_force(city, of="past", tell="section_chief@fixed:roads")
    _take_in(city, "colleague,2026-08-27\n沒有這個人,2026-08-27\nstranger,2026-11-20")
    _look(city)
    with city.store.look() as db:
        query = sa.select(person.c.account, notice.c.kind).join(person, notice.c.person_id == person.c.id)
        assert sorted(tuple(row) for row in db.execute(query)) == [("chief", "told"), ("colleague", "expired")]
        facts = db.execute(sa.select(document.c.facts)).scalar_one()
    assert facts == {"count": 2, "list": "colleague 115/11/25\n沒有這個人 115/11/25"}


def test_where_nobody_is_concerned_nothing_is_made(city: Virtual) -> None:
    _in_force(city, of="soon", tell="section_chief@fixed:roads")
    _take_in(city, "colleague,2026-11-20")
    _look(city)
    with city.store.look() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(document)).scalar() == 0
        assert db.execute(sa.select(sa.func.count()).select_from(notice)).scalar() == 0
