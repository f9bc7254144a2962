"""A small picture made anew from a photo's points: nothing of the file itself reaches the page."""

from __future__ import annotations

import io
import threading
from functools import lru_cache

from PIL import Image, ImageOps

KINDS = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_SIDE = 192
#: beyond this many points a photo is not decoded for a small picture; a JPEG is read at an eighth of its size
_MOST_POINTS = 25_000_000
#: one at a time: a decoded photo takes as much memory as the rest of the desk
_turn = threading.Lock()


def of(content: bytes) -> bytes:
    """A JPEG of at most 192 points a side; a grey one where the photo cannot be shown."""
    with _turn:
        try:
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as photo:
                photo.draft("RGB", (2 * _SIDE, 2 * _SIDE))
                if photo.width * photo.height > _MOST_POINTS:
                    return _grey()
                upright = ImageOps.exif_transpose(photo).convert("RGB")
                upright.thumbnail((_SIDE, _SIDE))
                return _as_jpeg(upright)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return _grey()


@lru_cache(maxsize=1)
def _grey() -> bytes:
    return _as_jpeg(Image.new("RGB", (_SIDE, _SIDE // 2), (222, 226, 230)))


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
