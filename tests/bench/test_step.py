"""The bench of a step, on one petition: it runs to its end, and its floor is the statements of the product."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.rehearsal import bench
from webui.cli import main

PROCESSES = Path(__file__).parents[2] / "processes"


def test_a_step_is_measured_beside_its_own_statements_and_a_naive_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the largest state is sought in every scenario there is: a minute, and the scenarios' own tests hold its limit
    monkeypatch.setattr(bench, "_largest_state", lambda _processes: 1)
    found = bench.measure(
        PROCESSES, tmp_path, rounds=1, petitions=1, long_loop=20, naive=Path(__file__).with_name("naive.py")
    )
    assert found["statements_per_step"] <= 20
    assert found["share_of_commit_limit"] > 0 and found["times_naive"] > 0
    assert found["growth"]["rounds"] == 20 and found["growth"]["ratio"] > 0


def test_the_command_prints_one_document_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPFLOW_PROCESSES", str(PROCESSES))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "measure", lambda *_, **asked: {"petitions": asked["petitions"]})
    said = CliRunner().invoke(main, ["bench", "--petitions", "1", "--json"])
    assert said.exit_code == 0, said.stderr
    assert json.loads(said.stdout) == {"petitions": 1}
    assert list(tmp_path.iterdir()) == []
