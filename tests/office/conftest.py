"""A small office: one bureau with two sections, the control office, the registry, and the people in them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from engine.office import organisation, people
from engine.office.people import SYSTEM, Person
from engine.store import Connection, Store

OFFICE = """
units:
  works: {name: 工務局}
  works-lighting: {name: 路燈科, above: works}
  works-drainage: {name: 下水道科, above: works}
  planning: {name: 計畫處}
  planning-rdec: {name: 研考科, above: planning}
  central-registry: {name: 總收文}
roles:
  officer: 承辦人
  section_chief: 科長
  unit_head: 機關首長
  rdec_officer: 研考人員
  rdec_chief: 研考科長
  service_center: 服務中心
  registrar: 收文人員
people:
  - {account: lin, name: 林承辦, email: lin@city.example, memberships: [officer@works-lighting]}
  - {account: ho, name: 何同事, email: ho@city.example, memberships: [officer@works-lighting]}
  - {account: chiu, name: 邱科長, email: chiu@city.example, memberships: [section_chief@works-lighting]}
  - {account: tsai, name: 蔡局長, memberships: [unit_head@works]}
  - {account: kao, name: 高外人, email: kao@city.example, memberships: [officer@works-drainage]}
  - {account: yen, name: 顏研考, memberships: [rdec_officer@planning-rdec]}
  - {account: fang, name: 方服務, memberships: [service_center@planning-rdec]}
  - {account: root, name: 管理者, admin: true}
"""
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)


@pytest.fixture
def office(store: Store) -> Store:
    with store.act() as db:
        organisation.load(db, OFFICE, who=SYSTEM, at=AT)
    return store


class Staff:
    """``staff.lin`` is the person of that account, read now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, account: str) -> Person:
        with self._store.look() as db:
            return people.get(db, account, AT)

    def id(self, account: str) -> int:
        found = getattr(self, account).id
        assert found is not None
        return found


@pytest.fixture
def staff(office: Store) -> Staff:
    return Staff(office)


@pytest.fixture
def office_pair(store: Store) -> tuple[Store, Callable[[Callable[[Connection, int], object]], None]]:
    """The store, and a way to let two threads do twenty acts between them at the same moment."""

    def run(act: Callable[[Connection, int], object]) -> None:
        together = Barrier(2)

        def half(first: int) -> None:
            together.wait(timeout=30)
            for number in range(first, first + 10):
                with store.act() as db:
                    act(db, number)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(half, 0), pool.submit(half, 10)]:
                done.result(timeout=60)

    return store, run


@pytest.fixture
def sqlite_office(sqlite_store: Store) -> tuple[Store, int, int]:
    """For what does not depend on the database: the store, and the ids of lin and ho."""
    with sqlite_store.act() as db:
        organisation.load(db, OFFICE, who=SYSTEM, at=AT)
        lin, ho = (people.get(db, account, AT).id for account in ("lin", "ho"))
    assert lin is not None and ho is not None
    return sqlite_store, lin, ho
