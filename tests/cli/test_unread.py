"""A command whose reader goes away (``| head -1``) ends without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ROOT

SOP = ROOT / "processes" / "it" / "it-backup-routine" / "it-backup-routine.bpmn"


def test_whoever_stops_reading_gets_no_complaint(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SOPFLOW_")}
    ours, theirs = os.pipe()
    os.close(ours)  # nobody will ever read
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "webui.cli", "sop", "check", str(SOP)], cwd=ROOT, stdout=theirs,
            stderr=subprocess.PIPE, text=True, timeout=60,
            env=clean | {"SOPFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    finally:
        os.close(theirs)
    assert (ended.returncode, ended.stderr) == (141, "")
