"""The words beside symbols and flows of a stretch that is laid out: each where it covers nothing."""

from __future__ import annotations

from collections import Counter

from diagrams import labels
from diagrams.chart import beside
from diagrams.chart.stretch import Laid, Stretch, label_size
from engine.sops.sop import Bounds

__all__ = ["name"]

#: what each further place of a choice counts, and how heavy words are that already stand
_LATER, _WEIGHT = 0.3, 15.0


def name(stretch: Stretch, laid: Laid) -> None:
    """Fills ``laid.labels``."""
    pointed = {key for key, seat in stretch.seats.items() if seat.shape.figure == "diamond"}
    clutter = labels.Clutter()
    for wall in (
        Bounds(-400, -400, 400, laid.high + 800),
        Bounds(laid.wide, -400, 400, laid.high + 800),
        Bounds(0, -400, laid.wide, 400),
        Bounds(0, laid.high, laid.wide, 400),
    ):
        clutter.add(wall, 6.0)
    for key in laid.shapes:
        beside.cover(clutter, laid.shapes[key], pointed=key in pointed)
    for line in laid.edges.values():
        clutter.add_line(line, 4.0)
    for event, border in stretch.borders.items():
        if border.shape.lines:
            choices = beside.border(label_size(border.shape), laid.shapes[event], laid.shapes[border.host])
            laid.labels[event] = labels.place(choices, clutter, later=_LATER, weight=_WEIGHT)
    for key, seat in stretch.seats.items():
        if seat.shape.beside and seat.shape.lines:
            choices = beside.small(seat.shape, laid.shapes[key])
            laid.labels[key] = labels.place(choices, clutter, later=_LATER, weight=_WEIGHT)
    leaving = Counter(line[0] for line in laid.edges.values())
    for link in sorted(stretch.links, key=lambda link: -len(stretch.names.get(link.flow, ""))):
        said = stretch.names.get(link.flow)
        if said:
            line = laid.edges[link.flow]
            choices = beside.flow(said, line, shared=leaving[line[0]] > 1)
            laid.labels[link.flow] = labels.place(choices, clutter, later=_LATER, weight=_WEIGHT)
