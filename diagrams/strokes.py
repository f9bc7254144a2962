"""The strokes every picture is made of, as SVG text: lines, shapes, arrows, words. No colours of meaning, no ids."""

from __future__ import annotations

from html import escape

from diagrams import lettering
from diagrams.labels import Line
from diagrams.lettering import LEADING, clean
from engine.sops.sop import Bounds

INK = "#22242a"
CORNER = 6.0  # radius where a flow turns


def number(value: float) -> str:
    """A length as SVG writes it."""
    return f"{value:.1f}".removesuffix(".0")


def path(d: str, *, fill: str = "none", thick: float = 1.2, ink: str = INK, dashes: str = "") -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{d}" fill="{fill}" stroke="{ink}" stroke-width="{number(thick)}"{dash} stroke-linejoin="round"/>'


def circle(
    cx: float, cy: float, r: float, *, fill: str = "none", thick: float = 1.2, ink: str = INK, dashes: str = ""
) -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" fill="{fill}" stroke="{ink}"'
        f' stroke-width="{number(thick)}"{dash}/>'
    )


def words(
    lines: tuple[str, ...],
    x: float,
    middle: float,
    size: float,
    *,
    anchor: str = "middle",
    ink: str = INK,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """Lines of text centred about `middle`."""
    if not lines:
        return ""
    first = middle - (len(lines) - 1) * size * LEADING / 2 + size * 0.36
    spans = "".join(
        f'<tspan x="{number(x)}" y="{number(first + i * size * LEADING)}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    weight = ' font-weight="bold"' if bold else ""
    outline = ' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    return f'<text font-size="{number(size)}" text-anchor="{anchor}" fill="{ink}"{weight}{outline}>{spans}</text>'


def fitted(text: str, wide: float, high: float, largest: float, smallest: float) -> tuple[tuple[str, ...], float]:
    """The text in lines that fit into a box, in the largest letters that do; else cut with '…'."""
    size = largest
    while size > smallest:
        lines = lettering.wrap(clean(text), wide, size)
        if len(lines) * size * LEADING <= high and all(lettering.width(line, size) <= wide for line in lines):
            return lines, size
        size -= 1
    return lettering.wrap(clean(text), wide, smallest, max(1, int(high / (smallest * LEADING)))), smallest


def rect(box: Bounds, fill: str, *, thick: float, ink: str, dashes: str = "", round_: float = 0.0) -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    corner = f' rx="{number(round_)}"' if round_ else ""
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
        f'{corner} fill="{fill}" stroke="{ink}" stroke-width="{number(thick)}"{dash}/>'
    )


def arrow(line: Line, *, slash: bool, ink: str = INK, thick: float = 1.5, dashes: str = "") -> str:
    """A flow with rounded turns and a filled head; a small stroke across its beginning marks the default branch."""
    points = [p for i, p in enumerate(line) if i == 0 or p != line[i - 1]]
    if len(points) < 2:
        return ""
    d = f"M{number(points[0][0])} {number(points[0][1])}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(here, before), _towards(here, after)
        d += f"L{number(a[0])} {number(a[1])}Q{number(here[0])} {number(here[1])} {number(b[0])} {number(b[1])}"
    (x1, y1), (x2, y2) = points[-2], points[-1]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    back = min(9.0, length)
    d += f"L{number(x2 - ux * back)} {number(y2 - uy * back)}"
    tip = (
        f"M{number(x2)} {number(y2)}L{number(x2 - ux * back - uy * 4.5)} {number(y2 - uy * back + ux * 4.5)}"
        f"L{number(x2 - ux * back + uy * 4.5)} {number(y2 - uy * back - ux * 4.5)}Z"
    )
    drawn = path(d, thick=thick, ink=ink, dashes=dashes) + path(tip, fill=ink, thick=0.5, ink=ink)
    if slash:
        (x1, y1), (x2, y2) = points[0], points[1]
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        x, y = x1 + ux * 10, y1 + uy * 10
        drawn += path(
            f"M{number(x - ux * 4 - uy * 5)} {number(y - uy * 4 + ux * 5)}"
            f"L{number(x + ux * 4 + uy * 5)} {number(y + uy * 4 - ux * 5)}",
            thick=thick,
            ink=ink,
        )
    return drawn


def _towards(here: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    length = ((other[0] - here[0]) ** 2 + (other[1] - here[1]) ** 2) ** 0.5
    part = min(CORNER, length / 2) / length
    return here[0] + (other[0] - here[0]) * part, here[1] + (other[1] - here[1]) * part
