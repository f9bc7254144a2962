"""A city in which everybody may try everything and nothing is kept: for the test of every route × person × case.

The case is plain, an informant's report, or one that everybody is excluded from. The clerk holds its open step, the
colleague sits beside them, the chief above, the stranger elsewhere: own case, colleague's and other unit's are what the
one plain case is for each of them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import cases
from engine.cases import informants
from engine.cases.records import attachment, attachment_content, case, document, item
from engine.dates.records import deadline
from engine.office import people
from engine.office.records import notice, person
from engine.store import Connection, Store
from tests.webui.conftest import PASSWORD, Office, Seat
from webui.door import LANGUAGE_COOKIE

#: who tries, by the account they sign in with
ROLES: Mapping[str, str] = {
    "clerk": "lighting1",
    "colleague": "lighting2",
    "chief": "lighting-chief",
    "head": "works-head",
    "stranger": "drainage1",
    "other-chief": "drainage-chief",
    "registrar": "registry1",
    "service": "service1",
    "control": "rdec1",
    "owner": "owner",
    "admin": "admin",
}
NOBODY = "nobody"
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
THINGS = ("plain", "informant", "excluded")


@dataclass
class City:
    """``things``: of each class of case, what an address may name."""

    office: Office
    seats: dict[str, Seat] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    csrf: dict[str, str] = field(default_factory=dict)
    cookie: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> Flask:
        return self.office.app

    def address(self, rule: str, named: Mapping[str, Any], thing: str, swap: Mapping[str, str]) -> str:
        """The rule's address for this case; what it does not name is a row that is not there."""
        known = {**named, **self.things[thing]}
        known |= {name: known[other] for name, other in swap.items()}
        parts = []
        for part in rule.split("/"):
            before, found, rest = part.partition("<")
            if found:
                name, _, after = rest.partition(">")
                part = f"{before}{known.get(name.rpartition(':')[2], 999_999)}{after}"
            parts.append(part)
        return "/".join(parts)

    def answer(self, role: str, method: str, path: str, body: Mapping[str, Any], language: str = "") -> Any:
        seat = self.seats[role]
        seat.client.set_cookie("sopflow", self.cookie[role])  # whatever the last try did with it
        seat.client.delete_cookie(LANGUAGE_COOKIE)
        if language:
            seat.client.set_cookie(LANGUAGE_COOKIE, language)
        if method == "GET":
            page = seat.get(path)
        else:
            page = seat.send(path, {"csrf": self.csrf[role], "key": f"{role}{path}"[:60], **body})
        page.answer.get_data()
        page.answer.close()
        return page


def build(
    office: Office, patch: pytest.MonkeyPatch, things: Iterable[str] = THINGS, *, later: timedelta = timedelta()
) -> City:
    """``later``: how long ago the cases were made when people sit down."""
    city = City(office)
    with office.city.store.act() as db:
        hashed = db.scalar(sa.select(person.c.password_hash).where(person.c.account == "lighting1"))
        mine = person.c.account.in_([*ROLES.values(), "rdec-chief"])
        db.execute(sa.update(person).where(mine).values(password_hash=hashed))
    for thing in things:
        city.things[thing] = _case(office, thing)
    office.city.now += later
    for role, account in ROLES.items():
        city.seats[role] = Seat(office.app)
        assert city.seats[role].sign_in(account, PASSWORD).status == 303
        city.csrf[role] = city.seats[role].get("/").hidden("csrf")
    city.seats[NOBODY] = Seat(office.app)
    city.csrf[NOBODY] = city.seats[NOBODY].get("/sign-in").hidden("csrf")
    for role, seat in city.seats.items():
        kept = seat.client.get_cookie("sopflow")
        assert kept is not None
        city.cookie[role] = kept.value
    # this store alone: a trial's own city in memory is no matter of ours
    patch.setattr(office.city.store, "act", partial(_act_that_keeps_nothing, office.city.store))
    return city


@contextmanager
def _act_that_keeps_nothing(store: Store) -> Iterator[Connection]:
    with store.engine.connect() as db, db.begin() as transaction:
        try:
            yield db
        finally:
            transaction.rollback()


def _case(office: Office, thing: str) -> dict[str, Any]:
    """A case on the clerk's desk with one of everything an address may name."""
    kind = {"case_type": "檢舉"} if thing == "informant" else {}
    if thing == "long":  # as long as the form takes, and nowhere a place to break
        kind = {"subject": "W" * 100, "body": "路燈不亮" * 300 + "W" * 300, "location": "W" * 100}
    case_id = office.at_officer(**{"subject": f"{thing}的路燈", **kind})
    city = office.city
    work = office.item(case_id, "PO-08")
    with city.store.act() as db:
        clerk = people.get(db, "lighting1", city.now)
        common: dict[str, Any] = {"who": clerk, "at": city.now, "office": city.office}
        cases.claim(db, work, **common)
        limit = db.scalars(
            sa.select(deadline.c.path).where(
                deadline.c.case_id == case_id, deadline.c.ended_at.is_(None), deadline.c.step.is_(None)
            )
        ).first()
        ids = {
            "case_id": case_id,
            "number": db.scalar(sa.select(case.c.number).where(case.c.id == case_id)),
            "item_id": work,
            "done_item_id": db.scalar(
                sa.select(item.c.id).where(item.c.case_id == case_id, item.c.step == "PO-07", item.c.status == "done")
            ),
            "limit": limit,
            "subject": f"{thing}的路燈",
            "colleague": people.get(db, "lighting2", city.now).id,
            "bystander": people.get(db, "roads2", city.now).id,
            "document_id": db.scalar(sa.select(document.c.id).where(document.c.case_id == case_id).limit(1)),
            "note_id": cases.note_add(db, case_id, text="備註", **common),
            "opinion_id": cases.ask_opinion(db, case_id, "works-roads", question="請表示意見", **common),
            "extension_id": cases.ask_extension(db, case_id, limit, length=3, reason="需現場會勘", **common),
            "notice_id": db.execute(
                sa.insert(notice).returning(notice.c.id),
                {"key": f"m{case_id}", "person_id": clerk.id, "case_id": case_id, "kind": "reminder", "level": 0,
                 "facts": {}, "at": city.now, "channel": "desk", "state": "none", "tries": 0},
            ).scalar_one(),
        }  # fmt: skip
        row = {
            "case_id": case_id, "item_id": None, "answer_id": 1, "step": "PO-S", "field": "files", "name": "a.png",
            "media_type": "image/png", "size": len(_PICTURE), "digest": "0" * 64, "at": city.now, "by": clerk.id,
        }  # fmt: skip
        ids["attachment_id"] = db.execute(sa.insert(attachment).returning(attachment.c.id), row).scalar_one()
        db.execute(sa.insert(attachment_content), {"attachment_id": ids["attachment_id"], "content": _PICTURE})
    if thing == "excluded":
        with city.store.act() as db:
            keeper = people.get(db, "rdec-chief", city.now)
            for account in ROLES.values():
                informants.exclude(
                    db, case_id, people.get(db, account, city.now).id or 0, reason="迴避", who=keeper, at=city.now,
                    office=city.office,
                )  # fmt: skip
    return ids


__all__ = ["NOBODY", "ROLES", "THINGS", "City", "build"]
