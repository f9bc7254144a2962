"""A day is closed, or opened again: every running deadline follows, each case with its own entry, and back again."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import recount_state, recounting
from engine.cases.records import case, incident, item
from engine.dates import calendars, changes, touched
from engine.dates.records import alarm, calendar_day, deadline
from engine.dates.workdays import Calendar
from engine.errors import Invalid, NotAllowed
from engine.office import journal, notices
from engine.office.people import OFFICE_ZONE
from tests.cases.conftest import Desk
from tests.dates.tables import official_csv

Taipei = Callable[[str], datetime]
#: a petition of Thursday 2026-11-26 is due on Thursday 12-03; this is the Tuesday between
TYPHOON = date(2026, 12, 1)


def _closed(desk: Desk, day: date = TYPHOON, **more: Any) -> recounting.Recounted:
    with desk.store.look() as db:
        change = calendars.close(db, day, reason="颱風停班", **more)
    return _apply(desk, change)


def _opened(desk: Desk, day: date = TYPHOON) -> recounting.Recounted:
    with desk.store.look() as db:
        change = calendars.open_again(db, day)
    return _apply(desk, change)


def _apply(desk: Desk, change: calendars.Change, who: str = "admin", **more: Any) -> recounting.Recounted:
    return recounting.apply(
        desk.store, change, who=desk.who(who), at=desk.now, office=desk.city.office, **more
    )  # fmt: skip


def _wall(instant: datetime) -> str:
    return instant.astimezone(OFFICE_ZONE).strftime("%m-%d %H:%M")


def _limit(desk: Desk, case_id: int, path: str = "PO-D1") -> Any:
    query = sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == path)
    return desk.rows(query.order_by(deadline.c.id.desc()))[0]


def _row(desk: Desk, case_id: int) -> Any:
    with desk.store.look() as db:
        return db.execute(sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == "PO-D1")).one()


def _rings(desk: Desk, case_id: int) -> list[tuple[str, str]]:
    waiting = sa.and_(alarm.c.case_id == case_id, alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_(None))
    joined = sa.select(alarm.c.kind, alarm.c.due_at).join(deadline, deadline.c.id == alarm.c.deadline_id)
    query = joined.where(waiting, deadline.c.path == "PO-D1").order_by(alarm.c.due_at, alarm.c.id)
    return [(row["kind"], _wall(row["due_at"])) for row in desk.rows(query)]


def _due_of_items(desk: Desk, case_id: int) -> list[str]:
    query = sa.select(item.c.due_at).where(item.c.case_id == case_id, item.c.status == "open")
    return [_wall(row["due_at"]) for row in desk.rows(query)]


def test_what_would_move_is_shown_and_nothing_is_written(desk: Desk) -> None:
    case_id = desk.at_officer()
    with desk.store.look() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
        moves = recounting.would_do(db, change).moves
    assert [(m.case_id, m.path, _wall(m.old), _wall(m.new)) for m in moves if m.regime != "standard"] == [
        (case_id, "PO-D1", "12-03 17:00", "12-04 17:00")
    ]
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-03 17:00"
    assert desk.rows(sa.select(calendar_day)) == []


def test_a_typhoon_day_moves_the_deadline_its_alarms_and_the_date_on_the_desk(desk: Desk) -> None:
    case_id = desk.at_officer()
    before = _rings(desk, case_id)
    done = _closed(desk)
    assert (done.cases, done.stuck) == (1, 0)
    row = _limit(desk, case_id)
    assert _wall(row["due_at"]) == "12-04 17:00"
    assert ("放假", "颱風停班") in [(line["what"], line["why"]) for line in row["working"]]
    assert _due_of_items(desk, case_id) == ["12-04 17:00"]
    after = _rings(desk, case_id)
    assert [kind for kind, _ in after] == [kind for kind, _ in before]
    assert ("escalation", "12-04 17:00") in after and ("escalation", "12-03 17:00") not in after
    assert ("reminder", "12-02 08:00") in after, "two working days before, the closed one not counted"


def test_the_old_date_stays_readable_with_its_reason_and_act(desk: Desk) -> None:
    case_id = desk.at_officer()
    done = _closed(desk)
    (change,) = _limit(desk, case_id)["changes"]
    assert (change["kind"], change["why"], change["act"]) == ("recount", "颱風停班", done.act_id)
    assert _wall(datetime.fromisoformat(change["from"])) == "12-03 17:00"
    assert _wall(datetime.fromisoformat(change["to"])) == "12-04 17:00"


def test_each_case_gets_one_entry_and_the_calendar_one_under_the_same_act(desk: Desk) -> None:
    cases = [
        desk.at_officer(subject=f"第{n}件", petitioner_phone=f"0900-000-00{n}", location=f"第{n}路") for n in range(3)
    ]
    counts = [len(desk.entries(case_id)) for case_id in cases]
    done = _closed(desk)
    assert [len(desk.entries(case_id)) for case_id in cases] == [n + 1 for n in counts]
    with desk.store.look() as db:
        (entry,) = journal.of(db, "calendar")
        assert journal.verify(db) == []
    assert (entry.verb, entry.reason, entry.act_id) == ("calendar.close", "颱風停班", done.act_id)
    assert entry.effects["days"] == [["2026-12-01", True, False]]
    assert {desk.entries(case_id)[-1].act_id for case_id in cases} == {done.act_id}
    assert {desk.entries(case_id)[-1].verb for case_id in cases} == {"recount"}


def test_whoever_holds_the_case_is_told_once_with_old_and_new_date(desk: Desk) -> None:
    case_id = desk.at_officer()
    _closed(desk)
    with desk.store.look() as db:
        told = [notice for notice in notices.of_case(db, case_id) if notice.kind == "recount"]
    assert {notice.facts["name"] for notice in told} == {_limit(desk, case_id)["name"]}
    assert {_wall(datetime.fromisoformat(notice.facts["due"])) for notice in told} == {"12-04 17:00"}
    assert len({notice.person_id for notice in told}) == len(told) >= 1
    assert told[0].facts["number"] == desk.city.case(case_id)["number"]


def test_opening_the_day_again_takes_everything_back(desk: Desk) -> None:
    case_id = desk.at_officer()
    before = (_limit(desk, case_id)["due_at"], _limit(desk, case_id)["working"], _rings(desk, case_id))
    _closed(desk)
    _opened(desk)
    assert (_limit(desk, case_id)["due_at"], _limit(desk, case_id)["working"], _rings(desk, case_id)) == before
    assert len(_limit(desk, case_id)["changes"]) == 2, "both moves stay readable"
    assert _due_of_items(desk, case_id) == ["12-03 17:00"]


def test_a_recount_of_what_already_stands_right_does_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    _closed(desk)
    entries = len(desk.entries(case_id))
    again = recounting.recount_all(desk.store, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    assert (again.cases, again.deadlines) == (0, 0)
    assert len(desk.entries(case_id)) == entries


def test_the_same_form_twice_closes_the_day_once(desk: Desk) -> None:
    case_id = desk.at_officer()
    with desk.store.look() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
    first, second = _apply(desk, change, key="form-1"), _apply(desk, change, key="form-1")
    assert first.deadlines >= 1 and second.deadlines == 0
    with desk.store.look() as db:
        assert len(journal.of(db, "calendar")) == 1
    assert len(_limit(desk, case_id)["changes"]) == 1


def test_half_a_day_does_not_move_working_days_but_the_last_day_closed_at_noon_rolls(desk: Desk) -> None:
    case_id = desk.at_officer()
    _closed(desk, half="am")
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-03 17:00"
    _closed(desk, date(2026, 12, 3), half="pm")
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-04 17:00"


def test_a_closure_in_the_past_may_be_entered_and_a_late_case_is_late_no_more(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    desk.city.until(taipei("2026-12-03T17:30"))
    assert _limit(desk, case_id)["due_at"] < desk.now
    _closed(desk)
    assert _limit(desk, case_id)["due_at"] > desk.now or _limit(desk, case_id)["ended_at"] is not None


def test_an_extended_deadline_keeps_what_it_gained(desk: Desk) -> None:
    case_id = desk.at_officer()
    row = _row(desk, case_id)
    longer = changes.extend(row, changes.again(row, Calendar()), 3, "workday", Calendar())
    with desk.store.act() as db:
        changes.move(
            db, row, longer, kind="extension", why="待函詢", at=desk.now, act="act-1", calendar=Calendar(),
            facts={"length": 3, "unit": "workday"},
        )  # fmt: skip
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-08 17:00"
    _closed(desk)
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-09 17:00", "five days and three, the typhoon not counted"
    _closed(desk, date(2026, 12, 8))
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-10 17:00", "a day closed within the extension moves it too"
    _opened(desk)
    _opened(desk, date(2026, 12, 8))
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-08 17:00"


def test_the_time_a_suspension_gave_back_is_kept(desk: Desk, taipei: Taipei) -> None:
    case_id = desk.at_officer()
    row = _row(desk, case_id)
    stopped, ended = taipei("2026-11-27T09:00"), taipei("2026-11-30T11:00")
    later = changes.give_back(row, changes.again(row, Calendar()), stopped, ended, Calendar())
    with desk.store.act() as db:
        changes.move(
            db, row, later, kind="suspension", why="待補件", at=desk.now, act="act-1", calendar=Calendar(),
            facts={"stopped": stopped.isoformat(), "ended": ended.isoformat()},
        )  # fmt: skip
    was = _limit(desk, case_id)["due_at"]
    assert _wall(was) == "12-07 10:00", "nine working hours and one"
    _closed(desk)
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-08 10:00"
    _opened(desk)
    assert _limit(desk, case_id)["due_at"] == was


def test_a_day_before_everything_that_runs_moves_nothing(desk: Desk) -> None:
    case_id = desk.at_officer()
    entries = len(desk.entries(case_id))
    done = _closed(desk, date(2026, 11, 24))
    assert (done.cases, done.deadlines) == (0, 0)
    assert len(desk.entries(case_id)) == entries


def test_a_rung_after_the_end_waits_for_the_office_though_the_end_stays(desk: Desk) -> None:
    """Escalations are counted in working days after the due date: a day closed among them moves only them."""
    case_id = desk.at_officer()
    before = _rings(desk, case_id)
    _closed(desk, date(2026, 12, 4))
    after = _rings(desk, case_id)
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-03 17:00"
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert moved and all(a[0] == "escalation" and a[1] > "12-04" and b[1] > a[1] for a, b in moved)


def _told_otherwise(desk: Desk, case_id: int, regime: str, length: int, unit: str, **rule: Any) -> datetime:
    """The deadline of this case as if its SOP had told it so; its rungs rearmed."""
    with desk.store.act() as db:
        rules = [{"name": "本項期限", "length": length, "unit": unit} | ({"rule": rule} if rule else {})]
        of_case = sa.and_(deadline.c.case_id == case_id, deadline.c.path == "PO-D1")
        db.execute(sa.update(deadline).where(of_case).values(regime=regime, length=length, unit=unit, reckoned=rules))
        row = db.execute(sa.select(deadline).where(of_case)).one()
        to = changes.again(row, desk.city.office.calendar)
        db.execute(sa.update(deadline).where(of_case).values(due_at=to.due, working=list(to.working)))
        changes.rearm(db, row.id, to.due, desk.city.office.calendar, desk.now)
    return to.due


def test_reminders_that_gave_way_to_a_closed_day_come_back_with_it(desk: Desk) -> None:
    """Counted in days, the date stays; its reminders, in working days, step before the closed day, and back."""
    case_id = desk.at_officer()
    due = _told_otherwise(desk, case_id, "follow-up", 1, "week")
    before = _rings(desk, case_id)
    assert _wall(due) == "12-03 17:00" and ("reminder", "12-02 08:00") in before
    with desk.store.look() as db:
        ahead = recounting.would_do(db, calendars.close(db, date(2026, 12, 2), reason="颱風停班"))
    assert [m for m in ahead.moves if m.path == "PO-D1"] == [] and ahead.cases == 1
    _closed(desk, date(2026, 12, 2))
    assert ("reminder", "12-01 08:00") in _rings(desk, case_id) and ("reminder", "11-30 08:00") in _rings(desk, case_id)
    _opened(desk, date(2026, 12, 2))
    assert _rings(desk, case_id) == before and _limit(desk, case_id)["due_at"] == due


def test_a_named_day_that_rolled_back_off_a_closed_day_returns_with_it(desk: Desk) -> None:
    case_id = desk.at_officer()
    due = _told_otherwise(desk, case_id, "fixed", 0, "day", month=12, day=1, roll="previous")
    _closed(desk)
    assert (_wall(due), _wall(_limit(desk, case_id)["due_at"])) == ("12-01 17:00", "11-30 17:00")
    _opened(desk)
    assert _limit(desk, case_id)["due_at"] == due


def test_a_date_of_next_year_says_that_it_was_reckoned_until_the_table_comes_and_no_longer(desk: Desk) -> None:
    case_id = desk.at_officer()
    due = _told_otherwise(desk, case_id, "petition", 40, "day")
    doubt = [line["why"] for line in _limit(desk, case_id)["working"] if line["what"] == "推算"]
    assert doubt == ["民國116年辦公日曆尚未匯入，依法定放假規則推算，公布後可能調整"]
    entries = len(desk.entries(case_id))
    with desk.store.look() as db:
        change = calendars.bring_in(db, official_csv(2027).encode(), name="116.csv")
        assert change.becomes == {} and recounting.would_do(db, change).moves == []
    done = _apply(desk, change)
    assert (done.cases, done.deadlines, done.stuck) == (1, 0, 0)
    row = _limit(desk, case_id)
    assert row["due_at"] == due and [line for line in row["working"] if line["what"] == "推算"] == []
    assert len(desk.entries(case_id)) == entries + 1
    with desk.store.look() as db:
        assert [n for n in notices.of_case(db, case_id) if n.kind == "recount"] == [], "nothing moved: nobody is told"


def test_only_an_administrator_changes_the_calendar(desk: Desk) -> None:
    desk.at_officer()
    with desk.store.look() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
    for account in ("lighting1", "lighting-chief", "rdec1"):
        with pytest.raises(NotAllowed):
            _apply(desk, change, who=account)
    assert desk.rows(sa.select(calendar_day)) == []


def test_a_case_that_cannot_be_recounted_is_an_incident_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = (
        desk.at_officer(subject=s, petitioner_phone=p, location=f"{s}的路口")
        for s, p in (("第一件", "0900-000-011"), ("第二件", "0900-000-022"))
    )
    whole = recounting._items_follow

    def fails(act: Any) -> None:
        if act.case["id"] == broken:
            raise LookupError("poisoned")
        whole(act)

    monkeypatch.setattr(recounting, "_items_follow", fails)
    done = _closed(desk)
    assert (done.cases, done.stuck) == (1, 1)
    assert _wall(_limit(desk, sound)["due_at"]) == "12-04 17:00"
    assert _wall(_limit(desk, broken)["due_at"]) == "12-03 17:00", "nothing of it is half-applied"
    assert [row["case_id"] for row in desk.rows(sa.select(incident))] == [broken]


def test_a_recount_that_was_cut_off_goes_on_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [
        desk.at_officer(subject=f"第{n}件", petitioner_phone=f"0900-000-00{n}", location=f"第{n}路") for n in range(4)
    ]
    monkeypatch.setattr(recounting, "BATCH", 1)
    whole = recounting._case
    left = [2]

    def dies(db: Any, case_id: int, one: Any) -> int:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return whole(db, case_id, one)

    monkeypatch.setattr(recounting, "_case", dies)
    with pytest.raises(KeyboardInterrupt):
        _closed(desk)
    assert sorted(_wall(_limit(desk, c)["due_at"]) for c in cases) == ["12-03 17:00"] * 2 + ["12-04 17:00"] * 2
    with desk.store.look() as db:
        assert recounting.unfinished(db) is not None
    monkeypatch.setattr(recounting, "_case", whole)
    done = recounting.resume(desk.store, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    assert done.cases == 2
    assert {_wall(_limit(desk, c)["due_at"]) for c in cases} == {"12-04 17:00"}
    with desk.store.look() as db:
        assert recounting.unfinished(db) is None
        acts = {entry.act_id for c in cases for entry in journal.of(db, f"case:{c}") if entry.verb == "recount"}
    assert acts == {done.act_id}, "still the act of the closure"


def test_a_closed_day_that_is_closed_already_is_refused(desk: Desk) -> None:
    _closed(desk)
    with pytest.raises(Invalid) as refusal:
        _closed(desk)
    assert refusal.value.code == "calendar_closed_already"


EACH = 10
SOAK = os.environ.get("SOPFLOW_SOAK") == "1"


def _copies(desk: Desk) -> int:
    """Five thousand deadlines; on PostgreSQL, where they take twice as long, in soak: else two portions of cases."""
    return 500 if SOAK or desk.store.is_sqlite else recounting.PORTION + 10


def _copied(desk: Desk, case_id: int, copies: int) -> None:
    """Many cases like this one, with ten running deadlines each; row by row of the real one."""
    with desk.store.act() as db:
        one = dict(db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one())
        limit = dict(db.execute(
            sa.select(deadline).where(deadline.c.case_id == case_id, deadline.c.path == "PO-D1")
        ).mappings().one())  # fmt: skip
        at_the_end = sa.and_(alarm.c.deadline_id == limit["id"], alarm.c.rung_offset == 0)
        rungs = [dict(r) for r in db.execute(sa.select(alarm).where(at_the_end)).mappings()]
        work = dict(db.execute(
            sa.select(item).where(item.c.case_id == case_id, item.c.status == "open")
        ).mappings().one())  # fmt: skip
        for rung in rungs:
            del rung["id"]
        new = {"id", "case_id", "number", "path"}
        plain = [{k: v for k, v in row.items() if k not in new} for row in (one, limit, work)]
        ids = range(100_000, 100_000 + copies)
        limits = [
            (c, c * 20 + n, "PO-D1" if n == 0 else f"X-D{n}", plain[1]["starts_at"] + n % 5 * timedelta(days=1))
            for c in ids for n in range(EACH)
        ]  # fmt: skip
        db.execute(sa.insert(case), [{**plain[0], "id": c, "number": f"C-{c}"} for c in ids])
        db.execute(sa.insert(item), [{**plain[2], "id": c, "case_id": c} for c in ids])
        reckoned = {
            start: changes.again(_Began(limit, start), desk.city.office.calendar)
            for start in {start for *_, start in limits}
        }
        db.execute(sa.insert(deadline), [
            {**plain[1], "id": i, "case_id": c, "path": path, "starts_at": start, "due_at": reckoned[start].due}
            for c, i, path, start in limits
        ])  # fmt: skip
        db.execute(sa.insert(alarm), [
            {**rung, "case_id": c, "deadline_id": i, "due_at": limit["due_at"]}
            for c, i, path, _ in limits if path == "PO-D1" for rung in rungs
        ])  # fmt: skip


class _Began:
    """A deadline's row that began at another instant."""

    def __init__(self, row: dict[str, Any], starts_at: datetime) -> None:
        self.__dict__.update(row, starts_at=starts_at)


