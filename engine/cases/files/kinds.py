"""What a file is, by its content: an allow-list. The name decides only between the two kinds of plain text.

No library was taken for it: those that guess a type from the first bytes are made to name anything, while this has to
be sure of fourteen kinds from the first byte to the last.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.cases.files import packages, pictures, printed
from engine.cases.files.names import ending_of, tidy
from engine.cases.files.refusing import SENTENCES, Refused

__all__ = ["ACCEPTED", "KINDS", "MOST_BYTES", "Received", "Sent", "receive", "receive_all"]

MOST_BYTES = 10_000_000
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: ending → media type: everything that is kept
KINDS: Mapping[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "tif": "image/tiff",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "docx": f"{_OFFICE}wordprocessingml.document", "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "txt": "text/plain", "csv": "text/csv",
}  # fmt: skip
#: for the browser's file chooser; a telephone that knows no HEIC here sends JPEG
ACCEPTED = ",".join([*(f".{ending}" for ending in KINDS), ".jpeg", ".tiff"])

_PICTURES = (
    (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"),
    (b"II*\0", "tif"), (b"MM\0*", "tif"),
)  # fmt: skip
#: known, and refused with advice
_NOT_KEPT = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_old_office"), (b"Rar!\x1a\x07", "file_archive"),
    (b"7z\xbc\xaf\x27\x1c", "file_archive"), (b"\x1f\x8b", "file_archive"), (b"PK\x05\x06", "file_archive"),
    (b"ID3", "file_film"), (b"OggS", "file_film"), (b"\x1aE\xdf\xa3", "file_film"),
)  # fmt: skip
_MARKED_UP = re.compile(
    r"<\s*(!doctype|html|head|body|script|svg|iframe|object|embed|img|meta|link|style|form|\?xml|\?php|%)|^\s*(#!|<\?)"
    r"|javascript:",
    re.IGNORECASE,
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sent it. ``refused``: why the door did not read it to its end."""

    name: str
    content: bytes = field(repr=False)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A file that may be kept, made by ``receive`` and nowhere else."""

    name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def receive(sent: Sent) -> Received:
    """The file as it is kept. Raises ``Refused``."""
    if sent.refused is not None:
        raise Refused(sent.refused)
    if not sent.content:
        raise Refused("file_empty")
    if len(sent.content) > MOST_BYTES:
        raise Refused("file_too_big")
    kind, content = _known(sent)
    return Received(tidy(sent.name, kind), KINDS[kind], content)


def receive_all(
    files: Mapping[str, Sequence[Sent]],
) -> tuple[dict[str, list[Received]], dict[str, str]]:
    """By field: those that may be kept, and a sentence that names every one that may not."""
    kept: dict[str, list[Received]] = {}
    problems: dict[str, str] = {}
    for name, several in files.items():
        for sent in several:
            try:
                kept.setdefault(name, []).append(receive(sent))
            except Refused as refusal:
                ending = ending_of(sent.name)
                shown = tidy(sent.name, ending) if ending else tidy(sent.name, "x").removesuffix(".x")
                said = f"「{shown}」沒有收下：{SENTENCES[refusal.code]}"
                problems[name] = f"{problems[name]}{said}" if name in problems else said
    return kept, problems


def _known(sent: Sent) -> tuple[str, bytes]:
    content = sent.content
    kind = next((kind for head, kind in _PICTURES if content.startswith(head)), None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "webp"
    if kind is not None:
        content = pictures.stripped(kind, content)
    elif content.startswith(b"%PDF-"):
        printed.check(content)
        kind = "pdf"
    elif content.startswith(b"PK\x03\x04"):
        return packages.kind_of(content), content
    else:
        kind = _text(sent.name, content)
    if zipfile.is_zipfile(io.BytesIO(content)) or (kind != "pdf" and b"%PDF-" in content[:1024]):
        raise Refused("file_double")
    return kind, content


def _text(name: str, content: bytes) -> str:
    for head, code in _NOT_KEPT:
        if content.startswith(head):
            raise Refused(code)
    if content[4:8] == b"ftyp":
        raise Refused("file_heic" if content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif") else "file_film")
    words = _words(content)
    if words is None:
        raise Refused("file_kind")
    if _MARKED_UP.search(words):
        raise Refused("file_page")
    ending = ending_of(name)
    if ending == "eml" or re.match(r"(Received|Return-Path|MIME-Version|Message-ID):", words):
        raise Refused("file_letter")
    if ending not in ("", "txt", "text", "csv"):
        raise Refused("file_page" if ending in ("html", "htm", "svg", "js", "vbs", "bat", "ps1", "sh") else "file_kind")
    return "csv" if ending == "csv" else "txt"


def _words(content: bytes) -> str | None:
    """The text, where it is one: UTF-8, UTF-16 with its mark, or Big5; no control characters."""
    codings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp950")
    for coding in codings:
        try:
            words = content.decode(coding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS.search(words) else words
    return None
