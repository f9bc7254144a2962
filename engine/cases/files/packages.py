"""Office documents: ZIP packages of ODF and OOXML, opened within bounds, without macros, programs and passwords."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from engine.cases.files.refusing import Refused

_MOST_ENTRIES = 3000
_MOST_UNPACKED = 100_000_000
_MOST_TIMES = 200  # how many times its packed size an entry may be, beyond a megabyte
_ODF: Mapping[bytes, str] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
_OOXML: Mapping[bytes, str] = {
    b"wordprocessingml.document.main+xml": "docx",
    b"spreadsheetml.sheet.main+xml": "xlsx",
    b"presentationml.presentation.main+xml": "pptx",
}
_ACTIVE_NAME = re.compile(
    r"(^|/)(vbaproject|vbadata|activex\d*|oleobject\d*)\b|^(basic|scripts)/.|/activex/|/macrosheets/"
    r"|\.(exe|dll|scr|com|js|jse|vbs|vbe|wsf|hta|bat|cmd|ps1|jar|lnk|html?|swf)$",
    re.IGNORECASE,
)
_ACTIVE_WORDS = re.compile(rb"vnd\.sun\.star\.script:|macro:///|javascript:", re.IGNORECASE)
#: what a document may not fetch from elsewhere when it is opened; a link to click and a linked picture it may
_FETCHED = re.compile(rb"/(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)\"", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """odt, ods, odp, docx, xlsx or pptx. Raises ``Refused`` for any other package and for what it may not hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            _bounded(content, entries)
            kind = _kind(package, entries)
            _harmless(package, entries)
            return kind
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        # what the library says of a torn package, of a way of packing it does not know, of a name it cannot read
        raise Refused("file_broken") from None


def _bounded(content: bytes, entries: Sequence[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    whole = bool(entries) and min(entry.header_offset for entry in entries) == 0
    if not whole or content.rfind(b"PK\x05\x06") != len(content) - 22 or len(set(names)) != len(names):
        raise Refused("file_double")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("file_locked")
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        raise Refused("file_broken")
    grown = any(e.file_size > 1_000_000 and e.file_size > _MOST_TIMES * max(e.compress_size, 1) for e in entries)
    if len(entries) > _MOST_ENTRIES or grown or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise Refused("file_bomb")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Refused("file_broken")


def _kind(package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> str:
    names = {entry.filename for entry in entries}
    if entries[0].filename == "mimetype" and entries[0].compress_type == zipfile.ZIP_STORED:
        kind = _ODF.get(package.read("mimetype").strip())
        if kind is None or "content.xml" not in names:
            raise Refused("file_kind")
        return kind
    if "[Content_Types].xml" in names:
        types = package.read("[Content_Types].xml")
        if b"macroEnabled" in types or b"vbaProject" in types:
            raise Refused("file_active")
        for name, kind in _OOXML.items():
            if name in types:
                return kind
        raise Refused("file_kind")
    raise Refused("file_archive")


def _harmless(package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Reads every entry once: its checksum must hold, and whatever claims a false size ends here."""
    for entry in entries:
        if _ACTIVE_NAME.search(entry.filename):
            raise Refused("file_active")
        part = package.read(entry)
        if entry.filename.endswith((".xml", ".rels")):
            _harmless_words(entry.filename, part)


def _harmless_words(name: str, part: bytes) -> None:
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Refused("file_broken")
    if name == "META-INF/manifest.xml" and b"encryption-data" in part:
        raise Refused("file_locked")
    fetches = name.endswith(".rels") and b'"External"' in part and _FETCHED.search(part)
    if _ACTIVE_WORDS.search(part) or fetches:
        raise Refused("file_active")
