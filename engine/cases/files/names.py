"""The name a file is kept and handed out under. Any name becomes a usable one; none is refused.

What a name may do to whoever reads it: lead out of a folder, turn the writing round so that ``gpj.exe`` reads as a
picture, name a device, be longer than a disk takes. None of that survives, and the ending comes from the content.
"""

from __future__ import annotations

import re
import unicodedata

#: characters of a name beside its ending; file systems take 255 bytes, and three for a Han character
_MOST_BYTES = 180
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
#: joins the parts of an emoji; every other character of its kind only hides something
_JOINER = "\u200d"
_UNNAMED = "附件"


def tidy(name: str, ending: str) -> str:
    """The name without folders, tricks and its own ending, and with the ending its content has."""
    name = re.split(r"[/\\]", name)[-1]
    name = unicodedata.normalize("NFC", "".join(_harmless(c) for c in name))
    stem = _FORBIDDEN.sub("_", name).rstrip(" .")
    stem = re.sub(r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,5}$", "", stem).strip(" .")
    while len(stem.encode()) > _MOST_BYTES:
        stem = stem[:-1]
    stem = stem.strip(f" .{_JOINER}")
    if _RESERVED.fullmatch(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    return f"{stem or _UNNAMED}.{ending}"


def ending_of(name: str) -> str:
    """The ending the sender wrote, small letters, without the dot; '' when there is none."""
    found = re.search(r"\.([A-Za-z0-9]{1,10})[ .]*$", name)
    return found[1].lower() if found else ""


def in_size(size: int) -> str:
    """``1.2 MB``; small files in KB."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, round(size / 1000))} KB"


def _harmless(character: str) -> str:
    kind = unicodedata.category(character)
    if character in ("\ufffd", "\t", "\n", "\r") or kind == "Cs":
        return "_"
    if kind in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp") and character != _JOINER:
        return ""
    return " " if kind == "Zs" else character
