"""sopflow scenarios: what is promised is walked, and a changed promise is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run, runner


def test_the_scenarios_of_an_sop_pass_and_its_branches_are_taken(files_only: Run, home: Path) -> None:
    """All of all SOPs: tests/rehearsal/test_scenarios.py."""
    said = files_only("scenarios", "it-email-mailbox-request", "--json")
    assert said.code == 0
    assert set(said.json) == {"scenarios", "coverage"}
    assert len(said.json["scenarios"]) >= 7
    for one in said.json["scenarios"]:
        assert set(one) == {"sop", "scenario", "passed", "detail"}
        assert one["passed"] is True and one["detail"] == ""
    assert said.json["coverage"]
    for row in said.json["coverage"]:
        assert {"sop", "gateway", "taken", "branches"} <= set(row)
        assert row["taken"] == row["branches"] or row["sop"] != "it-email-mailbox-request", row
    assert not home.exists()


@pytest.mark.parametrize(
    ("old", "new"), [("end: E1", "end: E2"), ("I8-D1: {due: 2026-11-29T09:00", "I8-D1: {due: 2026-11-30T09:00")]
)
def test_a_changed_expectation_fails(home: Path, tmp_path: Path, old: str, new: str) -> None:
    root = tmp_path / "processes"
    shutil.copytree(ROOT / "processes", root)
    file = root / "it" / "it-infosec-incident" / "scenarios.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    sopflow = runner({"SOPFLOW_HOME": str(home), "SOPFLOW_PROCESSES": str(root)})
    said = sopflow("scenarios", "it-infosec-incident", "--json")
    assert said.code == 1
    failed = [one for one in said.json["scenarios"] if not one["passed"]]
    assert len(failed) == 1
    assert failed[0]["detail"]


def test_an_unknown_sop_is_refused(files_only: Run) -> None:
    said = files_only("scenarios", "nobody", "--json")
    assert (said.code, said.json["refusal"]["code"]) == (1, "no_such_sop")
