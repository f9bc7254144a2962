"""A ladder as its people meet it: who is told, who stands in for them, the meeting's list, and nobody outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine import cases
from engine.cases import desks, meeting_list, people_of
from engine.cases.act import of_case
from engine.cases.operators import control
from engine.cases.records import item, meeting_item
from engine.dates import ladders
from engine.dates.records import alarm, deadline
from engine.office import people
from engine.office.people import SYSTEM
from engine.office.records import notice, substitution
from engine.sops import bpmn
from engine.sops.rungs import presses_upwards
from engine.store import Store
from tests.cases import small_sop
from tests.cases.conftest import PROCESSES, Desk
from tests.sops.charts import ext, file, flow, node

Taipei = Callable[[str], datetime]


def _stands_in(desk: Desk, substitute: str, absent: str, *, since: datetime, until: datetime) -> None:
    with desk.store.act() as db:
        db.execute(sa.insert(substitution), {
            "person_id": desk.who(absent).id, "substitute_id": desk.who(substitute).id, "since": since, "until": until,
        })  # fmt: skip


def _told(desk: Desk, kind: str) -> list[tuple[str, int]]:
    of_a_rung = notice.c.kind == kind, notice.c.key.startswith("alarm:")  # a drawn step escalates as well
    rows = desk.rows(sa.select(notice.c.person_id, notice.c.level).where(*of_a_rung).order_by(notice.c.id))
    with desk.store.look() as db:
        names = people.names(db, [row["person_id"] for row in rows])
    return [(names[row["person_id"]], row["level"]) for row in rows]


def _strip(desk: Desk, case_id: int, path: str = "PO-D1") -> list[desks.Moment]:
    with desk.store.look() as db:
        head = desks.head(db, case_id)
        limits = desk.rows(sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == path))
        return desks.moments(db, head, limits, at=desk.now)[limits[-1]["id"]]


def test_whoever_stands_in_for_the_clerk_and_the_chief_is_told_too(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    day = taipei("2026-12-02T00:00")
    _stands_in(desk, "lighting2", "lighting1", since=day, until=day + timedelta(days=1))
    _stands_in(desk, "works-head", "lighting-chief", since=day, until=day + timedelta(days=1))
    desk.city.until(taipei("2026-12-01T12:00"))
    assert _told(desk, "reminder") == [("例路燈甲", 0)], "before the absence only the clerk"
    desk.city.until(taipei("2026-12-02T12:00"))
    assert set(_told(desk, "reminder")[1:]) == {("例路燈甲", 0), ("例路燈乙", 0), ("例路燈長", 0), ("例工務長", 0)}


def test_each_level_is_numbered_from_the_first_and_the_last_is_the_meetings_list(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2027-01-04T12:00"))
    levels = [(name, level) for name, level in _told(desk, "escalation") if level]
    assert [level for _, level in levels] == [1, 1, 2, 2, 3]
    assert [name for name, level in levels if level == 3] == ["例企劃長"]
    listed = desk.rows(sa.select(meeting_item).where(meeting_item.c.case_id == case_id))
    assert {row["category"] for row in listed} == {"落後與逾期案件"}
    assert "escalation" in {row["why"] for row in listed}
    ring = [entry for entry in desk.entries(case_id) if entry.effects.get("meeting_list") and entry.verb == "ring"]
    assert len(ring) == 1
    mayor = desk.who("mayor").id
    assert all(row["person_id"] != mayor for row in desk.rows(sa.select(notice.c.person_id)))


def test_on_the_list_once_until_the_meeting_has_ruled(desk: Desk) -> None:
    case_id = desk.at_officer()

    def put() -> bool:
        with desk.store.act() as db:
            act = of_case(db, case_id, verb="ring", who=SYSTEM, at=desk.now, office=desk.city.office)
            return meeting_list.put_on(act, why="escalation")

    assert (put(), put()) == (True, False)
    with desk.store.act() as db:
        db.execute(meeting_item.update().values(ruled_at=desk.now))
    desk.city.now += timedelta(days=7)
    assert put()


def test_an_old_alarm_that_names_the_mayor_reaches_nobody_there(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    with desk.store.act() as db:
        db.execute(
            alarm.update().where(alarm.c.case_id == case_id, alarm.c.kind == "escalation")
            .values(to=["first_tier@fixed:mayor-office", "holder"])
        )  # fmt: skip
    desk.city.until(taipei("2026-12-03T17:01"))
    assert "例首長" not in {name for name, _ in _told(desk, "escalation")}
    assert "例路燈甲" in {name for name, _ in _told(desk, "escalation")}


# ---- the strip on the case


def _plain(moments: list[desks.Moment]) -> list[tuple[Any, ...]]:
    return [(m.kind, m.state, m.level) for m in moments]


def test_every_rung_is_shown_before_it_rings_with_level_time_and_names(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    strip = _strip(desk, case_id)
    assert _plain(strip) == [
        ("start", "past", 0), ("reminder", "waits", 0), ("reminder", "waits", 0), ("due", "waits", 0),
        ("timer", "waits", 0), ("escalation", "waits", 1), ("escalation", "waits", 2), ("escalation", "waits", 3),
        ("escalation", "waits", 4),
    ]  # fmt: skip
    assert [m.to for m in strip if m.kind == "escalation"] == [
        ("例路燈甲", "例路燈長"), ("例工務長", "例研考長"), ("例企劃長",), ("市務會議清單",),
    ]  # fmt: skip
    assert [m.at for m in strip if m.kind == "reminder"] == [taipei("2026-12-01T08:00"), taipei("2026-12-02T08:00")]


def test_what_rang_is_shown_with_whom_it_reached_though_they_have_left(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.claim, desk.item(case_id, "PO-08")["id"], who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-01T09:00"))
    desk.act(
        cases.assign, desk.item(case_id, "PO-08")["id"], to=desk.who("lighting2").id, who=desk.who("lighting-chief")
    )
    reminders = [(m.state, m.to) for m in _strip(desk, case_id) if m.kind == "reminder"]
    assert reminders == [("rang", ("例路燈甲",)), ("waits", ("例路燈乙", "例路燈長"))]


def test_extension_and_standstill_have_their_place_in_the_strip(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    which = desk.act(cases.ask_extension, case_id, "PO-D1", length=5, reason="須會勘。", who=desk.who("lighting1"))
    desk.city.until(taipei("2026-11-27T09:00"))
    desk.act(cases.decide_extension, which, grant=True, who=desk.who("works-head"))
    desk.city.until(taipei("2026-11-30T09:00"))
    desk.act(cases.suspend, case_id, reason="請補照片。", who=desk.who("lighting1"))
    strip = _strip(desk, case_id)
    assert [(m.kind, m.state) for m in strip[:3]] == [("start", "past"), ("extension", "past"), ("stopped", "stands")]
    assert (strip[1].old, strip[1].why) == (taipei("2026-12-03T17:00"), "須會勘。")
    assert {m.state for m in strip[3:]} == {"stands"}
    desk.city.until(taipei("2026-12-01T09:00"))
    desk.act(cases.proceed, case_id, who=desk.who("lighting1"))
    kinds = [m.kind for m in _strip(desk, case_id)]
    assert kinds[:3] == ["start", "extension", "suspension"]
    assert "stopped" not in kinds
    assert kinds.count("timer") == 1


def test_a_met_deadline_says_so_and_what_did_not_ring_is_silent(desk: Desk) -> None:
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    strip = _strip(desk, case_id)
    assert "met" in [m.kind for m in strip]
    assert {m.state for m in strip if m.kind in ("reminder", "escalation")} == {"silent"}


# ---- the lists


def test_the_supervisor_sees_requests_of_his_units_and_cases_that_stand(desk: Desk) -> None:
    asked, standing = desk.at_officer(), desk.at_officer(subject="水溝不通", location="民生路")
    which = desk.act(cases.ask_extension, asked, "PO-D1", length=5, reason="須會勘。", who=desk.who("lighting1"))
    desk.act(cases.suspend, standing, reason="請補照片。", who=desk.who("lighting2"))
    with desk.store.look() as db:
        listed = {
            account: [row["id"] for row in desks.to_decide(db, desk.who(account))]
            for account in ("works-head", "mayor", "lighting-chief", "environment-head", "lighting1")
        }
        assert listed == {
            "works-head": [which], "mayor": [which], "lighting-chief": [], "environment-head": [], "lighting1": [],
        }  # fmt: skip
        watching = {one: desk.who(one) for one in ("lighting-chief", "works-head", "rdec1", "cleaning-chief")}
        seen = {
            account: [row["id"] for row in desks.suspended(db, desks.units_watched(db, who), who=who)]
            for account, who in watching.items()
        }
        assert seen == {
            "lighting-chief": [standing],
            "works-head": [standing],
            "rdec1": [standing],
            "cleaning-chief": [],
        }


def test_a_standing_case_is_not_on_the_overdue_list(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.act(cases.suspend, case_id, reason="請補照片。", who=desk.who("lighting1"))
    desk.city.until(taipei("2026-12-20T09:00"))
    with desk.store.look() as db:
        assert desks.overdue(db, who=desk.who("rdec1"), at=desk.now, units=None).total == 0


def test_a_drawn_escalation_reaches_heads_and_stand_ins_at_any_level_and_never_the_mayors_office(
    desk: Desk, taipei: Taipei
) -> None:  # fmt: skip
    assert not [to for told in control.ESCALATION.values() for to in told if presses_upwards(to)]
    case_id = desk.at_officer()
    _stands_in(desk, "roads-chief", "works-head", since=desk.now, until=desk.now + timedelta(days=1))
    with desk.store.act() as db:
        act = of_case(db, case_id, verb="timer", who=SYSTEM, at=desk.now, office=desk.city.office)
        control.escalate(act, act.projection.steps["PO-FU/FU-08"], {"level": "L4"})
        act.finish()
    rows = desk.rows(sa.select(notice.c.person_id, notice.c.level).where(notice.c.kind == "escalation"))
    assert {row["level"] for row in rows} == {4}
    assert {row["person_id"] for row in rows} == {
        desk.who(account).id for account in ("works-head", "roads-chief", "planning-head")
    }


def test_a_late_case_on_the_mayors_desk_is_told_to_those_below_and_reminded_there_at_most(
    desk: Desk, taipei: Taipei
) -> None:
    case_id = desk.at_officer()
    mayor = desk.who("mayor").id
    with desk.store.act() as db:  # as a step that the mayor signs
        of_the_mayor = {"role": "first_tier", "unit": "mayor-office", "assignee": mayor}
        db.execute(item.update().where(item.c.case_id == case_id, item.c.status == "open").values(**of_the_mayor))
    with desk.store.look() as db:
        head = desks.head(db, case_id)
        first = ("holder", "section_chief@responsible")
        told = {kind: people_of.told_by(db, head, kind, first, desk.now) for kind in ("reminder", "escalation")}
    chief = desk.who("lighting-chief").id
    assert told == {"reminder": [mayor, chief], "escalation": [chief]}
    shown = next(m.to for m in _strip(desk, case_id) if m.kind == "escalation")
    assert shown == ("例路燈長",)


#: what may go to the mayor's office: a reminder, for those who keep the papers there (catalogue 1, AP-04); none climbs
REMINDED_THERE = {
    ("shared-approval", "AP-D1"), ("council-report-compilation", "CC-D2"), ("council-resolution-control", "RC-D1"),
    ("cp-annual-policy-plan", "P4-D2"),
}  # fmt: skip


def test_no_rung_of_any_shipped_sop_presses_the_mayors_office_or_anybody_outside() -> None:
    pressed, reminded, drawn = set(), set(), set()
    for path in sorted(PROCESSES.rglob("*.bpmn")):
        chart = bpmn.read(path.read_bytes())
        steps = list(chart.nodes.values())
        limits = [*chart.deadlines, *(one for step in steps for one in step.deadlines)]
        own = [(one.id, rung) for one in limits for policy in ("rdec", "tp") for rung in ladders.rungs(one, 5, policy)]
        own += [(one.id, rung) for one in limits for rung in one.rungs]  # and what is written is not left out silently
        planned = [(step.id, step.standard_time) for step in steps]
        own += [(id_, rung) for id_, time in planned if time is not None for rung in time.reminders]
        for id_, rung in own:
            up = {(chart.id, id_, to) for to in rung.to if presses_upwards(to)}
            pressed |= up if rung.kind == "escalation" else set()
            reminded |= up if rung.kind == "reminder" else set()
        drawn |= {(chart.id, step.id) for step in steps if step.operator and step.operator.name == "notice.escalate"}
    assert pressed == set()
    assert reminded == {(*one, "first_tier_staff@fixed:mayor-office") for one in REMINDED_THERE}
    assert drawn == {("shared-follow-up", "FU-08")}, "whom a drawn one tells is said by its level, tested above"


def test_beside_a_step_of_many_units_the_chiefs_of_those_that_still_owe_it_are_told(
    store: Store, taipei: Taipei
) -> None:
    city = small_sop.in_force(store, taipei("2026-11-26T09:00"), "")
    each = ext('<sop:each units="units"/>')
    who = ext('<sop:who role="officer" unit="child"/>')
    chart = file(
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="L">{who}<bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:laneSet>",
        node("startEvent", "S"), node("userTask", "A", each, name="填報"), node("endEvent", "E"),
        flow("S", "A", inner=ext('<sop:set name="case.responsible_unit" value="works"/>')), flow("A", "E"),
        sop_id="many",
    )  # fmt: skip
    units = {"title": "單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}
    form = {"title": "開案", "type": "object", "additionalProperties": False, "properties": {"units": units}}
    with store.act() as db:
        small_sop.publish(db, chart, "many", {"S": form})
    case_id = city.open_case("many", who="clerk", answers={"units": ["planning", "roads"]}, start="S").case_id

    def chiefs(role: str) -> list[str]:
        with store.look() as db:
            told = people_of.reached(db, desks.head(db, case_id), role, city.now)
            return list(people.names(db, told).values())

    assert (chiefs("section_chief@child"), chiefs("unit_head@responsible")) == (["例科長"], ["例主管"])
    city.complete(case_id, "A", who="officer@roads", answers={})
    assert chiefs("section_chief@child") == [], "roads has done it; nobody is chief of the section at planning"