def _state(desk: Desk) -> dict[Any, Any]:
    rows = desk.rows(sa.select(deadline.c.id, deadline.c.due_at).where(deadline.c.case_id >= 100_000))
    rung = desk.rows(sa.select(alarm.c.id, alarm.c.due_at).where(alarm.c.case_id >= 100_000))
    items = desk.rows(sa.select(item.c.id, item.c.due_at).where(item.c.case_id >= 100_000))
    return {(kind, r["id"]): r["due_at"] for kind, part in (("d", rows), ("a", rung), ("i", items)) for r in part}


def test_thousands_of_open_deadlines_are_recounted_after_a_typhoon_day_shown_and_undone(desk: Desk) -> None:
    copies = _copies(desk)
    _copied(desk, desk.at_officer(), copies)
    before = _state(desk)
    day = date(2026, 12, 3)  # each of them runs over it or ends on it
    with desk.store.look() as db:
        change = calendars.close(db, day, reason="颱風停班")
        shown = [m for m in recounting.would_do(db, change).moves if m.case_id >= 100_000]
    assert len(shown) == copies * EACH
    assert _state(desk) == before
    done = _apply(desk, change)
    assert (done.cases, done.stuck) == (copies + 1, 0) and done.deadlines >= copies * EACH
    after = _state(desk)
    assert {(m.case_id, m.path): m.new for m in shown} == {
        (row["case_id"], row["path"]): row["due_at"]
        for row in desk.rows(sa.select(deadline).where(deadline.c.case_id >= 100_000))
    }, "what was shown is what was done"
    assert all(after[key] > before[key] for key in before)
    written = desk.rows(sa.select(sa.func.count().label("n")).where(journal.r.entry.c.act_id == done.act_id))
    assert written[0]["n"] == copies + 2, "one entry per case, one for the calendar"
    undone = _opened(desk, day)
    assert undone.cases == done.cases
    assert _state(desk) == before


