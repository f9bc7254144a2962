"""The symbols of a chart as SVG: the ministry's and BPMN's, each with its words."""

from __future__ import annotations

from diagrams import lettering, marks
from diagrams.chart.shapes import NOTE, WAVE, Shape
from diagrams.standing import Look
from diagrams.strokes import circle, number, path, rect, words
from engine.sops.sop import Bounds, Node

__all__ = ["connector", "drawn", "note_room"]

NOTE_INK = "#5b3a00"


def drawn(node: Node, shape: Shape, box: Bounds, look: Look) -> str:
    """The outline first, then its marks and words."""
    dashes = look.dashes or ("6 3" if node.kind == "shown" else "")
    if shape.kind == "circle":
        return _circle(node, box, look, dashes)
    if shape.kind == "box":
        return _box(node, shape, box, look, dashes)
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    outline = _OUTLINES[shape.kind](box)
    thick = {"parallel": 0.0, "merge": look.thick}.get(shape.kind, look.thick)
    said = path(outline, fill=look.fill, thick=thick, ink=look.stroke, dashes=dashes)
    if shape.kind == "document":  # first the room of its words, which the waving foot hides from who measures
        said = path(_process(box), thick=0.0, ink="none") + said
    if shape.kind == "merge":
        return path(outline, fill=look.stroke, thick=thick, ink=look.stroke)
    if shape.kind == "predefined":
        left, right = number(box.x + 7), number(box.x + box.width - 7)
        bars = f"M{left} {number(box.y)}V{number(box.y + box.height)}M{right} {number(box.y)}"
        said += path(f"{bars}V{number(box.y + box.height)}", thick=look.thick, ink=look.stroke, dashes=dashes)
    if shape.kind == "parallel":
        said = path(outline, fill=look.fill, thick=0.0, ink="none")
        for y in (box.y + 1, box.y + box.height - 1):
            line = f"M{number(box.x)} {number(y)}H{number(box.x + box.width)}"
            said += path(line, thick=max(2.4, look.thick), ink=look.stroke)
    if shape.kind == "diamond":
        said += marks.of_gateway(node, box)
    if shape.lines and not shape.beside:
        lift = WAVE / 2 if shape.kind == "document" else 0.0
        said += words(shape.lines, cx, cy - lift + shape.lower, shape.letter)
    return said + _note(shape, box)


def _note(shape: Shape, box: Bounds) -> str:
    if not shape.note:
        return ""
    room = note_room(shape, box)
    return words((shape.note,), room.x + room.width, room.y + room.height / 2, NOTE, anchor="end", ink=NOTE_INK)


def note_room(shape: Shape, box: Bounds) -> Bounds:
    """Where the note stands: in the upper right corner."""
    wide = lettering.width(shape.note, NOTE)
    right = box.x + box.width - (10.0 if shape.kind == "predefined" else 3.0)
    return Bounds(right - wide, box.y + 2, wide, NOTE)


def connector(box: Bounds, letter: str) -> str:
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    size = 12.0 if len(letter) == 1 else 10.0
    return circle(cx, cy, box.width / 2, fill="#ffffff", thick=1.5) + words((letter,), cx, cy, size, bold=True)


def _circle(node: Node, box: Bounds, look: Look, dashes: str) -> str:
    cx, cy, r = box.x + box.width / 2, box.y + box.height / 2, box.width / 2
    dashes = dashes or ("" if node.interrupting else "4 3")
    element = node.element or ""
    if node.kind == "end" or element == "endEvent":
        rings = circle(cx, cy, r - 1, fill=look.fill, thick=max(3.5, look.thick), ink=look.stroke)
    else:
        rings = circle(cx, cy, r, fill=look.fill, thick=look.thick, ink=look.stroke, dashes=dashes)
        if node.kind != "start" and element != "startEvent":
            rings += circle(cx, cy, r - 3, ink=look.stroke, dashes=dashes)
    scale = box.width / 36.0
    inner = marks.of_event(node, Bounds(-18, -18, 36, 36))
    if not inner:
        return rings
    turned = f"translate({number(cx)} {number(cy)}) scale({scale:.2f})"
    return f'{rings}<g transform="{turned}">{inner}</g>'


