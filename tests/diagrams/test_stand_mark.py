"""The small mark of a list: one full place on a line of steps; whatever the numbers, inside its box."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from diagrams.stand_mark import HIGH, WIDE, draw
from tests.diagrams.test_drawing import PAYLOADS, SVG

HERE = "#0f4c63"


def circles(svg: str) -> list[dict[str, str]]:
    return [circle.attrib for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle")]


def test_the_present_step_is_full_at_its_place_among_all() -> None:
    *places, here = circles(draw(3, 5, "x"))
    assert len(places) == 5 and here["fill"] == HERE
    assert here["cx"] == places[2]["cx"] and {place["fill"] for place in places} == {"#ffffff"}
    assert len(circles(draw(40, 60, "x"))) == 1, "too many places to be told apart"


@settings(deadline=None)
@given(some.integers(-5, 400), some.integers(0, 300))
def test_nothing_stands_outside(place: int, whole: int) -> None:
    for circle in circles(draw(place, whole, "x")):
        assert float(circle["r"]) <= float(circle["cx"]) <= WIDE - float(circle["r"])
        assert float(circle["cy"]) == HIGH / 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_its_words_stay_words(payload: str) -> None:
    root = ElementTree.fromstring(draw(1, 2, payload))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "circle", "path"}
