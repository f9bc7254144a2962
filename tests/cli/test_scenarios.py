"""sopflow scenarios: what is promised is walked, and a changed promise is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run, runner


def test_every_scenario_passes_and_every_branch_is_taken(files_only: Run, home: Path) -> None:
    said = files_only("scenarios", "--json")
    assert said.code == 0
    assert set(said.json) == {"scenarios", "coverage"}
    assert len(said.json["scenarios"]) >= 8
    for one in said.json["scenarios"]:
        assert set(one) == {"sop", "scenario", "passed", "detail"}
        assert one["passed"] is True and one["detail"] == ""
    assert said.json["coverage"]
    for row in said.json["coverage"]:
        assert {"sop", "gateway", "taken", "branches"} <= set(row)
        assert row["taken"] == row["branches"], row
    assert not home.exists()


@pytest.mark.parametrize(
    ("old", "new"), [("end: PO-E1", "end: PO-E2"), ("PO-D1: {due: 2026-12-03T17:00", "PO-D1: {due: 2026-12-04T17:00")]
)
def test_a_changed_expectation_fails(home: Path, tmp_path: Path, old: str, new: str) -> None:
    root = tmp_path / "processes"
    shutil.copytree(ROOT / "processes", root)
    file = root / "rdec" / "petition-online" / "scenarios.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    said = runner({"SOPFLOW_HOME": str(home), "SOPFLOW_PROCESSES": str(root)})("scenarios", "petition-online", "--json")
    assert said.code == 1
    failed = [one for one in said.json["scenarios"] if not one["passed"]]
    assert len(failed) == 1
    assert failed[0]["detail"]


def test_an_unknown_sop_is_refused(files_only: Run) -> None:
    said = files_only("scenarios", "nobody", "--json")
    assert (said.code, said.json["refusal"]["code"]) == (1, "no_such_sop")