def test_a_recount_goes_on_in_portions_and_says_how_far_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [
        desk.at_officer(subject=f"第{n}件", petitioner_phone=f"0900-000-00{n}", location=f"第{n}路") for n in range(5)
    ]
    monkeypatch.setattr(recounting, "PORTION", 2)
    monkeypatch.setattr(touched, "SPAN", 2)
    with desk.store.look() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
    recounting.begin(desk.store, change, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    assert {_wall(_limit(desk, c)["due_at"]) for c in cases} == {"12-03 17:00"}, "begun, not yet done"
    seen = []
    while (so_far := recounting.portion(desk.store, at=desk.now, office=desk.city.office)) is not None:
        seen.append((so_far.cases, so_far.total, so_far.ended_at is not None))
    assert seen[:3] == [(2, 5, False), (4, 5, False), (5, 5, False)]
    assert seen[-1] == (5, 5, True), "a round in which nothing is found ends it"
    assert {_wall(_limit(desk, c)["due_at"]) for c in cases} == {"12-04 17:00"}
    assert {entry.by for c in cases for entry in desk.entries(c)[-1:]} == {desk.who("admin").id}


def test_two_clocks_do_not_carry_on_the_same_recount_and_a_dead_one_gives_it_back(desk: Desk) -> None:
    desk.at_officer()
    with desk.store.look() as db:
        change = calendars.close(db, TYPHOON, reason="颱風停班")
    recounting.begin(desk.store, change, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    with desk.store.act() as db:
        taken = recount_state.take(db, desk.now)
    assert taken is not None and taken.runs(desk.now)
    assert recounting.portion(desk.store, at=desk.now + timedelta(seconds=59), office=desk.city.office) is None
    later = desk.now + timedelta(seconds=61)
    assert not taken.runs(later), "silent for more than a minute: interrupted"
    so_far = recounting.portion(desk.store, at=later, office=desk.city.office)
    assert so_far is not None and so_far.cases == 1


def test_a_change_during_a_recount_begins_a_new_one_that_takes_the_old_one_along(desk: Desk) -> None:
    case_id = desk.at_officer()
    for day in (TYPHOON, date(2026, 12, 2)):
        with desk.store.look() as db:
            change = calendars.close(db, day, reason="颱風停班")
        recounting.begin(desk.store, change, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    with desk.store.look() as db:
        begun = recounting.unfinished(db)
    assert begun is not None and begun.since == TYPHOON.isoformat()
    recounting.resume(desk.store, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    assert _wall(_limit(desk, case_id)["due_at"]) == "12-07 17:00"
