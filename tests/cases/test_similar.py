"""Petitions that may be the same matter: shown to a person, never merged; everybody who handed one in is answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import letters, places, similar
from engine.cases.records import case, link
from engine.office import journal, notices
from engine.store import Connection
from tests.cases.conftest import HANDLED, Desk

ROADS = {"subject": "人行道破洞", "body": "人行道地磚破了一個洞，昨天有人絆倒。", "location": "示例路二段十二號前"}
#: another person
SOMEBODY = {
    "petitioner_name": "例鄰居", "petitioner_phone": "0911-000-000", "petitioner_email": "neighbour@example.invalid",
}  # fmt: skip


def found(desk: Desk, case_id: int, **how: Any) -> list[tuple[str, str]]:
    with desk.store.look() as db:
        row = db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one()
        return [
            (one["number"], one["by"]) for one in similar.to(db, row, **{"at": desk.now, "within": sa.true(), **how})
        ]


def changed(desk: Desk, case_id: int, **values: Any) -> None:
    with desk.store.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(**values))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("示例路一號前", "示例路１號"),
        ("示例路一百二十三巷五弄七號", "示例路123巷5弄7號旁"),
        ("臺灣省嘉義市東區示例街十號", "示例街 10 號 附近"),
        ("示例路二段一０五號", "示例路2段105號門口"),
        ("示例路〇三號", "示例路3號"),
    ],
)
def test_one_place_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert places.normal(one) == places.normal(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("示例路1號", "示例路11號"), ("示例路一段5號", "示例路二段5號"), ("示例市場前", "示例公園前")]
)
def test_two_places_stay_two(one: str, other: str) -> None:
    assert places.normal(one) != places.normal(other)


@pytest.mark.parametrize("text", ["", "  ", "前", "路口", "。。。", "😀"])
def test_what_names_no_place_is_none(text: str) -> None:
    assert places.normal(text) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("巷口路燈故障不亮", "巷口的路燈壞了都不亮"),
        ("水溝堵塞淹水", "水溝塞住，一下雨就淹水"),
        ("工廠半夜噪音很大", "半夜工廠的噪音太大聲"),
        ("流浪狗群聚追人", "有流浪狗聚集追逐路人"),
        ("行道樹枝垂落擋住號誌", "行道樹樹枝太低，擋到號誌"),
    ],
)
def test_the_same_thing_in_other_words_is_much_the_same(one: str, other: str) -> None:
    assert similar.alike({"subject": one}, {"subject": other}) >= similar.SAME_SUBJECT


@pytest.mark.parametrize(
    ("one", "other"), [("路燈不亮", "垃圾未清運"), ("水溝堵塞淹水", "違規停車占用騎樓"), ("噪音", "增設公車站")]
)
def test_another_thing_is_not(one: str, other: str) -> None:
    assert similar.alike({"subject": one}, {"subject": other}) < similar.SAME_SUBJECT


def test_the_same_person_at_the_same_place_is_found(desk: Desk) -> None:
    desk.petition(**ROADS)
    second = desk.petition(**{**ROADS, "subject": "燈具閃爍", "body": "夜間燈光一直閃。", "location": "示例路2段12號"})
    assert found(desk, second) == [("115-000001", "same")]
    assert desk.open_steps(second) == ["PO-02/DC-02"]


def test_the_same_person_about_something_else_elsewhere_is_not_asked_about(desk: Desk) -> None:
    desk.petition(**ROADS)
    second = desk.petition(subject="公車誤點", body="早上的公車常常晚到半小時。", location="示例車站")
    assert found(desk, second) == []
    assert desk.open_steps(second) == ["PO-04"]


def test_somebody_else_about_the_same_thing_at_the_same_place_is_shown_as_possible(desk: Desk) -> None:
    desk.petition(**ROADS)
    second = desk.petition(**{**ROADS, **SOMEBODY, "subject": "人行道有破洞", "location": "示例路２段12號"})
    assert found(desk, second) == [("115-000001", "other")]
    assert desk.open_steps(second) == ["PO-02/DC-02"]


def test_somebody_else_about_something_else_at_the_same_place_is_not(desk: Desk) -> None:
    desk.petition(**ROADS)
    other = {**ROADS, **SOMEBODY, "subject": "公車誤點", "body": "早上的公車常常晚到半小時。"}
    assert found(desk, desk.petition(**other)) == []


def test_an_informants_report_never_says_who_else_is_that_person(desk: Desk) -> None:
    desk.petition(**ROADS, case_type="檢舉")
    assert found(desk, desk.petition(**ROADS)) == [("115-000001", "sealed")]


def test_long_ago_counts_only_while_the_case_is_open_or_in_control(desk: Desk) -> None:
    first = desk.petition(**ROADS)
    desk.city.until(desk.now + timedelta(days=31))
    second = desk.petition(**ROADS)
    assert found(desk, second) == [("115-000001", "same")]
    over: dict[str, Any] = {"status": "ended", "controlled_at": desk.now, "released_at": None}
    changed(desk, first, **over)
    assert found(desk, second) == [("115-000001", "same")]
    changed(desk, first, **{**over, "released_at": desk.now})
    assert found(desk, second) == []
    assert found(desk, second, days=40) == [("115-000001", "same")]


def test_withdrawn_and_joined_cases_are_nobodys_original(desk: Desk) -> None:
    first = desk.petition(**ROADS)
    second = desk.petition(**ROADS)
    changed(desk, first, status="withdrawn")
    assert found(desk, second) == []
    changed(desk, first, status="ended", close_reason="duplicate")
    assert found(desk, second) == []


def test_what_one_may_not_see_is_not_shown(desk: Desk) -> None:
    desk.petition(**ROADS)
    second = desk.petition(**ROADS)
    assert found(desk, second, within=sa.false()) == []


def test_the_search_reads_as_much_in_a_large_archive_as_in_a_small_one(desk: Desk) -> None:
    first = desk.petition(**ROADS)
    second = desk.petition(**ROADS)
    with desk.store.look() as db:
        small = _statements(db, second, desk.now)
    with desk.store.act() as db:
        row = dict(db.execute(sa.select(case).where(case.c.id == first)).mappings().one())
        del row["id"]
        many = [{**row, "number": f"114-{n:06d}", "state": "x"} for n in range(similar.LOOKED_AT * 3)]
        db.execute(case.insert(), many)
    with desk.store.look() as db:
        large = _statements(db, second, desk.now)
    assert small[0] == large[0] == 3
    assert large[1] <= similar.LOOKED_AT * 2


def _statements(db: Connection, case_id: int, at: datetime) -> tuple[int, int]:
    """How many statements one search takes, and how many cases it answers with."""
    row = db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one()
    seen: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    try:
        answer = similar.to(db, row, at=at, within=sa.true())
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", count)
    return len(seen), len(answer)


def joined(desk: Desk, **answers: Any) -> int:
    """A second petition, closed on the first as its duplicate at the check."""
    case_id = desk.petition(**{**ROADS, **answers})
    desk.done(case_id, "PO-02/DC-02", "service1", duplicate_kind="重複登打", original_case="115-000001")
    return case_id


def test_a_duplicates_petitioner_gets_the_originals_answer_when_it_leaves(desk: Desk) -> None:
    first = desk.at_officer(**ROADS)
    second = joined(desk, **SOMEBODY)
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    assert _letters(desk, second, "reply") == []
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    assert _letters(desk, second, "reply") == [HANDLED["reply_text"]]
    assert _letters(desk, first, "reply") == [HANDLED["reply_text"]]
    with desk.store.look() as db:
        last = journal.of(db, f"case:{second}")[-1]
        assert (last.verb, last.effects) == ("answered", {"from": "115-000001"})
        assert last.act_id == journal.of(db, f"case:{first}")[-1].act_id


def test_a_duplicate_that_came_by_telephone_is_told_by_the_service_centre(desk: Desk) -> None:
    first = desk.at_officer(**ROADS)
    second = joined(desk, **SOMEBODY)
    changed(desk, second, channel="電話")
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    assert _letters(desk, second, "reply") == []
    with desk.store.look() as db:
        told = [n for n in notices.of(db, desk.who("service1")) if n.kind == "answer-by-hand"]
    assert [(n.facts["number"], n.facts["original"]) for n in told] == [("115-000002", "115-000001")]


def test_closed_on_a_case_already_answered_the_petitioner_gets_that_answer_at_once(desk: Desk) -> None:
    first = desk.at_officer(**ROADS)
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    lines = len(desk.entries(first))
    second = joined(desk, **SOMEBODY)
    assert _letters(desk, second, "reply") == [HANDLED["reply_text"]]
    assert len(_letters(desk, second, "duplicate")) == 1
    assert desk.entries(second)[-1].effects["answered"] == ["115-000002"]
    assert [e.verb for e in desk.entries(first)[lines:]] == ["linked"]
    third = desk.petition(**{**ROADS, **SOMEBODY, "petitioner_phone": "0900-000-333"})
    desk.done(third, "PO-02/DC-02", "service1", duplicate_kind="重複登打", original_case="115-000002")
    assert _letters(desk, third, "reply") == [HANDLED["reply_text"]], "the original of its original answered it"


def test_at_the_counter_the_service_centre_tells_both_that_it_was_joined_and_the_answer(desk: Desk) -> None:
    first = desk.at_officer(**ROADS)
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    second = desk.petition(**{**ROADS, **SOMEBODY})
    changed(desk, second, channel="電話")
    desk.done(second, "PO-02/DC-02", "service1", duplicate_kind="重複登打", original_case="115-000001")
    assert (_letters(desk, second, "reply"), _letters(desk, second, "duplicate")) == ([], [])
    with desk.store.look() as db:
        told = [n.kind for n in notices.of(db, desk.who("service2")) if n.case_id == second]
    assert sorted(told) == ["answer-by-hand", "duplicate-by-hand"]


def test_a_case_parted_from_the_original_is_not_answered_with_it(desk: Desk) -> None:
    first = desk.at_officer(**ROADS)
    second = joined(desk, **SOMEBODY)
    with desk.store.act() as db:
        db.execute(link.delete().where(link.c.case_id == second))
    desk.done(first, "PO-08", "lighting1", **HANDLED)
    desk.done(first, "PO-09", "lighting-chief", reply_check="核可")
    assert _letters(desk, second, "reply") == []


def _letters(desk: Desk, case_id: int, kind: str) -> list[str | None]:
    """What the letters of that kind to this case's petitioner say."""
    with desk.store.look() as db:
        return [letters.text_of(db, n) for n in notices.of_case(db, case_id) if n.kind == kind and n.person_id is None]
