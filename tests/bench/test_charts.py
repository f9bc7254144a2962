"""A chart that was drawn before is laid out no second time, and asks Graphviz for nothing."""

from __future__ import annotations

import pytest

from diagrams import chart, rows
from diagrams.chart import parts
from engine.sops.sop import Progress
from tests.bench import charts


def test_a_warm_chart_lays_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    charts.forget()
    asked = {"lay": 0, "dot": 0}
    lay, dot = parts.lay, rows._dot

    def counted_lay(stretch: object) -> object:
        asked["lay"] += 1
        return lay(stretch)

    def counted_dot(source: str) -> object:
        asked["dot"] += 1
        return dot(source)

    monkeypatch.setattr(parts, "lay", counted_lay)
    monkeypatch.setattr(rows, "_dot", counted_dot)
    first = charts.drawn(charts.forty_steps())
    assert asked["lay"] == 1 and asked["dot"] > 0
    monkeypatch.setattr(rows, "subprocess", None)  # nothing may be started any more
    assert charts.drawn(charts.forty_steps()) == first, "read once more from its file, it is the same SOP"
    assert asked["lay"] == 1
    sop = charts.forty_steps()
    columns = chart.of(sop, chart.columns.KEYS)
    stands = chart.draw(sop, columns=columns, progress=Progress({"RC-01": "done"}))
    assert asked["lay"] == 1 and stands != first, "where a case stands changes the ink, not the places"
    chart.draw(sop, columns=columns[:1])
    assert asked["lay"] == 2


def test_the_bench_measures_a_chart_beside_a_bare_run_of_dot() -> None:
    found = charts.measure(rounds=1)
    assert {"bare dot", "warm, one sheet, times dot", "warm, A4, times dot"} <= found.keys()
    assert all(value > 0 for value in found.values())
