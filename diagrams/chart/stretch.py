"""One stretch of rows: what stands in it, and what became of it when it was laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagrams import figures
from diagrams.chart.shapes import Shape
from diagrams.labels import Line
from diagrams.rows import Link
from engine.sops.sop import Bounds

__all__ = ["Border", "Laid", "Seat", "Stretch", "label_size"]


@dataclass(frozen=True, slots=True)
class Seat:
    row: int
    track: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Border:
    """A boundary event."""

    host: str
    shape: Shape


@dataclass(slots=True)
class Stretch:
    """What stands in it. ``names``: flow → words; ``cells``: row → height its cells need."""

    seats: dict[str, Seat] = field(default_factory=dict)
    borders: dict[str, Border] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)
    loops: frozenset[str] = frozenset()
    cells: dict[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class Laid:
    wide: float
    high: float
    shapes: dict[str, Bounds] = field(default_factory=dict)
    edges: dict[str, Line] = field(default_factory=dict)
    labels: dict[str, Bounds] = field(default_factory=dict)
    #: each row from the middle of the gap above it to the middle of the one below
    rows: list[tuple[float, float]] = field(default_factory=list)
    middles: list[float] = field(default_factory=list)


def label_size(shape: Shape) -> tuple[float, float]:
    """Of the words beside a symbol."""
    return figures.label_size(shape.lines)
