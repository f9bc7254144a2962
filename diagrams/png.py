"""SVG → PNG with resvg: no system library but the fonts, no script, no network."""

from __future__ import annotations

import re

from engine.errors import Refusal

#: a picture has at most this many pixels; a larger one is made smaller
PIXELS_MOST = 40_000_000
SIDE_MOST = 20_000


def png(svg: str, *, zoom: float = 1.5) -> bytes:
    """The picture in pixels, `zoom` for each pixel of the drawing.

    Raises Refusal 'png_missing' where resvg-py is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise Refusal("png_missing", "這台機器沒有安裝 resvg-py，無法產生 PNG，請改存 SVG。") from None
    size = re.search(r'<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"', svg)
    wide, high = (float(size[1]), float(size[2])) if size else (1000.0, 1000.0)
    zoom = min(zoom, SIDE_MOST / max(wide, high), (PIXELS_MOST / (wide * high)) ** 0.5)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=max(1, round(wide * zoom)),
            height=max(1, round(high * zoom)),
            sans_serif_family="Noto Sans CJK TC",
            languages=["zh-Hant-TW"],
        )
    )
