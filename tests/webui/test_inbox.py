"""待辦: bands by the time that is left, chips that count, filters, what follows an act, what the page itself asks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.cases import desks
from engine.cases.records import case
from engine.dates.workdays import TAIPEI, Calendar
from engine.office.records import sign_in
from tests.webui.conftest import HANDLED, MORNING, Office, answers
from webui import shown

#: Thursday 115/12/03 17:00, the limit of a petition handed in on MORNING
DUE = datetime(2026, 12, 3, 17, tzinfo=TAIPEI)


def chips(source: str) -> dict[str, int]:
    found = re.findall(r'id="chip-(\w+)".*?<b>(\d+)</b>', source, flags=re.S)
    return {name: int(many) for name, many in found}


@pytest.mark.parametrize(
    ("now", "band", "words"),
    [
        (MORNING, "later", "剩 5 天 7 小時辦公時間"),
        (datetime(2026, 12, 1, 8, tzinfo=TAIPEI), "soon", "剩 3 天辦公時間"),
        (datetime(2026, 12, 2, 14, tzinfo=TAIPEI), "soon", "剩 1 天 3 小時辦公時間"),
        (datetime(2026, 12, 3, 16, 20, tzinfo=TAIPEI), "today", "剩 40 分辦公時間"),
        (datetime(2026, 12, 3, 17, 0, 1, tzinfo=TAIPEI), "late", "今日已過時限"),
        (datetime(2027, 1, 1, 9, tzinfo=TAIPEI), "late", "已逾 29 日"),
        (datetime(2027, 1, 2, 0, tzinfo=TAIPEI), "late30", "已逾 30 日"),
    ],
)
def test_a_band_and_words_say_how_much_office_time_is_left(now: datetime, band: str, words: str) -> None:
    calendar = Calendar()
    assert desks.band_of(DUE, desks.edges(now, calendar, 2)) == band
    assert shown.left(DUE, now, calendar) == words


def test_the_database_puts_each_limit_into_the_band_that_is_told(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer()
    office.petition(subject="還沒有期限")
    for days in (0, 5, 7, 8, 37, 38):
        office.city.now = MORNING + timedelta(days=days)
        office.seats.clear()
        page = office.seat("clerk").get("/?view=role")
        band = desks.band_of(DUE, desks.edges(office.city.now, Calendar(), 2))
        assert chips(page.source) == {band: 1}, days
        assert f'class="band {band}"' in page.source
        assert "路燈不亮" in office.seat("clerk").get(f"/?view=role&band={band}").text
        other = "today" if band != "today" else "late"
        assert "沒有符合的待辦" in office.seat("clerk").get(f"/?view=role&band={other}").text
    assert chips(office.seat("registrar").get("/?view=role").source) == {"none": 1}


def test_a_clock_that_stands_still_is_in_no_band_of_time(office: Office) -> None:
    case_id = office.at_officer()
    office.city.act_on(case_id, "suspend", who="lighting1", reason="請陳情人補照片")
    office.city.now += timedelta(days=30)
    office.seats.clear()
    page = office.seat("clerk").get("/?view=role")
    assert chips(page.source) == {"none": 1} and "停止計時" in page.text


def test_filters_by_step_unit_and_priority_and_their_counts(office_on_both: Office) -> None:
    office = office_on_both
    office.at_officer(subject="甲案")
    at_four = office.petition(subject="乙案")
    office.city.complete(
        at_four, "PO-04", who="registry1", answers={"receipt_number": "115-9", "responsible_unit": "works-lighting"}
    )
    with office.city.store.act() as db:
        db.execute(case.update().where(case.c.id == at_four).values(priority=2))
    clerk = office.seat("clerk")
    everything = clerk.get("/?view=role")
    assert "最速件" in everything.text and chips(everything.source) == {"later": 2}
    assert everything.text.index("乙案") < everything.text.index("甲案")  # the same limit: the more urgent case first
    by_step = clerk.get("/?view=role&step=權責單位處理")
    assert "甲案" in by_step.text and "乙案" not in by_step.text and chips(by_step.source) == {"later": 1}
    by_priority = clerk.get("/?view=role&priority=2")
    assert "乙案" in by_priority.text and "甲案" not in by_priority.text
    assert "沒有符合的待辦" in clerk.get("/?view=role&unit=works-roads").text
    assert clerk.get("/?view=role&priority=9&band=nonsense&sop=%00").status == 200


def test_what_was_done_is_kept_newest_first(office: Office) -> None:
    office.at_review()
    text = office.seat("clerk").get("/?view=done").text
    assert text.index("權責單位處理") < text.index("權責單位收文確認")
    assert "權責單位處理" in office.seat("clerk").get("/?view=done&q=處理").text


def test_an_empty_desk_says_how_much_there_is_to_take_and_a_list_calls_a_band_as_its_rows_do(office: Office) -> None:
    seat = office.seat("clerk")
    assert "目前也沒有可領取的待辦。" in seat.get("/").text
    office.at_officer()
    assert "看看可領取的待辦（1 項）" in seat.get("/").text
    assert "看看可領取的" not in seat.get("/?q=路燈").text  # narrowed, not empty
    chips = seat.get("/?view=role").source.partition('class="chips"')[2].partition("</ul>")[0]
    assert "期限內" in chips and "其後" not in chips


def test_after_the_last_step_of_ones_own_the_most_pressing_elsewhere_is_offered(office: Office) -> None:
    first, second = office.at_officer(subject="先辦這件"), office.at_officer(subject="再辦這件")
    item = office.item(first, "PO-08")
    seat = office.seat("clerk")
    done = seat.fill(f"/cases/{first}", f"/items/{item}/work", {**answers(**HANDLED), "act": "complete"})
    page = seat.get(done.location)
    assert "已送出" in page.text and "下一件待辦" in page.text and "再辦這件" in page.text
    assert f'data-next href="/cases/{second}#item-' in page.source
    assert "下一件待辦" not in office.seat("stranger").get("/?said=completed").text
    assert '<a href="/">回到待辦</a>' not in page.source
    assert "下一件待辦" not in seat.get(f"/cases/{second}?said=saved").text


def test_the_unread_count_is_asked_for_by_the_page_and_keeps_no_visit_alive(office: Office) -> None:
    seat = office.seat("clerk")
    seen = sa.select(sa.func.max(sign_in.c.seen_at))
    with office.city.store.look() as db:
        before = db.scalar(seen)
    office.city.now += timedelta(minutes=5)
    answer = seat.client.get("/unread", headers={"HX-Request": "true"})
    assert (answer.status_code, 'id="unread"' in answer.text) == (200, True)
    with office.city.store.look() as db:
        assert db.scalar(seen) == before
    office.city.now += timedelta(minutes=30)
    assert seat.client.get("/unread", headers={"HX-Request": "true"}).status_code == 204


def test_a_part_fetched_after_the_visit_ended_leads_the_whole_page_to_the_sign_in(office: Office) -> None:
    seat = office.seat("clerk")
    office.city.now += timedelta(hours=13)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/cases?q=abc"}
    answer = seat.client.get("/cases?q=abc", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/cases?q%3Dabc")


def test_a_claim_answers_with_one_sentence_to_put_in_place(office: Office) -> None:
    case_id = office.at_officer()
    seat = office.seat("clerk")
    claimed = seat.fill("/?view=role", f"/items/{office.item(case_id, 'PO-08')}/claim")
    assert 'class="said"' in seat.get(claimed.location).source
    second = office.at_officer(subject="第二件")
    form = office.seat("colleague").get("/?view=role").form(f"/items/{office.item(second, 'PO-08')}/claim")
    seat.fill("/?view=role", f"/items/{office.item(second, 'PO-08')}/claim")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    refused = office.seat("colleague").send(f"/items/{office.item(second, 'PO-08')}/claim", fields)
    assert refused.status == 409 and 'class="trouble"' in refused.source
