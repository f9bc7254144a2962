"""A small city on both databases: its organisation, its SOPs, a virtual clock, and petitions at any step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import item
from engine.office import journal, people
from engine.office.people import Person
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests import laid

PROCESSES = Path(__file__).parents[2] / "processes"

PETITION = {
    "channel": "線上陳情",
    "case_type": "市政建議",
    "subject": "路燈不亮",
    "location": "中山路一號前",
    "body": "中山路一號前的路燈已經三天不亮，請派員修復。",
    "petitioner_name": "例民眾",
    "petitioner_phone": "0900-000-000",
    "petitioner_email": "citizen@example.invalid",
}
HANDLED = {
    "visited": "yes",
    "visited_on": "2026-11-27",
    "findings": "現場勘查確認燈具故障，已派工更換。",
    "reply_kind": "實質辦結",
    "reply_text": "您反映的路燈故障，經現場勘查後已派工更換完成，謝謝您的反映。",
}
TICKED = ["replied", "each-point", "copy-arrived", "no-promise"]


class Desk:
    """The city as its people use it in these tests."""

    def __init__(self, city: Virtual) -> None:
        self.city = city
        self.store = city.store
        self.served = 0

    @property
    def now(self) -> datetime:
        return self.city.now

    def who(self, account: str) -> Person:
        with self.store.look() as db:
            return people.get(db, account, self.now)

    def petition(self, **answers: Any) -> int:
        return self.city.open_case(
            "petition-online", who="service1", answers={**PETITION, **answers}, start="PO-S"
        ).case_id  # fmt: skip

    def open_steps(self, case_id: int) -> list[str]:
        with self.store.look() as db:
            found = sa.select(item.c.step).where(item.c.case_id == case_id, item.c.status == "open")
            return sorted(db.execute(found).scalars())

    def item(self, case_id: int, step: str) -> dict[str, Any]:
        return dict(self.city.open_item(case_id, step))

    def done(self, case_id: int, step: str, who: str, **answers: Any) -> Any:
        checklist = answers.pop("checklist", ())
        reason = answers.pop("reason", None)
        return self.city.complete(case_id, step, who=who, answers=answers, checklist=checklist, reason=reason)

    def at_officer(self, **answers: Any) -> int:
        """A petition on the officer's desk (PO-08), in the pool of the lighting section; the second is nobody's
        duplicate: of somebody else, about another place."""
        self.served += 1
        if self.served > 1:
            n = self.served
            answers = {"petitioner_phone": f"0900-001-{n:03}", "location": f"和平街{n}號前", **answers}
        case_id = self.petition(**answers)
        self.done(case_id, "PO-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
        self.done(case_id, "PO-07", "lighting1", ours="yes")
        return case_id

    def at_review(self) -> int:
        """A petition whose draft answer waits for the section chief (PO-09)."""
        case_id = self.at_officer()
        self.done(case_id, "PO-08", "lighting1", **HANDLED)
        return case_id

    def act(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One verb in one transaction, now."""
        with self.store.act() as db:
            return verb(db, *args, at=self.now, office=self.city.office, **kwargs)

    def entries(self, case_id: int) -> list[Any]:
        with self.store.look() as db:
            return journal.of(db, f"case:{case_id}")

    def rows(self, query: Any) -> list[Any]:
        with self.store.look() as db:
            return list(db.execute(query).mappings())


@pytest.fixture
def desk(store: Store, taipei: Callable[[str], datetime]) -> Desk:
    return Desk(laid.city(taipei("2026-11-26T09:00"), store))
