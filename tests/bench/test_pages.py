"""The pages' bench on few cases: every page answers, and each is set beside the empty one of the same run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from engine.cases.records import case, case_gram
from engine.store import Store
from webui import pages_measured
from webui.cli import main

PROCESSES = Path(__file__).parents[2] / "processes"


def test_every_page_is_measured_beside_an_empty_one(store: Store) -> None:
    found = pages_measured.measure(PROCESSES, store, cases=200, rounds=1)
    assert found["cases"] == 200 and found["empty_page_ms"] > 0
    assert len(found["pages"]) == 32
    assert all(page["times_empty_page"] > 0 for page in found["pages"].values())
    with store.look() as db:
        assert db.scalar(sa.select(sa.func.count()).where(case.c.status == "open")) == 24  # 20, and 4 that were copied
        assert db.scalar(sa.select(sa.func.count()).select_from(case_gram)) > 200 * 20


def test_the_command_prints_one_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPFLOW_PROCESSES", str(PROCESSES))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    said = CliRunner().invoke(main, ["bench", "--pages", "100", "--json"])
    assert said.exit_code == 0, said.stderr
    assert json.loads(said.stdout)["pages"]["inbox, mine"]["times_empty_page"] > 0
    assert list((tmp_path / "here").iterdir()) == []
