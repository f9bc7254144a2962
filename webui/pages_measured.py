"""What a page costs over many cases, as ratios to an empty page of the same application in the same run.

The pages are asked for as a browser asks: the whole application, the session, the permission, the database, the
template. Nothing goes over a network. Rounds are interleaved; medians are taken over rounds.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from engine import settings
from engine.cases.records import CASE_IS_OPEN, case
from engine.office import accounts
from engine.office.people import SYSTEM
from engine.rehearsal import crowd, scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from webui.app import create_app

__all__ = ["measure"]

AT = datetime.fromisoformat("2026-11-26T09:00+08:00")
#: what is the empty page: signed in, whole frame, nothing asked of the cases
_EMPTY = "/calculator"
#: name → who asks for what; {open} is an open case of that person's unit
_PAGES: Mapping[str, tuple[str, str]] = {
    "inbox, mine": ("lighting1", "/"),
    "inbox, of my role": ("lighting1", "/?view=role"),
    "inbox, of a role of all": ("registry1", "/?view=role"),
    "inbox, done": ("lighting1", "/?view=done"),
    "find, newest": ("lighting1", "/cases"),
    "find, two characters": ("lighting1", "/cases?q=路燈"),
    "find, a sentence": ("rdec1", "/cases?q=中山路 號誌故障 好幾天"),
    "find, a number": ("rdec1", "/cases?q=115-100100"),
    "case file": ("lighting1", "/cases/{open}"),
    "act now": ("lighting-chief", "/oversight"),
    "act now, the whole house": ("rdec1", "/oversight"),
    "work": ("lighting-chief", "/oversight/work"),
    "work, late, the whole house": ("rdec1", "/oversight/work?band=late"),
    "workload": ("lighting-chief", "/oversight/load"),
    "workload, the whole house": ("rdec1", "/oversight/load"),
    "trends": ("rdec1", "/oversight/trends"),
    "trends, twelve months": ("rdec1", "/oversight/trends?months=12"),
    "control list": ("rdec1", "/control"),
    "control list, months": ("rdec1", "/control/months"),
    "SOPs": ("lighting1", "/procedures"),
    "an SOP, its cases by version": ("rdec1", "/procedures/petition-online"),
    "where an SOP waits": ("rdec1", "/procedures/petition-online/waiting"),
    "how an SOP is really done": ("rdec1", "/procedures/petition-online/practice"),
    "workshop": ("owner", "/workshop"),
    "calendar of duties": ("lighting1", "/calendar/duties"),
    "calendar": ("lighting1", "/calendar"),
    "notices": ("lighting1", "/notices"),
    "journal": ("admin", "/admin/journal"),
    "journal, of one verb": ("admin", "/admin/journal?verb=send_back"),
    "journal, of a person": ("admin", "/admin/journal?by=lighting1"),
    "who saw what": ("admin", "/admin/access"),
    "health": ("admin", "/admin/health"),
}


def measure(
    processes: Path, store: Store, *, cases: int, rounds: int = 5, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Fill the empty, migrated ``store`` with a crowd and ask for every page. Milliseconds and ratios, medians."""
    city = scenarios.city(processes, AT, store=store)
    progress(f"正在放入 {cases} 個案件")
    crowd.gather(city, cases)
    app = _application(city)
    seats = {who: _seat(app, who) for who in {who for who, _ in _PAGES.values()}}
    addresses = {name: (seats[who], path.format(open=_open_case(store))) for name, (who, path) in _PAGES.items()}
    took: dict[str, list[_Took]] = {name: [] for name in addresses}
    empty: dict[str, list[_Took]] = {name: [] for name in addresses}
    for number in range(rounds + 1):
        progress(f"第 {number}／{rounds} 回")
        for name, (seat, path) in addresses.items():
            base = _asked(seat, _EMPTY)
            page = _asked(seat, path)
            if number:  # the first round warms: templates, statements, the database's own memory
                empty[name].append(base)
                took[name].append(page)
    return {
        "database": "PostgreSQL" if not store.is_sqlite else "SQLite",
        "cases": cases, "rounds": rounds,
        "empty_page_ms": _median([one.wall * 1000 for each in empty.values() for one in each]),
        "pages": {
            name: {
                "ms": _median([one.wall * 1000 for one in took[name]]),
                "times_empty_page": _median([a.wall / b.wall for a, b in zip(took[name], empty[name], strict=True)]),
                "times_its_computing": _median([a.cpu / b.cpu for a, b in zip(took[name], empty[name], strict=True)]),
            }
            for name in addresses
        },
    }  # fmt: skip


def _application(city: Virtual) -> Flask:
    return create_app(settings.read({}, home=Path.cwd()), city.store, lambda: city.office, now=lambda: AT)


def _seat(app: Flask, account: str) -> FlaskClient:
    """A browser at which that person has just signed in, with a password of this run."""
    here = app.extensions["sopflow"]
    password = secrets.token_urlsafe(12)
    with here.store.act() as db:
        accounts.set_password(db, account, password, who=SYSTEM, at=AT)
        token = accounts.sign_in(db, account, password, AT)
    seat = app.test_client()
    seat.set_cookie(here.cookie, token)
    return seat


def _open_case(store: Store) -> int:
    newest = sa.select(sa.func.max(case.c.id)).where(CASE_IS_OPEN, case.c.unit == "works-lighting")
    with store.look() as db:
        return int(db.execute(newest).scalar_one())


@dataclass(frozen=True, slots=True)
class _Took:
    """Seconds by the clock, and seconds this process computed: what others do on the machine is not in them, and
    neither is what another process does, as PostgreSQL's server."""

    wall: float
    cpu: float


def _asked(seat: FlaskClient, path: str) -> _Took:
    began, computed = time.perf_counter(), time.process_time()
    answer = seat.get(path)
    took = _Took(time.perf_counter() - began, time.process_time() - computed)
    assert answer.status_code == 200, (path, answer.status_code)
    return took


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 2)
