"""The main menu: everybody reads what is there for them, and whoever reads an entry may follow it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.webui.conftest import PASSWORD, PEOPLE, Office, Seat
from webui import app as webapp
from webui import menu
from webui.permissions import permit

#: what stands in the bar itself on a wide screen; more would not fit on one line
MOST_IN_BAR = 7


def entries() -> list[menu.Entry]:
    return [entry for group in menu.GROUPS for entry in group.entries]


def test_every_entry_leads_to_a_page_that_is_there(office: Office) -> None:
    assert [e.endpoint for e in entries() if e.endpoint not in office.app.view_functions] == []
    assert len({e.endpoint for e in entries()}) == len(entries())
    assert len(menu.BAR.entries) <= MOST_IN_BAR


@pytest.mark.parametrize("who", [*PEOPLE])
def test_whoever_reads_an_entry_may_follow_it(office: Office, who: str) -> None:
    seat = office.seat(who)
    found = re.search(r'<nav class="menu".*?</nav>', seat.get("/").source, flags=re.S)
    assert found
    links = re.findall(r'href="([^"]+)"', found[0])
    assert "/" in links and "/cases/new" in links
    assert {path: seat.get(path).status for path in links} == dict.fromkeys(links, 200)


def test_what_is_for_administrators_is_shown_to_administrators_only(office: Office, hashed: str) -> None:
    assert "通知設定" not in office.seat("clerk").get("/").text
    with office.city.store.act() as db:
        db.exec_driver_sql("UPDATE person SET admin = 1 WHERE account = 'lighting2'")
    seat = Seat(office.app)
    seat.sign_in("lighting2", PASSWORD)
    assert "通知設定" in seat.get("/").text


def test_the_place_one_is_at_is_marked_also_where_it_is_folded_away(office: Office) -> None:
    source = office.seat("clerk").get("/calculator").source
    assert re.search(r'<summary class="here">更多</summary>', source)
    assert re.search(r'href="/calculator" aria-current="page"', source)


@pytest.mark.parametrize(
    ("kinds", "welcome"),
    [
        (("administrators",), {"admin"}),
        (("supervisors",), {"chief", "head"}),
        (("control-office",), {"control"}),
        (("administrators", "control-office"), {"admin", "control"}),
        (("manage_settings",), {"admin"}),
        (("claim",), {"admin", "chief", "head", "control", "clerk"}),
    ],
)
def test_a_route_lets_in_whom_it_names(
    office: Office, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...], welcome: set[str]
) -> None:
    def install(app: Flask) -> None:
        app.add_url_rule("/corner", "corner", permit(*kinds)(lambda: "corner"))
        refusals(app)

    refusals = webapp.refusals.install
    monkeypatch.setattr(webapp.refusals, "install", install)
    with office.city.store.act() as db:
        db.exec_driver_sql("UPDATE person SET admin = 1 WHERE account = 'lighting2'")
    with_corner = type(office)(office.city, _again(office), {})
    came = {
        who
        for who in ("clerk", "colleague", "chief", "head", "control")
        if with_corner.seat(who).get("/corner").status == 200
    }
    assert {"admin" if who == "colleague" else who for who in came} == welcome


def _again(office: Office) -> Flask:
    from pathlib import Path

    from engine import settings

    city = office.city
    chosen = settings.read({}, home=Path("/nowhere"))
    return webapp.create_app(chosen, city.store, lambda: city.office, now=lambda: city.now)


def test_a_permission_nobody_knows_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="fly"):
        permit("fly")
    with pytest.raises(ValueError):
        permit()
