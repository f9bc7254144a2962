"""A command whose reader goes away (``| head -1``) ends without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

SOP = ROOT / "processes" / "it" / "it-backup-routine" / "it-backup-routine.bpmn"


@pytest.mark.parametrize("words", [("sop", "check", str(SOP), "--json"), ("sop", "--help")])
def test_whoever_stops_reading_gets_no_complaint(words: tuple[str, ...], tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SOPFLOW_")}
    ours, theirs = os.pipe()
    os.close(ours)  # nobody will ever read
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "webui.cli", *words], cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, text=True,
            env=clean | {"SOPFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}, timeout=60,
        )  # fmt: skip
    finally:
        os.close(theirs)
    assert (ended.returncode, ended.stderr) == (141, "")
