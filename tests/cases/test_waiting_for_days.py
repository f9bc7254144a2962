"""A wait for a day that comes again: of the days its rule names none is left out and none is waited for twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.cases.surroundings import Office
from engine.dates.records import deadline
from engine.dates.workdays import Calendar, local_day
from engine.office import organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.cases.conftest import Desk
from tests.cases.linked_city import lane
from tests.sops.charts import ext, file, flow, node, outcome

Taipei = Callable[[str], datetime]
_D = ext('<sop:timer deadline="D"/>')
_TIMER = f"<bpmn:timerEventDefinition>{_D}</bpmn:timerEventDefinition>"


def monthly(rule: str) -> bytes:
    """Wait for the month's day (T), report (A), and on to the next month or over."""
    limit = f'<sop:deadline id="D" name="填報開始日" regime="fixed" of="case" starts="T" met="T" at="{rule}"/>'
    return file(
        lane("fixed:roads", "A"), node("startEvent", "S"), node("intermediateCatchEvent", "T", _TIMER),
        node("userTask", "A", ext(outcome("r", "next", "over")), name="填報"), node("exclusiveGateway", "G"),
        node("endEvent", "E"), flow("S", "T"), flow("T", "A"), flow("A", "G"), flow("G", "T", 'r == "next"'),
        flow("G", "E", 'r == "over"'), sop_id="monthly", head=limit,
    )  # fmt: skip


class Reporting(Desk):
    case_id: int

    def report(self, at: datetime) -> None:
        self.city.until(at)
        self.done(self.case_id, "A", "clerk", r="next")

    @property
    def waited_for(self) -> list[str]:
        of_case = sa.select(deadline.c.due_at).where(deadline.c.case_id == self.case_id).order_by(deadline.c.id)
        return [f"{local_day(row['due_at']):%m-%d}" for row in self.rows(of_case)]


@pytest.fixture
def reporting(store: Store, taipei: Taipei) -> Callable[[str], Reporting]:
    def begin(rule: str) -> Reporting:
        at = taipei("2026-10-12T09:00")
        with store.act() as db:
            organisation.load(db, small_sop.ORGANISATION, who=SYSTEM, at=at)
            small_sop.publish(db, monthly(rule), "monthly", {})
        desk = Reporting(Virtual(store, Office(calendar=Calendar()), at))
        desk.case_id = desk.city.open_case("monthly", who="clerk", answers={}, start="S").case_id
        return desk

    return begin


def test_a_month_that_was_reported_after_the_next_ones_day_does_not_swallow_it(
    reporting: Callable[[str], Reporting], taipei: Taipei
) -> None:
    desk = reporting("monthly 25 none")
    desk.report(taipei("2026-11-27T10:00"))  # October's, after November's day: November is asked for at once
    assert desk.waited_for == ["10-25", "11-25"]
    assert desk.city.open_steps(desk.case_id) == ["A"]
    desk.report(taipei("2026-11-27T11:00"))
    assert desk.waited_for == ["10-25", "11-25", "12-25"]
    assert desk.city.open_steps(desk.case_id) == []
    desk.report(taipei("2027-03-01T10:00"))  # two months behind: one after the other, each asked for once
    desk.report(taipei("2027-03-01T11:00"))
    desk.report(taipei("2027-03-01T12:00"))
    assert desk.waited_for[3:] == ["01-25", "02-25", "03-25"]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("monthly 25 next", ["10-27", "11-25", "12-28"]),  # days off on 25 and 26 October and from 25 to 27 December
        ("monthly 25 previous", ["10-23", "11-25", "12-24"]),
        ("yearly 2/29 previous", ["02-26", "02-29", "02-27"]),  # 28 February 2027 is a Sunday, in 2029 a holiday
    ],
)
def test_a_day_that_rolls_is_waited_for_once(
    reporting: Callable[[str], Reporting], taipei: Taipei, rule: str, days: list[str]
) -> None:
    desk = reporting(rule)
    for _ in range(2):
        newest = sa.select(sa.func.max(deadline.c.due_at).label("due")).where(deadline.c.case_id == desk.case_id)
        desk.report(desk.rows(newest)[0]["due"] + timedelta(minutes=1))
    assert desk.waited_for == days
