"""The guide's pictures: ``make pictures`` builds the invented city on one fixed morning and photographs it.

The same seed, the same instant, the same browser: a picture changes when the desk does. Written into
``docs/guide/pictures/`` with few colours, so that a clone stays small.
"""

from __future__ import annotations

import io
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from engine import clock, migrations, settings
from engine.cases.records import ITEM_IS_OPEN, case, child, document, item
from engine.dates.workdays import TAIPEI
from engine.library import drafts, register
from engine.office import accounts, journal, people
from engine.office.people import SYSTEM
from engine.office.records import person
from engine.rehearsal import demonstration, scenarios
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from webui.app import create_app
from webui.commands import rounds

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "guide" / "pictures"
#: Thursday, in the middle of a morning's work
NOW = datetime(2026, 11, 26, 9, 40, tzinfo=TAIPEI)
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "wobbly-lantern-42"
#: petitions of the photographed city; fewer than `make run` makes, and every kind among them
CASES = 120
COLOURS = 64


@dataclass(frozen=True)
class Shot:
    """One picture: whose eyes, which page, how much of it. ``open``: folds to open first, by their words."""

    name: str
    who: str
    path: str | Callable[[City], str]
    part: str = ""
    open: tuple[str, ...] = ()
    width: int = 1200
    height: int = 900
    whole: bool = False
    #: words that stand there once the page has drawn what it shows
    until: str = ""


@dataclass
class City:
    """The photographed city's data, to find what is worth a picture."""

    virtual: Virtual

    def held(self, account: str, *steps: str) -> str:
        """The file of a case in which this person holds one of these steps; the oldest one."""
        query = (
            sa.select(item.c.case_id)
            .join(person, person.c.id == item.c.assignee)
            .where(ITEM_IS_OPEN, person.c.account == account, item.c.step.in_(steps))
            .order_by(item.c.due_at, item.c.id)
        )
        return f"/cases/{self._one(query)}"

    def waiting(self, *steps: str) -> str:
        """The file of a case in which one of these steps waits."""
        query = sa.select(item.c.case_id).where(ITEM_IS_OPEN, item.c.step.in_(steps)).order_by(item.c.due_at, item.c.id)
        return f"/cases/{self._one(query)}"

    def form(self, kind: str) -> str:
        row = self._one(sa.select(document.c.case_id, document.c.id).where(document.c.kind == kind), whole=True)
        return f"/cases/{row.case_id}/forms/{row.id}"

    def released(self) -> str:
        return f"/cases/{self._one(sa.select(case.c.id).where(case.c.released_at.is_not(None)).order_by(case.c.id))}"

    def asks(self) -> str:
        """Who has handed in and who has not, of the case that asks most of the units at once."""
        row = self._one(
            sa.select(child.c.parent_id, child.c.step)
            .join(case, case.c.id == child.c.case_id)
            .group_by(child.c.parent_id, child.c.step)
            .having(sa.func.count().filter(case.c.status == "open") > 0)
            .order_by(sa.func.count(sa.distinct(case.c.status)).desc(), sa.func.count().desc(), child.c.parent_id),
            whole=True,
        )
        return f"/cases/{row.parent_id}/handing-in?step={row.step}"

    def _one(self, query: sa.Select[Any], *, whole: bool = False) -> Any:
        with self.virtual.store.look() as db:
            row = db.execute(query.limit(1)).first()
        if row is None:
            raise SystemExit(f"the city has nothing for this picture: {query}")
        return row if whole else row[0]


