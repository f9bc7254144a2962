"""A desk over a small city, and people who sit at it: clerk, colleague, stranger, chief, control office."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import settings
from engine.cases import Office as EngineOffice
from engine.cases.records import item
from engine.dates.workdays import TAIPEI, Calendar
from engine.office import accounts
from engine.office.vault import Key
from engine.rehearsal.virtual import Virtual
from engine.store import Connection, Store, metadata
from tests import laid
from tests.cases.conftest import HANDLED as HANDLED_THE_DAY_AFTER
from tests.cases.conftest import PETITION, TICKED
from webui.app import create_app

PROCESSES = Path(__file__).parents[2] / "processes"
#: Thursday
MORNING = datetime(2026, 11, 26, 9, tzinfo=TAIPEI)
PASSWORD = "wobbly-lantern-42"
#: who the tests call by what they are
PEOPLE = {
    "clerk": "lighting1",
    "colleague": "lighting2",
    "chief": "lighting-chief",
    "head": "works-head",
    "stranger": "drainage1",
    "registrar": "registry1",
    "service": "service1",
    "control": "rdec1",
    "mayor": "mayor",
    "other-head": "personnel-head",
}
HANDLED = {**HANDLED_THE_DAY_AFTER, "visited_on": "2026-11-26"}


@dataclass
class Page:
    """An answer as a person reads it."""

    answer: TestResponse

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def source(self) -> str:
        return self.answer.text

    @property
    def text(self) -> str:
        plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", self.answer.text, flags=re.S)
        return re.sub(r"\s+", " ", html.unescape(plain))

    @property
    def location(self) -> str:
        return self.answer.headers.get("Location", "")

    def hidden(self, name: str, form: str = "") -> str:
        """A hidden field's value, of the form whose action ends so."""
        part = self.form(form) if form else self.source
        found = re.search(rf'name="{name}" value="([^"]*)"', part)
        assert found, f"no {name} in the form {form!r}"
        return html.unescape(found[1])

    def form(self, action: str) -> str:
        for part in re.findall(r"<form.*?</form>", self.source, flags=re.S):
            if re.search(rf'action="[^"]*{re.escape(action)}"', part):
                return str(part)
        raise AssertionError(f"no form that posts to {action!r}")

    def offers(self, action: str) -> bool:
        """Whether the page has a form that posts there."""
        return re.search(rf'action="[^"]*{re.escape(action)}"', self.source) is not None


class Seat:
    """One person's browser: follows what the page holds, sends what a browser would send."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> Page:
        return Page(self.client.get(path))

    def sign_in(self, account: str, password: str = PASSWORD) -> Page:
        csrf = self.get("/sign-in").hidden("csrf")
        return self.send("/sign-in", {"csrf": csrf, "account": account, "password": password, "next": ""})

    def send(self, path: str, fields: Any, **headers: str) -> Page:
        """A bare post, with exactly these fields."""
        return Page(self.client.post(path, data=fields, headers=headers))

    def fill(self, page: str, action: str, fields: dict[str, Any] | None = None) -> Page:
        """Open a page, take its form's hidden fields, add what the person typed, send it."""
        form = self.get(page).form(action)
        target = re.search(r'action="([^"]*)"', form)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert target
        return self.send(html.unescape(target[1]), {**hidden, **(fields or {})})


@dataclass
class Office:
    """The desk's application over a virtual city, with a seat per person."""

    city: Virtual
    app: Flask
    seats: dict[str, Seat]
    petitioners: int = 0

    def seat(self, who: str) -> Seat:
        if who not in self.seats:
            self.seats[who] = Seat(self.app)
            assert self.seats[who].sign_in(PEOPLE[who]).status == 303
        return self.seats[who]

    def petition(self, **answers: Any) -> int:
        """Handed in by somebody who never handed in before, about another place, so that it is nobody's duplicate."""
        self.petitioners += 1
        given = {**PETITION, "petitioner_phone": f"0900-000-{self.petitioners:03}", **answers}
        if self.petitioners > 1 and "location" not in answers:
            given["location"] = f"和平街{self.petitioners}號前"
        return self.city.open_case("petition-online", who="service1", answers=given, start="PO-S").case_id

    def at_officer(self, **answers: Any) -> int:
        """A petition on the lighting section's desk."""
        case_id = self.petition(**answers)
        registered = {"receipt_number": "115-A-1", "responsible_unit": "works-lighting"}
        self.city.complete(case_id, "PO-04", who="registry1", answers=registered)
        self.city.complete(case_id, "PO-07", who="lighting1", answers={"ours": "yes"})
        return case_id

    def at_review(self) -> int:
        """A petition whose answer waits for the section chief."""
        case_id = self.at_officer()
        self.city.complete(case_id, "PO-08", who="lighting1", answers=HANDLED)
        return case_id

    def item(self, case_id: int, step: str) -> int:
        return int(self.city.open_item(case_id, step)["id"])

    def open_steps(self, case_id: int) -> list[str]:
        query = sa.select(item.c.step).where(item.c.case_id == case_id, item.c.status == "open")
        with self.city.store.look() as db:
            return sorted(db.execute(query).scalars())

    def everything(self) -> dict[str, list[Any]]:
        """Every row but the visits: to say that a refusal stored nothing."""
        skipped = {"sign_in", "person", "entry", "chain_head"}
        with self.city.store.look() as db:
            rows = {
                name: [tuple(row) for row in db.execute(sa.select(table))]
                for name, table in metadata.tables.items()
                if name not in skipped
            }
            journal = metadata.tables["entry"]
            rows["entry"] = [
                tuple(row) for row in db.execute(sa.select(journal).where(journal.c.subject.like("case:%")))
            ]
        return rows


def answers(**given: Any) -> dict[str, Any]:
    """Answers under the names the page gives them."""
    return {f"answer-{name}": value for name, value in given.items()}


@pytest.fixture(scope="session")
def hashed() -> str:
    """One password hash for everybody: argon2 is slow on purpose."""
    return accounts._hasher.hash(PASSWORD)


def furnish(store: Store, at: datetime, hashed: str) -> Virtual:
    def passwords(db: Connection) -> None:
        people = metadata.tables["person"]
        db.execute(sa.update(people).where(people.c.account.in_(PEOPLE.values())).values(password_hash=hashed))

    return laid.city(at, store, then=passwords, key="passwords")


def seated(city: Virtual) -> Office:
    chosen = settings.read({}, home=Path("/nowhere"))
    return Office(city, create_app(chosen, city.store, lambda: city.office, now=lambda: city.now), {})


@pytest.fixture(scope="session")
def furnished(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory, hashed: str) -> Path:
    """A city in a file, made once: its SOPs published, nobody has handed anything in."""
    path = tmp_path_factory.mktemp("city") / "city.sqlite3"
    shutil.copyfile(migrated_sqlite_file, path)
    store = Store(f"sqlite:///{path}")
    furnish(store, MORNING, hashed)
    store.close()  # the last connection takes the write-ahead log into the file
    return path


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copyfile(furnished, tmp_path / "desk.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    yield seated(Virtual(store, EngineOffice(calendar=Calendar(), key=Key.of(b"k" * 32)), MORNING))
    store.close()


@pytest.fixture
def office_on_both(store: Store, hashed: str) -> Office:
    """For the pages whose queries differ between the databases."""
    return seated(furnish(store, MORNING, hashed))


__all__ = ["HANDLED", "PASSWORD", "PETITION", "TICKED", "Office", "Page", "Seat", "answers"]