def _box(node: Node, shape: Shape, box: Bounds, look: Look, dashes: str) -> str:
    thick = max(look.thick, 3.5) if node.kind == "call" else look.thick
    said = rect(box, look.fill, thick=thick, ink=look.stroke, dashes=dashes, round_=8)
    mark, foot = marks.of_step(node), marks.at_foot(node)
    if mark:
        said += f'<g transform="translate({number(box.x + 5)} {number(box.y + 5)})">{mark}</g>'
    if foot:
        x, y = box.x + box.width / 2 - 7, box.y + box.height - 18
        said += f'<g transform="translate({number(x)} {number(y)})">{foot}</g>'
    lift = 8.0 if foot else 0.0
    return (
        said
        + words(shape.lines, box.x + box.width / 2, box.y + box.height / 2 - lift + shape.lower, shape.letter)
        + _note(shape, box)
    )


def _process(box: Bounds) -> str:
    right, low = box.x + box.width, box.y + box.height
    return f"M{number(box.x)} {number(box.y)}H{number(right)}V{number(low)}H{number(box.x)}Z"


def _document(box: Bounds) -> str:
    """The foot waves about the lower edge, and meets it in the middle."""
    left, right, low = box.x, box.x + box.width, box.y + box.height
    quarter = box.width / 4
    return (
        f"M{number(left)} {number(box.y)}H{number(right)}V{number(low)}"
        f"Q{number(right - quarter)} {number(low - WAVE)} {number(left + 2 * quarter)} {number(low)}"
        f"Q{number(left + quarter)} {number(low + WAVE)} {number(left)} {number(low)}Z"
    )


def _decision(box: Bounds) -> str:
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    right, low = box.x + box.width, box.y + box.height
    return (
        f"M{number(cx)} {number(box.y)}L{number(right)} {number(cy)}L{number(cx)} {number(low)}L{number(box.x)}"
        f" {number(cy)}Z"
    )


def _preparation(box: Bounds) -> str:
    cy, right, low = box.y + box.height / 2, box.x + box.width, box.y + box.height
    arm = 13.0
    return (
        f"M{number(box.x + arm)} {number(box.y)}H{number(right - arm)}L{number(right)} {number(cy)}"
        f"L{number(right - arm)} {number(low)}H{number(box.x + arm)}L{number(box.x)} {number(cy)}Z"
    )


def _terminator(box: Bounds) -> str:
    r = min(box.height / 2, 16.0)
    left, right, low = box.x, box.x + box.width, box.y + box.height
    corner = f"{number(r)} {number(r)} 0 0 1"
    return (
        f"M{number(left + r)} {number(box.y)}H{number(right - r)}A{corner} {number(right)} {number(box.y + r)}"
        f"V{number(low - r)}A{corner} {number(right - r)} {number(low)}H{number(left + r)}"
        f"A{corner} {number(left)} {number(low - r)}V{number(box.y + r)}A{corner} {number(left + r)} {number(box.y)}Z"
    )


def _merge(box: Bounds) -> str:
    r, cx, cy = box.width / 2, box.x + box.width / 2, box.y + box.height / 2
    arc = f"A{number(r)} {number(r)} 0 0 1"
    return (
        f"M{number(cx - r)} {number(cy)}{arc} {number(cx)} {number(cy - r)}{arc} {number(cx + r)} {number(cy)}"
        f"{arc} {number(cx)} {number(cy + r)}{arc} {number(cx - r)} {number(cy)}Z"
    )


_OUTLINES = {
    "process": _process, "predefined": _process, "parallel": _process, "document": _document, "decision": _decision,
    "diamond": _decision, "preparation": _preparation, "terminator": _terminator, "merge": _merge,
}  # fmt: skip
