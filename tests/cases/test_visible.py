"""Which cases a person may see: the condition of the lists and the permission of the page give the same answer."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import desks
from engine.cases.records import case
from engine.errors import Missing
from engine.office import people
from engine.office.records import exclusion, person

PETITION_TO = ("works-lighting", "works-roads", "environment-inspection")


def seen_one_by_one(db: Any, who: people.Person, ids: list[int]) -> set[int]:
    found = set()
    for case_id in ids:
        try:
            desks.seen_by(db, case_id, who)
        except Missing:
            continue
        found.add(case_id)
    return found


@pytest.fixture
def several(desk: Any) -> list[int]:
    """Petitions at the registry, in three units, and one that went back and forth."""
    ids = [desk.petition(subject="還在掛號", location="市場前", petitioner_phone="0900-000-100")]
    for n, unit in enumerate(PETITION_TO[:2]):
        case_id = desk.petition(subject=f"{unit}的案件", location=f"和平街{n}號", petitioner_phone=f"0900-000-20{n}")
        desk.city.complete(
            case_id, "PO-04", who="registry1", answers={"receipt_number": f"115-{n}", "responsible_unit": unit}
        )
        ids.append(case_id)
    return ids


def test_the_lists_show_exactly_the_cases_whose_page_opens(desk: Any, several: list[int]) -> None:
    with desk.store.look() as db:
        for account in db.scalars(sa.select(person.c.account).where(person.c.active).order_by(person.c.id)):
            who = people.get(db, account, desk.now)
            listed = set(db.scalars(sa.select(case.c.id).where(desks.visible(db, who))))
            assert listed == seen_one_by_one(db, who, several), account


def test_who_is_kept_out_finds_nothing_whatever_they_hold(desk: Any, several: list[int]) -> None:
    with desk.store.act() as db:
        out = people.get(db, "lighting1", desk.now)
        db.execute(
            exclusion.insert(), {"case_id": several[1], "person_id": out.id, "reason": "被檢舉人", "at": desk.now}
        )
    with desk.store.look() as db:
        for account, sees in (("lighting1", False), ("lighting2", True)):
            who = people.get(db, account, desk.now)
            listed = set(db.scalars(sa.select(case.c.id).where(desks.visible(db, who))))
            assert (several[1] in listed) is sees
            found = desks.find(db, desks.Sought(words="的案件"), who=who, at=desk.now)
            assert (several[1] in {row["id"] for row in found.page.rows}) is sees
            numbered = desks.find(db, desks.Sought(words="115-2"), who=who, at=desk.now)
            assert (several[1] in {row["id"] for row in numbered.page.rows}) is sees
