"""sopflow tick: what is due rings, what the calendar opens is opened, and a clock that is behind says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from engine.dates.records import alarm
from engine.dates.records import tick as tick_table
from engine.store import Store
from tests.cli.conftest import Run


def test_a_tick_tells_what_it_did(sopflow: Run) -> None:
    said = sopflow("tick", "--json")
    assert said.code == 0, said.err
    assert {name: said.json[name] for name in ("rang", "stuck", "opened", "paused")} == {
        "rang": 0, "stuck": 0, "opened": 0, "paused": False,
    }  # fmt: skip


def test_behind_the_last_tick_nothing_rings_until_the_operator_trusts_the_clock(
    sopflow: Run, petition: str, store: Store
) -> None:
    registered = '{"receipt_number": "府收-1", "responsible_unit": "works-lighting"}'
    assert sopflow("case", "complete", petition, "--as", "registry1", "--answers", registered).code == 0
    now = datetime.now(UTC)
    with store.act() as db:
        first = db.execute(sa.select(alarm.c.id).order_by(alarm.c.due_at).limit(1)).scalar_one()
        db.execute(alarm.update().where(alarm.c.id == first).values(due_at=now - timedelta(minutes=1)))
        db.execute(tick_table.insert(), {"name": "tick", "at": now + timedelta(days=3), "rang": 0})
    assert "計時已暫停" in sopflow("tick").out
    assert sopflow("tick", "--json").json["paused"] is True
    released = sopflow("tick", "--trust", "--json")
    assert (released.json["paused"], released.json["rang"]) == (False, 1)
    again = sopflow("tick", "--trust")
    assert again.code == 1 and "clock_not_paused" in again.err


def test_a_time_of_ones_own_choice_rings_up_to_then_and_says_nothing_of_the_clock(sopflow: Run, store: Store) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert sopflow("tick", "--at", past, "--json").json["rang"] == 0
    with store.look() as db:
        assert db.execute(sa.select(tick_table)).all() == []
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert sopflow("tick", "--at", ahead).code == 1
