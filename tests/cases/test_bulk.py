"""One act for many: each line its own transaction and its own entry, once however often it is sent, and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import bulk
from engine.cases.records import bulk_line, item
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office.records import notice
from tests.cases.conftest import HANDLED, Desk

Taipei = Callable[[str], datetime]
REASON = "人力調度"


def begin(desk: Desk, act: str, chosen: list[bulk.Chosen], who: str, **more: Any) -> int:
    with desk.store.act() as db:
        more = {"reason": REASON, "key": f"key-{act}-{who}", **more}
        return bulk.begin(db, act, chosen, who=desk.who(who), at=desk.now, **more)


def carry_on(desk: Desk, bulk_id: int, who: str, **more: Any) -> int:
    return bulk.carry_on(desk.store, bulk_id, who=desk.who(who), at=desk.now, office=desk.city.office, **more)


def standing(desk: Desk, bulk_id: int, who: str) -> bulk.Standing:
    with desk.store.look() as db:
        return bulk.standing(db, bulk_id, who=desk.who(who))


def at_officer(desk: Desk, many: int) -> list[int]:
    """Handed in by different people about different places, so that none is another's duplicate."""
    streets = ("中山路", "民權路", "成功街", "文化二街", "海濱大道")
    return [
        desk.at_officer(
            subject=f"{streets[n]}路燈不亮", location=f"{streets[n]}{n}號", petitioner_phone=f"0900-000-{n:03}"
        )
        for n in range(many)
    ]


def lines(desk: Desk, cases: list[int], step: str = "PO-08") -> list[bulk.Chosen]:
    rows = [desk.item(one, step) for one in cases]
    return [bulk.Chosen(row["case_id"], row["id"], row["version"]) for row in rows]


def held(desk: Desk, cases: list[int]) -> list[int | None]:
    rows = desk.rows(sa.select(item.c.case_id, item.c.assignee).where(item.c.status == "open"))
    by_case = {row["case_id"]: row["assignee"] for row in rows}
    return [by_case[one] for one in cases]


def entries(desk: Desk, case_id: int, verb: str) -> list[Any]:
    return [one for one in desk.entries(case_id) if one.verb == verb]


def test_many_are_given_to_one_person_each_with_its_own_entry_and_reason(desk: Desk) -> None:
    cases = at_officer(desk, 3)
    to = desk.who("lighting2").id
    begun = begin(desk, "assign", lines(desk, cases), "lighting-chief", to=to)
    assert carry_on(desk, begun, "lighting-chief") == 0
    assert held(desk, cases) == [to] * 3
    for case_id in cases:
        (one,) = entries(desk, case_id, "assign")
        assert (one.reason, one.by, one.effects["to"]) == (REASON, desk.who("lighting-chief").id, to)
    told = desk.rows(sa.select(notice.c.person_id).where(notice.c.kind == "assigned"))
    assert [row["person_id"] for row in told] == [to] * 3


def test_what_is_refused_stops_nothing_and_keeps_its_sentence(desk: Desk) -> None:
    cases = at_officer(desk, 3)
    chosen = lines(desk, cases)
    desk.done(cases[1], "PO-08", "lighting1", **HANDLED)  # somebody finished it meanwhile
    begun = begin(desk, "assign", chosen, "lighting-chief", to=desk.who("lighting2").id)
    assert carry_on(desk, begun, "lighting-chief") == 0
    found = standing(desk, begun, "lighting-chief")
    assert (found.lines, found.waiting, found.done, found.refused) == (3, 0, 2, 1)
    with desk.store.look() as db:
        first = bulk.lines(db, begun, who=desk.who("lighting-chief"))[0]
    assert (first["case_id"], first["state"], first["code"]) == (cases[1], "refused", "already_done")
    assert "例路燈甲" in first["sentence"]
    assert entries(desk, cases[1], "assign") == []


def test_a_line_seen_in_an_older_version_is_refused(desk: Desk) -> None:
    cases = at_officer(desk, 2)
    chosen = lines(desk, cases)
    first = begin(desk, "assign", chosen[:1], "lighting-chief", to=desk.who("lighting1").id)
    carry_on(desk, first, "lighting-chief")
    second = begin(desk, "assign", chosen, "lighting-chief", to=desk.who("lighting2").id, key="another")
    carry_on(desk, second, "lighting-chief")
    assert held(desk, cases) == [desk.who("lighting1").id, desk.who("lighting2").id]
    assert standing(desk, second, "lighting-chief").refused == 1


