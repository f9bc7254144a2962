"""PDF: one document from its first byte to its end, without programs, launches, embedded files and passwords.

Names are looked for as they stand and in packed object streams, each unpacked within bounds; nothing is rendered.
"""

from __future__ import annotations

import re
import zlib

from engine.cases.files.refusing import Refused

_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/[^\s/<>\[\](){}%]*#[^\s/<>\[\](){}%]*")
_PACKED = re.compile(rb"/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_UNPACKED = 20_000_000


def check(content: bytes) -> None:
    """Raises ``Refused`` for what must not be handed on."""
    if not re.match(rb"%PDF-[12]\.\d", content) or b"%%EOF" not in content[-1100:]:
        raise Refused("file_broken")
    if content[content.rfind(b"%%EOF") + 5 :].strip(b"\r\n\t \0"):
        raise Refused("file_double")
    if re.search(rb"/Encrypt(?![A-Za-z])", content):
        raise Refused("file_locked")
    _no_programs(content)
    left = _MOST_UNPACKED
    for found in _PACKED.finditer(content):
        unpacked = _unpacked(content, found.end(), left)
        left -= len(unpacked)
        if left <= 0:
            raise Refused("file_bomb")
        _no_programs(unpacked)


def _no_programs(words: bytes) -> None:
    for name in _NAME.finditer(words):
        plain = _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), name[0])
        if _ACTIVE.match(plain):
            raise Refused("file_active")
    if _ACTIVE.search(words):
        raise Refused("file_active")


def _unpacked(content: bytes, after: int, most: int) -> bytes:
    start = _STREAM.search(content, after, after + 2000)
    if start is None:
        return b""
    try:
        return zlib.decompressobj().decompress(content[start.end() :], most)
    except zlib.error:  # packed in another way, which readers of today do not write
        raise Refused("file_broken") from None
