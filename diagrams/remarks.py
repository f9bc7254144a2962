"""Text annotations, data objects and data stores as they stand beside the flow, with the dotted lines that tie them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from diagrams import figures, lettering
from diagrams.lettering import LEADING, clean
from diagrams.strokes import number, path, words
from engine.sops.sop import Bounds, Drawing, Remark

__all__ = ["beside"]

_INK, _PAPER = "#4a5260", "#ffffff"
#: the bracket of an annotation, the folded corner of a data object
_ARM, _FOLD = 8.0, 10.0
_SMALLEST = 8.0


def beside(drawing: Drawing) -> Iterator[str]:
    """The lines first, so that what they tie lies over their ends."""
    for tie in drawing.ties.values():
        d = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in tie.line)
        yield path(d, ink=_INK, dashes="1 3")
    for remark in drawing.remarks:
        box = drawing.shapes[remark.id]
        drawn = _annotation(remark, box) if remark.kind == "text" else _thing(remark, box)
        said = f"<title>{escape(clean(remark.text))}</title>" if remark.text else ""
        yield f'<g data-remark="{escape(clean(remark.id))}">{said}{drawn}</g>'


def _annotation(remark: Remark, box: Bounds) -> str:
    """An open bracket with its text beside it, every line of it: the letters get smaller before anything is cut."""
    size = float(figures.LABEL_LETTER)
    lines = _lines(remark.text, box, size)
    while len(lines) * size * LEADING > box.height and size > _SMALLEST:
        size -= 1
        lines = _lines(remark.text, box, size)
    most = max(1, int(box.height / (size * LEADING)))
    if len(lines) > most:
        lines = (*lines[: most - 1], f"{lines[most - 1]}…")
    right, low = box.x + _ARM, box.y + box.height
    bracket = f"M{number(right)} {number(box.y)}L{number(box.x)} {number(box.y)}"
    bracket += f"L{number(box.x)} {number(low)}L{number(right)} {number(low)}"
    text = words(lines, box.x + _ARM / 2, box.y + box.height / 2, size, anchor="start", ink=_INK)
    return path(bracket, ink=_INK, thick=1.5) + text


def _lines(text: str, box: Bounds, size: float) -> tuple[str, ...]:
    """Wrapped to the box; a line that the author broke stays broken."""
    room = max(box.width - _ARM, 20.0)
    return tuple(
        line for paragraph in text.split("\n") for line in lettering.wrap(clean(paragraph, 2_000), room, size)
    )  # fmt: skip


def _thing(remark: Remark, box: Bounds) -> str:
    """A sheet with a folded corner, or a drum, with its name below."""
    left, top, right, low = box.x, box.y, box.x + box.width, box.y + box.height
    if remark.kind == "data":
        fold = min(_FOLD, box.width / 2, box.height / 2)
        d = f"M{number(left)} {number(top)}L{number(right - fold)} {number(top)}L{number(right)} {number(top + fold)}"
        d += f"L{number(right)} {number(low)}L{number(left)} {number(low)}Z"
        corner = f"M{number(right - fold)} {number(top)}L{number(right - fold)} {number(top + fold)}"
        corner += f"L{number(right)} {number(top + fold)}"
        drawn = path(d, fill=_PAPER, ink=_INK) + path(corner, ink=_INK)
    else:
        bend = min(6.0, box.height / 4)
        over = f"{number(box.width / 2)} {number(bend)} 0 0"
        d = f"M{number(left)} {number(top + bend)}A{over} 1 {number(right)} {number(top + bend)}"
        d += f"L{number(right)} {number(low - bend)}A{over} 1 {number(left)} {number(low - bend)}Z"
        lid = f"M{number(left)} {number(top + bend)}A{over} 0 {number(right)} {number(top + bend)}"
        drawn = path(d, fill=_PAPER, ink=_INK) + path(lid, ink=_INK)
    if not remark.text:
        return drawn
    lines = lettering.wrap(clean(remark.text), max(box.width + 40, 90.0), figures.LABEL_LETTER)
    middle = low + 4 + len(lines) * figures.LABEL_LETTER * LEADING / 2
    return drawn + words(lines, box.x + box.width / 2, middle, figures.LABEL_LETTER, ink=_INK, halo=True)
