"""SOPs that open by the calendar: each period once, whatever the clocks did meanwhile. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import clock
from engine.cases import periodic
from engine.cases.records import case, incident, item, period_start
from engine.cases.surroundings import Office
from engine.dates.workdays import Calendar
from engine.errors import Stuck
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.office.records import notice
from engine.store import Store

Taipei = Callable[[str], datetime]
ORGANISATION = """
units: {planning: {name: 企劃處}, rdec: {name: 研考科, above: planning}}
roles: {officer: 承辦人}
people:
  - {account: clerk, name: 例承辦, email: clerk@example.invalid, memberships: [officer@planning]}
  - {account: admin, name: 例系統, admin: true}
"""
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:sop="urn:sopflow:sop:1"
 targetNamespace="urn:t" id="d"><bpmn:process id="{id}" name="{name}" isExecutable="true">
  {sheet}<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦人"><bpmn:extensionElements>
    <sop:who role="{role}" unit="{unit}"/></bpmn:extensionElements>{stands}<bpmn:flowNodeRef>A</bpmn:flowNodeRef>
  </bpmn:lane></bpmn:laneSet>
  <bpmn:startEvent id="S"><bpmn:extensionElements><sop:calendar {said}/></bpmn:extensionElements>
   <bpmn:outgoing>f</bpmn:outgoing><bpmn:timerEventDefinition id="t"/></bpmn:startEvent>
  <bpmn:userTask id="A" name="清查">{step}<bpmn:incoming>f</bpmn:incoming>
   <bpmn:outgoing>g</bpmn:outgoing></bpmn:userTask>
  <bpmn:endEvent id="E"><bpmn:incoming>g</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="f" sourceRef="S" targetRef="A"/><bpmn:sequenceFlow id="g" sourceRef="A" targetRef="E"/>
</bpmn:process></bpmn:definitions>"""


