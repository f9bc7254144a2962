"""Every chart of the city and charts of random SOPs: nothing on top of anything, no word outside its symbol or cell."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import get_args

import pytest

from diagrams import chart
from engine.sops import bpmn
from engine.sops.sop import Progress, Sop, StepState
from tests.diagrams.examples import every_kind, random_sop
from tests.diagrams.geometry import SEVERE, findings, severe
from tests.diagrams.picture import read
from tests.diagrams.sound import sound_sop
from tests.diagrams.test_drawing import harmless

SOAK = os.environ.get("SOPFLOW_SOAK") == "1"
FILES = sorted((Path(__file__).parents[3] / "processes").rglob("*.bpmn"))
PAGES = (None, chart.A4, chart.A4_LANDSCAPE)
#: every kind of symbol on every paper; an ordinary run takes one for each SOP in turn
WAYS = [(symbols, page) for page in PAGES for symbols in chart.SYMBOLS]
#: no place is left on upright A4: the question of 24 letters beside a small diamond, the words beside a connector
CROWDED = {("it-document-system-new-user", "bpmn", chart.A4), ("opinion-survey", "bpmn", chart.A4)}
SEEDS = range(500) if SOAK else range(100)


def drawn(
    sop: Sop, symbols: chart.Symbols, page: chart.Page | None, progress: Progress | None = None
) -> tuple[str, ...]:  # fmt: skip
    return chart.draw(
        sop, columns=chart.of(sop, chart.columns.KEYS), symbols=symbols, page=page, progress=progress
    )  # fmt: skip


def everywhere(sop: Sop) -> Progress:
    """Each step has been reached twelve times, and stands in one state or another."""
    states = dict(zip(sop.nodes, itertools.cycle(get_args(StepState)), strict=False))
    return Progress(MappingProxyType(states), MappingProxyType(dict.fromkeys(states, 12)))


def whole(sop: Sop, sheets: tuple[str, ...]) -> None:
    """Each step stands on one of the sheets, and each flow begins somewhere."""
    pictures = [read(svg) for svg in sheets]
    steps = [shape.key[1] for picture in pictures for shape in picture.shapes if shape.key[0] == "step"]
    assert sorted(steps) == sorted(sop.nodes)
    assert set(sop.flows) <= {flow for picture in pictures for flow in picture.lines}


@pytest.mark.parametrize("number", range(len(FILES)), ids=[path.stem for path in FILES])
def test_the_charts_of_the_city_can_be_read_with_a_plate_on_every_step(number: int) -> None:
    """No word lies on another, on a flow or on a step, and no plate on any of them: nothing at all is found."""
    sop = bpmn.read(FILES[number].read_bytes())
    for symbols, page in WAYS if SOAK else [WAYS[number % len(WAYS)]]:
        sheets = drawn(sop, symbols, page, everywhere(sop))
        whole(sop, sheets)
        found = [finding for svg in sheets for finding in findings(svg)]
        if (FILES[number].stem, symbols, page) in CROWDED:
            found = [finding for finding in found if finding.kind in SEVERE]
        assert [str(finding) for finding in found] == [], (symbols, page)


def of_many() -> Iterator[tuple[int, Sop]]:
    for seed in SEEDS:
        yield seed, sound_sop(seed, 5 + seed * 7 % (55 if SOAK else 11), seed % 6)


def test_charts_of_random_sound_sops_can_be_read() -> None:
    seen = 0
    for seed, sop in of_many():
        symbols, page = WAYS[seed % len(WAYS)]
        sheets = drawn(sop, symbols, page)
        whole(sop, sheets)
        found = [finding for svg in sheets for finding in findings(svg)]
        assert [one for one in found if one.kind in SEVERE] == [], (seed, symbols, page)
        seen += len(found)
    assert seen <= len(SEEDS) / 4


def test_three_hundred_steps_are_drawn_whole_on_one_sheet_and_on_pages() -> None:
    sop = sound_sop(11, 300, 5)
    [svg] = drawn(sop, "ministry", None)
    harmless(svg)
    pages = drawn(sop, "ministry", chart.A4)
    assert len(pages) > 10
    whole(sop, pages)
    if SOAK:
        assert [wrong for page in (svg, *pages) for wrong in severe(page)] == []


def test_any_graph_is_drawn_whole_sound_or_not() -> None:
    for sop in (every_kind(), *(random_sop(seed, 30, 3) for seed in range(3))):
        for symbols, page in ((WAYS[0]), WAYS[3]):
            sheets = drawn(sop, symbols, page)
            for svg in sheets:
                harmless(svg)
            steps = [s.key[1] for svg in sheets for s in read(svg).shapes if s.key[0] == "step"]
            assert sorted(steps) == sorted(sop.nodes)
