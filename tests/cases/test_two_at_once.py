"""Two people whose acts touch each other's case in the same instant: both are done, neither waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import joining, recounting
from engine.cases.act import Act, of_case
from engine.cases.operators import links
from engine.cases.records import case, incident, link
from engine.dates import calendars
from engine.errors import Invalid
from engine.office import journal
from engine.office.people import SYSTEM
from engine.rehearsal import scenarios
from engine.store import Store
from tests.cases.conftest import PROCESSES, Desk


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


def test_of_two_cases_joined_to_each_other_in_the_same_instant_one_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.at_officer(), desk.at_officer()
    together, asked = threading.Barrier(2, timeout=0.3), joining._original
    refused: list[BaseException] = []

    def both_know_the_other(act: Act, number: str) -> dict[str, Any]:
        other = asked(act, number)
        with suppress(threading.BrokenBarrierError):
            together.wait()
        return other

    def join(mine: int, other: str) -> None:
        try:
            desk.act(cases.join, mine, other, reason="同一事件", who=desk.who("rdec1"))
        except BaseException as error:  # told in the test's own thread
            refused.append(error)

    monkeypatch.setattr(joining, "_original", both_know_the_other)
    pairs = [(first, _number(desk, second)), (second, _number(desk, first))]
    threads = [threading.Thread(target=join, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [type(error) for error in refused] == [Invalid]
    states = {row["status"] for row in desk.rows(sa.select(case.c.status).where(case.c.id.in_([first, second])))}
    assert states == {"open", "ended"}


def test_a_recount_and_a_case_that_is_joined_never_wait_for_each_other(
    emptied_postgresql_store: Store, taipei: Callable[[str], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(scenarios.city(PROCESSES, taipei("2026-11-26T09:00"), store=emptied_postgresql_store))
    first, second = desk.at_officer(), desk.at_officer()
    with desk.store.look() as db:
        change = calendars.close(db, date(2026, 12, 1), reason="颱風停班")
    recounting.begin(desk.store, change, who=desk.who("admin"), at=desk.now, office=desk.city.office)
    holds, over, finish = threading.Event(), threading.Event(), Act.finish
    wrong: list[BaseException] = []

    def join() -> None:
        try:
            desk.act(cases.join, second, _number(desk, first), reason="同一事件", who=desk.who("rdec1"))
        except BaseException as error:  # told in the test's own thread
            wrong.append(error)

    def held(act: Act, **named: Any) -> int:
        """The joining holds its case and has written nothing; it goes on when the recount has come to that case."""
        if act.verb == "join":
            holds.set()
            while not _somebody_waits(desk.store) and not over.wait(0.01):
                pass
        return finish(act, **named)

    def carry_on() -> None:
        try:
            recounting.resume(desk.store, who=desk.who("admin"), at=desk.now, office=desk.city.office)
        except BaseException as error:
            wrong.append(error)
        finally:
            over.set()

    monkeypatch.setattr(Act, "finish", held)
    joining, recount = threading.Thread(target=join), threading.Thread(target=carry_on)
    joining.start()
    assert holds.wait(60)
    recount.start()
    for thread in (joining, recount):
        thread.join(60)
    assert wrong == []
    assert desk.rows(sa.select(incident.c.id)) == []
    assert [line.verb for line in desk.entries(first)[-2:]] == ["linked", "recount"], "the joining holds both cases"
    assert desk.entries(second)[-1].verb == "join"


def _somebody_waits(store: Store) -> bool:
    with store.look() as db:
        return bool(db.scalar(sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")))