def test_the_same_form_twice_begins_and_does_it_once(desk: Desk) -> None:
    cases = at_officer(desk, 2)
    chosen, to = lines(desk, cases), desk.who("lighting2").id
    first = begin(desk, "assign", chosen, "lighting-chief", to=to)
    carry_on(desk, first, "lighting-chief")
    assert begin(desk, "assign", chosen, "lighting-chief", to=to) == first
    assert carry_on(desk, first, "lighting-chief") == 0
    assert [len(entries(desk, one, "assign")) for one in cases] == [1, 1]
    with pytest.raises(NotAllowed):  # somebody else cannot begin under this key
        begin(desk, "assign", chosen, "works-head", to=to, key="key-assign-lighting-chief")


def test_a_line_that_somebody_took_in_the_meantime_is_not_done_again(desk: Desk) -> None:
    cases = at_officer(desk, 1)
    begun = begin(desk, "remind", lines(desk, cases), "lighting-chief")
    with desk.store.look() as db:
        row = db.execute(sa.select(bulk_line)).mappings().one()
        wish = bulk._own(db, begun, desk.who("lighting-chief"))
    carry_on(desk, begun, "lighting-chief")
    with desk.store.act() as db:  # the second of two that read the same waiting line
        bulk._do(db, wish, dict(row), who=desk.who("lighting-chief"), at=desk.now, office=desk.city.office)
    assert len(entries(desk, cases[0], "remind")) == 1


def test_it_is_carried_on_in_parts_and_after_a_stop(desk: Desk) -> None:
    cases = at_officer(desk, 5)
    begun = begin(desk, "remind", lines(desk, cases), "lighting-chief")
    assert carry_on(desk, begun, "lighting-chief", most=2) == 3
    found = standing(desk, begun, "lighting-chief")
    assert (found.waiting, found.done) == (3, 2)
    assert carry_on(desk, begun, "lighting-chief", most=2) == 1
    assert carry_on(desk, begun, "lighting-chief") == 0
    assert all(len(entries(desk, one, "remind")) == 1 for one in cases)


def test_an_assignment_goes_back_to_where_it_was_unless_something_followed(desk: Desk) -> None:
    cases = at_officer(desk, 3)
    chief, mine, other = "lighting-chief", desk.who("lighting1").id, desk.who("lighting2").id
    carry_on(desk, begin(desk, "assign", lines(desk, cases[:1]), chief, to=mine, key="before"), chief)
    begun = begin(desk, "assign", lines(desk, cases), chief, to=other)
    carry_on(desk, begun, chief)
    desk.done(cases[2], "PO-08", "lighting2", **HANDLED)
    assert standing(desk, begun, chief).undoable == 2
    with desk.store.act() as db:
        back = bulk.take_back(db, begun, key="back", who=desk.who(chief), at=desk.now)
        assert bulk.take_back(db, begun, key="back", who=desk.who(chief), at=desk.now) == back
    assert carry_on(desk, back, chief) == 0
    assert held(desk, cases[:2]) == [mine, None]
    assert standing(desk, back, chief).done == 2 and standing(desk, begun, chief).undoable == 0
    assert "復原整批辦理" in desk.entries(cases[0])[-1].reason
    with desk.store.act() as db, pytest.raises(NotNow, match="沒有可以復原"):
        bulk.take_back(db, begun, key="again", who=desk.who(chief), at=desk.now)


def test_what_was_handed_back_returns_to_its_holder(desk: Desk) -> None:
    cases = at_officer(desk, 2)
    chief, mine = "lighting-chief", desk.who("lighting1").id
    carry_on(desk, begin(desk, "assign", lines(desk, cases), chief, to=mine), chief)
    begun = begin(desk, "hand_back", lines(desk, cases), chief)
    carry_on(desk, begun, chief)
    assert held(desk, cases) == [None, None]
    with desk.store.act() as db:
        back = bulk.take_back(db, begun, key="back", who=desk.who(chief), at=desk.now)
    carry_on(desk, back, chief)
    assert held(desk, cases) == [mine, mine]


def test_there_is_no_right_to_do_things_in_bulk(desk: Desk) -> None:
    cases = at_officer(desk, 1)
    to = desk.who("lighting2").id
    for who, code in (("lighting1", "not_allowed"), ("drainage1", "missing"), ("rdec1", "not_allowed")):
        begun = begin(desk, "assign", lines(desk, cases), who, to=to)
        carry_on(desk, begun, who)
        with desk.store.look() as db:
            (one,) = bulk.lines(db, begun, who=desk.who(who))
        assert (one["state"], one["code"]) == ("refused", code), who
    assert held(desk, cases) == [None]


