"""A run that meets nobody leaves one line in its SOP's journal: no case, no number, nothing in anybody's list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import periodic
from engine.cases.records import answer, case, incident, item
from engine.dates.records import alarm, deadline
from engine.office import journal
from engine.store import Store
from tests.cases import test_periodic as periodic_cases
from tests.cases.test_periodic import Library

Taipei = Callable[[str], datetime]
NOBODY = periodic_cases.FILE.replace("userTask", "exclusiveGateway")


@pytest.fixture
def library(store: Store, taipei: Taipei, monkeypatch: pytest.MonkeyPatch) -> Library:
    """With a rehearsed backup that opens every month."""
    monkeypatch.setattr(periodic_cases, "FILE", NOBODY)
    monkeypatch.setattr(periodic, "_starts", {})  # the versions of another database
    return Library(store, taipei("2026-01-01T09:00"))


def entries(library: Library) -> list[Any]:
    with library.store.look() as db:
        return [line for line in journal.of(db, "sop:monthly") if line.verb.startswith("period.")]


def test_a_run_that_meets_nobody_is_one_line_of_its_sop(library: Library, taipei: Taipei) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-10-02T09:00"))
    assert library.look(taipei("2026-11-25T09:00")).opened == ()
    told = entries(library)
    assert [(line.verb, line.effects["period"], line.effects["run"]["passed"]) for line in told] == [
        ("period.run", "115-10", ["S", "A", "E"]), ("period.run", "115-11", ["S", "A", "E"]),
    ]  # fmt: skip
    for table in (case, item, answer, deadline, alarm, incident):
        assert library.rows(sa.select(table)) == []
    with library.store.look() as db:
        assert journal.of(db, "case:1") == [] and journal.verify(db) == []
    assert library.look(taipei("2026-11-25T10:00")).opened == ()
    assert len(entries(library)) == 2  # and never a second time


def test_its_number_is_the_next_ones(library: Library, taipei: Taipei, monkeypatch: pytest.MonkeyPatch) -> None:
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"))
    library.look(taipei("2026-11-25T09:00"))
    monkeypatch.setattr(periodic_cases, "FILE", NOBODY.replace("exclusiveGateway", "userTask"))
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"), sop_id="manned")
    assert len(library.look(taipei("2026-11-25T10:00")).opened) == 1
    assert [row["number"] for row in library.rows(sa.select(case.c.number))] == ["115-000001"]


def test_a_run_that_cannot_come_to_its_end_is_a_case_with_its_incident(
    library: Library, taipei: Taipei, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = '<bpmn:extensionElements><sop:set name="x" from="never + 1"/></bpmn:extensionElements></bpmn:sequenceFlow>'
    stuck = NOBODY.replace('targetRef="E"/>', f'targetRef="E">{sets}')
    monkeypatch.setattr(periodic_cases, "FILE", stuck)
    library.publish('rule="monthly 24"', at=taipei("2026-11-02T09:00"))
    assert len(library.look(taipei("2026-11-25T09:00")).opened) == 1
    assert len(library.rows(sa.select(incident.c.case_id))) == 1
