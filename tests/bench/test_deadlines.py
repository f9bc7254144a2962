"""The clock's bench on few deadlines: the ways it compares do the same, and a database in use is refused."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from engine.dates import deadlines
from engine.dates.records import alarm, deadline
from engine.errors import Invalid
from engine.rehearsal import bench_deadlines
from engine.store import Store
from webui.cli import main


def test_ten_thousand_deadlines_are_polled_and_claimed_in_every_way(store: Store) -> None:
    claims, rounds = 100, 5
    found = bench_deadlines.measure(store, open_deadlines=10_000, rounds=rounds, polls=5, claims=claims)
    assert found["open_deadlines"] == 10_000
    for part in ("idle_poll", "claim_own_transaction", "claim_100_a_transaction"):
        assert found[part]["product_us"] > 0 and found[part]["product_times_bare"] > 0
    with store.look() as db:
        rang = db.scalar(sa.select(sa.func.count()).where(alarm.c.rang_at.is_not(None)))
        each = (claims + found["drained"]) * rounds
        assert rang == 2 * each, "each way claimed its own, and nothing was claimed twice"
        assert db.scalar(sa.select(sa.func.count()).select_from(deadline)) == 10_000
        assert deadlines.due_now(db, bench_deadlines.BEGINS) == [], "an idle poll finds nothing"
        assert deadlines.due_now(db, bench_deadlines.BEGINS.replace(year=2028), 10) != []


def test_a_database_that_holds_something_is_refused(store: Store) -> None:
    bench_deadlines.fill(store, 10)
    with pytest.raises(Invalid, match="空的資料庫"):
        bench_deadlines.fill(store, 10)


def test_the_command_prints_one_document_and_leaves_a_database_in_use_alone(
    store: Store, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    said = CliRunner().invoke(main, ["bench", "--deadlines", "10000", "--json"])
    assert said.exit_code == 0, said.stderr
    assert json.loads(said.stdout)["database"] == "sqlite"
    assert list((tmp_path / "here").iterdir()) == []
    url = store.url.render_as_string(hide_password=False)
    refused = CliRunner().invoke(main, ["bench", "--deadlines", "10000", "--database", url, "--json"])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["refusal"]["code"] == "bench_not_empty"
