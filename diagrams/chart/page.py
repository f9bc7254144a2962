"""The paper a chart is put on. Lengths in pixels of the drawing, 96 to the inch: 12 pixels are 9 points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Outer size and margin of one sheet of paper."""

    wide: float
    high: float
    margin: float = 36.0


A4 = Page(793.7, 1122.5)
A4_LANDSCAPE = Page(1122.5, 793.7)
