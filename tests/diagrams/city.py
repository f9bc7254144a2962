"""The city's charts and their pictures, made once in a test process."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from diagrams.bpmn_svg import draw
from engine.sops import bpmn
from engine.sops.sop import Sop

PROCESSES = sorted((Path(__file__).parents[2] / "processes").rglob("*.bpmn"))


@lru_cache(maxsize=1)
def pictures() -> tuple[tuple[Sop, str, str], ...]:
    """Of each chart: the SOP, its picture in the drawing of its file, and in ours."""
    charts = [bpmn.read(path.read_bytes()) for path in PROCESSES]
    return tuple((chart, draw(chart), draw(replace(chart, drawing=None))) for chart in charts)