class Library:
    """SOPs put in force as the test says, without a drawing."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store = store
        self.office = Office(calendar=Calendar())
        with store.act() as db:
            organisation.load(db, ORGANISATION, who=SYSTEM, at=at)

    def publish(
        self, said: str, *, at: datetime, sop_id: str = "monthly", unit: str = "fixed:planning", sheet: str = "",
        in_lane: bool = False, limit: str = "", step: str = "",
    ) -> None:  # fmt: skip
        """``sheet``: the unit its sheet names; ``in_lane``: the start stands in the lane of ``unit``; ``limit`` and
        ``step``: what else the SOP and its step say."""
        named = f'<bpmn:extensionElements><sop:sheet kind="periodic" unit="{sheet}"/>{limit}</bpmn:extensionElements>'
        text = FILE.format(
            id=sop_id, name="每月清查", said=said, role="officer", unit=unit, sheet=named if sheet else "",
            stands="<bpmn:flowNodeRef>S</bpmn:flowNodeRef>" if in_lane else "",
            step=f"<bpmn:extensionElements>{step}</bpmn:extensionElements>" if step else "",
        )  # fmt: skip
        folder = SopFolder(sop_id, "tests", text.encode(), {}, {})
        with self.store.act() as db:
            number = db.scalar(sa.select(sa.func.count()).where(sop_version.c.sop_id == sop_id)) + 1
            if number == 1:
                row = {"id": sop_id, "name": folder.sop.name, "division": "tests", "shared": False}
                db.execute(sop_table.insert(), row)
            version = db.execute(
                sop_version.insert().returning(sop_version.c.id),
                {
                    "sop_id": sop_id, "number": number, "state": "published", "hash": folder.hash, "scenarios": "",
                    "bpmn": text, "forms": {}, "tables": {}, "published_at": at,
                },
            ).scalar_one()  # fmt: skip
            db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(in_force=version))

    def look(self, at: datetime) -> periodic.Started:
        return periodic.start_due(self.store, at, self.office)

    def rows(self, query: Any) -> list[Any]:
        with self.store.look() as db:
            return list(db.execute(query).mappings())

    @property
    def periods(self) -> list[tuple[str, bool]]:
        """(period, whether a case was opened), in order."""
        rows = self.rows(sa.select(period_start).order_by(period_start.c.period))
        return [(row["period"], row["case_id"] is not None) for row in rows]

    @property
    def titles(self) -> list[str]:
        return [row["title"] for row in self.rows(sa.select(case.c.title).order_by(case.c.id))]


@pytest.fixture
def library(store: Store, taipei: Taipei, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(periodic, "_starts", {})  # every test's versions count from one
    return Library(store, taipei("2026-01-01T00:00"))


def test_a_case_opens_at_its_hour_once_and_says_for_which_period(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"))
    assert library.look(taipei("2026-11-24T07:59")) == periodic.Started()
    started = library.look(taipei("2026-11-24T08:00"))
    assert len(started.opened) == 1
    assert library.look(taipei("2026-11-24T08:00")) == library.look(taipei("2026-12-23T23:00")) == periodic.Started()
    assert library.periods == [("115-11", True)]
    assert library.titles == ["每月清查（115年11月）"]
    [opened] = library.rows(sa.select(case))
    assert (opened["start"], opened["opened_by"], opened["status"]) == ("S", None, "open")
    assert opened["received_at"] == taipei("2026-11-24T08:00")
    assert [row["step"] for row in library.rows(sa.select(item.c.step))] == ["A"]


def test_an_opening_is_one_line_in_the_cases_journal_and_one_in_the_sops(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"))
    [case_id] = library.look(taipei("2026-11-24T08:00")).opened
    with library.store.look() as db:
        [opened] = journal.of(db, f"case:{case_id}")
        [started] = journal.of(db, "sop:monthly")
        assert journal.verify(db) == []
    assert (opened.verb, opened.by) == ("open", None)
    assert (started.verb, started.step, started.effects["period"]) == ("period.start", "S", "115-11")
    assert started.effects["case"] == case_id


def test_publishing_opens_nothing_for_the_past(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-24T08:01"))
    assert library.look(taipei("2026-12-24T07:00")) == periodic.Started()
    library.look(taipei("2026-12-24T09:00"))
    assert library.periods == [("115-12", True)]


def test_every_missed_period_is_opened_once_the_oldest_first(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 5" roll="next" at="09:30"', at=taipei("2026-05-01T09:00"))
    back = taipei("2026-09-20T14:00")
    assert len(library.look(back).opened) == 5
    assert library.periods == [(f"115-0{month}", True) for month in range(5, 10)]
    assert library.titles == [f"每月清查（115年{month}月）" for month in range(5, 10)]
    received = [row["received_at"] for row in library.rows(sa.select(case.c.received_at).order_by(case.c.id))]
    # 5 September 2026 is a Saturday, 5 July a Sunday
    days = ("05-05", "06-05", "07-06", "08-05", "09-07")
    assert received == [taipei(f"2026-{day}T09:30") for day in days]
    assert library.look(back + timedelta(days=1)) == periodic.Started()


def test_a_rule_that_wants_only_the_newest_passes_the_others_over_for_good(library: Library, taipei: Taipei) -> None:
    library.publish('rule="weekly mon" missed="newest"', at=taipei("2026-10-30T09:00"))
    back = taipei("2026-11-20T09:00")
    started = library.look(back)
    assert (len(started.opened), started.skipped) == (1, 2)
    assert library.periods == [("115-W45", False), ("115-W46", False), ("115-W47", True)]
    assert library.look(back + timedelta(hours=1)) == periodic.Started()
    with library.store.look() as db:
        verbs = [entry.verb for entry in journal.of(db, "sop:monthly")]
    assert verbs == ["period.skip", "period.skip", "period.start"]


def test_of_two_weeks_that_roll_to_one_day_the_newest_alone_opens(library: Library, taipei: Taipei) -> None:
    library.publish('rule="weekly mon" roll="next" missed="newest"', at=taipei("2026-02-10T09:00"))
    started = library.look(taipei("2026-02-23T08:00"))  # the Monday before lay in the New Year's days off
    assert (len(started.opened), started.skipped) == (1, 1)
    assert library.periods == [("115-W08", False), ("115-W09", True)]


def test_every_fourth_year_opens_one_case(library: Library, taipei: Taipei) -> None:
    library.publish('rule="yearly 4/1 every 4 from 111"', at=taipei("2025-01-02T09:00"))
    for at in ("2025-04-02T09:00", "2026-04-01T08:00", "2027-04-02T09:00", "2029-12-31T09:00"):
        library.look(taipei(at))
    assert library.periods == [("115", True)]
    library.look(taipei("2030-04-02T09:00"))
    assert library.periods == [("115", True), ("119", True)]


def test_a_rule_kept_by_a_new_version_misses_nothing_and_opens_nothing_twice(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-09-01T09:00"))
    library.look(taipei("2026-09-24T09:00"))
    # nobody looked in October; meanwhile a new version came into force
    library.publish('rule="monthly 24" roll="none"', at=taipei("2026-10-25T09:00"))
    library.publish('rule="monthly 24" roll="none" missed="every"', at=taipei("2026-10-26T09:00"))
    library.look(taipei("2026-11-01T09:00"))
    assert library.periods == [("115-09", True)], "another wording of the rule counts from its own day"
    library.publish('rule="monthly 24" roll="none" missed="every"', at=taipei("2026-11-02T09:00"))
    library.look(taipei("2026-11-25T09:00"))
    assert library.periods == [("115-09", True), ("115-11", True)]


def test_the_same_rule_in_a_new_version_goes_on_from_where_the_old_one_began(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-09-01T09:00"))
    library.publish('rule="monthly 24"', at=taipei("2026-10-25T09:00"), unit="fixed:planning ")
    library.look(taipei("2026-11-01T09:00"))
    assert library.periods == [("115-09", True), ("115-10", True)]


def test_a_rule_changed_within_a_month_does_not_open_that_month_again(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 10"', at=taipei("2026-11-01T09:00"))
    library.look(taipei("2026-11-10T09:00"))
    library.publish('rule="monthly 25"', at=taipei("2026-11-11T09:00"))
    library.look(taipei("2026-11-30T09:00"))
    assert library.periods == [("115-11", True)]


def test_what_cannot_be_opened_is_an_incident_and_the_others_open(library: Library, taipei: Taipei) -> None:
    at = taipei("2026-11-24T08:00")
    for name in ("a-first", "monthly", "z-last"):
        library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"), sop_id=name)
    broken = Stuck("state_bad", "流程無法讀取。")

    def open_case(db: Any, sop_id: str, **more: Any) -> Any:
        if sop_id == "monthly":
            raise broken
        return sound(db, sop_id, **more)

    sound = periodic.opening.open_case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(periodic.opening, "open_case", open_case)
        for minute in range(3):
            started = library.look(at + timedelta(minutes=minute))
            assert (len(started.opened), started.failed) == (0 if minute else 2, 1)
    [noted] = library.rows(sa.select(incident))
    assert (noted["case_id"], noted["code"], noted["step"]) == (None, "period_start", "monthly/S")
    assert "流程無法讀取。" in noted["sentence"]
    told = library.rows(sa.select(notice).where(notice.c.kind == "incident"))
    assert len(told) == 1
    assert len(library.look(at + timedelta(minutes=5)).opened) == 1, "mended, it opens"
    assert len(library.periods) == 3
    assert library.rows(sa.select(incident).where(incident.c.resolved_at.is_(None))) == []


def test_a_case_that_gets_stuck_at_its_first_step_is_kept_with_its_incident(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"), unit="responsible")
    assert len(library.look(taipei("2026-11-24T08:00")).opened) == 1
    assert [row["code"] for row in library.rows(sa.select(incident.c.code))] == ["no_unit"]
    assert library.look(taipei("2026-11-24T08:01")) == periodic.Started()


@pytest.mark.parametrize(
    ("unit", "sheet", "in_lane", "responsible"),
    [
        ("responsible", "rdec", False, "rdec"),
        ("responsible", "rdec", True, "rdec"),  # its lane only says that whoever is responsible works there
        ("fixed:planning", "rdec", True, "planning"),
        ("fixed:planning", "rdec", False, "rdec"),
        ("fixed:planning", "elsewhere", False, None),
        ("fixed:planning", "", False, None),
    ],
)
def test_a_periodic_case_is_the_unit_s_of_its_start_s_lane_or_of_its_sheet(
    library: Library, taipei: Taipei, unit: str, sheet: str, in_lane: bool, responsible: str | None
) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"), unit=unit, sheet=sheet, in_lane=in_lane)
    assert len(library.look(taipei("2026-11-24T08:00")).opened) == 1
    assert library.rows(sa.select(case.c.unit)) == [{"unit": responsible}]
    assert library.rows(sa.select(incident)) == []
    assert library.rows(sa.select(item.c.unit)) == [{"unit": responsible if unit == "responsible" else "planning"}]


def test_two_clocks_at_the_same_moment_open_each_period_once(library: Library, taipei: Taipei) -> None:
    for n in range(6):
        library.publish('rule="monthly 24"', at=taipei("2026-01-01T09:00"), sop_id=f"sop-{n}")
    at, together = taipei("2026-11-25T09:00"), threading.Barrier(2)
    opened: list[int] = []

    def one_clock() -> None:
        with library.store.look() as db:
            periodic.due(db, at, library.office)
        together.wait(timeout=60)
        opened.extend(library.look(at).opened)

    clocks = [threading.Thread(target=one_clock) for _ in range(2)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(timeout=120)
    assert len(opened) == len(set(opened)) == 6 * 11
    assert len(library.rows(sa.select(case.c.id))) == 6 * 11
    assert len(library.periods) == 6 * 11


def test_a_clock_that_is_behind_opens_nothing(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"))
    clock.tick(library.store, taipei("2026-11-26T09:00"), library.office)
    wrong = taipei("2026-11-25T09:00")
    assert clock.start_periods(library.store, wrong, library.office) == periodic.Started()
    assert len(clock.start_periods(library.store, taipei("2026-11-26T09:01"), library.office).opened) == 1


def test_beyond_the_published_calendar_the_week_decides(library: Library, taipei: Taipei) -> None:
    library.publish('rule="yearly 5/1" roll="next"', at=taipei("2101-01-01T09:00"))
    [one] = library.look(taipei("2101-06-01T09:00")).opened
    [opened] = library.rows(sa.select(case.c.received_at).where(case.c.id == one))
    assert opened["received_at"] == taipei("2101-05-02T08:00"), "1 May 2101 is a Sunday"


@pytest.mark.parametrize(
    ("period", "words"),
    [("115-11", "115年11月"), ("115", "115年"), ("115-2", "115年第2次"), ("115-W47", "115年第47週"),
     ("115-W07-2", "115年第7週第2次"), ("115-01-1", "115年1月第1次")],
)  # fmt: skip
def test_a_period_in_words(period: str, words: str) -> None:
    assert periodic.in_words(period) == words
