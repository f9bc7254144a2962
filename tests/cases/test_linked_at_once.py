"""Children of one case end in the same instant: each is done, the parent moves once, nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from engine import cases
from engine.cases.act import lock_free, of_case
from engine.errors import NotNow
from engine.office import journal
from engine.office.people import SYSTEM
from engine.store import Store
from tests.cases.linked_city import ALL, Asking, asking

Taipei = Callable[[str], datetime]


def both_sign(desk: Asking, children: list[int]) -> list[BaseException]:
    """Each section signs its report, both inside their act as far as the other lets them; what went wrong."""
    together = threading.Barrier(2, timeout=0.3)
    wrong: list[BaseException] = []

    def sign(case_id: int, who: str) -> None:
        try:
            person, item = desk.who(who), desk.item(case_id, "U2")
            with desk.store.act() as db:
                of_case(db, case_id, verb="complete", who=SYSTEM, at=desk.now, office=desk.city.office)
                with suppress(threading.BrokenBarrierError):
                    together.wait()
                cases.complete(
                    db, item["id"], who=person, at=desk.now, office=desk.city.office, answers={"checked": "yes"}
                )
        except BaseException as error:  # told in the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=sign, args=pair) for pair in zip(children, ("roads", "lights"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(seconds=60).total_seconds())
    return wrong


def almost_done(desk: Asking) -> tuple[int, list[int]]:
    case_id = desk.asked("roads", "lights")
    children = [row["id"] for row in desk.children(case_id)]
    for child, who in zip(children, ("roads", "lights"), strict=True):
        desk.done(child, "U1", who, figure=child)
    return case_id, children


@pytest.mark.parametrize("box", [ALL, '<sop:each units="asked" until="count:1"/>'], ids=["all", "one"])
def test_two_children_end_in_the_same_instant(store: Store, taipei: Taipei, box: str) -> None:
    desk = asking(store, taipei("2026-11-26T09:00"), box=box)
    case_id, children = almost_done(desk)
    wrong = both_sign(desk, children)
    if box == ALL:
        assert wrong == []
    else:  # the first is enough: whoever signs second reads that it is no longer needed
        assert [type(error) for error in wrong] == [NotNow]
    assert desk.open_steps(case_id) == ["B"]
    assert [line.verb for line in desk.entries(case_id)].count("child_over") == (2 if box == ALL else 1)
    with desk.store.look() as db:
        assert journal.verify(db) == []


def test_who_holds_a_parent_holds_its_children_for_the_clocks_too(
    emptied_postgresql_store: Store, taipei: Taipei
) -> None:
    desk = asking(emptied_postgresql_store, taipei("2026-11-26T09:00"))
    case_id, children = almost_done(desk)
    with desk.store.act() as mine:
        of_case(mine, case_id, verb="x", who=SYSTEM, at=desk.now, office=desk.city.office)
        with desk.store.act() as clock:
            assert lock_free(clock, children) == set()
    with desk.store.act() as clock:
        assert lock_free(clock, children) == set(children)
