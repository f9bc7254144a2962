"""Pictures walked block by block: what shows the picture stays byte for byte, everything else is left out.

Left out: place, time, camera and author of a photo, comments, previews, what was hung on behind the end. What stays of
the notes is which way up the picture is, and its colours. Nothing is decoded and no quality is lost.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

from engine.cases.files.refusing import Refused

#: more points than any camera has: whoever opens it would need gigabytes
_MOST_POINTS = 250_000_000


def stripped(kind: str, content: bytes) -> bytes:
    """The picture alone. Raises ``Refused`` when its blocks do not hold together."""
    try:
        return _WALKS[kind](content)
    except (IndexError, struct.error, ValueError) as torn:
        raise torn if isinstance(torn, Refused) else Refused("file_broken") from None


def _points(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Refused("file_broken")
    if width * height > _MOST_POINTS:
        raise Refused("file_bomb")


# -- JPEG ------------------------------------------------------------------------------------------------------------

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(content: bytes) -> bytes:
    kept, turned, at, framed, scanned = bytearray(), 1, 2, False, False
    while True:
        while content[at] == 0xFF and content[at + 1] == 0xFF:
            at += 1
        if content[at] != 0xFF:
            raise Refused("file_broken")
        mark = content[at + 1]
        if mark == 0xD9:
            break
        (length,) = struct.unpack_from(">H", content, at + 2)
        block = content[at : at + 2 + length]
        if length < 2 or len(block) != 2 + length:
            raise Refused("file_broken")
        if mark in _FRAMES:
            height, width = struct.unpack_from(">HH", block, 5)
            _points(width, max(height, 1))
            framed = True
        if mark == 0xE1 and block[4:10] == b"Exif\0\0":
            turned = _way_up(block[10:])
        if _shows(mark, block):
            kept += block
        at += len(block)
        if mark == 0xDA:
            end = _scan_end(content, at)
            kept += content[at:end]
            at, scanned = end, True
    if not framed or not scanned:
        raise Refused("file_broken")
    return b"\xff\xd8" + (_turn(turned) if turned != 1 else b"") + bytes(kept) + b"\xff\xd9"


def _shows(mark: int, block: bytes) -> bool:
    if mark == 0xE0:
        return block[4:9] == b"JFIF\0"
    if mark == 0xE2:
        return block[4:16] == b"ICC_PROFILE\0"
    if mark == 0xEE:
        return block[4:9] == b"Adobe"
    return mark != 0xFE and not 0xE0 <= mark <= 0xEF


def _scan_end(content: bytes, at: int) -> int:
    """Where the coded picture ends: at the next mark that is neither a stuffed byte nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
            at += 2
        elif content[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _way_up(notes: bytes) -> int:
    """Which way up the picture is, out of a camera's notes; 1 where they do not say so legibly."""
    try:
        order = {b"II": "<", b"MM": ">"}[notes[:2]]
        (first,) = struct.unpack_from(f"{order}I", notes, 4)
        (count,) = struct.unpack_from(f"{order}H", notes, first)
        for number in range(min(count, 100)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", notes, first + 2 + 12 * number)
            if tag == 0x0112 and kind == 3:
                return int(value) if 1 <= value <= 8 else 1
    except (KeyError, struct.error):
        return 1
    return 1


def _turn(way: int) -> bytes:
    notes = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, way, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(notes) + 2) + notes


# -- PNG -------------------------------------------------------------------------------------------------------------

_PNG_SHOWS = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs hIST acTL fcTL fdAT".split())


def _png(content: bytes) -> bytes:
    kept, at = bytearray(content[:8]), 8
    seen: set[bytes] = set()
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        (told,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[at + 4 : end - 4]) != told or (not seen and kind != b"IHDR"):
            raise Refused("file_broken")
        if kind == b"IHDR":
            _points(*struct.unpack_from(">II", content, at + 8))
        if kind in _PNG_SHOWS:
            kept += content[at:end]
        elif not kind[0] & 0x20:  # a block no reader may pass over, and that no reader knows
            raise Refused("file_broken")
        seen.add(kind)
        at = end
        if kind == b"IEND":
            break
    if b"IDAT" not in seen:
        raise Refused("file_broken")
    return bytes(kept)


# -- GIF -------------------------------------------------------------------------------------------------------------


def _gif(content: bytes) -> bytes:
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    _points(width, height)
    at = 13 + _palette(flags)
    kept, pictures = bytearray(content[:at]), 0
    while content[at] != 0x3B:
        start = at
        if content[at] == 0x2C:
            at = _gif_blocks(content, at + 11 + _palette(content[at + 9]))
            kept += content[start:at]
            pictures += 1
        elif content[at] == 0x21:
            label = content[at + 1]
            at = _gif_blocks(content, at + 2)
            if label == 0xF9 or (label == 0xFF and content[start + 3 : start + 14] == b"NETSCAPE2.0"):
                kept += content[start:at]
        else:
            raise Refused("file_broken")
    if not pictures:
        raise Refused("file_broken")
    return bytes(kept) + b"\x3b"


def _palette(flags: int) -> int:
    return int(3 * 2 ** ((flags & 7) + 1)) if flags & 0x80 else 0


def _gif_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1


# -- WebP ------------------------------------------------------------------------------------------------------------

_WEBP_SHOWS = frozenset([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"])


def _webp(content: bytes) -> bytes:
    (whole,) = struct.unpack_from("<I", content, 4)
    end, at, kept, shown = 8 + whole, 12, bytearray(), False
    if end > len(content):
        raise Refused("file_broken")
    while at < end:
        (length,) = struct.unpack_from("<I", content, at + 4)
        kind, after = content[at : at + 4], at + 8 + length + length % 2
        block = bytearray(content[at:after])
        if after > end:
            raise Refused("file_broken")
        if kind == b"VP8X":
            _points(int.from_bytes(block[12:15], "little") + 1, int.from_bytes(block[15:18], "little") + 1)
            block[8] &= ~0x0C  # says no more that notes follow
        if kind in _WEBP_SHOWS:
            kept += block
        shown = shown or kind in (b"VP8 ", b"VP8L", b"ANMF")
        at = after
    if not shown:
        raise Refused("file_broken")
    return b"RIFF" + struct.pack("<I", 4 + len(kept)) + b"WEBP" + bytes(kept)


# -- TIFF ------------------------------------------------------------------------------------------------------------

#: what a reader needs to show a page; every other entry is emptied
_TIFF_SHOWS = frozenset(
    tag
    for first, last in (
        (254, 259), (262, 266), (273, 274), (277, 284), (290, 293), (296, 297), (301, 301), (317, 325), (332, 332),
        (338, 342), (347, 347), (512, 515), (517, 521), (529, 532), (34675, 34675),
    )
    for tag in range(first, last + 1)
)  # fmt: skip
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_PAGES = 2000
#: entries that lead to more notes: a camera's, a place's
_TIFF_LEADS = frozenset([34665, 34853, 40965])


def _tiff(content: bytes) -> bytes:
    order = "<" if content[:2] == b"II" else ">"
    made, pages, seen = bytearray(content), 0, set()
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    while at:
        if at in seen or pages >= _MOST_PAGES:
            raise Refused("file_broken")
        seen.add(at)
        at = _tiff_page(content, made, at, order)
        pages += 1
    if not pages:
        raise Refused("file_broken")
    return bytes(made)


def _tiff_page(content: bytes, made: bytearray, at: int, order: str) -> int:
    """Empty what one page does not need; where the next one begins."""
    (count,) = struct.unpack_from(f"{order}H", content, at)
    kept, sides = bytearray(), {256: 0, 257: 0}
    for number in range(count):
        entry = content[at + 2 + 12 * number : at + 14 + 12 * number]
        tag, kind, times, value = struct.unpack(f"{order}HHII", entry)
        if tag in sides:
            sides[tag] = struct.unpack_from(f"{order}H", entry, 8)[0] if kind == 3 else value
        if tag in _TIFF_SHOWS:
            kept += entry
        else:
            _tiff_empty(content, made, (tag, kind, times, value), order)
    _points(sides[256], sides[257])
    (following,) = struct.unpack_from(f"{order}I", content, at + 2 + 12 * count)
    page = struct.pack(f"{order}H", len(kept) // 12) + bytes(kept) + struct.pack(f"{order}I", following)
    made[at : at + 6 + 12 * count] = page.ljust(6 + 12 * count, b"\0")
    return int(following)


def _tiff_empty(content: bytes, made: bytearray, entry: tuple[int, int, int, int], order: str, deep: int = 0) -> None:
    tag, kind, times, value = entry
    size = _TIFF_SIZES.get(kind, 1) * times
    if tag in _TIFF_LEADS and deep < 3:
        (count,) = struct.unpack_from(f"{order}H", content, value)
        for number in range(count):
            inner = struct.unpack_from(f"{order}HHII", content, value + 2 + 12 * number)
            _tiff_empty(content, made, inner, order, deep + 1)
        made[value : value + 6 + 12 * count] = bytes(6 + 12 * count)
    elif size > 4:
        if value + size > len(content):
            raise Refused("file_broken")
        made[value : value + size] = bytes(size)


_WALKS: Mapping[str, Callable[[bytes], bytes]] = {
    "jpg": _jpeg, "png": _png, "gif": _gif, "webp": _webp, "tif": _tiff,
}  # fmt: skip
