"""The small plate that says in a word what is to be said of a step: on the corner of its shape."""

from __future__ import annotations

from collections.abc import Sequence

from diagrams import lettering
from diagrams.figures import Figure
from diagrams.strokes import rect, words
from engine.sops.sop import Bounds

__all__ = ["badge"]

LETTER, HIGH = 10.0, 17.0


def badge(
    figure: Figure, box: Bounds, said: str, small: str, paper: str, taken: Sequence[Bounds], sides: tuple[float, float]
) -> str:  # fmt: skip
    """`said` on the upper right corner of a box; by a small shape `small`, where none of its labels stands and which is
    between the `sides` of the page."""
    if figure == "box":
        wide = lettering.width(said, LETTER) + 10
        plate = Bounds(box.x + box.width - wide + 6, box.y - 9, wide, HIGH)
    else:
        said = small
        plate = _free_corner(figure, box, max(lettering.width(said, LETTER) + 6, 16.0), taken, sides)
    return rect(plate, paper, thick=1, ink="#ffffff", round_=8) + words(
        (said,), plate.x + plate.width / 2, plate.y + HIGH / 2, LETTER, ink="#ffffff", bold=True
    )


def _free_corner(
    figure: Figure, box: Bounds, wide: float, taken: Sequence[Bounds], sides: tuple[float, float]
) -> Bounds:  # fmt: skip
    part = 0.3 if figure == "diamond" else 0.38
    cx, cy, out = box.x + box.width / 2, box.y + box.height / 2, part * box.width - 8
    corners = [
        Bounds(cx + out if right else cx - out - wide, cy + low * part * box.height - HIGH / 2, wide, HIGH)
        for right, low in ((True, -1), (False, -1), (True, 1), (False, 1))
    ]
    on_page = [corner for corner in corners if sides[0] <= corner.x and corner.x + wide <= sides[1]] or corners
    return next((corner for corner in on_page if not any(_touching(corner, label) for label in taken)), on_page[0])


def _touching(a: Bounds, b: Bounds) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
