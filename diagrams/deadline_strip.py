"""A clock of a case as a line of working days: beginning, reminders, due date, escalations, what stood still. Pure.

Places are working days counted from the first day of the line; whoever draws it has counted them. Every sign differs by
its shape, and what a colour says is said by a shape or a word as well: the strip is read on a grey print.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal

from diagrams import lettering
from diagrams.strokes import circle, number, path, rect, words
from engine.sops.sop import Bounds

__all__ = ["Label", "Pause", "Sign", "Strip", "draw"]

SignKind = Literal["reminder", "escalation", "timer", "changed", "met", "ended"]

WIDE = 360.0
_SIDE = 14.0
_NOW, _SIGNS, _BAR, _THICK, _TICKS, _FIRST_LABEL, _LEADING = 15.0, 36.0, 50.0, 16.0, 84.0, 104.0, 19.0
_SMALL, _LETTER, _SIGN = 10.5, 12.0, 13.5
_INK, _SOFT, _LINE, _PASSED, _LATE = "#1d2733", "#4c5a69", "#8a95a1", "#0f4c63", "#a1181d"


@dataclass(frozen=True, slots=True)
class Sign:
    """``rang``: it has happened; what has not is hollow. ``level`` counts escalations from 1."""

    at: float
    kind: SignKind
    rang: bool
    told: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A date below the line. ``struck``: it held before and holds no more, and stays readable."""

    at: float
    words: str
    bold: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stood still."""

    since: float
    until: float
    told: str


@dataclass(frozen=True, slots=True)
class Strip:
    """``due`` None: this clock has no end by itself. ``over``: where it was met or ended; None while it runs.

    ``ticks``: places and names of days, in order; those that find room are named.
    """

    said: str
    start: float
    due: float | None
    now: float
    over: float | None
    length: float
    signs: Sequence[Sign] = ()
    labels: Sequence[Label] = ()
    pauses: Sequence[Pause] = ()
    ticks: Sequence[tuple[float, str]] = ()
    now_words: str = ""


def draw(strip: Strip) -> str:
    """A whole SVG document."""
    rows = list(_rows(strip))
    high = _FIRST_LABEL + _LEADING * (1 + max((row for row, _, _ in rows), default=0)) - 10
    top = 0.0 if strip.over is None else _SIGNS - 12
    view = f"0 {number(top)} {number(WIDE)} {number(high - top)}"
    size = f'width="{number(WIDE)}" height="{number(high - top)}" viewBox="{view}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{lettering.FAMILY}">',
            f"<title>{escape(lettering.clean(strip.said, 600))}</title>",
            rect(Bounds(0, top, WIDE, high - top), "#ffffff", thick=0.1, ink="#ffffff"),
            *_ticks(strip),
            *_bar(strip),
            *_labels(strip, rows),
            *_signs(strip),
            *_now(strip),
            "</svg>",
        ]
    )


def _x(strip: Strip, at: float) -> float:
    return _SIDE + (WIDE - 2 * _SIDE) * min(max(at / max(strip.length, 0.01), 0.0), 1.0)


def _stretch(strip: Strip, since: float, until: float) -> Bounds:
    left, right = _x(strip, since), _x(strip, until)
    return Bounds(left, _BAR, max(right - left, 0.0), _THICK)


def _bar(strip: Strip) -> Iterator[str]:
    end = strip.over if strip.over is not None else strip.now
    due = strip.due if strip.due is not None else max(end, strip.start)
    whole = _stretch(strip, strip.start, due)
    middle = _BAR + _THICK / 2
    yield path(f"M{number(_SIDE)} {number(middle)}H{number(WIDE - _SIDE)}", thick=1.2, ink=_LINE)
    yield rect(whole, "#ffffff", thick=1.4, ink=_INK)
    passed = _stretch(strip, strip.start, min(end, due))
    if passed.width > 0:
        yield rect(passed, _PASSED, thick=0.8, ink=_PASSED)
    if strip.due is not None and end > strip.due:
        late = _stretch(strip, strip.due, end)
        yield rect(late, "#ffffff", thick=1.8, ink=_LATE) + _hatched(late, _LATE, falling=True)
    if strip.due is None and strip.over is None:
        tip = whole.x + whole.width
        yield path(
            f"M{number(tip)} {number(_BAR - 3)}L{number(tip + 10)} {number(middle)}"
            f"L{number(tip)} {number(_BAR + _THICK + 3)}Z",
            fill=_PASSED, thick=0.8, ink=_PASSED,
        )  # fmt: skip
    for pause in strip.pauses:
        box = _stretch(strip, pause.since, max(pause.until, pause.since))
        box = Bounds(box.x, box.y - 2, max(box.width, 6.0), box.height + 4)
        yield (
            f"<g><title>{escape(lettering.clean(pause.told))}</title>"
            f"{rect(box, '#ffffff', thick=1.2, ink=_INK)}{_hatched(box, _INK, falling=False)}</g>"
        )
    if strip.due is not None:
        x = _x(strip, strip.due)
        yield path(f"M{number(x)} {number(_BAR - 8)}V{number(_BAR + _THICK + 8)}", thick=3.2, ink=_INK)


def _hatched(box: Bounds, ink: str, *, falling: bool) -> str:
    """Slanting lines across a box, cut at its sides: no pattern, which would need an id on the page."""
    gap, d = 6.0, ""
    n = 1
    while (along := n * gap) < box.width + box.height:
        low, high = max(0.0, along - box.height), min(along, box.width)
        down = [(low, along - low), (high, along - high)]
        if falling:
            down = [(x, box.height - y) for x, y in down]
        (x1, y1), (x2, y2) = down
        d += f"M{number(box.x + x1)} {number(box.y + y1)}L{number(box.x + x2)} {number(box.y + y2)}"
        n += 1
    return path(d, thick=1.1, ink=ink) if d else ""


def _ticks(strip: Strip) -> Iterator[str]:
    """A stroke for each day while there is room for strokes, a name for as many as fit."""
    places = [(_x(strip, at), name) for at, name in strip.ticks]
    gap = min((b - a for (a, _), (b, _) in pairwise(places)), default=WIDE)
    every = max(1, round(4.0 / gap + 0.5)) if gap < 4 else 1
    free = 0.0
    for n, (x, name) in enumerate(places):
        if n % every:
            continue
        yield path(f"M{number(x)} {number(_BAR + _THICK)}v6", thick=0.8, ink=_LINE)
        wide = lettering.width(name, _SMALL)
        if name and x - wide / 2 >= free and x + wide / 2 <= WIDE:
            yield words((name,), x, _TICKS - 4, _SMALL, ink=_SOFT)
            free = x + wide / 2 + 10


def _rows(strip: Strip) -> Iterator[tuple[int, float, Label]]:
    """Each label on the first row in which it stands free: (row, middle, label). What stands in bold goes first."""
    taken: list[list[tuple[float, float]]] = []
    for label in sorted(strip.labels, key=lambda one: (not one.bold, one.at)):
        wide = lettering.width(label.words, _LETTER) + 4
        middle = min(max(_x(strip, label.at), wide / 2 + 2), WIDE - wide / 2 - 2)
        left, right = middle - wide / 2, middle + wide / 2
        row = next(
            (n for n, others in enumerate(taken) if all(right + 6 <= a or b + 6 <= left for a, b in others)),
            len(taken),
        )  # fmt: skip
        if row == len(taken):
            taken.append([])
        taken[row].append((left, right))
        yield row, middle, label


def _labels(strip: Strip, rows: Sequence[tuple[int, float, Label]]) -> Iterator[str]:
    for row, middle, label in rows:
        x, y = _x(strip, label.at), _FIRST_LABEL + row * _LEADING - 6
        if label.struck:
            yield path(f"M{number(x)} {number(_BAR - 6)}V{number(_BAR + _THICK + 6)}", thick=1.6, dashes="3 2")
        ink = _INK if label.bold else _SOFT
        yield words((label.words,), middle, y, _LETTER, ink=ink, bold=label.bold, halo=True)
        if label.struck:
            wide = lettering.width(label.words, _LETTER)
            yield path(f"M{number(middle - wide / 2)} {number(y)}h{number(wide)}", thick=1.1, ink=ink)


def _signs(strip: Strip) -> Iterator[str]:
    """Side by side where they fall together; a fine stroke leads from each to its place."""
    above = sorted((s for s in strip.signs if s.kind not in ("met", "ended")), key=lambda one: one.at)
    for sign, x in zip(above, _apart([_x(strip, one.at) for one in above]), strict=True):
        at = _x(strip, sign.at)
        stroke = path(f"M{number(x)} {number(_SIGNS + 5)}L{number(at)} {number(_BAR)}", thick=0.8, ink=_SOFT)
        yield _titled(sign, stroke + _sign(sign, x))
    for sign in strip.signs:
        if sign.kind in ("met", "ended"):
            yield _titled(sign, _sign(sign, _x(strip, sign.at)))


def _apart(places: Sequence[float]) -> list[float]:
    """The same places in their order, all on the strip, none upon another while there is room."""
    gap = min(_SIGN, (WIDE - _SIGN) / max(1, len(places) - 1))
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    most = WIDE - _SIGN / 2
    for n in range(len(found) - 1, -1, -1):
        found[n] = min(found[n], most)
        most = found[n] - gap
    return found


def _titled(sign: Sign, drawn: str) -> str:
    return f"<g><title>{escape(lettering.clean(sign.told))}</title>{drawn}</g>"


def _sign(sign: Sign, x: float) -> str:
    y = _SIGNS
    if sign.kind in ("met", "ended"):
        middle = _BAR + _THICK / 2
        inside = (
            path(f"M{number(x - 4)} {number(middle)}l3 3.5l5.5 -7", thick=2)
            if sign.kind == "met"
            else path(f"M{number(x - 3)} {number(middle - 3)}h6v6h-6Z", fill=_INK, thick=0.5)
        )
        return circle(x, middle, 9, fill="#ffffff", thick=2, ink=_INK) + inside
    ink = _LATE if sign.kind == "escalation" else _INK
    fill = ink if sign.rang else "#ffffff"
    if sign.kind == "reminder":  # a drop: points at its day
        d = f"M{number(x - 5)} {number(y - 5)}h10l-5 10Z"
    elif sign.kind == "escalation":
        d = f"M{number(x)} {number(y - 7)}l6.5 12h-13Z"
    elif sign.kind == "timer":
        d = f"M{number(x - 5)} {number(y - 5)}h10l-10 10h10Z"
    else:
        d = f"M{number(x)} {number(y - 6)}l6 6l-6 6l-6 -6Z"
    drawn = path(d, fill=fill, thick=1.5, ink=ink)
    if sign.level:
        drawn += words((str(sign.level),), x, y + 1.5, 8, ink="#ffffff" if sign.rang else ink, bold=True)
    return drawn


def _now(strip: Strip) -> Iterator[str]:
    """Where the reader stands; nothing on a clock that is over."""
    if not strip.now_words or strip.over is not None:
        return
    x = _x(strip, strip.now)
    wide = lettering.width(strip.now_words, _SMALL) + 10
    left = min(max(x - wide / 2, 1.0), WIDE - wide - 1)
    yield path(f"M{number(x)} {number(_NOW + 4)}V{number(_BAR + _THICK + 5)}", thick=1.4, ink=_INK, dashes="4 3")
    yield rect(Bounds(left, _NOW - 13, wide, 17), _INK, thick=0.5, ink=_INK, round_=3)
    yield words((strip.now_words,), left + wide / 2, _NOW - 4.5, _SMALL, ink="#ffffff", bold=True)
