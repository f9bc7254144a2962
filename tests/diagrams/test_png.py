"""The PNG shows what the SVG says, Chinese included, at a bounded size."""

from __future__ import annotations

import io
import sys

import pytest
from PIL import Image

from diagrams.bpmn_svg import draw
from diagrams.png import PIXELS_MOST, png
from engine.errors import Refusal
from engine.sops.sop import Node, Progress
from tests.diagrams.examples import every_kind, sop


def picture(svg: str, **how: float) -> Image.Image:
    return Image.open(io.BytesIO(png(svg, **how))).convert("RGB")


def test_the_picture_has_the_size_of_the_drawing_times_the_zoom() -> None:
    svg = draw(sop([Node("u", "user", "辦理")], []))
    once, twice = picture(svg, zoom=1), picture(svg, zoom=2)
    assert (twice.width, twice.height) == (once.width * 2, once.height * 2)


def test_different_chinese_letters_are_drawn_differently_and_none_as_an_empty_box() -> None:
    def letter(text: str) -> bytes:
        return picture(
            '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="Noto Sans CJK TC">'
            f'<rect width="40" height="40" fill="#fff"/><text x="4" y="30" font-size="28">{text}</text></svg>'
        ).tobytes()

    drawn = {letter(text) for text in "權責單位陳情堃𠮷"}
    assert len(drawn) == 8
    assert letter("\U0010fffd") not in drawn


def test_states_are_seen_in_the_picture() -> None:
    of = every_kind()
    plain = picture(draw(of), zoom=1)
    late = picture(draw(of, progress=Progress({"user": "late"})), zoom=1)
    assert plain.size == late.size
    assert plain.tobytes() != late.tobytes()


def test_an_enormous_drawing_is_made_smaller() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="39000" height="39000" viewBox="0 0 39000 39000"></svg>'
    small = picture(svg)
    assert small.width * small.height <= PIXELS_MOST * 1.01


def test_without_the_library_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(Refusal, match="SVG") as refusal:
        png(draw(every_kind()))
    assert refusal.value.code == "png_missing"
