"""Plans that count back from an event, fixed days, the sources' legal periods, a unit's own shorter limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import planning
from engine.cases.records import case, milestone
from engine.dates import unit_limits
from engine.dates.records import alarm, deadline
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office import journal, people
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases.small_sop import in_force

Taipei = Callable[[str], datetime]
#: the meeting's papers: handed in three working days before, uploaded one day before
PLAN = (
    '<sop:deadline id="D1" name="提送" regime="backward" starts="event:meeting_on" met="A" length="3" unit="workday">'
    '<sop:reminder before="1" unit="workday" to="holder"/></sop:deadline>'
    '<sop:deadline id="D2" name="上傳" regime="backward" starts="event:meeting_on" met="B" length="1" unit="day"/>'
)


def _limit(xml: str) -> str:
    return f'<sop:deadline id="D" name="期限" {xml} met="B"/>'


def _dues(city: Virtual, case_id: int) -> dict[str, str]:
    query = sa.select(deadline).where(deadline.c.case_id == case_id).order_by(deadline.c.id)
    with city.store.look() as db:
        return {
            row.path: row.due_at.astimezone(people.OFFICE_ZONE).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
            for row in db.execute(query)
        }


def _open(city: Virtual, **answers: Any) -> int:
    return city.open_case("small", who="clerk", answers=answers, start="S").case_id


def _act(city: Virtual, verb: Callable[..., Any], *args: Any, who: str = "clerk", **more: Any) -> Any:
    with city.store.act() as db:
        return verb(db, *args, who=city.person(db, who), at=city.now, office=city.office, **more)


# ---- the sources' own periods


@pytest.mark.parametrize(
    ("what", "xml", "received", "due"),
    [
        ("國家賠償：三十日", 'regime="statutory" length="30" unit="day"', "2026-11-26T09:00", "2026-12-28 12:00"),
        ("訴願：三個月", 'regime="statutory" length="3" unit="month"', "2009-11-26T09:00", "2010-02-26 23:59:59"),
        ("消費爭議：三十日", 'regime="statutory" length="30" unit="day"', "2026-10-01T09:00", "2026-11-02 12:00"),
        ("覆議：送達三十日內", 'regime="statutory" length="30" unit="day"', "2009-11-26T09:00", "2009-12-28 12:00"),
        ("法令疑義：一日", 'regime="document" length="1" unit="workday"', "2026-11-27T16:00", "2026-11-30 17:00"),
        ("法令疑義：二日", 'regime="document" length="2" unit="workday"', "2026-11-27T16:00", "2026-12-01 17:00"),
        ("線上陳情：五日", 'regime="petition" length="5" unit="workday"', "2009-11-26T09:00", "2009-12-03 17:00"),
        ("市政建議：三日", 'regime="petition" length="3" unit="workday"', "2009-11-26T09:00", "2009-12-01 17:00"),
        ("檢舉：十四日", 'regime="petition" length="14" unit="workday"', "2009-11-26T09:00", "2009-12-16 17:00"),
        ("書面：十五日", 'regime="petition" length="15" unit="workday"', "2009-11-26T09:00", "2009-12-17 17:00"),
        ("追蹤：一個月", 'regime="follow-up" length="1" unit="month"', "2009-11-26T09:00", "2009-12-28 17:00"),
        ("每月五日前", 'regime="fixed" at="monthly 5"', "2026-11-26T09:00", "2026-12-07 17:00"),
        ("每月五日前，提前", 'regime="fixed" at="monthly 5 previous"', "2026-11-26T09:00", "2026-12-04 17:00"),
        ("四月三日及十月三日", 'regime="fixed" at="yearly 4/3 10/3"', "2026-04-04T09:00", "2026-10-05 17:00"),
        ("每月第二個星期三", 'regime="fixed" at="monthly 2 wed"', "2026-11-12T09:00", "2026-12-09 17:00"),
    ],
)
def test_a_case_runs_to_the_day_its_source_says(
    store: Store, taipei: Taipei, what: str, xml: str, received: str, due: str
) -> None:
    city = in_force(store, taipei(received), _limit(xml))
    assert _dues(city, _open(city)) == {"D": due}, what


def test_an_appeal_is_extended_by_two_months_at_most_and_once(store: Store, taipei: Taipei) -> None:
    xml = (
        'regime="statutory" length="3" unit="month" extendBy="2" extendUnit="month" extendTimes="1" extendLevel="二層"'
    )
    city = in_force(store, taipei("2009-11-26T09:00"), _limit(xml))
    case_id = _open(city)
    with city.store.act() as db:
        db.execute(case.update().values(unit="roads"))
    with pytest.raises(Invalid):
        _act(city, cases.ask_extension, case_id, "D", length=3, reason="案情複雜。")
    which = _act(city, cases.ask_extension, case_id, "D", length=2, reason="案情複雜。")
    with pytest.raises(NotAllowed):
        _act(city, cases.decide_extension, which, grant=True, who="chief")
    _act(city, cases.decide_extension, which, grant=True, who="head")
    assert _dues(city, case_id) == {"D": "2010-04-26 23:59:59"}
    with pytest.raises(NotNow):
        _act(city, cases.ask_extension, case_id, "D", length=1, reason="再延。")


# ---- an event


def test_a_plan_begins_when_the_form_names_the_day_of_the_event(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city, meeting_on="2026-12-14")
    assert _dues(city, case_id) == {"D1": "2026-12-09 17:00", "D2": "2026-12-11 17:00"}
    with city.store.look() as db:
        assert [row.name for row in db.execute(sa.select(milestone))] == ["meeting_on"]
    row = city.open_item(case_id, "A")
    assert row["due_at"] == taipei("2026-12-09T17:00")


def test_nobody_plans_towards_a_day_that_is_over(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    for said in ("2025-12-14", "2026-11-25"):
        with pytest.raises(Invalid) as refusal:
            _open(city, meeting_on=said)
        assert (refusal.value.code, list(refusal.value.fields)) == ("event_past", ["meeting_on"])
    case_id = _open(city)
    with pytest.raises(Invalid):
        city.complete(case_id, "A", who="clerk", answers={"meeting_on": "2026-11-25"})
    assert _dues(city, case_id) == {} and city.open_item(case_id, "A")["status"] == "open"
    today = _open(city, meeting_on="2026-11-26")
    assert _dues(city, today)["D2"] == "2026-11-25 17:00", "what is held today may be registered today"
    came_in = taipei("2026-11-20T09:00")
    of_that_day = {"answers": {"meeting_on": "2026-11-23"}, "start": "S", "received_at": came_in}
    late = _act(city, cases.open_case, "small", **of_that_day)
    assert _dues(city, late.case_id)["D1"] == "2026-11-18 17:00"


def test_a_limit_set_by_others_may_have_passed_on_its_way_here(store: Store, taipei: Taipei) -> None:
    own = (
        PLAN
        + '<sop:deadline id="D0" name="來文所定" regime="backward" starts="event:meeting_on" length="0" unit="day"/>'
    )
    city = in_force(store, taipei("2026-11-26T09:00"), own)
    assert _dues(city, _open(city, meeting_on="2026-11-20"))["D0"] == "2026-11-20 17:00"


def test_without_a_day_there_is_no_plan_until_somebody_says_it(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city)
    assert _dues(city, case_id) == {}
    _act(city, cases.move_event, case_id, "meeting_on", taipei("2026-12-14T09:00"), reason="議程已定。")
    assert _dues(city, case_id) == {"D1": "2026-12-09 17:00", "D2": "2026-12-11 17:00"}
    assert city.open_item(case_id, "A")["due_at"] == taipei("2026-12-09T17:00")


def test_a_moved_event_is_shown_before_and_moves_what_is_not_met(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city, meeting_on="2026-12-14")
    to = taipei("2026-12-21T09:00")
    with city.store.look() as db:
        shown = planning.preview(db, case_id, "meeting_on", to, office=city.office)
    assert [(one.path, one.old, one.new, one.over) for one in shown] == [
        ("D1", taipei("2026-12-09T17:00"), taipei("2026-12-16T17:00"), False),
        ("D2", taipei("2026-12-11T17:00"), taipei("2026-12-18T17:00"), False),
    ]
    assert _dues(city, case_id)["D1"] == "2026-12-09 17:00", "looking changes nothing"
    city.complete(case_id, "A", who="clerk", answers={})
    with city.store.look() as db:
        before = len(journal.of(db, f"case:{case_id}"))
    _act(city, cases.move_event, case_id, "meeting_on", to, reason="市長行程調整。")
    assert _dues(city, case_id) == {"D1": "2026-12-09 17:00", "D2": "2026-12-18 17:00"}
    with city.store.look() as db:
        entries = journal.of(db, f"case:{case_id}")
        changes = db.execute(sa.select(deadline.c.changes).where(deadline.c.path == "D2")).scalar_one()
    assert len(entries) == before + 1
    assert (entries[-1].verb, entries[-1].reason) == ("move_event", "市長行程調整。")
    assert [path["path"] for path in entries[-1].effects["moved"]] == ["D2"]
    assert (changes[0]["kind"], changes[0]["event"], changes[0]["why"]) == ("event", "meeting_on", "市長行程調整。")


def test_an_answer_that_names_another_day_moves_the_plan_and_one_that_names_none_does_not(
    store: Store, taipei: Taipei
) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    answered, moved = _open(city, meeting_on="2026-12-14"), _open(city, meeting_on="2026-12-14")
    city.complete(answered, "A", who="clerk", answers={"meeting_on": "2026-12-21"})
    assert _dues(city, answered) == {"D1": "2026-12-16 17:00", "D2": "2026-12-18 17:00"}
    _act(city, cases.move_event, moved, "meeting_on", taipei("2026-12-21T14:00"), reason="改期。")
    city.complete(moved, "A", who="clerk", answers={})
    assert _dues(city, moved) == {"D1": "2026-12-16 17:00", "D2": "2026-12-18 17:00"}


def test_moved_earlier_a_plan_may_be_late_at_once_and_its_reminder_is_silent(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city, meeting_on="2026-12-14")
    _act(city, cases.move_event, case_id, "meeting_on", taipei("2026-11-27T09:00"), reason="提前。")
    assert _dues(city, case_id) == {"D1": "2026-11-24 17:00", "D2": "2026-11-26 17:00"}
    with city.store.look() as db:
        waits = sa.select(alarm.c.id).where(alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
        assert db.execute(waits).all() == []


@pytest.mark.parametrize(
    ("event", "to", "refusal", "code"),
    [
        ("session_on", "2026-12-21T09:00", Missing, "no_such_event"),
        ("meeting_on", "2026-11-25T09:00", Invalid, "event_past"),
        ("meeting_on", "2026-12-14T08:00", Invalid, "event_same"),
    ],
)
def test_an_event_nobody_plans_by_in_the_past_or_where_it_is_is_refused(
    store: Store, taipei: Taipei, event: str, to: str, refusal: type[Invalid], code: str
) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city, meeting_on="2026-12-14")
    with pytest.raises(refusal) as told:
        _act(city, cases.move_event, case_id, event, taipei(to), reason="改期。")
    assert told.value.code == code


def test_three_people_at_the_event(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN)
    case_id = _open(city, meeting_on="2026-12-14")
    _act(city, cases.claim, city.open_item(case_id, "A")["id"])
    to = taipei("2026-12-21T09:00")
    with pytest.raises(NotAllowed):
        _act(city, cases.move_event, case_id, "meeting_on", to, reason="改期。", who="colleague")
    with pytest.raises(Missing):
        _act(city, cases.move_event, case_id, "meeting_on", to, reason="改期。", who="stranger")
    _act(city, cases.move_event, case_id, "meeting_on", to, reason="改期。", who="chief")
    assert _dues(city, case_id)["D1"] == "2026-12-16 17:00"


def test_a_suspension_leaves_plans_and_fixed_days_alone(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), PLAN + _limit('regime="petition" length="5" unit="workday"'))
    case_id = _open(city, meeting_on="2026-12-14")
    _act(city, cases.suspend, case_id, reason="請補件。")
    with city.store.look() as db:
        standing = sa.select(deadline.c.path).where(deadline.c.stopped_at.is_not(None))
        assert db.execute(standing).scalars().all() == ["D"]
    city.until(taipei("2026-11-30T09:00"))
    _act(city, cases.proceed, case_id)
    assert _dues(city, case_id) == {"D1": "2026-12-09 17:00", "D2": "2026-12-11 17:00", "D": "2026-12-07 17:00"}


# ---- a unit's own, shorter limit

LIMITS = """
limits:
  - {whose: works, sop: small, deadline: D, name: 工務處要點, length: 4, unit: workday}
  - {whose: roads, sop: small, deadline: D, name: 道路科要點, length: 2, unit: workday, case_type: 檢舉}
