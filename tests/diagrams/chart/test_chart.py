"""The chart shows every step with its cells level beside it, on one sheet or on pages that lead to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagrams import chart
from engine.sops import bpmn
from engine.sops.sop import Progress, StepState
from tests.diagrams.geometry import severe
from tests.diagrams.picture import read
from tests.diagrams.test_drawing import PAYLOADS, harmless, payload_sop

PROCESSES = Path(__file__).parents[3] / "processes"
COLUMNS = ("owner", "support", "time", "forms")
PETITION = bpmn.read((PROCESSES / "rdec/petition-online/petition-online.bpmn").read_bytes())


def middle(svg: str, key: tuple[str, str]) -> float:
    return next(shape.box.middle[1] for shape in read(svg).shapes if shape.key == key)


@pytest.mark.parametrize("symbols", chart.SYMBOLS)
def test_every_step_is_shown_once_with_its_cells_level_beside_it(symbols: chart.Symbols) -> None:
    [svg] = chart.draw(PETITION, columns=chart.of(PETITION, COLUMNS), symbols=symbols)
    harmless(svg)
    shown = [shape.key[1] for shape in read(svg).shapes if shape.key[0] == "step"]
    assert sorted(shown) == sorted(PETITION.nodes)
    assert set(read(svg).lines) == set(PETITION.flows)
    for step in ("PO-04", "PO-08"):
        cell = next(s.box for s in read(svg).shapes if s.key == ("cell", f"{step} owner"))
        assert cell.top < middle(svg, ("step", step)) < cell.low


def test_pages_are_numbered_through_and_cut_flows_go_on_at_a_connector_of_the_same_letter() -> None:
    pages = chart.draw(PETITION, columns=chart.of(PETITION, COLUMNS), page=chart.A4)
    assert len(pages) > 1
    shown = [shape.key[1] for page in pages for shape in read(page).shapes if shape.key[0] == "step"]
    assert sorted(shown) == sorted(PETITION.nodes)
    for page in pages:
        harmless(page)
        assert f'viewBox="0 0 {chart.A4.wide} {chart.A4.high}"' in page


@pytest.mark.parametrize("state", ["done", "late"])
def test_a_state_covers_no_word_of_its_step(state: StepState) -> None:
    progress = Progress(states=dict.fromkeys(PETITION.nodes, state))
    for symbols in chart.SYMBOLS:
        [svg] = chart.draw(PETITION, columns=chart.of(PETITION, COLUMNS), symbols=symbols, progress=progress)
        assert severe(svg) == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_word_of_an_sop_becomes_markup(payload: str) -> None:
    of = payload_sop(payload)
    column = chart.Column(payload, payload, dict.fromkeys(of.nodes, (payload, payload)))
    for symbols, page in (("ministry", None), ("bpmn", chart.A4)):
        sheets = chart.draw(of, columns=(column,), symbols=symbols, page=page, title=payload, head=[(payload, payload)])
        for svg in sheets:
            harmless(svg)
            assert len(svg) < 300_000