def test_a_wish_is_its_askers_alone(desk: Desk) -> None:
    begun = begin(desk, "remind", lines(desk, at_officer(desk, 1)), "lighting-chief")
    for who in ("works-head", "lighting1"):
        with pytest.raises(Missing):
            standing(desk, begun, who)
        with pytest.raises(Missing):
            carry_on(desk, begun, who)


def test_what_cannot_be_begun_says_why_at_its_field(desk: Desk) -> None:
    chosen = lines(desk, at_officer(desk, 1))
    for act, wish, more, field in (
        ("assign", [], {"to": 1}, "item"), ("assign", chosen, {}, "to"),
        ("assign", chosen, {"to": 1, "reason": " "}, "reason"),
        ("priority", chosen, {"level": 7}, "level"), ("delete", chosen, {}, "act"),
        ("remind", [bulk.Chosen(n) for n in range(bulk.MOST + 1)], {}, "item"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            begin(desk, act, wish, "lighting-chief", **more)
        assert field in refused.value.fields, act
    assert desk.rows(sa.select(bulk_line)) == []


def test_a_priority_is_set_for_many(desk: Desk) -> None:
    cases = at_officer(desk, 2)
    begun = begin(desk, "priority", [bulk.Chosen(one) for one in cases], "lighting-chief", level=2)
    assert carry_on(desk, begun, "lighting-chief") == 0
    assert [desk.city.case(one)["priority"] for one in cases] == [2, 2]


def test_a_reminder_reaches_the_holder_or_all_who_could_take_it(desk: Desk) -> None:
    cases = at_officer(desk, 1)
    carry_on(desk, begin(desk, "remind", lines(desk, cases), "lighting-chief"), "lighting-chief")
    told = {row["person_id"] for row in desk.rows(sa.select(notice.c.person_id).where(notice.c.kind == "remind"))}
    assert told == {desk.who("lighting1").id, desk.who("lighting2").id}
    (one,) = entries(desk, cases[0], "remind")
    assert one.reason == REASON and set(one.effects["told"]) == told
    facts = desk.rows(sa.select(notice.c.facts).where(notice.c.kind == "remind"))
    assert all(REASON not in str(row["facts"]) for row in facts)


def test_a_reminder_is_no_progress(desk: Desk) -> None:
    cases = at_officer(desk, 1)
    before = desk.city.case(cases[0])["moved_at"]
    desk.city.now += timedelta(hours=2)
    carry_on(desk, begin(desk, "remind", lines(desk, cases), "lighting-chief"), "lighting-chief")
    assert desk.city.case(cases[0])["moved_at"] == before
    desk.done(cases[0], "PO-08", "lighting1", **HANDLED)
    assert desk.city.case(cases[0])["moved_at"] == desk.now


def test_a_follow_up_asks_the_responsible_once_a_day(desk: Desk, taipei: Taipei) -> None:
    (case_id,) = at_officer(desk, 1)
    chosen = [bulk.Chosen(case_id)]
    carry_on(desk, begin(desk, "follow_up", chosen, "rdec1"), "rdec1")
    told = {row["person_id"] for row in desk.rows(sa.select(notice.c.person_id).where(notice.c.kind == "follow-up"))}
    assert told == {desk.who("lighting1").id, desk.who("lighting2").id}
    second = begin(desk, "follow_up", chosen, "rdec2")
    carry_on(desk, second, "rdec2")
    with desk.store.look() as db:
        (one,) = bulk.lines(db, second, who=desk.who("rdec2"))
    assert (one["code"], one["sentence"]) == ("followed_up_today", "這個案件今天已經發過追蹤通知。")
    desk.city.now = taipei("2026-11-27T08:00")
    carry_on(desk, begin(desk, "follow_up", chosen, "rdec1", key="next day"), "rdec1")
    assert len(entries(desk, case_id, "follow_up")) == 2


def test_a_follow_up_is_the_control_offices_and_of_cases_in_control(desk: Desk) -> None:
    case_id, review = at_officer(desk, 2)
    for who, code in (("lighting-chief", "not_allowed"), ("drainage1", "missing")):
        begun = begin(desk, "follow_up", [bulk.Chosen(case_id)], who)
        carry_on(desk, begun, who)
        with desk.store.look() as db:
            assert bulk.lines(db, begun, who=desk.who(who))[0]["code"] == code
    desk.done(review, "PO-08", "lighting1", **HANDLED)
    desk.done(review, "PO-09", "lighting-chief", reply_check="核可")
    begun = begin(desk, "follow_up", [bulk.Chosen(review)], "rdec1")
    carry_on(desk, begun, "rdec1")
    with desk.store.look() as db:
        assert bulk.lines(db, begun, who=desk.who("rdec1"))[0]["code"] == "nobody_to_tell"