"""
SHORTER = _limit('regime="petition" length="5" unit="workday" cap="30" capUnit="day" shorterOf="unit-rule"')


def _of_unit(city: Virtual, unit: str | None, case_type: str | None = None) -> Any:
    """A case of that unit: the deadline begins anew for it, as it does when the table has run."""
    from engine.cases import limits
    from engine.cases.act import of_case

    case_id = _open(city)
    with city.store.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(unit=unit, type=case_type))
        act = of_case(db, case_id, verb="open", who=SYSTEM, at=city.now, office=city.office)
        limits._start(act, act.projection.deadlines["D"])
    with city.store.look() as db:
        rows = sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.ended_at.is_(None))
        return db.execute(rows).one()


def test_the_shorter_rule_of_the_unit_or_of_the_one_above_wins_and_says_so(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), SHORTER)
    with city.store.act() as db:
        assert unit_limits.load(db, LIMITS, who=SYSTEM, at=city.now) == 2
    row = _of_unit(city, "roads")
    assert (row.length, row.due_at) == (4, taipei("2026-12-02T17:00"))
    assert row.working[-1]["what"] == "採用"
    assert row.working[-1]["why"] == "取最短者：工務處要點（4工作天），不採本項期限（5工作天）、上限（30日）"
    assert [rule["name"] for rule in row.reckoned] == ["本項期限", "工務處要點", "上限"]
    assert _of_unit(city, "roads", "檢舉").length == 2
    assert _of_unit(city, "planning").length == 5
    assert _of_unit(city, None).length == 5


def test_the_units_table_is_loaded_once_and_taken_away_with_the_file(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), SHORTER)
    with city.store.act() as db:
        assert unit_limits.load(db, LIMITS, who=SYSTEM, at=city.now) == 2
        assert unit_limits.load(db, LIMITS, who=SYSTEM, at=city.now) == 0
        entries = [entry.verb for entry in journal.of(db, "office")]
        assert entries.count("unit_limits.load") == 1
        assert unit_limits.load(db, "limits: []", who=SYSTEM, at=city.now) == 2
    assert _of_unit(city, "roads").length == 5


@pytest.mark.parametrize(
    "text",
    [
        "limits: 3", "limits: {}", "other: []", "[", "limits: [1]", "limits: [{whose: works}]",
        "limits: [{whose: works, sop: small, deadline: D, name: x, length: 0, unit: workday}]",
        "limits: [{whose: works, sop: small, deadline: D, name: x, length: 4, unit: hour}]",
        "limits: [{whose: works, sop: small, deadline: D, name: '', length: 4, unit: workday}]",
        "limits: [{whose: works, sop: small, deadline: D, name: x, length: true, unit: workday}]",
        "limits: [{whose: nowhere, sop: small, deadline: D, name: x, length: 4, unit: workday}]",
        "limits: [{whose: works, sop: small, deadline: D, name: x, length: 4, unit: workday, more: 1}]",
        LIMITS + LIMITS.replace("\nlimits:\n", ""),
        "a: &a [*a]",
    ],
)  # fmt: skip
def test_a_bad_table_is_one_sentence_and_changes_nothing(store: Store, taipei: Taipei, text: str) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), SHORTER)
    with city.store.act() as db:
        unit_limits.load(db, LIMITS, who=SYSTEM, at=city.now)
    with pytest.raises(Invalid) as refusal, city.store.act() as db:
        unit_limits.load(db, text, who=SYSTEM, at=city.now)
    assert refusal.value.code == "unit_limits_bad"
    assert _of_unit(city, "roads").length == 4


def test_only_an_administrator_loads_the_table(store: Store, taipei: Taipei) -> None:
    city = in_force(store, taipei("2026-11-26T09:00"), SHORTER)
    with pytest.raises(NotAllowed), city.store.act() as db:
        unit_limits.load(db, LIMITS, who=city.person(db, "clerk"), at=city.now)
