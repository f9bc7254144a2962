"""The pictures of a case at the door: its clocks as lines, its chart, the small bar of a list."""

from __future__ import annotations

import re
from datetime import timedelta

from engine import cases
from tests.webui.conftest import Office, Page


def strips(page: Page) -> list[str]:
    """The sentences that the strips of the page say."""
    return re.findall(r'<div class="clock-strip"><svg[^>]*><title>([^<]*)', page.source)


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
