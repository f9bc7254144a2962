"""Two people whose acts touch each other's case in the same instant: both are done, neither waits for ever."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from engine.cases.act import of_case
from engine.cases.operators import links
from engine.cases.records import case, link
from engine.office import journal
from engine.office.people import SYSTEM
from tests.cases.conftest import Desk


def _number(desk: Desk, case_id: int) -> str:
    return str(desk.rows(sa.select(case.c.number).where(case.c.id == case_id))[0]["number"])


def test_two_cases_link_to_each_other_in_the_same_instant(desk: Desk) -> None:
    first, second = desk.petition(), desk.petition(subject="水溝不通", location="民生路")
    # on SQLite the second waits for the first from its first statement: there is no instant in which both are inside
    together = threading.Barrier(2, timeout=0.3)
    wrong: list[BaseException] = []

    def link_from(mine: int, other: str) -> None:
        try:
            with desk.store.act() as db:
                act = of_case(db, mine, verb="complete", who=SYSTEM, at=desk.now, office=desk.city.office)
                with suppress(threading.BrokenBarrierError):
                    together.wait()
                step = next(step for step in act.projection.steps.values() if step.node.operator is not None)
                links.link_cases(act, step, {"kind": "re-petition", "to": other})
                with suppress(threading.BrokenBarrierError):
                    together.wait()
                act.finish()
        except BaseException as error:  # told in the test's own thread
            wrong.append(error)

    pairs = [(first, _number(desk, second)), (second, _number(desk, first))]
    threads = [threading.Thread(target=link_from, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(seconds=60).total_seconds())
    assert wrong == []
    linked = desk.rows(sa.select(link.c.case_id, link.c.to_id).order_by(link.c.case_id))
    assert [(row["case_id"], row["to_id"]) for row in linked] == [(first, second), (second, first)]
    for case_id in (first, second):
        assert sorted(entry.verb for entry in desk.entries(case_id)[-2:]) == ["complete", "linked"]
    with desk.store.look() as db:
        assert journal.verify(db) == []
