"""Where on its SOP a piece of work stands, in the size of a line of text: a place for each step, the present one full.

Nothing is said of the other steps: which of them were done is told by the picture of the case. Pure.
"""

from __future__ import annotations

from html import escape

from diagrams.lettering import clean
from diagrams.strokes import circle, number, path

__all__ = ["HIGH", "WIDE", "draw"]

WIDE, HIGH = 120.0, 16.0
_SIDE, _INK, _HERE = 6.0, "#5a6472", "#0f4c63"
#: more places than this are a plain line
_PLACES_MOST = 24


def draw(place: int, whole: int, said: str) -> str:
    """``place`` of ``whole`` steps, from 1."""
    whole = max(whole, 1)
    place = min(max(place, 1), whole)
    middle = HIGH / 2
    parts = [path(f"M{number(_SIDE)} {number(middle)}H{number(WIDE - _SIDE)}", thick=1.2, ink=_INK)]
    if whole <= _PLACES_MOST:
        parts += [circle(_at(i, whole), middle, 1.8, fill="#ffffff", thick=1, ink=_INK) for i in range(1, whole + 1)]
    parts.append(circle(_at(place, whole), middle, 4.5, fill=_HERE, thick=1, ink="#ffffff"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(WIDE)}" height="{number(HIGH)}"'
        f' viewBox="0 0 {number(WIDE)} {number(HIGH)}" role="img"><title>{escape(clean(said))}</title>'
        f"{''.join(parts)}</svg>"
    )


def _at(place: int, whole: int) -> float:
    return WIDE / 2 if whole == 1 else _SIDE + (WIDE - 2 * _SIDE) * (place - 1) / (whole - 1)
