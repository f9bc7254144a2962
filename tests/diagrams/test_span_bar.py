"""The small bar: what has passed, where the due date lies, what is overdue; whatever the numbers, inside its box."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from diagrams.span_bar import HIGH, WIDE, draw
from tests.diagrams.test_drawing import PAYLOADS, SVG

PASSED, LATE = "#0f4c63", "#a1181d"


def widths(svg: str) -> dict[str, float]:
    rects = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return {rect.attrib["stroke"]: float(rect.attrib["width"]) for rect in rects}


def test_a_third_gone_is_a_third_dark_and_half_as_long_again_is_a_third_late() -> None:
    running = widths(draw(2, 6, "x"))
    assert running[PASSED] == pytest.approx((WIDE - 5) / 3, abs=0.1) and LATE not in running
    late = widths(draw(6, 4, "x"))
    assert late[LATE] == pytest.approx((WIDE - 5) / 3, abs=0.1)
    assert late[PASSED] + late[LATE] == pytest.approx(WIDE - 5, abs=0.2)
    assert PASSED not in widths(draw(0, 5, "x"))


@settings(deadline=None)
@given(some.floats(0, 1e6), some.floats(0, 1e6))
def test_nothing_stands_outside(gone: float, whole: float) -> None:
    for rect in ElementTree.fromstring(draw(gone, whole, "x")).iter(f"{SVG}rect"):
        assert 0 <= float(rect.attrib["x"]) <= float(rect.attrib["x"]) + float(rect.attrib["width"]) <= WIDE
        assert 0 <= float(rect.attrib["y"]) <= HIGH


@pytest.mark.parametrize("payload", PAYLOADS)
def test_its_words_stay_words(payload: str) -> None:
    root = ElementTree.fromstring(draw(1, 2, payload))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "rect", "path"}
