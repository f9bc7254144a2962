"""How much of a limit is used, in the size of a line of text: from its beginning to its due date, up to now. Pure.

Dark is time gone by, the thick stroke is the due date, slanting lines behind it are time overdue: told by shape, so
that a grey print says it too.
"""

from __future__ import annotations

from html import escape

from diagrams.lettering import clean
from diagrams.strokes import number, path, rect
from engine.sops.sop import Bounds

__all__ = ["HIGH", "WIDE", "draw"]

WIDE, HIGH = 120.0, 16.0
_LEFT, _TOP, _ROOM, _THICK = 2.0, 4.0, WIDE - 5.0, 8.0
_INK, _PASSED, _LATE = "#1d2733", "#0f4c63", "#a1181d"


def draw(gone: float, whole: float, said: str) -> str:
    """``gone`` of the ``whole`` working days have passed; more than the whole is overdue."""
    whole = max(whole, 0.5)
    length = max(gone, whole, 0.1)
    due = _ROOM * whole / length
    now = _ROOM * min(max(gone, 0.0), length) / length
    parts = [rect(Bounds(_LEFT, _TOP, due, _THICK), "#ffffff", thick=1, ink=_INK)]
    if min(now, due) > 0:
        parts.append(rect(Bounds(_LEFT, _TOP, min(now, due), _THICK), _PASSED, thick=0.5, ink=_PASSED))
    if now > due:
        late = Bounds(_LEFT + due, _TOP, now - due, _THICK)
        parts.append(rect(late, "#ffffff", thick=1.2, ink=_LATE) + _slanting(late))
    parts.append(path(f"M{number(_LEFT + due)} 1V{number(HIGH - 1)}", thick=2.4, ink=_INK))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(WIDE)}" height="{number(HIGH)}"'
        f' viewBox="0 0 {number(WIDE)} {number(HIGH)}" role="img"><title>{escape(clean(said))}</title>'
        f"{''.join(parts)}</svg>"
    )


def _slanting(box: Bounds) -> str:
    d, x = "", 0.0
    while x + box.height <= box.width:
        d += f"M{number(box.x + x)} {number(box.y)}l{number(box.height)} {number(box.height)}"
        x += 5.0
    return path(d, thick=1, ink=_LATE) if d else ""
