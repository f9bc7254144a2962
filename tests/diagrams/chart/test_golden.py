"""Some charts stand as they were looked at; whoever changes the lay-out looks again and keeps the new ones."""

from __future__ import annotations

from tests.diagrams.chart import golden


def test_charts_stand_as_they_were_kept() -> None:
    old, new = golden.kept(), golden.geometry()
    assert old.keys() == new.keys()
    moved = {name: wrong for name in old if (wrong := golden.elsewhere(old[name], new[name]))}
    assert moved == {}, "looked at? python -m tests.diagrams.chart.golden"


def test_a_symbol_that_moved_is_noticed() -> None:
    name, old = next(iter(golden.kept().items()))
    step = next(key for key in old if key.startswith("step"))
    page, left, top, right, low = old[step][0]
    assert golden.elsewhere(old, {**old, step: [[page, left + golden.SLACK, top, right, low]]}) == []
    assert golden.elsewhere(old, {**old, step: [[page, left + golden.SLACK + 1, top, right, low]]}) == [step], name
    assert golden.elsewhere(old, {**old, step: [[page + 1, left, top, right, low]]}) == [step]
    assert golden.elsewhere(old, {key: old[key] for key in old if key != step}) == [step]