SHOTS = (
    Shot("inbox", "lighting1", "/"),
    Shot("work", "lighting1", lambda city: city.held("lighting1", "PO-08", "PV-08", "PW-09"), height=1100),
    Shot(
        "why", "lighting1", lambda city: city.held("lighting1", "PO-08", "PV-08", "PW-09"), part="#clocks",
        open=("為什麼是這一天",),
    ),
    Shot("find", "rdec1", "/cases?q=路燈"),
    Shot("print", "rdec1", lambda city: city.released() + "/print", width=900, height=1100),
    Shot("channels", "service1", "/cases/new"),
    Shot("oversight", "lighting-chief", "/oversight"),
    Shot("worklist", "lighting-chief", "/oversight/work"),
    Shot("load", "works-head", "/oversight/load"),
    Shot("trends", "rdec-chief", "/oversight/trends", height=1000),
    Shot("control", "rdec1", "/control"),
    Shot("procedure", "owner", "/procedures/petition-written-fax", height=1100),
    Shot("editor", "owner", "/workshop/petition-online/edit?at=PO-08", until="已儲存", height=760),
    Shot("admin", "admin", "/admin"),
    Shot("health", "admin", "/admin/health"),
    Shot("calendar", "admin", "/calendar"),
    Shot("duties", "rdec1", "/calendar/duties?year=2026"),
    Shot("handing-in", "rdec1", lambda city: city.asks(), height=800),
    Shot("forms", "rdec1", "/forms?q=追蹤", height=760),
    Shot("calculator", "lighting1", "/calculator?from=115/11/20&regime=petition&length=5&unit=workday"),
    Shot("narrow", "lighting1", "/", width=390, height=800),
)  # fmt: skip


def build(folder: Path) -> Virtual:
    """The city as it stands at ``NOW``, everybody with the same password."""
    store = Store(f"sqlite:///{folder / 'city.sqlite3'}")
    migrations.upgrade(store)
    city = scenarios.city(ROOT / "processes", demonstration.begins(NOW, count=CASES), store=store)
    with store.act() as db:
        hashed = accounts._hasher.hash(PASSWORD)
        db.execute(sa.update(person).values(password_hash=hashed))
        register.load(db, (ROOT / "processes" / "forms.yaml").read_text("utf-8"), who=SYSTEM, at=NOW)
    chosen = settings.read({}, home=folder)
    deliver = rounds.postman(chosen, store, city.office.key, city.office.calendar)
    demonstration.make(
        store, city.office, NOW, count=CASES, progress=lambda n, of: say(f"{n}/{of}"), deliver=deliver
    )  # fmt: skip
    clock.tick(store, NOW, city.office)
    with store.act() as db:
        journal.anchor(db, NOW.date(), NOW)
        drafts.begin(db, "petition-online", who=people.get(db, "owner", NOW), at=NOW)
    return Virtual(store, city.office, NOW)


def photograph(city: City, browser: Browser, address: str, shot: Shot, pages: dict[tuple[str, int], Page]) -> None:
    key = (shot.who, shot.width)
    if key not in pages:
        page = browser.new_context(
            viewport={"width": shot.width, "height": shot.height}, locale="zh-TW", reduced_motion="reduce"
        ).new_page()
        page.goto(address)
        page.get_by_label("帳號").fill(shot.who)
        page.get_by_label("密碼").fill(PASSWORD)
        page.get_by_role("button", name="登入").click()
        page.wait_for_load_state()
        pages[key] = page
    page = pages[key]
    page.set_viewport_size({"width": shot.width, "height": shot.height})
    answer = page.goto(address + (shot.path if isinstance(shot.path, str) else shot.path(city)).lstrip("/"))
    if answer is None or answer.status != 200:
        raise SystemExit(f"{shot.name}: {page.url} answered {answer and answer.status}")
    if shot.until:
        page.get_by_text(shot.until, exact=True).wait_for()
    for words in shot.open:
        for fold in page.locator("summary", has_text=words).all()[:1]:
            fold.click()
    part = page.locator(shot.part).first if shot.part else None
    taken = part.screenshot() if part is not None else page.screenshot(full_page=shot.whole)
    few = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{shot.name}.png", optimize=True)
    say(f"{shot.name}.png")


def say(words: str) -> None:
    print(words, file=sys.stderr)


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        virtual = build(Path(folder))
        app = create_app(
            settings.read({}, home=Path("/nowhere")), virtual.store, lambda: virtual.office, now=lambda: NOW
        )
        server: Any = create_server(app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
        threading.Thread(target=server.run, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            pages: dict[tuple[str, int], Page] = {}
            for shot in SHOTS:
                if not names or shot.name in names:
                    photograph(City(virtual), browser, f"http://127.0.0.1:{server.effective_port}/", shot, pages)
            browser.close()
        server.close()
        virtual.store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
