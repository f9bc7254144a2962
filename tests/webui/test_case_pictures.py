"""The pictures of a case at the door: its clocks as lines, its chart, the small bar of a list."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

from engine import cases
from tests.webui.administration import counted
from tests.webui.conftest import HANDLED, Office, Page


def strips(page: Page) -> list[str]:
    """The sentences that the strips of the page say."""
    return re.findall(r'<div class="clock-strip"[^>]*><svg[^>]*><title>([^<]*)', page.source)


def test_a_petition_has_two_clocks_as_lines_and_what_stood_still_is_hatched(office: Office) -> None:
    case_id = office.at_officer()
    seat = office.seat("clerk")
    reply, control = strips(seat.get(f"/cases/{case_id}"))
    assert "現在進行中" in reply and "期限 115/12/" in reply
    assert control.startswith("列管自") and "尚未解除" in control
    city = office.city
    with city.store.act() as db:
        cases.suspend(
            db, case_id, reason="請補照片。", who=city.person(db, "lighting1"), at=city.now, office=city.office
        )
    city.now += timedelta(days=4)
    office.seats.clear()  # the visit is over
    stands = office.seat("clerk").get(f"/cases/{case_id}")
    assert "現在停止計時" in strips(stands)[0] and "<title>停止計時，自 115/11/26" in stands.source
    with city.store.act() as db:
        cases.proceed(db, case_id, who=city.person(db, "lighting1"), at=city.now, office=city.office)
    again = office.seat("clerk").get(f"/cases/{case_id}")
    assert "現在進行中" in strips(again)[0] and "<title>停止計時，115/11/26" in again.source
    assert re.search(r">原期限 12/\d+（.）</tspan>", again.source), "the old date stays readable"
    assert office.seat("stranger").get(f"/cases/{case_id}").status == 404
    assert strips(office.seat("colleague").get(f"/cases/{case_id}")) == strips(again)


def test_a_page_that_stands_open_hears_of_a_case_only_when_it_has_turned(office_on_both: Office) -> None:
    office = office_on_both
    case_id = office.at_officer()
    page = office.seat("colleague").get(f"/cases/{case_id}")
    found = re.search(r'data-watch hx-get="([^"]*)"', page.source)
    assert found
    asks = html.unescape(found[1])
    strip = re.search(r'id="(strip-\d+)"', page.source)
    assert strip and f"#{strip[1]}," in page.source, "the clocks follow with the picture"
    assert "#case-head," in page.source and f"#due-{strip[1].removeprefix('strip-')}," in page.source
    assert office.seat("colleague").get(asks).status == 204, "nothing has happened"
    assert office.seat("stranger").get(asks).status == 404
    office.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
    turned = office.seat("colleague").get(asks)
    assert turned.status == 200 and 'id="picture"' in turned.source and f'id="{strip[1]}"' in turned.source
    newer = re.search(r'data-watch hx-get="([^"]*)"', turned.source)
    assert newer and html.unescape(newer[1]) != asks
    assert office.seat("colleague").get(html.unescape(newer[1])).status == 204
    office.city.now += timedelta(days=1)
    office.seats.clear()
    assert office.seat("colleague").get(html.unescape(newer[1])).status == 200, "the lines end at another day"
    with office.city.store.act() as db:
        control = office.city.person(db, "rdec1")
        cases.withdraw(db, case_id, reason="撤回", who=control, at=office.city.now, office=office.city.office)
    over = office.seat("colleague").get(f"/cases/{case_id}/picture")
    assert over.status == 200 and "data-watch" not in over.source, "nothing follows"


def test_the_head_and_the_dates_of_a_page_that_stands_open_follow_an_extension_and_a_suspension(
    office: Office,
) -> None:
    case_id = office.at_officer()
    city = office.city

    def turned(page: Page) -> str:
        found = re.search(r'data-watch hx-get="([^"]*)"', page.source)
        assert found
        fetched = office.seat("colleague").get(html.unescape(found[1])).source
        head = re.search(r'<header class="panel case-head" id="case-head">.*?</header>', fetched, re.DOTALL)
        limit = re.search(r'<div id="due-\d+">.*?</div>', fetched, re.DOTALL)
        assert head and limit
        return re.sub(r"<[^>]+>", " ", head[0] + limit[0])

    page = office.seat("colleague").get(f"/cases/{case_id}")
    with city.store.act() as db:
        clerk, chief = city.person(db, "lighting1"), city.person(db, "works-head")
        more: dict[str, Any] = {"length": 10, "reason": "須會勘。"}
        by: dict[str, Any] = {"at": city.now, "office": city.office}
        which = cases.ask_extension(db, case_id, "PO-D1", who=clerk, **more, **by)
        cases.decide_extension(db, which, grant=True, who=chief, **by)
    granted = turned(page)
    assert granted.count("115/12/17（四）17:00") == 2, "the head and the deadline itself"
    assert "原  115/12/03（四）17:00" in granted
    page = office.seat("colleague").get(f"/cases/{case_id}")
    with city.store.act() as db:
        cases.suspend(db, case_id, reason="請補照片。", who=clerk, **by)
    assert turned(page).count("停止計時") >= 2
    city.now += timedelta(days=40)
    office.seats.clear()
    still = office.seat("clerk").get(f"/cases/{case_id}")
    assert "已逾" not in re.sub(r"<svg.*?</svg>", "", still.source, flags=re.DOTALL), "what stands still is not late"
    assert "停止計時時剩 15 天" in still.text and "現在恢復計時的話，期限為" in still.text
    paper = re.sub(r"\s+", " ", office.seat("clerk").get(f"/cases/{case_id}/print").text)
    assert "稽催（第 1 級） 暫停 例路燈甲、例路燈乙、例路燈長" in paper, "every rung on paper too, before it rings"


def test_the_picture_says_how_long_each_step_took_without_what_stood_still(office: Office) -> None:
    case_id = office.at_officer()
    city = office.city
    began = city.now
    with city.store.act() as db:
        clerk = city.person(db, "lighting1")
        cases.suspend(db, case_id, reason="請補照片。", who=clerk, at=city.now, office=city.office)
        city.now += timedelta(hours=2)
        cases.proceed(db, case_id, who=clerk, at=city.now, office=city.office)
    city.now += timedelta(hours=1)
    assert began.hour == 9 and city.now.hour == 12
    page = office.seat("clerk").get(f"/cases/{case_id}")
    line = re.search(r"<li[^>]*>(步驟「權責單位處理」[^<]*)</li>", page.source)
    assert line and line[1].endswith("，已用 1 小時"), "two of the three hours stood still"
    assert "data-state" in page.source and ">已用</tspan>" in page.source
    plain = office.seat("clerk").get(f"/cases/{case_id}/picture?chart=bpmn")
    assert plain.status == 200 and ">已用</tspan>" not in plain.source and 'data-state="open"' in plain.source
    assert office.seat("clerk").get(f"/cases/{case_id}/picture?chart=x").status == 200


def test_the_lists_show_how_much_of_a_limit_is_used_and_ask_nothing_more_for_it(office: Office) -> None:
    case_id = office.at_officer()
    office.city.now += timedelta(days=1)
    office.seats.clear()
    said = "已過 1／5 個工作天"
    lists = {"clerk": "/?view=role", "chief": "/oversight/work", "control": "/control"}
    for who, path in lists.items():
        assert said in office.seat(who).get(path).source, path
    with counted(office.city.store) as few:
        office.seat("clerk").get("/?view=role")
    for _ in range(4):
        office.at_officer()
    with counted(office.city.store) as many:
        page = office.seat("clerk").get("/?view=role").source
        assert page.count("個工作天</title>") == 5
        assert page.count("流程圖第 10 步，共 16 步</title>") == 5, "the place of the step on its chart"
    assert len(few) == len(many), "no question for a row"
    with office.city.store.act() as db:
        clerk = office.city.person(db, "lighting1")
        cases.suspend(db, case_id, reason="請補照片。", who=clerk, at=office.city.now, office=office.city.office)
    assert office.seat("clerk").get("/?view=role").source.count("個工作天</title>") == 4, "what stands still uses none"
    office.city.now += timedelta(days=14)
    office.seats.clear()
    assert "已逾期</title>" in office.seat("chief").get("/oversight").source
